declare namespace Cloudflare {
  interface Env extends Omit<import('../../edge/env.ts').Env, never> {
    /** Every file of `migrations/`, for the set-up. */
    MIGRATIONS: import('cloudflare:test').D1Migration[];
  }
}
