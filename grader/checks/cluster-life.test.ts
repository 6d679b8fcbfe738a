/** Recovery, removal, replacement, HA, links, the QDevice, files, storages, and what held all the time. */
import { describe, expect, it } from "vitest";
import type { GuestSeen, HaEntrySeen, NodeObservation, Observation, TaskSeen } from "../observation.ts";
import type { Check } from "./check.ts";
import { clusterExists } from "./cluster.ts";
import { fileOnAll } from "./files.ts";
import { haMaintenance, haRecovered, haState } from "./ha.ts";
import { linkDown, linksRedundant } from "./links.ts";
import { inWords } from "./messages.en.ts";
import { quorumKept } from "./over-time.ts";
import { qdeviceVoting } from "./qdevice.ts";
import { clusterHealthy, readOnly } from "./quorum.ts";
import { nodeRemoved, nodeReplaced, recoveredAfterLoss } from "./recovery.ts";
import { storageUsable } from "./resources.ts";
import { lab, type Told, task, withFacts } from "./sample-lab.ts";

const all = ["pve1", "pve2", "pve3"];
const member = { cluster: "lab", members: all };
const rest = { cluster: "lab", members: ["pve1", "pve2"] };
const without3 = { ...member, online: ["pve1", "pve2"] };
const three: Record<string, Told> = { pve1: member, pve2: member, pve3: member };
const lost: Record<string, Told> = { pve1: without3, pve2: without3, pve3: "dead" };
const guest: GuestSeen = { vmid: 100, type: "qemu", status: "running" };
const read = <T>(value: T) => ({ read: true as const, value });
const refused = {
  read: false as const,
  trouble: { kind: "forbidden" as const, reason: "403", privilege: "Sys.Syslog" },
};

function seen(nodes: Record<string, Told>, facts: Record<string, Partial<NodeObservation>> = {}): Observation {
  const base = Object.fromEntries(
    Object.entries(nodes).flatMap(([name, told]) => (told === "dead" ? [] : [[name, { guests: read([]) }]])),
  );
  return withFacts(withFacts(lab(nodes), base as Record<string, Partial<NodeObservation>>), facts);
}
const at = (observation: Observation, seconds: number): Observation => ({
  ...observation,
  takenAt: new Date(Date.parse("2026-11-23T00:00:00Z") + seconds * 1000).toISOString(),
});
function told(check: Check, observation: Observation, baseline?: Observation, history: Observation[] = []) {
  const verdict = check({ observation, history, variables: {}, ...(baseline && { baseline }) });
  return `${verdict.outcome} ${inWords(verdict.message)}`;
}

const EPOCH = Date.parse("2026-11-23T00:00:00Z") / 1000;

