/**
 * Votes counted as votequorum.c does, where no recording shows it: from the source, by hand.
 *
 * @source corosync 3.1.7 exec/votequorum.c
 */
import { describe, expect, it } from "vitest";
import { writeConfig } from "../../conformance/scenario-lab.ts";
import { act, advance } from "../stepping.ts";
import { setExpectedVotes, startCorosync } from "./corosync.ts";
import {
  clusterOf,
  logSince,
  nodeName,
  runningCluster,
  setPaths,
  type TestCluster,
  untilMembers,
} from "./test-cluster.ts";
import { votequorumStatus } from "./view.ts";

/** `expected/highest/total/quorum` and flags. */
function votes({ lab }: TestCluster, id: number): string {
  const { expectedVotes, highestExpected, totalVotes, quorum, flags } = votequorumStatus(lab, nodeName(id))!;
  return `${expectedVotes}/${highestExpected}/${totalVotes}/${quorum} ${flags.join(" ")}`.trim();
}

function wait({ lab }: TestCluster, ms: number): void {
  advance(lab, lab.nowMs + ms);
}

function restart(cluster: TestCluster, ids: number[]): void {
  for (const id of ids) act(cluster.lab, "corosync/kill", { node: nodeName(id) });
  wait(cluster, 15_000);
  for (const id of ids) act(cluster.lab, "corosync/start", { node: nodeName(id) });
}

/** Give each node's file what is in effect now, or only those of `on`. */
function reload(cluster: TestCluster, on: number[] = cluster.ids, from = 1): void {
  cluster.config.version += 1;
  for (const id of on) writeConfig(cluster.lab, id, cluster.config);
  act(cluster.lab, "corosync/reload", { node: nodeName(from) });
  wait(cluster, 2_000);
}

const DEVICE = "device {\n model: net\n votes: 1\n net {\n  algorithm: ffsplit\n  host: 10.77.0.99\n }\n}\n";

describe("expected votes", () => {
  it("set so high that a quorate partition would lose its quorum are refused", () => {
    const cluster = runningCluster(3, "too high");
    const refused = { exitCode: 1, output: "Unable to set expected votes: CS_ERR_INVALID_PARAM\n" };
    expect(setExpectedVotes(cluster.lab, "pve1", 6)).toEqual(refused);
    expect(setExpectedVotes(cluster.lab, "pve1", 5).exitCode).toBe(0);
    wait(cluster, 1_000);
    expect(votes(cluster, 2)).toBe("5/5/3/3 Quorate");
    // One that is not quorate has none to lose.
    act(cluster.lab, "corosync/kill", { node: "pve3" });
    untilMembers(cluster.lab, [[1, 2]]);
    expect(votes(cluster, 1)).toBe("5/5/2/3");
    expect(setExpectedVotes(cluster.lab, "pve1", 9).exitCode).toBe(0);
  });

  it("differ between two quorate partitions that meet, until somebody sets them", () => {
    const cluster = runningCluster(7, "two minds");
    setPaths(cluster.lab, [[1], [2, 3, 4, 5, 6, 7]], false);
    untilMembers(cluster.lab, [[1], [2, 3, 4, 5, 6, 7]]);
    act(cluster.lab, "corosync/expected", { node: "pve1", value: 1 });
    for (const id of [6, 7]) act(cluster.lab, "corosync/kill", { node: nodeName(id) });
    untilMembers(cluster.lab, [[1], [2, 3, 4, 5]]);
    setPaths(cluster.lab, [[1], [2, 3, 4, 5, 6, 7]], true);
    untilMembers(cluster.lab, [[1, 2, 3, 4, 5]]);
    // A quorate node keeps its own figure, raised to the votes present, and needs what the others need.
    expect(votes(cluster, 1)).toBe("5/7/5/4 Quorate");
    expect(votes(cluster, 2)).toBe("7/7/5/4 Quorate");
  });

  it("that one node's file alone names are everybody's after a reload, and so are its votes", () => {
    const cluster = runningCluster(3, "one file");
    cluster.config.votes = { 2: 3 };
    reload(cluster, [2]);
    for (const id of cluster.ids) expect(votes(cluster, id)).toBe("5/5/5/3 Quorate");
    const seen = votequorumStatus(cluster.lab, "pve1")!.members.map((member) => member.votes);
    expect(seen).toEqual([1, 3, 1]);
  });

  it("set with -e are the file's again after a reload, and quorum goes where they were what gave it", () => {
    const cluster = runningCluster(3, "reload after -e");
    restart(cluster, []);
    for (const id of [2, 3]) act(cluster.lab, "corosync/kill", { node: nodeName(id) });
    untilMembers(cluster.lab, [[1]]);
    act(cluster.lab, "corosync/expected", { node: "pve1", value: 1 });
    wait(cluster, 1_000);
    expect(votes(cluster, 1)).toBe("1/1/1/1 Quorate");
    reload(cluster);
    expect(votes(cluster, 1)).toBe("3/3/1/2");
  });
});

