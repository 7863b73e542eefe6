/** The answers that were asked for most recently, shared by all who ask while one is being fetched. */
export interface Recent<T> {
  get(key: string, load: () => Promise<T>): Promise<T>;
}

/** @param max answers to keep. One that could not be loaded is not kept. */
export function createRecent<T>(max: number): Recent<T> {
  const answers = new Map<string, Promise<T>>();
  return {
    get(key, load) {
      const answer = answers.get(key) ?? load();
      // A Map keeps the order of insertion: what is put in again is the last to go.
      answers.delete(key);
      answers.set(key, answer);
      for (const oldest of answers.keys()) {
        if (answers.size <= max) break;
        answers.delete(oldest);
      }
      answer.catch(() => answers.delete(key));
      return answer;
    },
  };
}
