/** Sentences of FACTS that neither the conformance table nor a recorded output of a tool holds by itself. */
import { describe, expect, it } from "vitest";
import { writeLocalFile } from "../files/file-changes.ts";
import { act, advance, stepOne } from "../stepping.ts";
import { mapOf } from "./cmap.ts";
import { CONFIG_PATH, readConfigFile } from "./config-file.ts";
import { clusterOf, logSince, nodeName, runningCluster, setPaths, untilMembers, untilTrue } from "./test-cluster.ts";
import { isQuorate, membersOf, votequorumStatus } from "./view.ts";

const wait = (lab: Parameters<typeof advance>[0], ms: number) => advance(lab, lab.nowMs + ms);
const expected = (lab: Parameters<typeof advance>[0], id: number) => votequorumStatus(lab, nodeName(id))!.expectedVotes;

describe("expected votes (FACTS 3, 6, 9)", () => {
  it("are the same ten minutes after nodes were killed, stopped or told to shut down", () => {
    const { lab } = runningCluster(5, "ten minutes");
    act(lab, "corosync/kill", { node: "pve5" });
    act(lab, "corosync/term", { node: "pve4" });
    act(lab, "corosync/shutdown", { node: "pve3" });
    wait(lab, 600_000);
    expect(membersOf(lab, "pve1")).toEqual([1, 2]);
    expect(votequorumStatus(lab, "pve1")).toMatchObject({
      expectedVotes: 5,
      highestExpected: 5,
      quorum: 3,
      quorate: false,
    });
  });

  it("set with -e are everybody's within 20 to 55 ms, and nothing is said of it but who is in the primary component", () => {
    for (const seed of ["a", "b", "c", "d", "e"]) {
      const { lab } = runningCluster(3, `expected ${seed}`);
      act(lab, "corosync/kill", { node: "pve3" });
      untilMembers(lab, [[1, 2]]);
      act(lab, "corosync/kill", { node: "pve2" });
      untilMembers(lab, [[1]]);
      wait(lab, 5_000);
      const beganMs = lab.nowMs;
      expect(act(lab, "corosync/expected", { node: "pve1", value: 1 })).toMatchObject({ exitCode: 0, output: "" });
      const tookMs = untilTrue(lab, () => expected(lab, 1) === 1);
      expect(tookMs).toBeGreaterThanOrEqual(15);
      expect(tookMs).toBeLessThanOrEqual(55);
      wait(lab, 1_000);
      // @source goldens/log-n3-expected-1.txt
      expect(logSince(lab, 1, beganMs)).toEqual([
        "  [QUORUM] This node is within the primary component and will provide service.",
        "  [QUORUM] Members[1]: 1",
      ]);
    }
  });

  it("that were set are forgotten by who starts anew, and the survivor's count for who comes", () => {
    const { lab } = runningCluster(3, "forgotten");
    for (const id of [3, 2]) {
      act(lab, "corosync/kill", { node: nodeName(id) });
      untilMembers(lab, [[1, 2, 3].filter((other) => other < id)]);
    }
    act(lab, "corosync/expected", { node: "pve1", value: 1 });
    wait(lab, 1_000);
    act(lab, "corosync/start", { node: "pve2" });
    untilMembers(lab, [[1, 2]]);
    wait(lab, 1_000);
    expect([1, 2].map((id) => expected(lab, id))).toEqual([2, 2]);
    for (const id of [1, 2]) act(lab, "corosync/kill", { node: nodeName(id) });
    wait(lab, 1_000);
    act(lab, "corosync/start", { node: "pve1" });
    wait(lab, 5_000);
    expect(expected(lab, 1)).toBe(3);
  });
});

