/**
 * States of a real cluster that are wrong, half done or odd, as its nodes told of them, and what real clusters have that
 * a small one has not. Every verdict and its sentence must be true of that cluster.
 */
import { afterEach, describe, expect, it } from "vitest";
import { isQuorate, membersAgree, votes } from "./checks/agreement.ts";
import type { Check, CheckContext } from "./checks/check.ts";
import { clusterExists, clusterNamed } from "./checks/cluster.ts";
import { guestExists, guestOnStorage, guestRunning, guestUnlocked, nodeDrained } from "./checks/guests.ts";
import { haMaintenance, haState } from "./checks/ha.ts";
import { hasMembers, nodeIsMember } from "./checks/membership.ts";
import { inWords } from "./checks/messages.en.ts";
import { guestMigrated, migratedWithoutRestart, migrationFailed } from "./checks/migration.ts";
import { nodeBack, nodeOffline, nodeSilent } from "./checks/presence.ts";
import {
  clusterHealthy,
  everybodyPresent,
  notQuorate,
  quorateByForce,
  quorateWithout,
  readOnly,
} from "./checks/quorum.ts";
import { nodeRemoved, recoveredAfterLoss } from "./checks/recovery.ts";
import { guestOn, storageListed, storageUsable } from "./checks/resources.ts";
import { NO_NEEDS } from "./needs.ts";
import type { HaEntrySeen, Observation, Trouble } from "./observation.ts";
import { parseLinks } from "./over-ssh.ts";
import type { FakeAnswer } from "./testing/fake-node.ts";
import {
  type Answers,
  answersOf,
  asToldBy,
  bodiesOf,
  haPolls,
  json,
  lookAt,
  recordedText,
  statusByMembers,
} from "./testing/recorded-nodes.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const look = (...nodes: Parameters<typeof lookAt> extends [unknown, ...infer Rest] ? Rest : never) =>
  lookAt(closers, ...nodes);

const ALL = ["pve1", "pve2", "pve3"];
const well = answersOf("12-http-get-root.txt", "pve1");
const everybody = (answers: Answers) => Object.fromEntries(ALL.map((node) => [node, asToldBy(answers, node)]));

function judged(check: Check, observation: Observation, more: Partial<CheckContext> = {}) {
  return check({ observation, history: [], variables: {}, ...more });
}
function told(check: Check, observation: Observation, more: Partial<CheckContext> = {}) {
  const { outcome, message } = judged(check, observation, more);
  return `${outcome} ${inWords(message)}`;
}
/** Everything that a verdict says, in words. */
function everything(check: Check, observation: Observation, more: Partial<CheckContext> = {}) {
  const { outcome, message, seen, next } = judged(check, observation, more);
  return [outcome, ...[message, seen, next].map((one) => (one ? inWords(one) : ""))].join("; ");
}

/** The bodies of a cluster's status among those that a recording prints. */
function statusIn(file: string): FakeAnswer {
  const found = bodiesOf(file).find((body) => (body as { type?: string }[]).some(({ type }) => type === "cluster"));
  return json(found);
}

describe("a node that is quorate all alone", () => {
  const alone = { ...well, "/cluster/status": statusIn("commands/37-pve1-alone-expected1.txt") };
  const needs = { ...NO_NEEDS, qdevice: true };
  const forced = quorateByForce({ on: "pve1" });

  it("was forced by hand where nothing else explains it", async () => {
    const seen = await look({ pve1: alone }, needs);
    expect(told(forced, seen)).toBe(
      "passed pve1 is quorate although it sees no other node: somebody lowered the number of expected votes.",
    );
    expect(told(notQuorate({ on: "pve1" }), seen)).toMatch(/^not-yet pve1 is quorate although it sees no other node/);
  });

  it("was not when a QDevice votes for it, or its own votes are enough", async () => {
    const device = recordedText("http/g41-qdevice-status.txt")
      .split("\n")
      .find((line) => line.startsWith('{"Algorithm"'))!;
    const voted = await look({ pve1: { ...alone, "/cluster/config/qdevice": json(JSON.parse(device)) } }, needs);
    expect(told(forced, voted)).toMatch(/^not-yet .* by the vote of a QDevice: nobody forced it/);
    const config = ALL.map((name, index) => ({
      ...{ name, node: name, nodeid: String(index + 1) },
      ...{ quorum_votes: name === "pve1" ? "3" : "1", ring0_addr: `10.99.7.1${index + 1}` },
    }));
    const heavy = await look({ pve1: { ...alone, "/cluster/config/nodes": json(config) } }, needs);
    expect(told(forced, heavy)).toMatch(/^not-yet .* by its own 3 votes: nobody forced it/);
  });

  it("could not be checked where nobody told of the QDevice", async () => {
    const refused = { status: 500, reason: "unable to connect", body: '{"data":null}' };
    const seen = await look({ pve1: { ...alone, "/cluster/config/qdevice": refused } }, needs);
    expect(told(forced, seen)).toMatch(/^could-not-check /);
  });
});

