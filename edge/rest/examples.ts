interface Example {
  /** Body. */
  request?: object;
  response: { success: true; data: unknown; pagination?: object };
}

const summary = {
  execution_id: 'exec_01m84tk6xd4t7q2m9v3k',
  workflow_id: 'wf_customer_churn_pipeline_k3v9x2m4',
  workflow_version: '1.0.0',
  execution_name: 'churn_pipeline_20260115',
  status: 'running',
  attempt: 1,
  seq: 5,
  priority: 'high',
  parameters: { data_start_date: '2026-01-01' },
  triggered_by: { type: 'api', actor: 'user_123' },
  created_at: '2026-01-15T14:29:59.900Z',
  scheduled_at: null,
  started_at: '2026-01-15T14:30:00.000Z',
  updated_at: '2026-01-15T14:42:30.000Z',
  completed_at: null,
  duration_seconds: null,
  estimated_completion: '2026-01-15T17:15:00.000Z',
  current_step: 'feature_engineering',
  current_steps: ['feature_engineering'],
  waiting_for: null,
  progress: { completed_steps: 1, total_steps: 2, percentage: 50 },
  reason: null,
  error: null,
  artifacts: ['artifact://exec_01m84tk6xd4t7q2m9v3k/data_extraction/features.parquet'],
  artifact_count: 1,
  execution_url: 'http://127.0.0.1:8233/namespaces/default/workflows/exec_01m84tk6xd4t7q2m9v3k.1',
  resource_usage: { total_compute_hours: 0.2, cost_usd: null, peak_memory_gb: 1.5, peak_cpu_cores: 2 },
};

const execution = {
  ...summary,
  step_details: [
    {
      id: 'data_extraction',
      plugin: 'duckdb',
      operation: 'query',
      status: 'completed',
      depends_on: [],
      tries: 1,
      started_at: '2026-01-15T14:30:00.000Z',
      completed_at: '2026-01-15T14:42:00.000Z',
      duration_seconds: 720,
      output: { row_count: 1_500_000 },
      error: null,
    },
    {
      id: 'feature_engineering',
      plugin: 'duckdb',
      operation: 'query',
      status: 'running',
      depends_on: ['data_extraction'],
      tries: 1,
      started_at: '2026-01-15T14:42:30.000Z',
      completed_at: null,
      progress: { current_operation: 'calculating_aggregations', percentage: 35 },
      error: null,
    },
  ],
};

const stopping = { ...execution, status: 'stopping', reason: 'Manual stop requested by user' };

const steps = [
  {
    id: 'data_extraction',
    plugin: 'duckdb',
    operation: 'query',
    config: { sql: 'SELECT i AS customer, i % 7 AS visits FROM range(1000) AS customers(i)' },
    retry_policy: { max_attempts: 3, initial_interval: '1m' },
    timeout: '30m',
  },
  {
    id: 'feature_engineering',
    plugin: 'duckdb',
    operation: 'query',
    depends_on: ['data_extraction'],
    config: { sql: `SELECT \${{ steps.data_extraction.output.row_count }} AS customers` },
  },
];

const definition = {
  name: 'customer_churn_pipeline',
  version: '1.0.0',
  description: 'Customer churn prediction model training',
  steps,
  schedule: { type: 'cron', expression: '0 2 * * *', timezone: 'UTC' },
  notifications: { on_failure: ['ml-team@company.example'] },
  tags: ['churn', 'ml'],
};

const { steps: _, schedule, notifications, ...facts } = definition;
const listed = {
  id: summary.workflow_id,
  ...facts,
  status: 'active',
  created_by: 'user_123',
  created_at: '2026-01-15T10:00:00.000Z',
  last_execution: {
    execution_id: 'exec_01m84tk6xd4t7q2m9v3k',
    status: 'completed',
    started_at: '2026-01-15T09:00:00.000Z',
    completed_at: '2026-01-15T09:45:00.000Z',
    duration_seconds: 2700,
  },
  metrics: { total_executions: 45, success_rate: 0.978, avg_duration_seconds: 2650 },
};

const { execution_id, workflow_id, workflow_version, execution_name, status, attempt, priority } = summary;
const { triggered_by, created_at, started_at, completed_at, duration_seconds, error } = summary;
const listedExecution = {
  ...{ execution_id, workflow_id, workflow_version, execution_name, status, attempt, priority },
  ...{ triggered_by, created_at, started_at, completed_at, duration_seconds, error },
};

