import { nestsDeeper } from '../../shared/domain/nests-deeper.ts';
import { AppError, ERRORS } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { StepError } from '../../shared/schemas/execution.ts';
import type { JsonObject } from '../../shared/schemas/json.ts';
import { type Plugin, PluginError, type PluginErrorShape } from '../plugins/define-plugin.ts';
import { cutDetails } from './cut-details.ts';

/** An error travels in history, in the state of its step and in events: it is kept short. */
const MESSAGE_LENGTH = 4_000;
const DETAILS_LENGTH = 4_000;

/** The one translation of what ended a try into what is recorded of it. */
export function toStepError(error: unknown, plugin: Pick<Plugin, 'mapError'> | undefined): StepError {
  const { code, message, retryable, details } = shapeOf(error, plugin);
  return {
    code,
    message: shorten(message),
    retryable,
    ...(details && { details: isSmall(details) ? details : cutDetails(details, DETAILS_LENGTH) }),
  };
}

function shapeOf(error: unknown, plugin: Pick<Plugin, 'mapError'> | undefined): PluginErrorShape {
  if (error instanceof PluginError) return error;
  if (error instanceof AppError) {
    // The product's own words: an expression that has no value, an output that is not there (any more).
    return { code: error.code, message: error.message, retryable: ERRORS[error.code].retryable };
  }
  return plugin?.mapError(error) ?? { code: 'INTERNAL', message: String(error), retryable: true };
}

const isSmall = (details: JsonObject) =>
  JSON.stringify(details).length <= DETAILS_LENGTH && !nestsDeeper(details, LIMITS.jsonDepth);

const shorten = (text: string) => (text.length <= MESSAGE_LENGTH ? text : `${text.slice(0, MESSAGE_LENGTH)} … (cut)`);