describe("a node that was removed while it ran", () => {
  const file = "commands/43-delnode-pve3.txt";
  const [, , configNodes, vms] = bodiesOf(file);
  const rest = { ...well, "/cluster/status": statusIn(file), "/cluster/config/nodes": json(configNodes) };
  const both = { pve1: rest, pve2: asToldBy(rest, "pve2") };
  const removed = nodeRemoved({ node: "pve3", from: ["pve1", "pve2"] });

  it("is no cluster of its own, and its old list of who is online is not believed", async () => {
    const seen = await look({ ...both, pve3: { "/cluster/status": statusByMembers(file, "pve3") } });
    expect(told(nodeIsMember({ node: "pve3", of: "pve1" }), seen)).toBe(
      "not-yet pve3 believes to be a member of lab, but pve1 does not list it any more: it was removed.",
    );
    expect(told(removed, seen)).toMatch(/^not-yet pve3 was removed from lab, but it is switched on and still believes/);
    expect(told(notQuorate({ on: "pve3" }), seen)).toMatch(/^passed pve3 is not quorate, although it lists pve1, pve2/);
    expect(told(readOnly({ on: "pve3" }), seen)).toMatch(/^passed /);
    expect(told(membersAgree({ nodes: ALL }), seen)).toMatch(/^not-yet .* lists the members/);
    expect(told(isQuorate({ nodes: ["pve1", "pve2"] }), seen)).toMatch(/^passed /);
    // Its own list says that all is well.
    expect(told(hasMembers({ on: "pve3", members: ALL }), seen)).toBe("not-yet Not quorate by their own answer: pve3.");
  });

  it("is not out cleanly while its machines are left behind under it", async () => {
    const left = { "/cluster/resources": json(vms), "/nodes/pve1/storage": json([]) };
    const seen = await look({
      pve1: { ...rest, ...left },
      pve2: { ...both.pve2, ...left },
      pve3: { "/cluster/status": "break" },
    });
    expect(told(removed, seen)).toMatch(/^not-yet pve3 is out of the cluster, but machines are still listed under it/);
  });

  it("knows of nobody when it comes back from being switched off", async () => {
    const late = "commands/49-delnode-powered-off-pve4.txt";
    const rest = { ...well, "/cluster/status": statusIn(late) };
    const seen = await look({ ...everybody(rest), pve4: { "/cluster/status": statusByMembers(late, "pve4") } });
    expect(told(nodeRemoved({ node: "pve4", from: ALL }), seen)).toMatch(/^not-yet .* still believes to be a member/);
    expect(told(nodeIsMember({ node: "pve4", of: "pve1" }), seen)).toMatch(/^not-yet .* it was removed/);
    expect(told(notQuorate({ on: "pve4" }), seen)).toBe("passed pve4 is not quorate: it sees online only pve4.");
    expect(told(clusterHealthy({ nodes: ALL }), seen)).toMatch(/^passed /);
  });
});

describe("a member that never was: added with an address that another has", () => {
  const ghost = { ...well, "/cluster/status": statusIn("commands/47-ghost-node-duplicate-ip.txt") };

  it("has no address and is not online; the cluster has one member too many", async () => {
    const seen = await look(everybody(ghost));
    expect(told(hasMembers({ on: "pve1", members: ALL }), seen)).toBe(
      "not-yet The cluster lab has members that should not be there: pve4.",
    );
    expect(told(everybodyPresent({ nodes: ALL }), seen)).toMatch(/^not-yet /);
    expect(told(nodeOffline({ node: "pve4", seenBy: "pve1" }), seen)).toMatch(/^passed /);
    expect(told(isQuorate({ nodes: ALL }), seen)).toMatch(/^passed /);
  });
});

