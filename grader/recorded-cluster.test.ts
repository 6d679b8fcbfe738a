/**
 * Bodies that a real Proxmox VE cluster answered, asked through the client, observed and judged: whatever the checks say
 * of them must be true of that cluster. Nothing in them comes from a simulated node.
 */
import { afterEach, describe, expect, it } from "vitest";
import { readExchanges } from "../simulator/api/testing/http-recordings.ts";
import { isQuorate, membersAgree, votes } from "./checks/agreement.ts";
import type { Check, CheckContext } from "./checks/check.ts";
import { clusterExists, clusterNamed } from "./checks/cluster.ts";
import { guestExists, guestRunning, guestStopped } from "./checks/guests.ts";
import { haRecovered, haState } from "./checks/ha.ts";
import { hasMembers, nodeIsMember } from "./checks/membership.ts";
import { guestMigrated, migratedWithoutRestart } from "./checks/migration.ts";
import { nodeOffline } from "./checks/presence.ts";
import { qdeviceVoting } from "./checks/qdevice.ts";
import { clusterHealthy, notQuorate, quorateByForce, quorateWithout, readOnly } from "./checks/quorum.ts";
import { nodeRemoved, recoveredAfterLoss } from "./checks/recovery.ts";
import { guestOn, storageUsable } from "./checks/resources.ts";
import { NO_NEEDS } from "./needs.ts";
import type { HaEntrySeen, NodeObservation, Observation } from "./observation.ts";
import { type Answers, answersOf, asToldBy, json, lookAt, recordedText } from "./testing/recorded-nodes.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const look = (...nodes: Parameters<typeof lookAt> extends [unknown, ...infer Rest] ? Rest : never) =>
  lookAt(closers, ...nodes);

function said(check: Check, observation: Observation, more: Partial<CheckContext> = {}) {
  const { outcome, message } = check({ observation, history: [], variables: {}, ...more });
  return `${outcome} ${message.id}`;
}

const ALL = ["pve1", "pve2", "pve3"];
const everybody = (answers: Answers) => Object.fromEntries(ALL.map((node) => [node, asToldBy(answers, node)]));

describe("a real cluster of three that is well", () => {
  it("passes what is true of it, and nothing else", async () => {
    const seen = await look(everybody(answersOf("12-http-get-root.txt", "pve1")));
    for (const check of [
      clusterExists({ on: "pve1" }),
      clusterNamed({ on: "pve2", name: "lab" }),
      nodeIsMember({ node: "pve3", of: "pve1" }),
      hasMembers({ on: "pve1", members: ALL }),
      membersAgree({ nodes: ALL }),
      isQuorate({ nodes: ALL }),
      clusterHealthy({ nodes: ALL }),
      votes({ on: "pve1", expected: 3 }),
    ]) {
      expect(said(check, seen)).toMatch(/^passed /);
    }
    expect(said(clusterNamed({ on: "pve1", name: "other" }), seen)).toBe("not-yet cluster.other-name");
    expect(said(notQuorate({ on: "pve1" }), seen)).toBe("not-yet quorum.still-there");
    expect(said(nodeOffline({ node: "pve3", seenBy: "pve1" }), seen)).toBe("not-yet offline.still-here");
    expect(said(nodeRemoved({ node: "pve3", from: ["pve1", "pve2"] }), seen)).toBe("not-yet removed.not-yet");
    expect(said(quorateByForce({ on: "pve1" }), seen)).toBe("not-yet forced.not-alone");
  });

  it("tells an account with PVEAuditor alone as much as it tells root", async () => {
    const root = await look(everybody(answersOf("12-http-get-root.txt", "pve1")), { ...NO_NEEDS, ha: true });
    const auditor = await look(everybody(answersOf("13-http-get-PVEAuditor.txt", "pve1")), { ...NO_NEEDS, ha: true });
    const facts = (one: Observation) => one.nodes.map(({ status, configNodes, ha }) => ({ status, configNodes, ha }));
    expect(facts(auditor)).toEqual(facts(root));
    expect(auditor.nodes.every(({ resources, tasks }) => resources?.read && tasks?.read)).toBe(true);
  });

  it("is not judged by what an account without rights may see: Proxmox answers it with empty lists", async () => {
    const answers = answersOf("14-http-get-noperm.txt", "pve1");
    const seen = await look(everybodyAsIs(answers), {
      ...NO_NEEDS,
      guests: [100],
      configs: [100],
      states: [100],
      ha: true,
    });
    for (const check of [
      clusterExists({ on: "pve1" }),
      isQuorate({ nodes: ALL }),
      guestExists({ vmid: 100 }),
      guestOn({ vmid: 100, on: "pve1", seenBy: ALL }),
      storageUsable({ storage: "shared", nodes: ALL }),
      haState({ vmid: 100, state: "started" }),
      guestMigrated({ vmid: 100 }),
    ]) {
      const verdict = check({ observation: seen, baseline: seen, history: [], variables: {} });
      expect(verdict).toMatchObject({ outcome: "could-not-check" });
      expect(JSON.stringify(verdict)).toContain("Sys.Audit");
    }
  });
});

