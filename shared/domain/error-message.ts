import { LIMITS } from '../limits.ts';
import { clip } from './clip.ts';
import { wellFormed } from './well-formed.ts';

/**
 * The message of an error as it is recorded. It travels in history, in the state of its step and in events, so it is cut to
 * LIMITS.errorMessage, with a mark at its end. Half characters become U+FFFD, since Temporal refuses them.
 */
export const errorMessage = (text: string): string => clip(wellFormed(text), LIMITS.errorMessage, ' … (cut)');