describe("daemons that do not run", () => {
  it("corosync: the node is not quorate, whoever it lists as online", async () => {
    const file = "commands/55-services-down.txt";
    const others = { ...well, "/cluster/status": statusByMembers(file, "pve1") };
    const seen = await look({
      pve1: others,
      pve2: asToldBy(others, "pve2"),
      pve3: { ...well, "/cluster/status": statusByMembers(file, "pve3") },
    });
    expect(told(isQuorate({ nodes: ALL }), seen)).toBe("not-yet Not quorate by their own answer: pve3.");
    expect(told(notQuorate({ on: "pve3" }), seen)).toMatch(/its corosync may not run/);
    expect(told(quorateWithout({ nodes: ["pve1", "pve2"], without: "pve3" }), seen)).toMatch(/^passed /);
    expect(told(nodeSilent({ node: "pve3", whileAnswers: "pve1" }), seen)).toBe("not-yet pve3 still answers.");
  });

  it("pvedaemon: 595 from the node itself is an answer, and no verdict", async () => {
    const down = { status: 595, reason: "Connection refused", body: "" };
    const seen = await look({ pve1: well, pve3: { "/cluster/status": down } });
    const verdict = everything(isQuorate({ nodes: ["pve1", "pve3"] }), seen);
    expect(verdict).toMatch(/^could-not-check; .*pve3 answers with an error: 595 Connection refused/);
    expect(told(nodeSilent({ node: "pve3", whileAnswers: "pve1" }), seen)).toMatch(/^not-yet /);
  });

  it("the cluster's on a node whose files have one: starting or stopped, and not outside any cluster", async () => {
    const alone = answersOf("08-standalone-http-pve4.txt", "pve4");
    const body = (alone["/cluster/status"] as { body: string }).body.replaceAll("pve4", "pve3");
    const seen = await look({ pve1: well, pve3: { ...well, "/cluster/status": { status: 200, body } } });
    expect(everything(nodeIsMember({ node: "pve3", of: "pve1" }), seen)).toMatch(
      /^could-not-check; .*its corosync is starting, or does not run/,
    );
  });
});

describe("a node that we do not reach and the cluster does", () => {
  it("is not away for anybody who asks about the cluster", async () => {
    const seen = await look({ pve1: well, pve2: asToldBy(well, "pve2"), pve3: { "/cluster/status": "break" } });
    expect(told(nodeOffline({ node: "pve3", seenBy: "pve1" }), seen)).toBe(
      "not-yet pve3 does not answer, but pve1 still sees it online.",
    );
    expect(told(isQuorate({ nodes: ALL }), seen)).toMatch(/^could-not-check /);
    const before = await look(everybody(well));
    const there = (one: Observation, node: string) => withGuest(one, node);
    const recovered = told(recoveredAfterLoss({ vmid: 100, lost: "pve3" }), there(seen, "pve1"), {
      baseline: there(before, "pve3"),
    });
    expect(recovered).toMatch(/^could-not-check .*nobody looked while pve3 was away/);
  });

  const lives: [string, Trouble][] = [
    ["a password that is refused", { kind: "login", reason: "401 authentication failure" }],
    ["a certificate that nobody vouches for", { kind: "certificate", reason: "shows certificate AA" }],
    ["an answer that is no Proxmox", { kind: "nonsense", reason: "no JSON" }],
  ];
  it.each(lives)("is not silent by %s", async (_, trouble) => {
    const good = await look(everybody(well));
    const seen = {
      ...good,
      nodes: good.nodes.map((node) =>
        node.name === "pve3"
          ? { name: "pve3", tookMs: 5, calls: 1, reached: { answered: false as const, trouble } }
          : node,
      ),
    };
    expect(told(nodeSilent({ node: "pve3", whileAnswers: "pve1" }), seen)).toMatch(/^could-not-check /);
    expect(told(nodeBack({ node: "pve3", after: "off" }), good, { baseline: good, history: [seen] })).toMatch(
      /^not-yet pve3 answers, but it was never away/,
    );
  });

  it("is another one, when the address leads to a neighbour", async () => {
    const seen = await look({ pve1: well, pve2: well });
    for (const check of [
      isQuorate({ nodes: ["pve1", "pve2"] }),
      nodeIsMember({ node: "pve2", of: "pve1" }),
      clusterExists({ on: "pve2" }),
    ]) {
      const verdict = everything(check, seen);
      if (verdict.startsWith("could-not-check"))
        expect(verdict).toMatch(/pve2 there answers a node that calls itself pve1/);
      else expect(verdict).toMatch(/^passed; pve2 is a member/);
    }
    const capitals = await look({ PVE1: well });
    expect(everything(clusterExists({ on: "PVE1" }), capitals)).toMatch(/^could-not-check; .*calls itself pve1/);
  });
});

