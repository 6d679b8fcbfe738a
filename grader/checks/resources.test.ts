import { describe, expect, it } from "vitest";
import type { Observation, ResourceSeen } from "../observation.ts";
import { type Check, variable } from "./check.ts";
import { inWords } from "./messages.en.ts";
import { guestOn, storageListed } from "./resources.ts";
import { lab } from "./sample-lab.ts";

const storage = (node: string, name: string): ResourceSeen => ({
  id: `storage/${node}/${name}`,
  type: "storage",
  node,
});
const guest = (vmid: number, node: string): ResourceSeen => ({ id: `qemu/${vmid}`, type: "qemu", node, vmid });

/** Nodes outside a cluster that list these resources; a name alone is a node that does not answer. */
function listing(nodes: Record<string, ResourceSeen[] | "dead">): Observation {
  const seen = lab(
    Object.fromEntries(Object.entries(nodes).map(([name, list]) => [name, list === "dead" ? list : "alone"])),
  );
  for (const node of seen.nodes) {
    const list = nodes[node.name];
    if (Array.isArray(list)) node.resources = { read: true, value: list };
  }
  return seen;
}
function told(check: Check, observation: Observation): string {
  const { outcome, message } = check({ history: [], variables: { storageName: "scratch" }, observation });
  return `${outcome} ${inWords(message)}`;
}

describe("storageListed", () => {
  const one = storageListed({ storage: variable("storageName"), nodes: ["pve1"] });
  const both = storageListed({ storage: "scratch", nodes: ["pve1", "pve2"] });
  it("passes when each node lists it as its own", () => {
    const all = [storage("pve1", "scratch"), storage("pve2", "scratch")];
    expect(told(one, listing({ pve1: all }))).toBe("passed The storage scratch is listed on pve1.");
    expect(told(both, listing({ pve1: all, pve2: all }))).toMatch(/^passed/);
  });
  it("is not yet so when it is missing, has another name, or is on another node", () => {
    expect(told(one, listing({ pve1: [storage("pve1", "scratch2")] }))).toBe(
      "not-yet There is no storage scratch on pve1.",
    );
    expect(told(one, listing({ pve1: [storage("pve1", "local")], pve2: [storage("pve2", "scratch")] }))).toBe(
      "not-yet The storage scratch is listed on pve2, but not on pve1.",
    );
  });
  it("could not check a list without any storage: every node has one, so the account may not see them", () => {
    expect(told(one, listing({ pve1: [guest(100, "pve1")] }))).toMatch(/^could-not-check/);
  });
  it("could not check a node that is silent or refuses the list", () => {
    expect(told(one, listing({ pve1: "dead" }))).toMatch(/^could-not-check/);
    expect(told(one, lab({ pve1: "alone" }))).toMatch(/^could-not-check/);
  });
});

describe("guestOn", () => {
  const check = guestOn({ vmid: 106, on: "pve3", seenBy: ["pve1", "pve3"] });
  it("passes when all say that it belongs to the node", () => {
    const list = [guest(106, "pve3")];
    expect(told(check, listing({ pve1: list, pve3: list }))).toBe(
      "passed The machine 106 belongs to pve3, and so say pve1 and pve3.",
    );
  });
  it("is not yet so when it is missing somewhere, or belongs to another node", () => {
    expect(told(check, listing({ pve1: [], pve3: [guest(106, "pve3")] }))).toBe(
      "not-yet There is no machine 106 in the answer of pve1.",
    );
    const list = [guest(106, "pve1")];
    expect(told(check, listing({ pve1: list, pve3: list }))).toBe(
      "not-yet The machine 106 belongs to pve1; it should belong to pve3.",
    );
  });
  it("could not check a node that does not answer", () => {
    expect(told(check, listing({ pve1: [guest(106, "pve3")], pve3: "dead" }))).toMatch(/^could-not-check/);
  });
});