const everybodyAsIs = (answers: Answers) => Object.fromEntries(ALL.map((node) => [node, answers]));

describe("a real cluster with pve3 cut off", () => {
  const majority = answersOf("34-http-while-pve3-cut.txt", "pve1");
  const minority = answersOf("35-http-on-minority-pve3.txt", "pve3");
  const cut = () => look({ pve1: majority, pve2: asToldBy(majority, "pve2"), pve3: minority });

  it("is told by each side as it is there", async () => {
    const seen = await cut();
    expect(said(isQuorate({ nodes: ["pve1", "pve2"] }), seen)).toBe("passed quorate.all");
    expect(said(isQuorate({ nodes: ALL }), seen)).toBe("not-yet quorate.lost");
    expect(said(quorateWithout({ nodes: ["pve1", "pve2"], without: "pve3" }), seen)).toBe("passed quorate.without");
    expect(said(notQuorate({ on: "pve3" }), seen)).toBe("passed quorum.blocked");
    expect(said(readOnly({ on: "pve3" }), seen)).toBe("passed readonly.yes");
    expect(said(nodeOffline({ node: "pve3", seenBy: "pve1" }), seen)).toBe("passed offline.yes");
    expect(said(membersAgree({ nodes: ALL }), seen)).toBe("not-yet agree.online-differs");
    const context = { observation: seen, history: [], variables: {} };
    expect(membersAgree({ nodes: ALL })(context).next?.id).toBe("next.see-status");
    expect(membersAgree({ nodes: ALL, by: "cables" })(context).next).toEqual({
      id: "next.cables-back",
      values: { nodes: ["pve3"], node: "pve1" },
    });
    expect(said(votes({ on: "pve3", expected: 3 }), seen)).toBe("passed votes.as-expected");
  });

  it("does not take the minority's old list for where a machine is", async () => {
    const seen = await look(
      { pve1: majority, pve2: asToldBy(majority, "pve2"), pve3: minority },
      { ...NO_NEEDS, guests: [101], configs: [101], states: [101] },
    );
    const listed = seen.nodes[2]!.resources;
    expect(listed?.read && listed.value.some(({ type }) => type === "qemu")).toBe(true);
    expect(said(guestRunning({ vmid: 101 }), seen)).not.toMatch(/^passed/);
  });

  it("still has the quorate side judged when pve3 does not answer at all", async () => {
    const seen = await look({ pve1: majority, pve2: asToldBy(majority, "pve2"), pve3: { "/cluster/status": "break" } });
    expect(said(quorateWithout({ nodes: ["pve1", "pve2"], without: "pve3" }), seen)).toBe("passed quorate.without");
    expect(said(isQuorate({ nodes: ALL }), seen)).toBe("could-not-check node.unreachable");
    expect(said(membersAgree({ nodes: ALL }), seen)).toBe("could-not-check node.unreachable");
  });

  it("keeps, five minutes later, a machine of the lost node under it, and says so", async () => {
    const later = answersOf("41-node-offline-5min.txt", "pve1");
    const all = { pve1: later, pve2: asToldBy(later, "pve2"), pve3: { "/cluster/status": "break" } satisfies Answers };
    const seen = await look(all, { ...NO_NEEDS, guests: [101], configs: [101], states: [101] });
    const listed = seen.nodes[0]!.resources;
    const lost = listed?.read
      ? listed.value.find(({ node, vmid }) => node === "pve3" && vmid !== undefined)
      : undefined;
    expect(lost).toMatchObject({ type: "qemu", status: "unknown" });
    const { vmid } = lost as { vmid: number };
    expect(said(guestExists({ vmid }), seen)).toBe("passed guest.exists");
    expect(said(guestRunning({ vmid }), seen)).toBe("could-not-check node.unreachable");
    expect(said(guestStopped({ vmid }), seen)).toBe("could-not-check node.unreachable");
    const recovered = recoveredAfterLoss({ vmid, lost: "pve3" });
    expect(said(recovered, seen, { baseline: seen })).toBe("not-yet recovered.still-there");
  });
});

