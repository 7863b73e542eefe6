/** What one measurement runs: `count` executions at once of a chain, or of a fan-out with one join, of `size` echoes. */
export interface Work {
  workflow: 'chain' | 'fanout';
  size: number;
  count: number;
}
