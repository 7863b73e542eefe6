import type { Scope } from '../../shared/schemas/api-key.ts';
import type { Call, Caller } from '../services/caller.ts';
import type { Services } from '../services/services.ts';

/** What procedures and REST routes know of the request that they serve. */
export interface Context extends Omit<Call, 'caller' | 'status'> {
  /** Scheme and host under which the request came: start of the links in answers. */
  origin: string;
  services: Services;
  /** The caller, if its key has the scope; else throws UNAUTHENTICATED or FORBIDDEN. */
  authorize(scope: Scope): Promise<Caller>;
  /** Headers that procedures add to the answer, whatever the protocol. */
  responseHeaders: Headers;
  /** HTTP status of a REST answer where it is not the operation's own, else null. Copies of a context share it. */
  responseStatus: { value: number | null };
}
