import { describe, expect, it } from "vitest";
import type { GuestSeen, NodeObservation, Observation } from "../observation.ts";
import { type Check, variable } from "./check.ts";
import {
  guestExists,
  guestHas,
  guestOnStorage,
  guestRunning,
  guestStopped,
  guestUnlocked,
  nodeDrained,
} from "./guests.ts";
import { inWords } from "./messages.en.ts";
import { lab, type Told, withFacts } from "./sample-lab.ts";

const member = { cluster: "lab", members: ["pve1", "pve2", "pve3"] };
const guest = (more: Partial<GuestSeen> = {}): GuestSeen => ({ vmid: 100, type: "qemu", status: "running", ...more });
const config = (value: Record<string, string>) => ({ config: { read: true as const, value } });

function seen(guests: Record<string, GuestSeen[]>, nodes: Record<string, Told> = {}): Observation {
  const told = { pve1: member, pve2: member, pve3: member, ...nodes };
  const facts: Record<string, Partial<NodeObservation>> = {};
  for (const name of Object.keys(told)) {
    if (told[name as "pve1"] === ("dead" as unknown)) continue;
    facts[name] = { guests: { read: true, value: guests[name] ?? [] } };
  }
  return withFacts(lab(told), facts);
}
function told(check: Check, observation: Observation) {
  const verdict = check({ observation, history: [], variables: { vmName: "web1", vmid: "100" } });
  return `${verdict.outcome} ${inWords(verdict.message)}`;
}
const resources = (node: string) => ({
  resources: {
    read: true as const,
    value: [{ id: "qemu/100", type: "qemu", node, status: "running", vmid: 100 }],
  },
});

describe("where a guest is", () => {
  const check = guestExists({ vmid: variable("vmid") });
  it("is what its own node says", () => {
    expect(told(check, seen({ pve2: [guest()] }))).toBe("passed pve2 has the machine 100.");
    expect(told(check, seen({}))).toMatch(/^not-yet There is no machine 100/);
  });
  it("is known although its node is dead, when a quorate one lists it there", () => {
    const observation = withFacts(seen({}, { pve2: "dead" }), { pve1: resources("pve2") });
    expect(told(check, observation)).toBe("passed pve2 has the machine 100.");
  });
  it("could not be checked while a node is silent and nobody lists it", () => {
    const observation = seen({}, { pve1: "alone", pve2: "dead", pve3: "alone" });
    expect(told(check, observation)).toBe("could-not-check Could not check: pve2 could not be asked.");
  });
  it("is not what a cut-off node remembers", () => {
    const cut = { ...member, quorate: false, online: ["pve3"] };
    const observation = seen({ pve1: [guest()], pve3: [guest()] }, { pve3: cut });
    expect(told(guestRunning({ vmid: 100, on: "pve1" }), observation)).toMatch(/^passed /);
    const twice = seen({ pve1: [guest()], pve3: [guest()] }, { pve1: "alone", pve3: "alone" });
    expect(told(check, twice)).toMatch(/^not-yet There is a machine 100 on several nodes: pve1 and pve3/);
  });
});

describe("guestRunning", () => {
  const check = guestRunning({ vmid: 100, on: "pve2" });
  it("tells stopped, elsewhere and paused apart", () => {
    expect(told(check, seen({ pve2: [guest({ qmpStatus: "running" })] }))).toMatch(/^passed /);
    expect(told(check, seen({ pve2: [guest({ status: "stopped" })] }))).toMatch(/^not-yet .* it is stopped/);
    expect(told(check, seen({ pve1: [guest()] }))).toMatch(/^not-yet .* belongs to pve1; it should belong to pve2/);
    const stuck = guest({ qmpStatus: "postmigrate", lock: "migrate" });
    const verdict = check({ observation: seen({ pve2: [stuck] }), history: [], variables: {} });
    expect(inWords(verdict.message)).toMatch(/counts as running, but it is paused \(postmigrate\)/);
    expect(inWords(verdict.next!)).toMatch(/qm unlock 100 and qm resume 100/);
    const locked = guest({ status: "stopped", lock: "backup" });
    const off = check({ observation: seen({ pve2: [locked] }), history: [], variables: {} });
    expect(inWords(off.next!)).toMatch(/qm unlock 100 and qm start 100/);
  });
  it("could not check when its node is dead", () => {
    const observation = withFacts(seen({}, { pve2: "dead" }), { pve1: resources("pve2") });
    expect(told(check, observation)).toBe("could-not-check Could not check: pve2 could not be asked.");
  });
});