describe("recoveredAfterLoss", () => {
  const check = recoveredAfterLoss({ vmid: 100, lost: "pve3" });
  const before = seen(three, { pve3: { guests: read([guest]) } });
  const started = (seconds: number, node = "pve1") =>
    task(node, "qmstart", "ok", undefined, {
      id: "100",
      startTime: Date.parse("2026-11-23T00:00:00Z") / 1000 + seconds,
    });
  /** When the node was seen away; its clock is an hour wrong, as is that of its tasks. */
  const gone = (seconds: number, more: Partial<NodeObservation> = {}) =>
    at(seen(lost, { pve1: { time: read(EPOCH + seconds), guests: read([]), ...more } }), seconds + 3_600);
  const elsewhere = (...tasks: TaskSeen[]) => ({ pve1: { guests: read([guest]), tasks: read(tasks) } });
  it("passes when the machine was started elsewhere after its node had gone away", () => {
    expect(told(check, at(seen(lost, elsewhere(started(70))), 90), before, [gone(60)])).toMatch(
      /^passed The machine 100 runs on pve1; pve3 had gone away/,
    );
  });
  it("could not check one that was started there before anybody saw its node away: it may have been migrated", () => {
    const observation = at(seen(lost, elsewhere(started(50))), 90);
    expect(told(check, observation, before, [gone(60)])).toMatch(/^could-not-check .*came to pve1 only after/);
    expect(told(check, at(seen(lost, elsewhere()), 90), before, [gone(60)])).toMatch(/^could-not-check /);
    // The look that saw it away first was a cheap one: the node's clock went on since the look before.
    const well = at(seen(three, { pve1: { time: read(EPOCH + 40) }, pve3: { guests: read([guest]) } }), 40);
    const cheap = { ...at(lab(lost), 60), depth: "quick" as const };
    expect(told(check, observation, before, [well, cheap])).toMatch(/^could-not-check /);
    expect(told(check, at(seen(lost, elsewhere(started(62))), 90), before, [well, cheap])).toMatch(/^passed /);
  });
  it("is not yet for one that was seen elsewhere while its node was still well, however that ended", () => {
    const moved = at(seen(three, elsewhere(started(20))), 30);
    const observation = at(seen(lost, elsewhere(started(20))), 90);
    expect(told(check, observation, before, [moved, gone(60)])).toMatch(/^not-yet .* migrated away from pve3/);
    // A look that only asked for the status does not know where the machine is, and hides nothing.
    const quick = { ...at(lab(three), 35), depth: "quick" as const };
    expect(told(check, observation, before, [moved, quick, gone(60)])).toMatch(/^not-yet /);
  });
  it("passes when its node is back and tells of no migration, unless that node was made anew", () => {
    const old = task("pve3", "qmcreate", "ok", undefined, { id: "100" });
    const begun = at(seen(three, { pve3: { guests: read([guest]), tasks: read([old]) } }), 0);
    const back = (tasks: TaskSeen[]) =>
      at(seen(three, { ...elsewhere(), pve3: { guests: read([]), tasks: read(tasks) } }), 90);
    expect(told(check, back([old]), begun, [gone(60)])).toMatch(/^passed /);
    expect(told(check, back([]), begun, [gone(60)])).toMatch(/^could-not-check /);
  });
  it("is not yet while it is still listed under the lost node", () => {
    const listed = { resources: read([{ id: "qemu/100", type: "qemu", node: "pve3", vmid: 100 }]) };
    expect(told(check, seen(lost, { pve1: listed }), before)).toMatch(/^not-yet .* still listed under pve3/);
  });
  it("is no migration made while the node was well", () => {
    const moved = task("pve3", "qmigrate", "ok", undefined, {
      id: "100",
      log: ["starting migration of VM 100 to node 'pve1'"],
    });
    const observation = seen(three, {
      pve1: { guests: read([guest]) },
      pve3: { tasks: read([moved]), guests: read([]) },
    });
    expect(told(check, observation, before)).toMatch(/^not-yet .* migrated away from pve3 while pve3 was well/);
  });
  it("is not yet for one that does not run, or was never there, or whose node was never away", () => {
    const off = { ...guest, status: "stopped" };
    expect(told(check, seen(lost, { pve1: { guests: read([off]) } }), before)).toMatch(/^not-yet .* does not run/);
    const well = seen(three, { pve1: { guests: read([guest]) } });
    expect(told(check, seen(lost, { pve1: { guests: read([guest]) } }), well)).toMatch(/^not-yet .* was not on pve3/);
    expect(told(check, before, before)).toMatch(/^not-yet .* no node was lost/);
    expect(told(check, well, before)).toMatch(/^could-not-check .* nobody looked while pve3 was away/);
  });
});

describe("nodeRemoved", () => {
  const check = nodeRemoved({ node: "pve3", from: ["pve1", "pve2"] });
  it("passes when nobody knows it and it is off, or stands alone", () => {
    const nothing = { pve1: { resources: read([]) } };
    const off = seen({ pve1: rest, pve2: rest, pve3: "dead" }, nothing);
    expect(told(check, off)).toMatch(/^passed pve3 is out of the cluster/);
    expect(told(check, seen({ pve1: rest, pve2: rest, pve3: "alone" }, nothing))).toMatch(/^passed /);
  });
  it("could not check whether machines were left when nobody lists them", () => {
    const blind = { resources: refused };
    const observation = seen({ pve1: rest, pve2: rest, pve3: "dead" }, { pve1: blind, pve2: blind });
    expect(told(check, observation)).toMatch(/^could-not-check /);
  });
  it("tells a member that is only off, one that believes to be a member, and machines that were left", () => {
    expect(told(check, seen(lost))).toBe("not-yet pve1 still lists pve3 as a member.");
    const ghost = { ...member, quorate: false, online: ["pve3"] };
    expect(told(check, seen({ pve1: rest, pve2: rest, pve3: ghost }))).toMatch(
      /^not-yet .* still believes to be a member/,
    );
    const left = { resources: read([{ id: "qemu/103", type: "qemu", node: "pve3", vmid: 103 }]) };
    expect(told(check, seen({ pve1: rest, pve2: rest, pve3: "dead" }, { pve1: left }))).toMatch(
      /^not-yet .* still listed under it: 103/,
    );
  });
  it("could not check while a remaining node is silent, and is not yet without quorum", () => {
    expect(told(check, seen({ pve1: rest, pve2: "dead", pve3: "dead" }))).toMatch(/^could-not-check .*pve2/);
    const blocked = { ...rest, quorate: false, online: ["pve1"] };
    expect(told(check, seen({ pve1: blocked, pve2: "dead", pve3: "dead" }))).toMatch(/^not-yet Not quorate/);
  });
});

