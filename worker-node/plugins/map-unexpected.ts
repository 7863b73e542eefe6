import type { PluginErrorShape } from './define-plugin.ts';

/**
 * The `mapError` of plugins that throw PluginError for all they foresee: what is left may pass by itself (full disk,
 * lost file), so it is retryable.
 */
export function mapUnexpected(error: unknown): PluginErrorShape {
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), retryable: true };
}
