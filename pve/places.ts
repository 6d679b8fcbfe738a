/** A bounded number of requests at a time, in the order in which they came. */
export interface Places {
  /** Wait for a free place. @returns the way to give it back. @throws the signal's reason when it aborts first */
  take(signal?: AbortSignal): Promise<() => void>;
}

export function createPlaces(count: number): Places {
  let free = count;
  const waiting: (() => void)[] = [];
  const release = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  const once = () => {
    let given = false;
    return () => {
      if (!given) release();
      given = true;
    };
  };
  return {
    async take(signal) {
      signal?.throwIfAborted();
      if (free > 0) {
        free--;
        return once();
      }
      await new Promise<void>((resolve, reject) => {
        const onTurn = () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        };
        const onAbort = () => {
          waiting.splice(waiting.indexOf(onTurn), 1);
          reject(signal!.reason);
        };
        waiting.push(onTurn);
        signal?.addEventListener("abort", onAbort, { once: true });
      });
      return once();
    },
  };
}
