/** Limits of the API. Each is checked before deep parsing, and its message names the limit. */
export const LIMITS = {
  /** Bytes of a request body. */
  bodyBytes: 8 * 1024 * 1024,
  /** Nesting of arrays and objects in a request body, and in a step's output. */
  jsonDepth: 64,
  /** Steps of a workflow. */
  steps: 10_000,
  /** Bytes of a workflow definition as JSON. */
  definitionBytes: 4 * 1024 * 1024,
  /** Bytes of one step's config as JSON. */
  configBytes: 256 * 1024,
  /** Bytes of an execution's parameters as JSON: they travel in its start command and with every step. */
  parametersBytes: 256 * 1024,
  /** Characters of a workflow or execution name. */
  name: 200,
  description: 10_000,
  tags: 50,
  /** Characters of a tag. */
  tag: 64,
  /** Recipients per notification list. */
  recipients: 100,
  /** Bytes of one step's output as JSON. */
  outputBytes: 16 * 1024 * 1024,
  /** Bytes of a step's `depends_on` as JSON: a step is told to viewers in one frame. */
  dependsOnBytes: 256 * 1024,
  /** Bytes of an update (of a result, of one step in it) as JSON, artifacts aside: events tell some of it twice. */
  updateBytes: 64 * 1024,
  /** Bytes of `current_steps` as JSON. */
  currentStepsBytes: 64 * 1024,
  /** Artifacts that one try of a step stores: their URIs travel as one value, of which Temporal takes 2 MB. */
  artifactsPerTry: 1_000,
  /** Artifacts that a step or an execution lists; it says how many there are. */
  artifactsListed: 100,
  /** Bytes of an artifact's URI: longer than any that a store makes. */
  artifactUriBytes: 1_250,
  /** UTF-16 units of an error's message. */
  errorMessage: 4_000,
  /** UTF-16 units of an error's code. */
  errorCode: 200,
  /** UTF-16 units of the cluster's id in a step's usage. */
  clusterId: 200,
  /** Bytes of one log message, and of its metadata as JSON. */
  logMessageBytes: 64 * 1024,
  /** Log entries per page. */
  logPage: 10_000,
  /** Log entries kept per execution; then a truncation marker is the last entry. */
  logEntries: 1_000_000,
  /** Bytes of log kept per execution, with what storing an entry takes beside its texts. */
  logBytes: 1024 * 1024 * 1024,
  /** Bytes of one frame of a stream, with what server-sent events write around it. */
  frameBytes: 512 * 1024,
  /** Viewers (stream sockets) per execution. */
  viewers: 1_000,
  /** Operations in one tRPC batch. */
  trpcBatch: 20,
  /** Outputs up to this many bytes travel inside updates and history … */
  inlineOutputBytes: 4 * 1024,
  /** … while all inline outputs of an execution stay under this many bytes together. */
  inlineOutputsTotalBytes: 256 * 1024,
  /** Plans up to this many bytes travel inside the start command. */
  inlinePlanBytes: 256 * 1024,
  /** Bytes of one page of what a run in the engine hands to the next: as much as the engine takes as one value. */
  chainPageBytes: 2 * 1024 * 1024,
  /** Tries of a step that may be lost with their worker before the step fails. */
  lostTries: 10,
  /** `max_attempts` of a retry policy. */
  maxAttempts: 100,
} as const;
