/** Latency and loss: the first hardly matters to a membership, the second does (FACTS 16, 17). */
import { describe, expect, it } from "vitest";
import { act, advance } from "../stepping.ts";
import { logSince, nodeName, runningCluster, type TestCluster } from "./test-cluster.ts";

function everyPath(cluster: TestCluster, fault: { latencyMs?: number; lossPercent?: number }): void {
  for (const from of cluster.ids) {
    for (const to of cluster.ids) {
      if (from < to) act(cluster.lab, "network/set-path", { from: nodeName(from), to: nodeName(to), ...fault });
    }
  }
}

function linesDuring(cluster: TestCluster, ms: number): string {
  const sinceMs = cluster.lab.nowMs + 1;
  advance(cluster.lab, cluster.lab.nowMs + ms);
  return logSince(cluster.lab, 1, sinceMs).join("\n");
}

describe("latency on every path, one way", () => {
  for (const [n, levels] of [
    [3, { quiet: [5, 100, 450], warned: [800, 950], flapping: 1_100 }],
    [5, { quiet: [5, 100, 400], warned: [600, 800], flapping: 1_000 }],
  ] as const) {
    it(`of ${n} nodes breaks the ring only when a round takes longer than the token timeout`, () => {
      const cluster = runningCluster(n, "latency");
      for (const latencyMs of levels.quiet) {
        everyPath(cluster, { latencyMs });
        expect(linesDuring(cluster, 40_000), `${latencyMs} ms`).toBe("");
      }
      for (const latencyMs of levels.warned) {
        everyPath(cluster, { latencyMs });
        const lines = linesDuring(cluster, 40_000);
        expect(lines, `${latencyMs} ms`).toContain("Token has not been received in");
        expect(lines, `${latencyMs} ms`).not.toContain("A new membership");
      }
      everyPath(cluster, { latencyMs: levels.flapping });
      linesDuring(cluster, 5_000);
      expect(
        cluster.ids.some((id) =>
          /processor failed|new membership/i.test(logSince(cluster.lab, id, 0).slice(-20).join()),
        ),
      ).toBe(true);
    });
  }
});

describe("loss on every path", () => {
  it("of 5 % re-forms a ring with one link again and again, and one with two links hardly", () => {
    const formed = (links: number) => {
      let count = 0;
      for (let run = 0; run < 5; run++) {
        const cluster = runningCluster(3, `loss ${run}`, {}, links);
        everyPath(cluster, { lossPercent: 5 });
        count += linesDuring(cluster, 55_000).split("A new membership").length - 1;
      }
      return count;
    };
    const one = formed(1);
    expect(one).toBeGreaterThan(8);
    expect(formed(2)).toBeLessThan(one / 2);
  });
});