describe("nodeReplaced", () => {
  const check = nodeReplaced({ node: "pve3", of: "pve1" });
  const before = seen(three);
  it("asks for a join since the chapter began", () => {
    expect(told(check, seen(three), before)).toMatch(/^not-yet .* it is the one of before/);
    expect(told(check, seen(three, { pve3: { tasks: read([task("pve3", "clusterjoin")]) } }), before)).toMatch(
      /^passed /,
    );
    expect(told(check, seen(three), before, [seen({ pve1: rest, pve2: rest, pve3: "alone" })])).toMatch(/^passed /);
  });
  it("asks that another one of before is gone", () => {
    const four = { cluster: "lab", members: [...all, "pve4"] };
    const other = nodeReplaced({ node: "pve4", of: "pve1", old: "pve3" });
    expect(told(other, seen({ pve1: four, pve2: four, pve3: four, pve4: four }), before)).toMatch(
      /^not-yet .* pve3 is still/,
    );
    const good = { cluster: "lab", members: ["pve1", "pve2", "pve4"] };
    expect(told(other, seen({ pve1: good, pve2: good, pve3: "dead", pve4: good }), before)).toMatch(/^passed /);
  });
});

describe("HA", () => {
  const service = (node: string, state: string): HaEntrySeen => ({
    ...{ id: "service:vm:100", type: "service", sid: "vm:100", node, state, requestState: "started" },
    status: `vm:100 (${node}, ${state})`,
  });
  const ha = (...entries: HaEntrySeen[]) => ({ ha: read(entries) });
  it("tells a state from another, and error from both", () => {
    const check = haState({ vmid: 100, state: "started", on: "pve1" });
    expect(told(check, seen(three, { pve1: ha(service("pve1", "started")) }))).toMatch(
      /^passed HA has the machine 100 started on pve1/,
    );
    expect(told(check, seen(three, { pve1: ha(service("pve2", "started")) }))).toMatch(
      /^not-yet .* it should be on pve1/,
    );
    expect(told(check, seen(three, { pve1: ha(service("pve1", "queued")) }))).toMatch(
      /^not-yet .* on the way to started/,
    );
    expect(told(check, seen(three, { pve1: ha(service("pve1", "error")) }))).toMatch(/^not-yet HA has given up/);
    expect(told(check, seen(three, { pve1: ha() }))).toMatch(/^not-yet HA does not look after/);
  });
  it("does not believe a node without quorum, and could not check when nobody told", () => {
    const check = haState({ vmid: 100, state: "started" });
    const cut = { ...member, quorate: false, online: ["pve1"] };
    const observation = seen(
      { ...three, pve1: cut },
      { pve1: ha(service("pve1", "started")), pve2: ha(service("pve2", "fence")) },
    );
    expect(told(check, observation)).toMatch(
      /^not-yet .* HA has the machine 100 fence|^not-yet HA has the machine 100 fence/,
    );
    expect(told(check, seen(three))).toMatch(/^could-not-check .* pve1 did not tell about HA/);
    expect(told(check, seen({ pve1: "dead", pve2: "dead", pve3: "dead" }))).toMatch(/^could-not-check/);
  });
  it("is recovered after the node was lost, and says whether it was seen being fenced", () => {
    const check = haRecovered({ vmid: 100, lost: "pve3" });
    const before = seen(three, { pve1: ha(service("pve3", "started")) });
    const start = task("pve1", "qmstart", "ok", undefined, { id: "100", startTime: EPOCH + 300 });
    const after = seen(lost, { pve1: { ...ha(service("pve1", "started")), tasks: read([start]) } });
    const goneAt = (seconds: number) => seen(lost, { pve1: { time: read(EPOCH + seconds) } });
    const gone = goneAt(250);
    expect(told(check, after, before, [gone])).toMatch(/^passed pve3 was away, no migration moved/);
    const later = goneAt(400);
    expect(told(check, after, before, [later])).toMatch(/^could-not-check .* came to pve1 only after/);
    const moved = seen(three, { pve1: ha(service("pve1", "started")) });
    expect(told(check, after, before, [moved, gone])).toMatch(/^not-yet .* by a migration while pve3 was well/);
    const fencing = seen(lost, { pve1: ha(service("pve3", "fence")) });
    expect(told(check, after, before, [fencing])).toMatch(
      /^passed pve3 was fenced, and HA started the machine 100 on pve1/,
    );
    expect(told(check, fencing, before)).toMatch(/^not-yet pve3 is being fenced/);
    expect(told(check, before, before)).toMatch(/^not-yet pve3 was not away/);
    const migrated = task("pve3", "qmigrate", "ok", undefined, { id: "100" });
    const back = seen(three, { pve1: ha(service("pve1", "started")), pve3: { tasks: read([migrated]) } });
    expect(told(check, back, before)).toMatch(/^not-yet .* by a migration while pve3 was well/);
  });
  it("is in maintenance when nothing is left there", () => {
    const check = haMaintenance({ node: "pve1" });
    const lrm = (state: string): HaEntrySeen => ({
      ...{ id: "lrm:pve1", type: "lrm", node: "pve1" },
      status: `pve1 (${state}, Mon Nov 23 01:52:19 2026)`,
    });
    expect(told(check, seen(three, { pve1: ha(lrm("maintenance mode"), service("pve2", "started")) }))).toMatch(
      /^passed /,
    );
    expect(told(check, seen(three, { pve1: ha(lrm("maintenance mode"), service("pve1", "migrate")) }))).toMatch(
      /^not-yet .* still has to move: vm:100/,
    );
    expect(told(check, seen(three, { pve1: ha(lrm("active")) }))).toMatch(/^not-yet .* its HA state is active/);
  });
});

