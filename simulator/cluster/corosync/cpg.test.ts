/** Process groups: one order for all, nothing lost among those who stay together. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { handlers } from "../handlers.ts";
import { random } from "../kernel.ts";
import { reap, spawn } from "../processes.ts";
import type { LabState } from "../state.ts";
import { act, advance } from "../stepping.ts";
import { type CpgConfchg, type CpgDelivery, cpgJoin, cpgMembers, cpgSend } from "./cpg.ts";
import { nodeName, runningCluster, setPaths, untilMembers } from "./test-cluster.ts";

const heard: Record<string, string[]> = {};
const changes: Record<string, CpgConfchg[]> = {};

beforeAll(() => {
  handlers["test/deliver"] = (_lab, event) => {
    const { fromNodeId, payload } = event.data as CpgDelivery;
    heard[event.node!] = [...(heard[event.node!] ?? []), `${fromNodeId}:${payload as string}`];
  };
  handlers["test/confchg"] = (_lab, event) => {
    changes[event.node!] = [...(changes[event.node!] ?? []), event.data as CpgConfchg];
  };
});
beforeEach(() => {
  for (const node of Object.keys(heard)) delete heard[node];
  for (const node of Object.keys(changes)) delete changes[node];
});
afterAll(() => {
  delete handlers["test/deliver"];
  delete handlers["test/confchg"];
});

function join(lab: LabState, id: number): number {
  const node = nodeName(id);
  const pid = spawn(lab, node, "talker", "");
  cpgJoin(lab, node, { group: "talk", pid, deliverKind: "test/deliver", confchgKind: "test/confchg" });
  return pid;
}

function talkers(n: number, seed: string): { lab: LabState; ids: number[]; pids: number[] } {
  const { lab, ids } = runningCluster(n, seed);
  const pids = ids.map((id) => join(lab, id));
  advance(lab, lab.nowMs + 1_000);
  return { lab, ids, pids };
}

describe("a process group", () => {
  it("tells each member of the others as they join, leave and die", () => {
    const { lab, pids } = talkers(3, "group");
    expect(changes.pve1!.at(-1)!.members.map((member) => member.nodeId)).toEqual([1, 2, 3]);
    reap(lab, "pve2", pids[1]!);
    advance(lab, lab.nowMs + 1_000);
    expect(changes.pve1!.at(-1)).toMatchObject({ left: [{ nodeId: 2 }], members: [{ nodeId: 1 }, { nodeId: 3 }] });
    act(lab, "corosync/kill", { node: "pve3" });
    untilMembers(lab, [[1, 2]]);
    advance(lab, lab.nowMs + 1_000);
    expect(cpgMembers(lab, "pve1", "talk")).toEqual([{ nodeId: 1, pid: pids[0] }]);
    expect(cpgMembers(lab, "pve2", "talk")).toEqual([{ nodeId: 1, pid: pids[0] }]);
  });

  it("delivers in one order everywhere, within milliseconds, and falls silent again", () => {
    const { lab, ids } = talkers(5, "order");
    for (let i = 0; i < 40; i++) {
      const id = ids[Math.floor(random(lab) * ids.length)]!;
      expect(cpgSend(lab, nodeName(id), "talk", `m${i}`)).toBe(true);
      advance(lab, lab.nowMs + random(lab) * 3);
    }
    advance(lab, lab.nowMs + 50);
    expect(heard.pve1).toHaveLength(40);
    for (const id of ids) expect(heard[nodeName(id)]).toEqual(heard.pve1);
    advance(lab, lab.nowMs + 2_000);
    expect(lab.queue.filter((event) => event.kind.startsWith("totem/"))).toEqual([]);
  });

  it("loses nothing on lossy paths", () => {
    const { lab, ids } = talkers(3, "loss");
    act(lab, "network/set-path", { from: "pve1", to: "pve2", lossPercent: 20 });
    for (let i = 0; i < 20; i++) {
      cpgSend(lab, "pve1", "talk", `m${i}`);
      advance(lab, lab.nowMs + 100);
    }
    act(lab, "network/set-path", { from: "pve1", to: "pve2", lossPercent: 0 });
    advance(lab, lab.nowMs + 20_000);
    for (const id of ids) expect(heard[nodeName(id)]!.filter((text) => text.startsWith("1:"))).toHaveLength(20);
  });

  it("keeps each side of a partition to itself and delivers what waited on the new ring", () => {
    const { lab } = talkers(3, "partition");
    setPaths(lab, [[1], [2, 3]], false);
    untilMembers(lab, [[1], [2, 3]]);
    advance(lab, lab.nowMs + 500);
    cpgSend(lab, "pve1", "talk", "alone");
    cpgSend(lab, "pve2", "talk", "pair");
    advance(lab, lab.nowMs + 500);
    expect(heard.pve1).toEqual(["1:alone"]);
    expect(heard.pve3).toEqual(["2:pair"]);
    // Sent after the cut while the token is missing: waits until a ring is there again.
    setPaths(lab, [[2], [3]], false);
    advance(lab, lab.nowMs + 3_000);
    cpgSend(lab, "pve2", "talk", "later");
    untilMembers(lab, [[2]]);
    advance(lab, lab.nowMs + 500);
    expect(heard.pve2).toEqual(["2:pair", "2:later"]);
  });

  it("takes nothing from a node without corosync", () => {
    const { lab } = talkers(2, "none");
    act(lab, "corosync/kill", { node: "pve2" });
    expect(cpgSend(lab, "pve2", "talk", "lost")).toBe(false);
  });
});
