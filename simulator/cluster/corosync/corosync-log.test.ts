/** What corosync writes, line by line as recorded: times, pids, addresses and ring numbers apart. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writeConfig } from "../../conformance/scenario-lab.ts";
import { act, advance } from "../kernel.ts";
import { clusterOf, logSince, runningCluster, setPaths, type TestCluster, untilMembers } from "./test-cluster.ts";

/** Lines of a recorded log; the test machine's own complaint left out. */
function recorded(name: string): string[] {
  const file = new URL(`../../recordings/corosync/logs/${name}.txt`, import.meta.url);
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => /corosync\[\d+\]:( .*)$/.exec(line)?.[1]?.slice(1))
    .filter((line) => line !== undefined && !line.includes("RLIMIT_MEMLOCK")) as string[];
}

const comparable = (line: string) =>
  line
    .replace(/\(([0-9a-f]+)\.[0-9a-f]+\) was formed/, "($1.RING) was formed")
    .replace(/@\d+/, "@TIME")
    .replace(/for [\d.]+ ms \(/, "for N ms (")
    .replace(/received in \d+ ms/, "received in N ms")
    .trimEnd();

/** knet writes from threads of its own: its lines are compared as a set, the others in their order. */
function expectSame(ours: string[], theirs: string[]): void {
  const knet = (line: string) => line.includes("[KNET  ]");
  const a = ours.map(comparable);
  const b = theirs.map(comparable);
  expect(a.filter((line) => !knet(line))).toEqual(b.filter((line) => !knet(line)));
  // How often knet repeats itself depends on its threads' luck.
  const set = (lines: string[]) =>
    [...new Set(lines.filter(knet))].filter((line) => !line.includes("pmtud")).toSorted();
  expect(set(a)).toEqual(set(b));
}

function linesAfter(cluster: TestCluster, id: number, change: () => void, waitMs = 20_000): string[] {
  const sinceMs = cluster.lab.nowMs + 1;
  advance(cluster.lab, sinceMs);
  change();
  advance(cluster.lab, sinceMs + waitMs);
  return logSince(cluster.lab, id, sinceMs);
}

describe("the journal of corosync", () => {
  it("tells of a killed node, of its return, and of what the node itself sees", () => {
    const cluster = runningCluster(3, "log kill");
    const kill = linesAfter(cluster, 1, () => act(cluster.lab, "corosync/kill", { node: "pve3" }));
    expectSame(kill, recorded("log-n3-kill-3"));
    const sinceMs = cluster.lab.nowMs + 1;
    const back = linesAfter(cluster, 1, () => act(cluster.lab, "corosync/start", { node: "pve3" }));
    expectSame(back, recorded("log-n3-rejoin-3-seen-by-1"));
    expectSame(logSince(cluster.lab, 3, sinceMs), recorded("log-n3-rejoin-3-own-log"));
  });

  it("tells of a clean stop and of cfgtool -H on both sides", () => {
    for (const [input, name] of [
      ["corosync/term", "graceful-stop-3"],
      ["corosync/shutdown", "cfgtool-H"],
    ] as const) {
      const cluster = runningCluster(3, `log ${name}`);
      const sinceMs = cluster.lab.nowMs + 1;
      const seen = linesAfter(cluster, 1, () => act(cluster.lab, input, { node: "pve3" }));
      expectSame(seen, recorded(`log-n3-${name}-seen-by-1`));
      expectSame(logSince(cluster.lab, 3, sinceMs), recorded(`log-n3-${name}-own-log`));
    }
  });

  it("tells of a partition and its end", () => {
    const cluster = runningCluster(3, "log cut");
    const sinceMs = cluster.lab.nowMs + 1;
    const on1 = linesAfter(cluster, 1, () => setPaths(cluster.lab, [[1], [2, 3]], false));
    expectSame(on1, recorded("log-n3-part-1_23-on1"));
    const tokenLines = (lines: string[]) => lines.filter((line) => !/Token has not|A processor failed/.test(line));
    // Who notices first, and so who writes of the token, differs from run to run.
    expectSame(tokenLines(logSince(cluster.lab, 2, sinceMs)), tokenLines(recorded("log-n3-part-1_23-on2")));
    const heal = linesAfter(cluster, 1, () => setPaths(cluster.lab, [[1], [2, 3]], true));
    expectSame(heal, recorded("log-n3-heal-1_23-on1"));
  });

  it("tells of a link that goes down and comes back while another holds", () => {
    const cluster = runningCluster(3, "log links", {}, 2);
    const network = "lan";
    const cut = (up: boolean) => {
      for (const [from, to] of [
        ["pve1", "pve2"],
        ["pve1", "pve3"],
        ["pve2", "pve3"],
      ] as const) {
        act(cluster.lab, "network/set-path", { from, to, network, up });
      }
    };
    expectSame(
      linesAfter(cluster, 1, () => cut(false)),
      recorded("log-n3-2links-link0-down"),
    );
    expectSame(
      linesAfter(cluster, 1, () => cut(true)),
      recorded("log-n3-2links-link0-up"),
    );
  });

  it("tells of a node added to the configuration: the only node loses quorum until the second is there", () => {
    const cluster = clusterOf(2, "log reload");
    cluster.config.nodelist = [1];
    writeConfig(cluster.lab, 1, cluster.config);
    act(cluster.lab, "corosync/start", { node: "pve1" });
    advance(cluster.lab, cluster.lab.nowMs + 5_000);
    cluster.config.nodelist = [1, 2];
    for (const id of [1, 2]) writeConfig(cluster.lab, id, cluster.config);
    const reload = linesAfter(cluster, 1, () => act(cluster.lab, "corosync/reload", { node: "pve1" }), 2_000);
    expectSame(reload, recorded("log-add-2-reload-on1"));
    act(cluster.lab, "corosync/start", { node: "pve2" });
    expect(untilMembers(cluster.lab, [[1, 2]])).toBeLessThan(3_200);
  });
});
