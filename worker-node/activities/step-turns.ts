/**
 * Lets one try of a step follow the other in this process: the engine may give up a try that it has not heard of for long,
 * and begin the next one while the first still runs.
 */
export interface StepTurns {
  /** Runs a try once an earlier one of the step that runs here has ended, which its `lose` is to bring about at once. */
  take<T>(step: string, run: () => Promise<T>, lose: () => void): Promise<T>;
}

export function createStepTurns(): StepTurns {
  const newest = new Map<string, { lose(): void; ended: Promise<void> }>();
  return {
    take(step, run, lose) {
      const earlier = newest.get(step);
      earlier?.lose();
      const answer = earlier ? earlier.ended.then(run) : run();
      const end = (): void => {
        if (newest.get(step) === turn) newest.delete(step);
      };
      const turn = { lose, ended: answer.then(end, end) };
      newest.set(step, turn);
      return answer;
    },
  };
}