describe("links", () => {
  const config = (count: number) => ({
    configNodes: read(
      all.map((name, index) => ({
        ...{ name, nodeId: index + 1, votes: 1 },
        links: Object.fromEntries(
          Array.from({ length: count }, (_, link) => [String(link), `10.${link}.0.${index + 1}`]),
        ),
      })),
    ),
  });
  const links = (self: number, down: [number, number][] = [], count = 2) => ({
    links: read(
      Array.from({ length: count }, (_, link) =>
        [1, 2, 3]
          .filter((id) => id !== self)
          .map((nodeId) => ({ link, nodeId, connected: !down.some(([l, n]) => l === link && n === nodeId) })),
      ).flat(),
    ),
  });
  const facts = (down: [number, number][] = [], count = 2) =>
    Object.fromEntries(
      all.map((name, index) => [name, { ...config(2), ...links(index + 1, index === 0 ? down : [], count) }]),
    );
  const check = linksRedundant({ nodes: all });
  it("are redundant when every node has two that work", () => {
    expect(told(check, seen(three, facts()))).toMatch(/^passed .* over 2 links/);
    expect(told(check, seen(three, { pve1: config(1) }))).toMatch(/^not-yet pve1 has 1 link in the configuration/);
    expect(told(check, seen(three, facts([[1, 2]])))).toBe("not-yet pve1 does not hear pve2 over link 1.");
    expect(told(check, seen(three, facts([], 1)))).toMatch(/^not-yet .* uses 1 so far/);
    const from = (used: string) => ({
      links: read(
        [0, 1].map((link) => ({ link, nodeId: 1, connected: link === 0, ownAddress: `10.${link}.0.${used}` })),
      ),
    });
    expect(told(check, seen(three, { ...facts([[1, 2]]), pve2: { ...config(2), ...from("22") } }))).toMatch(
      /^not-yet corosync on pve2 still uses 10.1.0.22 on link 1; the configuration says 10.1.0.2\. /,
    );
    const asConfigured = { ...facts([[1, 2]]), pve2: { ...config(2), ...from("2") } };
    expect(told(check, seen(three, asConfigured))).toBe("not-yet pve1 does not hear pve2 over link 1.");
    expect(told(check, seen(three, Object.fromEntries(all.map((name) => [name, config(2)]))))).toMatch(
      /^could-not-check .* over SSH/,
    );
    expect(told(check, seen({ ...three, pve3: "dead" }, { ...facts(), pve3: {} }))).toMatch(/^could-not-check .*pve3/);
  });
  it("are down when the node hears nobody over them", () => {
    const down = linkDown({ on: "pve1", link: 0 });
    expect(
      told(
        down,
        seen(
          three,
          facts([
            [0, 2],
            [0, 3],
          ]),
        ),
      ),
    ).toBe("passed pve1 hears nobody over link 0.");
    expect(told(down, seen(three, facts([[0, 2]])))).toMatch(/^not-yet .* still hears others/);
    expect(told(linkDown({ on: "pve1", link: 5 }), seen(three, facts()))).toMatch(/^not-yet pve1 has no link 5/);
    expect(told(down, seen(three))).toMatch(/^could-not-check/);
    expect(told(down, seen({ ...three, pve1: "alone" }))).toMatch(/^not-yet pve1 /);
  });
});

