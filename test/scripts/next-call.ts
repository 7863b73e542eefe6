/** A callback whose coming calls can be awaited. */
export function nextCall<Value = void>() {
  let waiting: ((value: Value) => void)[] = [];
  return {
    call(value: Value): void {
      const told = waiting;
      waiting = [];
      for (const tell of told) tell(value);
    },
    next: (): Promise<Value> => new Promise((resolve) => waiting.push(resolve)),
  };
}
