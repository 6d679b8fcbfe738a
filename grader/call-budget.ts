/** How often a lab's nodes may be asked: so many calls for each node in any minute, whoever looks. */

export interface CallBudget {
  /** Calls left now for the node that has fewest. */
  left(): number;
  /** A call was sent to the node. */
  note(node: string): void;
  /** Milliseconds until so many calls are left for every node; 0 when they are now. */
  waitFor(calls: number): number;
}

const WINDOW_MS = 60_000;

/**
 * @param perMinute calls for each node within any 60 s; a quiet minute saves nothing up
 * @param nowMs a clock that never goes back
 */
export function createCallBudget(perMinute: number, nowMs: () => number): CallBudget {
  /** When each call of the last minute was sent, oldest first. */
  const sent = new Map<string, number[]>();
  const recent = (times: number[]) => {
    const past = nowMs() - WINDOW_MS;
    const first = times.findIndex((atMs) => atMs > past);
    times.splice(0, first === -1 ? times.length : first);
    return times;
  };
  return {
    left: () => Math.max(0, perMinute - Math.max(0, ...[...sent.values()].map((times) => recent(times).length))),
    note(node) {
      const times = sent.get(node);
      if (times) recent(times).push(nowMs());
      else sent.set(node, [nowMs()]);
    },
    waitFor(calls) {
      const waits = [...sent.values()].map((times) => {
        const over = recent(times).length + Math.min(calls, perMinute) - perMinute;
        return over <= 0 ? 0 : Math.ceil(times[over - 1]! + WINDOW_MS - nowMs());
      });
      return Math.max(0, ...waits);
    },
  };
}
