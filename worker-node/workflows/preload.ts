import './run-pipeline.ts';

/**
 * Runs once per worker, before any workflow: the modules that it loads are shared by all of them, so they hold no state.
 *
 * The engine's SDK takes a stack trace for every promise of a workflow, only to answer `__stack_trace` queries; that costs
 * more than all else that run-pipeline does. Without frames to collect it costs next to nothing.
 */
Object.assign(Error, { stackTraceLimit: 0 });
