/** How often a lab's nodes may be asked: so many calls for each node and minute, whoever looks. */

export interface CallBudget {
  /** Calls left for the node that has fewest. */
  left(): number;
  /** Note what an observation has cost. */
  spend(callsByNode: Record<string, number>): void;
  /** Milliseconds until so many calls are left for every node; 0 when they are now. */
  waitFor(calls: number): number;
}

/** @param perMinute calls for each node, which may be spent at once after a quiet minute */
export function createCallBudget(perMinute: number, nowMs: () => number): CallBudget {
  const spent = new Map<string, { level: number; atMs: number }>();
  const levelOf = (node: string) => {
    const entry = spent.get(node);
    if (!entry) return 0;
    return Math.max(0, entry.level - ((nowMs() - entry.atMs) * perMinute) / 60_000);
  };
  const highest = () => Math.max(0, ...[...spent.keys()].map(levelOf));
  return {
    left: () => Math.floor(perMinute - highest()),
    spend(callsByNode) {
      for (const [node, calls] of Object.entries(callsByNode)) {
        spent.set(node, { level: levelOf(node) + calls, atMs: nowMs() });
      }
    },
    waitFor(calls) {
      const over = highest() + Math.min(calls, perMinute) - perMinute;
      return over <= 0 ? 0 : Math.ceil((over * 60_000) / perMinute);
    },
  };
}