function withGuest(one: Observation, on: string): Observation {
  return {
    ...one,
    nodes: one.nodes.map((node) =>
      node.reached.answered
        ? {
            ...node,
            guests: { read: true, value: node.name === on ? [{ vmid: 100, type: "qemu", status: "running" }] : [] },
          }
        : node,
    ),
  };
}

describe("an account that may not see everything", () => {
  const grader = { user: "grader@pve", password: "sesame-7" };
  const needs = { ...NO_NEEDS, guests: [100], configs: [100], states: [100] };
  const rights = (shown: object) => ({ ...well, "/access/permissions": json(shown) });
  const checks = [
    guestExists({ vmid: 100 }),
    guestRunning({ vmid: 100 }),
    guestOn({ vmid: 100, on: "pve1", seenBy: ALL }),
    storageListed({ storage: "nfs", nodes: ALL }),
    storageUsable({ storage: "shared", nodes: ALL }),
    nodeDrained({ node: "pve1", vmids: [] }),
  ];

  it("could not check what it would not be shown, and names the right", async () => {
    const seen = await look(everybody(rights({})), needs, undefined, grader);
    for (const check of checks) expect(everything(check, seen)).toMatch(/^could-not-check; .*VM\.Audit on \/vms/);
    expect(told(isQuorate({ nodes: ALL }), seen)).toMatch(/^passed /);
  });

  it("with PVEAuditor is told what is not there", async () => {
    const auditor = { "/vms": { "VM.Audit": 1 }, "/storage": { "Datastore.Audit": 1 } };
    const seen = await look(everybody(rights(auditor)), needs, undefined, grader);
    expect(told(guestExists({ vmid: 100 }), seen)).toMatch(/^not-yet /);
    expect(told(storageListed({ storage: "nfs", nodes: ["pve1"] }), seen)).toMatch(/^not-yet /);
  });

  it("on one that hides its tasks, migrations are unknown and not undone", async () => {
    const message = "Permission check failed (/nodes/pve1, Sys.Audit)\n";
    const refused = { status: 403, reason: message.trim(), body: JSON.stringify({ data: null, message }) };
    const hidden = Object.fromEntries(
      ALL.map((node) => [node, { ...asToldBy(well, node), [`/nodes/${node}/time`]: refused }]),
    );
    const seen = await look(hidden, needs);
    const verdict = everything(guestMigrated({ vmid: 100 }), seen, { baseline: seen });
    expect(verdict).toMatch(/^could-not-check; .*lacks a right: Sys\.Audit on \/nodes\/pve1/);
  });
});

