import { createNewest } from '../newest.ts';

/** The answers that were asked for most recently, shared by all who ask while one is being fetched. */
export interface Recent<T> {
  get(key: string, load: () => Promise<T>): Promise<T>;
}

/** @param max answers to keep. One that could not be loaded is not kept. */
export function createRecent<T>(max: number): Recent<T> {
  const answers = createNewest<Promise<T>>(max);
  return {
    get(key, load) {
      const answer = answers.get(key) ?? load();
      answers.put(key, answer);
      answer.catch(() => answers.delete(key));
      return answer;
    },
  };
}
