import { type ChoosePort, LOOPBACK } from '../free-port.ts';
import type { StackPorts } from '../stack.ts';

/** Where Temporal is, or is to be started. */
export interface TemporalPlace {
  address: string;
  namespace: string;
  /** Its web pages; null when nobody said where they are. */
  ui: string | null;
  /** Ports to start it on; null for a server of the user's own, which is neither started nor stopped here. */
  own: { port: number; uiPort: number } | null;
}

const DEFAULT_NAMESPACE = 'default';

/** The user's own server (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, WF_TEMPORAL_UI), else free ports for one of ours. */
export async function temporalPlace(ports: Partial<StackPorts>, choosePort: ChoosePort): Promise<TemporalPlace> {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, WF_TEMPORAL_UI: ui } = process.env;
  if (address) return { address, namespace: namespace || DEFAULT_NAMESPACE, ui: ui || null, own: null };
  const port = await choosePort('Temporal', ports.temporal);
  const uiPort = await choosePort("Temporal's UI", ports.temporalUi);
  return {
    address: `${LOOPBACK}:${port}`,
    namespace: DEFAULT_NAMESPACE,
    ui: `http://${LOOPBACK}:${uiPort}`,
    own: { port, uiPort },
  };
}