describe("what larger and older clusters answer", () => {
  /** The same facts as another Perl, another version or another day writes them. */
  function mangled(answers: Answers): Answers {
    return Object.fromEntries(
      Object.entries(answers).map(([path, answer]) => {
        if (typeof answer === "string" || answer.status !== 200) return [path, answer];
        const { data } = JSON.parse(answer.body) as { data: unknown };
        return [path, { ...answer, body: JSON.stringify({ data: strange(data), success: 1 }) }];
      }),
    );
  }
  function strange(value: unknown): unknown {
    if (typeof value === "number") return String(value);
    if (Array.isArray(value)) {
      const list = value.map(strange).reverse();
      return value.some((entry) => (entry as { type?: string })?.type === "cluster")
        ? [{ type: "site", id: "site", name: "later" }, ...list]
        : list;
    }
    if (typeof value !== "object" || value === null) return value;
    const dropped = new Set(["ip", "level", "id" in value && "nodeid" in value ? "id" : "", "pool"]);
    const entries = Object.entries(value).filter(([key]) => !dropped.has(key));
    return Object.fromEntries([
      ["added-later", { by: null }],
      ...entries.map(([key, one]) => [key, strange(one)]).reverse(),
    ]);
  }

  it("is judged the same with numbers as text, other orders, more fields and fewer", async () => {
    const checks = [
      clusterNamed({ on: "pve2", name: "lab" }),
      hasMembers({ on: "pve1", members: ALL }),
      membersAgree({ nodes: ALL }),
      isQuorate({ nodes: ALL }),
      clusterHealthy({ nodes: ALL }),
      votes({ on: "pve1", expected: 3 }),
      nodeIsMember({ node: "pve3", of: "pve1" }),
      nodeOffline({ node: "pve3", seenBy: "pve1" }),
      notQuorate({ on: "pve1" }),
      storageListed({ storage: "local", nodes: ALL }),
      guestExists({ vmid: 100 }),
    ];
    const plain = everybody(well);
    const odd = Object.fromEntries(Object.entries(plain).map(([node, answers]) => [node, mangled(answers)]));
    const needs = { ...NO_NEEDS, guests: [100], configs: [100], states: [100], ha: true };
    const [first, second] = [await look(plain, needs), await look(odd, needs)];
    for (const check of checks) expect(told(check, second)).toBe(told(check, first));
    expect(second.nodes.map(({ ha }) => ha?.read)).toEqual([true, true, true]);
  });

  const five = () => {
    const data = (JSON.parse((well["/cluster/status"] as { body: string }).body) as { data: object[] }).data;
    const more = ["pve4", "pve5"].map((name, index) => ({
      ...{ type: "node", id: `node/${name}`, name, nodeid: index + 4, level: "", local: 0, online: 1 },
      ip: `192.0.2.${index + 4}`,
    }));
    return { ...well, "/cluster/status": json([...data, ...more]) };
  };
  const guestAt = (id: string, node: string): FakeAnswer => {
    const listed = (JSON.parse((well["/cluster/resources"] as { body: string }).body) as { data: object[] }).data;
    const type = id.split("/")[0]!;
    return json([
      ...listed,
      { id, type, node, vmid: Number(id.split("/")[1]), status: "running", pool: "p", tags: "a" },
    ]);
  };
  const needs = { ...NO_NEEDS, guests: [300], configs: [300], states: [300] };

  it("with members outside the lab: they count as members, and a machine on one is there and not stranded", async () => {
    const cluster = { ...five(), "/cluster/resources": guestAt("qemu/300", "pve5") };
    const seen = await look(everybody(cluster), needs);
    expect(told(hasMembers({ on: "pve1", members: ALL }), seen)).toMatch(/should not be there: pve4 and pve5/);
    expect(told(isQuorate({ nodes: ALL }), seen)).toMatch(/^passed /);
    expect(told(guestExists({ vmid: 300 }), seen)).toBe("passed pve5 has the machine 300.");
    expect(told(guestRunning({ vmid: 300 }), seen)).toBe(
      "not-yet The machine 300 is on pve5, a member of the cluster that does not belong to this lab.",
    );
  });

  it("with a container under the number: that is no virtual machine, and it runs on its node", async () => {
    const cluster = { ...well, "/cluster/resources": guestAt("lxc/300", "pve2") };
    const seen = await look(everybody(cluster), needs);
    for (const check of [guestExists({ vmid: 300 }), guestRunning({ vmid: 300 }), guestUnlocked({ vmid: 300 })]) {
      expect(told(check, seen)).toBe(
        "not-yet The number 300 is that of a container on pve2; a virtual machine is asked for.",
      );
    }
    expect(told(nodeDrained({ node: "pve2", vmids: [] }), seen)).toBe("not-yet On pve2 there still run: 300.");
  });

  it("with a disk of the node itself: it is on no storage", async () => {
    const config = json({ scsi0: "shared:300/vm-300-disk-0.raw,size=1G", scsi1: "/dev/sdb", ide2: "none,media=cdrom" });
    const state = { vmid: 300, status: "running", name: "disks" };
    const seen = await look(
      {
        pve1: {
          ...well,
          "/nodes/pve1/qemu": json([state]),
          "/nodes/pve1/qemu/300/config": config,
          "/nodes/pve1/qemu/300/status/current": json({ ...state, qmpstatus: "running" }),
        },
      },
      needs,
    );
    expect(told(guestOnStorage({ vmid: 300, storage: "shared" }), seen)).toMatch(/^not-yet The disk scsi1/);
    expect(told(guestRunning({ vmid: 300 }), seen)).toMatch(/^passed /);
  });

  it("with a machine whose monitor did not answer: running by its process, and nobody knows whether it is paused", async () => {
    const seen = await look(
      {
        pve1: {
          ...well,
          "/nodes/pve1/qemu": json([{ vmid: 300, status: "running" }]),
          "/nodes/pve1/qemu/300/config": json({ memory: "512" }),
          "/nodes/pve1/qemu/300/status/current": { status: 500, reason: "got timeout", body: '{"data":null}' },
        },
      },
      needs,
    );
    expect(told(guestRunning({ vmid: 300 }), seen)).toMatch(/^could-not-check /);
  });
});

