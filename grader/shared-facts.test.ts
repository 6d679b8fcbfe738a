import { expect, it } from "vitest";
import { lab } from "./checks/sample-lab.ts";
import { sharedWith } from "./shared-facts.ts";

it("observations that follow each other hold equal facts once, and say what they said", () => {
  const member = { cluster: "lab", members: ["pve1", "pve2"] };
  const before = lab({ pve1: member, pve2: member });
  const after = lab({ pve1: member, pve2: "dead" });
  const copy = structuredClone(after);
  const shared = sharedWith(before, after);
  expect(shared).toEqual(copy);
  expect(after).toEqual(copy);
  expect(shared.nodes[0]!.status).toBe(before.nodes[0]!.status);
  expect(shared.nodes[0]!.tasks).toBe(before.nodes[0]!.tasks);
  expect(shared.nodes[1]!.reached).not.toBe(before.nodes[1]!.reached);
  expect(sharedWith(undefined, after)).toBe(after);
});
