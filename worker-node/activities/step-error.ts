import { ApplicationFailure } from '@temporalio/activity';
import { clip } from '../../shared/domain/clip.ts';
import { errorMessage } from '../../shared/domain/error-message.ts';
import { nestsDeeper } from '../../shared/domain/nests-deeper.ts';
import { readableObject, wellFormed } from '../../shared/domain/well-formed.ts';
import { AppError, ERRORS } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { StepError } from '../../shared/schemas/execution.ts';
import type { JsonObject } from '../../shared/schemas/json.ts';
import { type Plugin, PluginError, type PluginErrorShape } from '../plugins/define-plugin.ts';
import type { StepFailure } from './contract.ts';
import { cutDetails } from './cut-details.ts';

/** An error travels in history, in the state of its step and in events: it is kept short. */
const DETAILS_LENGTH = 4_000;

/**
 * The one translation of what ended a try into what is recorded of it: text that every reader takes, since Temporal refuses
 * half a character. Details that are too large leave a mark in their place.
 */
export function toStepError(error: unknown, plugin: Pick<Plugin, 'mapError'> | undefined): StepError {
  const { code, message, retryable, details } = shapeOf(error, plugin);
  return {
    code: clip(wellFormed(code), LIMITS.errorCode, '…'),
    message: errorMessage(message),
    retryable,
    ...(details && { details: shorten(details) }),
  };
}

/** What an activity throws to say how a try ended. */
export function stepFailed(failure: StepFailure): ApplicationFailure {
  const { code, message } = failure.error;
  return ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [failure] });
}

function shapeOf(error: unknown, plugin: Pick<Plugin, 'mapError'> | undefined): PluginErrorShape {
  if (error instanceof PluginError) return error;
  if (error instanceof AppError) {
    // The product's own words: an expression that has no value, an output that is not there (any more).
    return { code: error.code, message: error.message, retryable: ERRORS[error.code].retryable };
  }
  return plugin?.mapError(error) ?? { code: 'INTERNAL', message: String(error), retryable: true };
}

function shorten(details: JsonObject): JsonObject {
  if (!nestsDeeper(details, LIMITS.jsonDepth)) {
    const shown = readableObject(details);
    if (JSON.stringify(shown).length <= DETAILS_LENGTH) return shown;
  }
  return cutDetails(details, DETAILS_LENGTH);
}