describe("where a machine is", () => {
  const needs = { ...NO_NEEDS, guests: [100], configs: [100], states: [100] };
  const having = (answers: Answers, node: string): Answers => ({
    ...answers,
    [`/nodes/${node}/qemu`]: json([{ vmid: 100, status: "running" }]),
    [`/nodes/${node}/qemu/100/config`]: json({ memory: 512 }),
    [`/nodes/${node}/qemu/100/status/current`]: json({ vmid: 100, status: "running", qmpstatus: "running" }),
  });

  it("is said by the quorate part, also when its new node does not answer and its old one runs on in the past", async () => {
    const majority = answersOf("34-http-while-pve3-cut.txt", "pve1");
    const minority = having(answersOf("35-http-on-minority-pve3.txt", "pve3"), "pve3");
    const moved = json([{ id: "qemu/100", type: "qemu", node: "pve2", vmid: 100, status: "running" }]);
    const seen = await look(
      { pve1: { ...majority, "/cluster/resources": moved }, pve2: { "/cluster/status": "break" }, pve3: minority },
      needs,
    );
    expect(told(guestRunning({ vmid: 100 }), seen)).toBe("could-not-check Could not check: pve2 could not be asked.");
    const still = json([{ id: "qemu/100", type: "qemu", node: "pve3", vmid: 100, status: "running" }]);
    const before = await look({ pve1: { ...majority, "/cluster/resources": still }, pve3: minority }, needs);
    expect(told(guestRunning({ vmid: 100 }), before)).toBe("passed The machine 100 runs on pve3.");
  });

  it("is unknown for a moment when it moves between two questions, and nobody is told to destroy it", async () => {
    const seen = await look(
      { pve1: having(asToldBy(well, "pve1"), "pve1"), pve2: having(asToldBy(well, "pve2"), "pve2") },
      needs,
    );
    expect(everything(guestRunning({ vmid: 100 }), seen)).toBe(
      "could-not-check; Could not check: the machine 100 changed its node while pve1 and pve2 were asked.; ; Wait until it has ended, then check again.",
    );
    const moved = told(guestMigrated({ vmid: 100 }), seen, { baseline: seen });
    expect(moved).toMatch(/^could-not-check .* changed its node/);
  });
});