describe("real nodes in other states", () => {
  it("outside any cluster is alone, whatever else it refuses", async () => {
    const seen = await look({ pve4: answersOf("08-standalone-http-pve4.txt", "pve4") });
    expect(said(clusterExists({ on: "pve4" }), seen)).toBe("not-yet cluster.none");
    expect(said(isQuorate({ nodes: ["pve4"] }), seen)).toBe("not-yet quorate.alone");
  });

  it("with pmxcfs stopped refuses everything: could not check, with Proxmox's own words", async () => {
    const [down] = readExchanges("55-services-down.txt").filter(
      ({ node, status }) => node === "pve3" && status === 500,
    );
    const refused = { status: 500, reason: down!.reason, body: down!.body };
    const well = asToldBy(answersOf("12-http-get-root.txt", "pve1"), "pve1");
    const seen = await look({ pve1: well, pve3: { "/cluster/status": refused } });
    const verdict = isQuorate({ nodes: ["pve1", "pve3"] })({ observation: seen, history: [], variables: {} });
    expect(verdict).toMatchObject({ outcome: "could-not-check", message: { values: { nodes: ["pve3"] } } });
    expect(JSON.stringify(verdict.seen)).toContain("Unable to load access control list");
  });

  it("with a voting QDevice, and without one", async () => {
    const lines = recordedText("http/g41-qdevice-status.txt").split("\n");
    const device = lines.find((line) => line.startsWith('{"Algorithm"'))!;
    const answers = answersOf("12-http-get-root.txt", "pve1");
    const needs = { ...NO_NEEDS, qdevice: true };
    const check = qdeviceVoting({ nodes: ALL });
    const voting = await look(everybody({ ...answers, "/cluster/config/qdevice": json(JSON.parse(device)) }), needs);
    expect(said(check, voting)).toBe("passed qdevice.voting");
    const refused = { ...(JSON.parse(device) as object), "Last poll call": "2026-11-23T01:59:58" };
    const without = await look(everybody({ ...answers, "/cluster/config/qdevice": json(refused) }), needs);
    expect(said(check, without)).toBe("not-yet qdevice.no-vote");
    expect(said(check, await look(everybody(answers), needs))).toBe("not-yet qdevice.none");
  });
});

describe("a real migration by the API", () => {
  const exchanges = readExchanges("27b-http-migrate-clean.txt");
  const log = exchanges.find(({ path }) => /qmigrate:104:.*\/log$/.test(path))!;
  const status = exchanges.find(({ path, body }) => /qmigrate:104:.*\/status$/.test(path) && /stopped/.test(body))!;
  const task = (JSON.parse(status.body) as { data: Record<string, unknown> }).data;
  const from = String(task.node);

  it("is told live by its log, and asked for with a token it is still the learner's", async () => {
    const member = (node: string) => asToldBy(answersOf("12-http-get-root.txt", "pve1"), node);
    const before = await look(Object.fromEntries(ALL.map((node) => [node, member(node)])));
    const { exitstatus, status: _, ...entry } = task;
    const listed = json([{ ...entry, endtime: Number(task.starttime) + 9, status: exitstatus }]);
    const logPath = `/nodes/${from}/tasks/${encodeURIComponent(String(task.upid))}/log`;
    const after = await look(
      {
        ...Object.fromEntries(ALL.map((node) => [node, member(node)])),
        [from]: {
          ...member(from),
          [`/nodes/${from}/tasks`]: listed,
          [logPath]: { status: 200, body: log.body },
        },
      },
      { ...NO_NEEDS, guests: [104], configs: [104], states: [104] },
      before,
    );
    const lines = (JSON.parse(log.body) as { data: { t: string }[] }).data.map(({ t }) => t).join("\n");
    const live = /starting online\/live migration/.test(lines);
    const disks = /drive mirror is starting/.test(lines);
    const context = { baseline: before };
    const how = !live ? "offline" : disks ? "live-with-disks" : "live";
    expect(said(guestMigrated({ vmid: 104, from, how }), after, context)).toBe(`passed migrated.${how}`);
    const other = live ? "offline" : "live";
    expect(said(guestMigrated({ vmid: 104, from, how: other }), after, context)).toMatch(/^not-yet migrated\.was-/);
    const restart = said(migratedWithoutRestart({ vmid: 104, from }), after, context);
    expect(restart).toMatch(live ? /^passed/ : /^not-yet/);
  });
});

