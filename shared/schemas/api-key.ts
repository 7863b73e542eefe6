import { z } from 'zod';

/** What a key may do: `read` reads, `write` also changes, `admin` may do both; `worker` serves workers only. */
export const Scope = z.enum(['read', 'write', 'admin', 'worker']);
export type Scope = z.infer<typeof Scope>;

/** Whether a key with these scopes may do what needs `scope`. Admin stands for read and write; worker stands alone. */
export function hasScope(granted: readonly Scope[], scope: Scope): boolean {
  return granted.includes(scope) || (scope !== 'worker' && granted.includes('admin'));
}