describe("the QDevice", () => {
  const check = qdeviceVoting({ nodes: ["pve1", "pve2"] });
  const device = (state: string, castsVote: boolean) => ({ qdevice: read({ state, castsVote }) });
  it("votes on every node", () => {
    const good = device("Connected", true);
    expect(told(check, seen(three, { pve1: good, pve2: good }))).toMatch(/^passed /);
    const none = { qdevice: read(null) };
    expect(told(check, seen(three, { pve1: none, pve2: none }))).toBe("not-yet pve1 knows no QDevice.");
    expect(told(check, seen(three, { pve1: good, pve2: none }))).toBe(
      "not-yet pve1 has a QDevice and pve2 tells of none: its corosync-qdevice does not run.",
    );
    expect(told(check, seen(three, { pve1: good, pve2: device("Connect failed", false) }))).toMatch(
      /^not-yet .* not connected/,
    );
    expect(told(check, seen(three, { pve1: good, pve2: device("Connected", false) }))).toMatch(
      /^not-yet .* does not vote for pve2/,
    );
    expect(told(check, seen({ ...three, pve2: "dead" }, { pve1: good, pve2: {} }))).toMatch(/^could-not-check .*pve2/);
  });
});

describe("files and storages", () => {
  const check = fileOnAll({ path: "/etc/pve/hello", nodes: all });
  const file = (sha256: string | null) => ({ files: read([{ path: "/etc/pve/hello", sha256, bytes: 1 }]) });
  it("are the same everywhere", () => {
    expect(told(check, seen(three, { pve1: file("a"), pve2: file("a"), pve3: file("a") }))).toMatch(/^passed /);
    expect(told(check, seen(three, { pve1: file("a"), pve2: file(null), pve3: file("a") }))).toMatch(
      /^not-yet There is no .* on pve2/,
    );
    expect(told(check, seen(three, { pve1: file("a"), pve2: file("b"), pve3: file("a") }))).toMatch(
      /^not-yet .* not the same/,
    );
    expect(told(check, seen({ ...three, pve3: "dead" }, { pve1: file("a"), pve2: file("a") }))).toMatch(
      /^could-not-check .*pve3/,
    );
  });
  it("are usable, and shared where that is asked", () => {
    const usable = storageUsable({ storage: "nfs", nodes: ["pve1", "pve2"], shared: true });
    const entry = (node: string, status: string, shared: boolean) => ({
      resources: read([{ id: `storage/${node}/nfs`, type: "storage", node, status, shared }]),
    });
    const both = (status: string, shared: boolean) => ({
      pve1: entry("pve1", "available", true),
      pve2: entry("pve2", status, shared),
    });
    expect(told(usable, seen(three, both("available", true)))).toMatch(/^passed /);
    expect(told(usable, seen(three, both("unknown", true)))).toMatch(/^not-yet pve2 lists .* has not said/);
    expect(told(usable, seen(three, both("full", true)))).toMatch(/^not-yet .* listed on pve2, but it cannot be used/);
    expect(told(usable, seen(three, both("available", false)))).toMatch(/^not-yet .* should be shared/);
  });

  it("tells a storage that is disabled or kept to other nodes from one that is not there", () => {
    const usable = storageUsable({ storage: "nfs", nodes: ["pve1", "pve2"], shared: true });
    const own = (node: string) => ({ id: `storage/${node}/local`, type: "storage", node, status: "available" });
    const nfs = (node: string) => ({ ...own(node), id: `storage/${node}/nfs`, shared: true });
    const judged = (storages: { storage: string; disabled: boolean; nodes?: string[] }[], onPve1 = false) => {
      const list = [own("pve1"), own("pve2"), ...(onPve1 ? [nfs("pve1")] : [])];
      const facts = { resources: read(list), storages: read(storages) };
      return usable({ observation: seen(three, { pve1: facts, pve2: facts }), history: [], variables: {} });
    };
    expect(judged([{ storage: "other", disabled: true }])).toMatchObject({
      ...{ outcome: "not-yet", message: { id: "storage.missing" }, next: { id: "next.see-storage" } },
    });
    expect(judged([{ storage: "nfs", disabled: true, nodes: ["pve1"] }])).toMatchObject({
      ...{ outcome: "not-yet", message: { id: "storage.disabled" } },
      next: { id: "next.enable-storage", values: { storage: "nfs", node: "pve1" } },
    });
    expect(judged([{ storage: "nfs", disabled: false, nodes: ["pve1", "pve3"] }], true)).toMatchObject({
      ...{ outcome: "not-yet", next: { id: "next.storage-nodes" } },
      message: { id: "storage.kept", values: { only: ["pve1", "pve3"], nodes: ["pve2"] } },
    });
  });
});