describe("a real HA recovery, as its manager told it", () => {
  const text = recordedText("ha/52-ha-fence-timeline.txt");
  const well = answersOf("12-http-get-root.txt", "pve1");
  /** The lines of `ha-manager status` are the `status` of the API's entries; the network of pve2 was cut. */
  const looks = text
    .split(/\n(?=\+)/)
    .slice(1)
    .map((part) => ({ atS: Number(/^\+([\d.]+)s/.exec(part)![1]), entries: entriesOf(part) }));

  function entriesOf(part: string): HaEntrySeen[] {
    return part.split("\n").flatMap((line): HaEntrySeen[] => {
      const service = /^service (vm:\d+) \((\S+), (\S+)\)/.exec(line);
      if (service) {
        const [, sid, node, state] = service as unknown as [string, string, string, string];
        return [{ id: `service:${sid}`, type: "service", status: `${sid} (${node}, ${state})`, sid, node, state }];
      }
      const lrm = /^lrm (\S+) (\(.+\))$/.exec(line);
      return lrm ? [{ id: `lrm:${lrm[1]}`, type: "lrm", node: lrm[1]!, status: `${lrm[1]} ${lrm[2]}` }] : [];
    });
  }

  it("passes only when the machine runs again elsewhere, and says on the way what it waits for", async () => {
    const base = await look(everybody(well), NO_NEEDS);
    const gone = (one: Observation, atS: number): Observation => ({
      ...one,
      takenAt: new Date(Date.parse(base.takenAt) + atS * 1000).toISOString(),
      nodes: one.nodes.map((node) =>
        node.name === "pve2" && atS < 180
          ? {
              ...{ name: "pve2", tookMs: 4_000, calls: 1 },
              reached: { answered: false, trouble: { kind: "no-connection", reason: "EHOSTUNREACH" } },
            }
          : atS < 180
            ? withoutPve2(node)
            : node,
      ),
    });
    const withoutPve2 = (node: NodeObservation): NodeObservation => {
      if (!node.status?.read) return node;
      const nodes = node.status.value.nodes.map((entry) => ({ ...entry, online: entry.name !== "pve2" }));
      return { ...node, status: { read: true, value: { ...node.status.value, nodes } } };
    };
    const withHa = (one: Observation, value: HaEntrySeen[]): Observation => ({
      ...one,
      nodes: one.nodes.map((node) => (node.reached.answered ? { ...node, ha: { read: true, value } } : node)),
    });
    const baseline = withHa(base, looks[0]!.entries);
    const history: Observation[] = [];
    const told: string[] = [];
    for (const { atS, entries } of looks) {
      const observation = withHa(gone(base, atS), entries);
      told.push(said(haRecovered({ vmid: 100, lost: "pve2" }), observation, { baseline, history: [...history] }));
      history.push(observation);
    }
    expect(told).toEqual([
      "not-yet ha.still-on-lost",
      "not-yet ha.still-on-lost",
      "not-yet ha.fencing",
      "not-yet ha.other-state",
      "not-yet ha.other-state",
      "passed ha.fenced-recovered",
      "passed ha.fenced-recovered",
    ]);
  });

  it("is over in the body of the API afterwards", async () => {
    const body = JSON.parse(recordedText("ha/52-ha-fence-final.json")) as { data: unknown };
    const seen = await look(everybody({ ...well, "/cluster/ha/status/current": json(body.data) }), {
      ...NO_NEEDS,
      ha: true,
    });
    expect(said(haState({ vmid: 100, state: "started", on: "pve1" }), seen)).toBe("passed ha.in-state");
    expect(said(haState({ vmid: 100, state: "stopped" }), seen)).toBe("not-yet ha.other-state");
  });
});