describe("an even split", () => {
  it("of an odd number of votes has no tie-breaker unless wait_for_all is set", () => {
    const cluster = runningCluster(3, "odd tie", { auto_tie_breaker: 1 });
    expect(votes(cluster, 1)).toBe("3/3/3/2 Quorate");
    const waiting = runningCluster(3, "odd tie waits", { auto_tie_breaker: 1, wait_for_all: 1 });
    expect(votes(waiting, 1)).toBe("3/3/3/2 Quorate WaitForAll AutoTieBreaker");
  });

  it("goes to the highest node where the file says so, and to the first of a list that is here", () => {
    for (const [named, winner] of [
      ["highest", 3],
      ["4 1", 3],
      ["2 4", 1],
    ] as const) {
      const cluster = clusterOf(4, `tie ${named}`, { auto_tie_breaker: 1 });
      cluster.config.quorum = `auto_tie_breaker: 1\nauto_tie_breaker_node: ${named}`;
      for (const id of cluster.ids) writeConfig(cluster.lab, id, cluster.config);
      for (const id of cluster.ids) act(cluster.lab, "corosync/start", { node: nodeName(id) });
      untilMembers(cluster.lab, [cluster.ids]);
      setPaths(
        cluster.lab,
        [
          [1, 2],
          [3, 4],
        ],
        false,
      );
      untilMembers(cluster.lab, [
        [1, 2],
        [3, 4],
      ]);
      const quorate = [1, 3].filter((id) => votequorumStatus(cluster.lab, nodeName(id))!.quorate);
      expect(quorate, named).toEqual([winner]);
    }
  });

  it("leaves the last of all standing with last_man_standing and a tie-breaker", () => {
    const cluster = runningCluster(2, "last of two", { auto_tie_breaker: 1, last_man_standing: 1 });
    act(cluster.lab, "corosync/kill", { node: "pve2" });
    untilMembers(cluster.lab, [[1]]);
    expect(votes(cluster, 1)).toBe("2/2/1/2 Quorate LastManStanding AutoTieBreaker");
    wait(cluster, 11_000);
    expect(votes(cluster, 1)).toBe("1/1/1/1 Quorate LastManStanding AutoTieBreaker");
  });
});

describe("options", () => {
  it("that do not go together keep corosync from starting, which says so", () => {
    for (const [n, quorum, reason] of [
      [2, `two_node: 1\n${DEVICE}`, "two_node and quorum device cannot be configured at the same time!"],
      [
        3,
        "auto_tie_breaker: 1\nlast_man_standing: 1",
        "auto_tie_breaker & last_man_standing not available in odd sized cluster",
      ],
      [4, `last_man_standing: 1\n${DEVICE}`, "quorum.device is not compatible with last_man_standing"],
    ] as const) {
      const cluster = clusterOf(n, `refused ${n}`);
      cluster.config.quorum = quorum;
      writeConfig(cluster.lab, 1, cluster.config);
      const message = `configuration error: ${reason}`;
      expect(startCorosync(cluster.lab, "pve1")).toMatchObject({ started: false, exitCode: 20, message });
      expect(logSince(cluster.lab, 1, 0).at(-2)).toBe(
        `  [SERV  ] Service engine 'corosync_quorum' failed to load for reason '${message}'`,
      );
    }
  });

  it("that are read once stay as they were at a reload; wait_for_all follows two_node if nobody named it", () => {
    const cluster = runningCluster(2, "two no more", { two_node: 1 });
    cluster.config.quorum = "last_man_standing: 1\nauto_tie_breaker: 1\nwait_for_all: 1";
    reload(cluster);
    expect(votes(cluster, 1)).toBe("2/2/2/2 Quorate");
  });

  it("wait: each count says that members are missing, as recorded for the first of two nodes", () => {
    const { lab } = clusterOf(2, "waiting", { two_node: 1 });
    act(lab, "corosync/start", { node: "pve1" });
    advance(lab, lab.nowMs + 2_000);
    expect(logSince(lab, 1, 0).filter((line) => line.includes("Waiting for all"))).toHaveLength(4);
  });

  it("last_man_standing is given up when a node has more than one vote", () => {
    const cluster = runningCluster(4, "heavy", { last_man_standing: 1 });
    cluster.config.votes = { 1: 2 };
    reload(cluster);
    expect(votes(cluster, 3)).toBe("5/5/5/3 Quorate");
  });
});

describe("a quorum device that is configured", () => {
  it("is expected only once all nodes are there, if the file gives its votes", () => {
    const cluster = clusterOf(4, "cold device");
    cluster.config.quorum = DEVICE;
    for (const id of cluster.ids) writeConfig(cluster.lab, id, cluster.config);
    for (const id of [1, 2, 3]) act(cluster.lab, "corosync/start", { node: nodeName(id) });
    untilMembers(cluster.lab, [[1, 2, 3]]);
    expect(votes(cluster, 1)).toBe("4/4/3/3 Quorate");
    act(cluster.lab, "corosync/start", { node: "pve4" });
    untilMembers(cluster.lab, [[1, 2, 3, 4]]);
    expect(votes(cluster, 1)).toBe("5/5/4/3 Quorate");
  });

  it("is expected by all when one node's file alone names it", () => {
    const cluster = runningCluster(3, "device of one");
    cluster.config.quorum = DEVICE;
    reload(cluster, [1]);
    for (const id of cluster.ids) expect(votes(cluster, id)).toBe("4/4/3/3 Quorate");
  });
});