describe("the state of a guest", () => {
  it("is stopped or not", () => {
    expect(told(guestStopped({ vmid: 100 }), seen({ pve1: [guest({ status: "stopped" })] }))).toMatch(/^passed /);
    expect(told(guestStopped({ vmid: 100 }), seen({ pve1: [guest()] }))).toMatch(/^not-yet .* still runs/);
  });
  it("is locked or not", () => {
    expect(told(guestUnlocked({ vmid: 100 }), seen({ pve1: [guest()] }))).toMatch(/^passed /);
    expect(told(guestUnlocked({ vmid: 100 }), seen({ pve1: [guest({ lock: "migrate" })] }))).toMatch(
      /^not-yet .* is locked \(migrate\)/,
    );
  });
});

describe("guestHas", () => {
  const check = guestHas({ vmid: 100, properties: { memory: 512, name: variable("vmName"), net0: "bridge=vmbr0" } });
  const good = { memory: "512", name: "web1", net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0" };
  it("compares whole values and parts of lists", () => {
    expect(told(check, seen({ pve1: [guest(config(good))] }))).toMatch(/^passed /);
    expect(told(check, seen({ pve1: [guest(config({ ...good, memory: "256" }))] }))).toBe(
      "not-yet The machine 100 has memory 256; it should be 512.",
    );
    const { name: _name, ...nameless } = good;
    expect(told(check, seen({ pve1: [guest(config(nameless))] }))).toMatch(/^not-yet .* has no name set/);
  });
  it("could not check without the configuration, and names the right that is missing", () => {
    expect(told(check, seen({ pve1: [guest()] }))).toMatch(/^could-not-check /);
    const trouble = { kind: "forbidden" as const, reason: "403", privilege: "VM.Audit on /vms/100" };
    expect(told(check, seen({ pve1: [guest({ config: { read: false, trouble } })] }))).toMatch(/VM.Audit/);
  });
});

describe("guestOnStorage", () => {
  const check = guestOnStorage({ vmid: 100, storage: "shared" });
  it("asks for every disk, and no CD", () => {
    const disks = { scsi0: "shared:100/vm-100-disk-0.raw,size=1G", ide2: "local:iso/a.iso,media=cdrom" };
    expect(told(check, seen({ pve1: [guest(config(disks))] }))).toMatch(/^passed /);
    const mixed = { ...disks, virtio1: "local-lvm:vm-100-disk-1,size=1G" };
    expect(told(check, seen({ pve1: [guest(config(mixed))] }))).toBe(
      "not-yet The disk virtio1 of the machine 100 is on the storage local-lvm; it should be on shared.",
    );
    expect(told(check, seen({ pve1: [guest(config({ memory: "128" }))] }))).toMatch(/^not-yet .* has no disk/);
  });
});

describe("nodeDrained", () => {
  const check = nodeDrained({ node: "pve1", vmids: [100] });
  it("asks for an empty node and running guests elsewhere", () => {
    expect(told(check, seen({ pve2: [guest()] }))).toBe("passed No machine runs on pve1 any more.");
    expect(told(check, seen({ pve1: [guest()] }))).toBe("not-yet On pve1 there still run: 100.");
    expect(told(check, seen({ pve1: [guest({ status: "stopped" })] }))).toMatch(/^not-yet .* does not run/);
    expect(told(check, seen({}, { pve1: "dead" }))).toMatch(/^could-not-check .*pve1/);
  });
});