describe("quorumKept", () => {
  const check = quorumKept({ nodes: all, maxGapSeconds: 60 });
  const before = at(seen(three), 0);
  it("rests on looks that are close enough, and says how many", () => {
    expect(told(check, at(seen(three), 90), before, [at(seen(three), 40)])).toBe(
      "passed Quorum was not seen lost in 3 looks; the longest gap between two was 50 s.",
    );
    expect(told(check, at(seen(three), 900), before)).toMatch(/^could-not-check .* a gap of 900 s/);
  });
  it("is certain by the journal, and believes no look against it", () => {
    const journal = (...lost: string[]) => ({
      quorumJournal: read({ since: 1, lost: lost.map((line) => ({ line })) }),
    });
    const kept = seen(three, { pve1: journal(), pve2: journal(), pve3: journal() });
    expect(told(check, at(kept, 900), before)).toMatch(/^passed By their journals/);
    const dropped = seen(three, { pve1: journal(), pve2: journal("pmxcfs: node lost quorum"), pve3: journal() });
    expect(told(check, at(dropped, 20), before)).toMatch(/^not-yet The journal of pve2/);
    const partly = seen(three, { pve1: journal(), pve2: { quorumJournal: refused }, pve3: journal() });
    expect(told(check, at(partly, 900), before)).toMatch(/^could-not-check/);
  });
  it("is lost once it was seen lost", () => {
    const cut = { ...member, quorate: false, online: ["pve3"] };
    expect(told(check, at(seen(three), 50), before, [at(seen({ ...three, pve3: cut }), 20)])).toMatch(
      /^not-yet Quorum was lost .*pve3/,
    );
    expect(told(check, at(seen(lost), 20), before)).toMatch(/^could-not-check/);
  });
});

describe("the short ones", () => {
  it("tell a cluster, health, and a file system that can only be read", () => {
    expect(told(clusterExists({ on: "pve1" }), seen(three))).toBe("passed pve1 is in a cluster, lab.");
    expect(told(clusterExists({ on: "pve1" }), seen({ pve1: "alone" }))).toMatch(/^not-yet/);
    expect(told(clusterExists({ on: "pve1" }), seen({ pve1: "dead" }))).toMatch(/^could-not-check/);
    expect(told(clusterHealthy({ nodes: all }), seen(three))).toMatch(/^passed .* online, quorate and agree/);
    expect(told(clusterHealthy({ nodes: all }), seen(lost))).toMatch(/^could-not-check .*pve3/);
    const cut = { ...member, quorate: false, online: ["pve1"] };
    expect(told(readOnly({ on: "pve1" }), seen({ ...three, pve1: cut }))).toMatch(/^passed .* can only be read/);
    expect(told(readOnly({ on: "pve1" }), seen(three))).toMatch(/^not-yet/);
  });
});