const plugin = {
  name: 'core',
  summary: 'Small steps that need nothing else',
  available: true,
  unavailable_reason: null,
  operations: [
    {
      name: 'sleep',
      summary: 'Waits',
      slot: 'waiting',
      in_engine: true,
      config_schema: { type: 'object', properties: { duration: { type: 'string' } }, required: ['duration'] },
      output_schema: { type: 'object' },
    },
  ],
};

/** What the documentation shows per operation; tests hold each against its schema. */
const started = {
  seq: 5,
  type: 'workflow.step.started',
  timestamp: '2026-01-15T14:42:30.000Z',
  data: {
    execution_id: summary.execution_id,
    workflow_id: summary.workflow_id,
    step_id: 'feature_engineering',
    status: 'running',
    patch: { steps: { feature_engineering: { status: 'running', tries: 1 } } },
  },
};

/** Frames of the live stream: a snapshot in one frame, in parts (each of as many steps as a frame takes), and events. */
export const FRAME_EXAMPLES = {
  snapshot: { value: { snapshot: execution } },
  large_snapshot_begins: { value: { snapshot: summary, steps_total: 2 } },
  large_snapshot_goes_on: { value: { snapshot_steps: execution.step_details.slice(0, 1) } },
  large_snapshot_ends: { value: { snapshot_steps: execution.step_details.slice(1) } },
  events: { value: [started] },
};

export const EXAMPLES: Readonly<Record<string, Example>> = {
  'workflows.list': {
    response: { success: true, data: [listed], pagination: { page: 1, limit: 20, total: 1, has_next: false } },
  },
  'workflows.create': {
    request: definition,
    response: {
      success: true,
      data: {
        id: summary.workflow_id,
        name: definition.name,
        version: definition.version,
        status: 'created',
        validation_results: {
          steps_valid: true,
          dependencies_resolved: true,
          plugins_available: true,
          schedule_valid: true,
        },
        estimated_cost: { compute_hours: null, estimated_usd: null },
        next_steps: [
          'Schedules do not fire yet: this one is kept until they do',
          `Test the workflow with a manual execution: POST /v1/workflows/${summary.workflow_id}/execute`,
        ],
        warnings: [],
      },
    },
  },
  'workflows.get': {
    response: {
      success: true,
      data: { ...listed, updated_at: listed.created_at, steps, schedule, notifications, timeout: null },
    },
  },
  'workflows.execute': {
    request: {
      execution_name: summary.execution_name,
      parameters: summary.parameters,
      step_overrides: { feature_engineering: { timeout: '1h' } },
      priority: 'high',
      async: true,
    },
    response: {
      success: true,
      data: {
        ...summary,
        failed_step: null,
        warnings: [
          {
            code: 'PARAMETER_UNREAD',
            message: 'no step reads parameters.data_start_date',
            path: 'parameters.data_start_date',
          },
        ],
      },
    },
  },
  'executions.list': {
    response: {
      success: true,
      data: [listedExecution],
      pagination: { limit: 20, has_next: false, next_cursor: null },
    },
  },
  'executions.get': { response: { success: true, data: execution } },
  'executions.stop': {
    request: { reason: stopping.reason, graceful: true, cleanup_resources: true, save_partial_results: true },
    response: { success: true, data: stopping },
  },
  'executions.logs': {
    response: {
      success: true,
      data: {
        execution_id: summary.execution_id,
        logs: [
          {
            timestamp: '2026-01-15T14:30:15.000Z',
            level: 'INFO',
            step_id: 'data_extraction',
            plugin: 'duckdb',
            message: 'Starting data extraction',
            metadata: { correlation_id: 'req_01m84tk6x', trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' },
          },
        ],
        pagination: { total_entries: 234, returned_entries: 1, has_more: true, next_cursor: 'MTpkYXRh' },
      },
    },
  },
  'executions.events': {
    response: {
      success: true,
      data: [started],
      pagination: { limit: 100, has_next: false, next_after_seq: 5 },
    },
  },
  'executions.output': {
    response: {
      success: true,
      data: { execution_id: summary.execution_id, step_id: 'data_extraction', output: { row_count: 1_500_000 } },
    },
  },
  'plugins.list': { response: { success: true, data: [plugin] } },
  'plugins.get': { response: { success: true, data: plugin } },
};