describe("tasks as their lists have them", () => {
  const task = (more: object) => ({
    ...{
      upid: "UPID:pve3:0000010B:0001EFB5:6B0384CA:clusterjoin::root@pam:",
      node: "pve3",
      type: "clusterjoin",
      id: "",
    },
    ...{ user: "root@pam", starttime: 1_795_392_714, pid: 267, pstart: 126_901, ...more },
  });
  const alone = answersOf("08-standalone-http-pve4.txt", "pve4");
  const pve3: Answers = {
    ...alone,
    "/cluster/status": {
      status: 200,
      body: (alone["/cluster/status"] as { body: string }).body.replaceAll("pve4", "pve3"),
    },
  };

  it.each([
    ["without a word of its end", {}, /^not-yet pve3 is joining the cluster of pve1 at this moment/],
    ["active", { status: "RUNNING" }, /^not-yet pve3 is joining/],
    ["ended, and nobody wrote how", { endtime: "1795392730" }, /^not-yet .* that failed: unexpected status/],
    ["ended with an error", { endtime: 1795392730, status: "can't join" }, /^not-yet .* that failed: can't join/],
  ])("one %s", async (_, more, sentence) => {
    const others = { ...well, "/cluster/status": statusIn("commands/43-delnode-pve3.txt") };
    const before = await look({ pve1: others, pve3 });
    const after = await look(
      { pve1: others, pve3: { ...pve3, "/nodes/pve3/tasks": json([task(more)]) } },
      NO_NEEDS,
      before,
    );
    expect(told(nodeIsMember({ node: "pve3", of: "pve1" }), after, { baseline: before })).toMatch(sentence);
  });
});

describe("links as corosync prints them", () => {
  const blocks = recordedText("commands/56-corosync-conf-edit.txt")
    .split(/\n(?=LINK ID 0)/)
    .slice(1);

  it("are connected, or not to one node", () => {
    const parsed = blocks.map(parseLinks);
    expect(parsed.some((links) => links.length === 4 && links.every(({ connected }) => connected))).toBe(true);
    const cut = parsed.find((links) => links.some(({ connected }) => !connected));
    expect(cut?.filter(({ connected }) => !connected)).toEqual([
      { link: 0, nodeId: 3, connected: false, ownAddress: "10.99.7.11" },
    ]);
  });

  it("cannot be told where corosync does not run", () => {
    expect(() => parseLinks("Could not initialize corosync configuration API error CS_ERR_LIBRARY")).toThrow(/not run/);
  });
});

describe("migrations that real nodes tried", () => {
  const start = 1_795_400_000;
  /** The lines of one migration in a recording of commands, as its task's log, on the node that it left. */
  async function tried(file: string, which: number, at: Record<string, Answers>, status: string) {
    const runs = recordedText(`guests/${file}.txt`)
      .split(/\n(?=[\d-]+ [\d:]+ starting migration of VM)/)
      .slice(1)
      .map((text) => text.split(/\n\[exit|\n(?=\s+VMID NAME)/)[0]!.split("\n"));
    const lines = runs[which]!;
    const vmid = Number(/of VM (\d+)/.exec(lines[0]!)![1]);
    const upid = `UPID:pve1:00000562:0005A0DB:${start.toString(16).toUpperCase()}:qmigrate:${vmid}:root@pam:`;
    const before = await look(everybody(well));
    const entry = { upid, node: "pve1", type: "qmigrate", id: String(vmid), user: "root@pam", pid: 1, pstart: 1 };
    const after = await look(
      {
        ...everybody(well),
        ...at,
        pve1: {
          ...well,
          ...at.pve1,
          "/nodes/pve1/tasks": json([{ ...entry, starttime: start, endtime: start + 9, status }]),
          [`/nodes/pve1/tasks/${encodeURIComponent(upid)}/log`]: json(lines.map((t, index) => ({ n: index + 1, t }))),
        },
      },
      { ...NO_NEEDS, guests: [vmid], configs: [vmid], states: [vmid] },
      before,
    );
    return { vmid, before, after };
  }
  const has = (node: string, vmid: number, more: object = {}): Answers => {
    const state = { vmid, status: "stopped", ...more };
    return {
      ...asToldBy(well, node),
      [`/nodes/${node}/qemu`]: json([state]),
      [`/nodes/${node}/qemu/${vmid}/config`]: json({ memory: 64 }),
      [`/nodes/${node}/qemu/${vmid}/status/current`]: json({ qmpstatus: state.status, ...state }),
    };
  };
  const runsOf = (file: string) => recordedText(`guests/${file}.txt`).split("starting migration of VM").length - 1;

  it("to a node without quorum, cold: it moved and is locked there, which is neither done nor undone", async () => {
    const text = recordedText("guests/38-corosync-only-partition.txt");
    const which = [...text.matchAll(/starting migration of VM[\s\S]*?(?=starting migration of VM|$)/g)].findIndex(
      ([run]) => /failed to clear migrate lock/.test(run),
    );
    expect(which).toBeGreaterThanOrEqual(0);
    const vmid = Number([...text.matchAll(/starting migration of VM (\d+)/g)][which]![1]);
    const pve3 = has("pve3", vmid, { lock: "migrate" });
    const { before, after } = await tried("38-corosync-only-partition", which, { pve3 }, "migration problems");
    expect(told(guestMigrated({ vmid, from: "pve1", to: "pve3" }), after, { baseline: before })).toMatch(
      /^not-yet The machine \d+ left pve1 and belongs to pve3 now, but the migration did not end well: failed to clear/,
    );
    expect(told(guestUnlocked({ vmid }), after)).toMatch(/^not-yet .* is locked \(migrate\)/);
  });

  it.each([
    ["g50-target-killed", /Unable to write to socket: Broken pipe/],
    ["g53-source-loses-quorum", /Permission denied/],
    ["g54-link-cut-longer-than-tcp-timeout", /Connection reset by peer/],
  ])("%s: it did not leave, and the cause is the one that Proxmox names first", async (file, why) => {
    expect(runsOf(file)).toBeGreaterThan(0);
    const run = recordedText(`guests/${file}.txt`);
    const vmid = Number(/starting migration of VM (\d+)/.exec(run)![1]);
    const paused = file.startsWith("g53") ? { qmpstatus: "postmigrate", lock: "migrate" } : {};
    const pve1 = has("pve1", vmid, { status: "running", ...paused });
    const { before, after } = await tried(file, 0, { pve1 }, "migration problems");
    const verdict = told(guestMigrated({ vmid, from: "pve1" }), after, { baseline: before });
    expect(verdict).toMatch(/^not-yet The machine \d+ did not leave pve1: /);
    expect(verdict).toMatch(why);
    const running = told(guestRunning({ vmid }), after);
    if (file.startsWith("g53")) {
      expect(running).toMatch(/^not-yet .* counts as running, but it is paused \(postmigrate\)/);
      const failed = migrationFailed({ vmid, because: "no-quorum" });
      expect(told(failed, after, { baseline: before })).toMatch(/^passed /);
    } else expect(running).toMatch(/^passed /);
  });

  it("with a warning at the end went through all the same", async () => {
    const file = "g01-live-idle";
    const vmid = Number(/starting migration of VM (\d+) to node '(\w+)'/.exec(recordedText(`guests/${file}.txt`))![1]);
    const pve2 = has("pve2", vmid, { status: "running" });
    const { before, after } = await tried(file, 0, { pve2 }, "WARNINGS: 1");
    expect(told(guestMigrated({ vmid, from: "pve1", how: "live" }), after, { baseline: before })).toMatch(/^passed /);
    const whole = migratedWithoutRestart({ vmid, from: "pve1" });
    expect(told(whole, after, { baseline: before })).toMatch(/^passed .* ran all the time/);
    const off = await tried(file, 0, { pve2: has("pve2", vmid) }, "WARNINGS: 1");
    expect(told(whole, off.after, { baseline: off.before })).toMatch(/^not-yet .* does not run: it is stopped/);
  });
});

describe("what a real HA manager said", () => {
  const withHa = (one: Observation, value: HaEntrySeen[]): Observation => ({
    ...one,
    nodes: one.nodes.map((node) => ({ ...node, ha: { read: true, value } })),
  });

  it("of maintenance: not before it is on, moving, then empty", async () => {
    const base = await look(everybody(well));
    const check = haMaintenance({ node: "pve1" });
    const polls = haPolls("ha/g20-ha-maint.txt").map((entries) => judged(check, withHa(base, entries)).message.id);
    const first = polls.slice(0, polls.indexOf("ha.maintenance") + 1);
    expect([...new Set(first)]).toEqual(["ha.no-maintenance", "ha.maintenance-moving", "ha.maintenance"]);
  });

  it("of a machine that cannot start: what is asked for is on the way, what is not is not, and error is error", async () => {
    const base = await look(everybody(well));
    const started = haState({ vmid: 100, state: "started" });
    for (const entries of haPolls("ha/g22-ha-error-state.txt")) {
      const service = entries.find(({ type }) => type === "service");
      if (!service) continue;
      const { message } = judged(started, withHa(base, entries));
      const expected =
        service.state === "error"
          ? "ha.error"
          : service.state === "started"
            ? "ha.in-state"
            : service.requestState === "started"
              ? "ha.on-the-way"
              : "ha.other-state";
      expect(`${service.status} ${message.id}`).toBe(`${service.status} ${expected}`);
    }
  });
});
