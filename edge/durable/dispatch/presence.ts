/** Workers whose connection came or went since the index of workers was last told. */
export const PRESENCE_SCHEMA = `
  CREATE TABLE presence (
    worker_id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, connected INTEGER NOT NULL, version INTEGER NOT NULL
  ) WITHOUT ROWID`;

export interface WorkerPresence {
  workspaceId: string;
  workerId: string;
  connected: boolean;
}

export interface PresenceOutbox {
  note(presence: WorkerPresence): void;
  /** Tells the newest state of every worker that was noted; false when some could not be told and wait for the next call. */
  flush(): Promise<boolean>;
}

type Row = { worker_id: string; workspace_id: string; connected: number; version: number };

/** Tells the index of workers who is connected; what it could not be told stays here. */
export function createPresence(sql: SqlStorage, tell: (presence: WorkerPresence) => Promise<void>): PresenceOutbox {
  let running: Promise<boolean> | null = null;

  async function run(): Promise<boolean> {
    try {
      for (let row = first(); row; row = first()) {
        await tell({ workspaceId: row.workspace_id, workerId: row.worker_id, connected: row.connected === 1 });
        // Only what was told: the worker may have come or gone meanwhile.
        sql.exec('DELETE FROM presence WHERE worker_id = ? AND version = ?', row.worker_id, row.version);
      }
      return true;
    } catch (error) {
      console.error('the index of workers could not be told who is connected', error);
      return false;
    } finally {
      running = null;
    }
  }

  const first = (): Row | undefined => sql.exec<Row>('SELECT * FROM presence LIMIT 1').toArray()[0];

  return {
    note({ workspaceId, workerId, connected }) {
      sql.exec(
        `INSERT INTO presence (worker_id, workspace_id, connected, version) VALUES (?, ?, ?, 1)
         ON CONFLICT (worker_id) DO UPDATE SET connected = excluded.connected, version = version + 1`,
        workerId,
        workspaceId,
        Number(connected),
      );
    },
    flush() {
      running ??= Promise.resolve().then(run);
      return running;
    },
  };
}
