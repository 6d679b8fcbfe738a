/** Random faults, one seed each: no two quorate partitions, and nodes that settled agree on who is there. */
import { describe, expect, it } from "vitest";
import { random } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { act, stepOne } from "../stepping.ts";
import { nodeName, runningCluster } from "./test-cluster.ts";
import { corosyncAnswers, isQuorate, membersOf, votequorumStatus } from "./view.ts";

const FAULTS_PER_RUN = 25;

function check(lab: LabState, ids: number[], seed: string): void {
  // Whoever hangs believes what it believed; it does nothing with it until it goes on.
  const awake = ids.filter((id) => corosyncAnswers(lab, nodeName(id)));
  const quorate = awake.filter((id) => isQuorate(lab, nodeName(id)));
  const formed = quorate.map((id) => ({ id, ring: votequorumStatus(lab, nodeName(id))!.ringId }));
  for (const { id, ring } of formed) {
    const { members, totalVotes, quorum } = votequorumStatus(lab, nodeName(id))!;
    expect(totalVotes, `seed ${seed}: pve${id} is quorate in ${ring}`).toBeGreaterThanOrEqual(quorum);
    expect(members.map((member) => member.nodeId)).toContain(id);
  }
}

/** Rings in which a node is quorate although another quorate ring, of other nodes, was formed after it. */
function settledCheck(lab: LabState, ids: number[], seed: string): void {
  const rings = new Map<string, number[]>();
  for (const id of ids) {
    if (!corosyncAnswers(lab, nodeName(id))) continue;
    const ring = votequorumStatus(lab, nodeName(id))!.ringId;
    rings.set(ring, [...(rings.get(ring) ?? []), id]);
  }
  const quorate = [...rings].filter(([, members]) => members.some((id) => isQuorate(lab, nodeName(id))));
  expect(quorate.length, `seed ${seed}: quorate rings ${JSON.stringify(quorate)}`).toBeLessThanOrEqual(1);
  for (const [ring, members] of rings) {
    for (const id of members) {
      expect(membersOf(lab, nodeName(id)), `seed ${seed}: ring ${ring} as pve${id} sees it`).toEqual(members);
      expect(isQuorate(lab, nodeName(id)), `seed ${seed}: pve${id} in ring ${ring}`).toBe(
        isQuorate(lab, nodeName(members[0]!)),
      );
    }
  }
}

function busy(lab: LabState): boolean {
  return lab.queue.some((event) => /^(totem|knet|corosync|votequorum)\//.test(event.kind));
}

function fault(lab: LabState, ids: number[]): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random(lab) * from.length)]!;
  const node = nodeName(pick(ids));
  const input = pick([
    "kill",
    "term",
    "start",
    "start",
    "hang",
    "resume",
    "resume",
    "cut",
    "heal",
    "heal",
    "nic",
  ] as const);
  switch (input) {
    case "cut": {
      const side = ids.filter(() => random(lab) < 0.5);
      for (const from of side) {
        for (const to of ids.filter((id) => !side.includes(id))) {
          act(lab, "network/set-path", { from: nodeName(from), to: nodeName(to), up: false });
        }
      }
      return `cut ${side.join(" ")}`;
    }
    case "heal":
      for (const from of ids) {
        act(lab, "network/nic", { node: nodeName(from), nic: "vmbr0", up: true });
        for (const to of ids) {
          if (from !== to) act(lab, "network/set-path", { from: nodeName(from), to: nodeName(to), up: true });
        }
      }
      return "heal";
    case "nic":
      act(lab, "network/nic", { node, nic: "vmbr0", up: false });
      return `nic of ${node} down`;
    default:
      act(lab, `corosync/${input}`, { node });
      return `${input} ${node}`;
  }
}

describe("random faults", () => {
  for (const n of [3, 4, 5]) {
    for (let run = 0; run < 8; run++) {
      const seed = `faults ${n} ${run}`;
      it(`leave at most one quorate partition, seed "${seed}"`, () => {
        const { lab, ids } = runningCluster(n, seed);
        const done: string[] = [];
        for (let i = 0; i < FAULTS_PER_RUN; i++) {
          done.push(fault(lab, ids));
          // Some faults come while the last one is still being dealt with.
          const patient = random(lab) < 0.6;
          const endMs = lab.nowMs + (patient ? 90_000 : random(lab) * 9_000);
          while (stepOne(lab, endMs)) {
            check(lab, ids, seed);
            if (patient && !busy(lab)) break;
          }
          if (!busy(lab)) settledCheck(lab, ids, `${seed} after ${done.join(", ")}`);
        }
        for (const id of ids) act(lab, "corosync/resume", { node: nodeName(id) });
        for (const id of ids) act(lab, "network/nic", { node: nodeName(id), nic: "vmbr0", up: true });
        lab.network.faults = {};
        for (const id of ids) {
          if (lab.nodes[nodeName(id)]!.corosync.daemon) act(lab, "corosync/kill", { node: nodeName(id) });
          act(lab, "corosync/start", { node: nodeName(id) });
        }
        const endMs = lab.nowMs + 60_000;
        while (stepOne(lab, endMs) && busy(lab));
        settledCheck(lab, ids, `${seed} at the end`);
        expect(membersOf(lab, "pve1"), `seed ${seed}: all are back`).toEqual(ids);
      });
    }
  }
});