describe("detection (FACTS 11 to 13)", () => {
  it("tells the old members and quorum until the new membership, and quorum is lost within milliseconds", () => {
    for (const n of [2, 3, 5]) {
      const { lab, ids } = runningCluster(n, `detection ${n}`);
      const alone = ids.at(-1)!;
      const rest = ids.slice(0, -1);
      setPaths(lab, [[alone], rest], false);
      const cutMs = lab.nowMs;
      const tokenMs = 3_000 + 650 * (n - 2);
      while (membersOf(lab, nodeName(alone)).length === n) {
        expect(isQuorate(lab, nodeName(alone))).toBe(true);
        expect(stepOne(lab, cutMs + 60_000)).toBeTruthy();
      }
      expect(untilTrue(lab, () => !isQuorate(lab, nodeName(alone)))).toBeLessThan(4);
      expect((lab.nowMs - cutMs) / tokenMs).toBeGreaterThan(1.95);
      expect((lab.nowMs - cutMs) / tokenMs).toBeLessThan(2.25);
    }
  });

  it("shows a link as down seconds before the membership changes, and the link alone changes nothing", () => {
    const { lab } = runningCluster(3, "link first");
    const ring = votequorumStatus(lab, "pve1")!.ringId;
    setPaths(lab, [[3], [1, 2]], false);
    const linkMs = untilTrue(lab, () =>
      lab.nodes.pve1!.corosync.daemon!.links.some((link) => link.peerId === 3 && !link.connected),
    );
    expect(linkMs).toBeGreaterThan(1_000);
    expect(linkMs).toBeLessThan(3_000);
    expect(votequorumStatus(lab, "pve1")!.ringId).toBe(ring);
    expect(untilMembers(lab, [[1, 2]]) + linkMs).toBeGreaterThan(7_000);
  });

  it("takes 10 to 40 ms when a node is told to shut down by the tool", () => {
    for (const seed of ["a", "b", "c", "d", "e"]) {
      const { lab } = runningCluster(3, `told ${seed}`);
      act(lab, "corosync/shutdown", { node: "pve3" });
      const tookMs = untilMembers(lab, [[1, 2]]);
      expect(tookMs).toBeGreaterThanOrEqual(8);
      expect(tookMs).toBeLessThanOrEqual(45);
    }
  });

  it.each([
    [2, 3_000, 3_600],
    [3, 3_650, 4_380],
    [4, 4_300, 5_160],
    [5, 4_950, 5_940],
    [7, 6_250, 7_500],
  ])("takes its timeouts from the %i nodes that are listed, however many are alive", (n, token, consensus) => {
    const { lab, ids } = clusterOf(n, "listed");
    act(lab, "corosync/start", { node: "pve1" });
    wait(lab, 3_000);
    const map = new Map(mapOf(lab.nodes.pve1!.corosync.daemon!).map(([key, , value]) => [key, value]));
    expect(map.get("runtime.config.totem.token")).toBe(String(token));
    expect(map.get("runtime.config.totem.consensus")).toBe(String(consensus));
    expect(ids).toHaveLength(n);
  });
});

it("a heal costs the majority no quorum, not for an instant (FACTS 18)", () => {
  for (const seed of ["a", "b", "c"]) {
    const { lab, ids } = runningCluster(5, `heal ${seed}`);
    const [minority, majority] = [ids.slice(3), ids.slice(0, 3)];
    setPaths(lab, [minority, majority], false);
    untilMembers(lab, [minority, majority]);
    wait(lab, 10_000);
    const healedMs = lab.nowMs;
    setPaths(lab, [minority, majority], true);
    while (ids.some((id) => membersOf(lab, nodeName(id)).length < 5)) {
      expect(stepOne(lab, healedMs + 60_000)).toBeTruthy();
      for (const id of majority) expect(isQuorate(lab, nodeName(id))).toBe(true);
    }
    expect(logSince(lab, 4, healedMs).join("\n")).toMatch(/Members joined: 1 2 3/);
  }
});

it("a node with a wrong address of its own starts, and sits alone (FACTS 30)", () => {
  const { lab } = clusterOf(3, "wrong address");
  const text = readConfigFile(lab, "pve3")!;
  writeLocalFile(lab, "pve3", CONFIG_PATH, text.replaceAll("10.77.0.13", "10.77.0.99"));
  for (const id of [1, 2, 3]) act(lab, "corosync/start", { node: nodeName(id) });
  wait(lab, 30_000);
  expect(membersOf(lab, "pve1")).toEqual([1, 2]);
  expect(membersOf(lab, "pve3")).toEqual([3]);
  expect(isQuorate(lab, "pve3")).toBe(false);
});
