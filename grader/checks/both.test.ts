import { expect, it } from "vitest";
import { both } from "./both.ts";
import { joinedAfterBaseline, nodeIsMember } from "./membership.ts";
import { lab } from "./sample-lab.ts";

const three = { cluster: "lab", members: ["pve1", "pve2", "pve3"] };
const together = lab({ pve1: three, pve2: three, pve3: three });
const two = { cluster: "lab", members: ["pve1", "pve2"] };
const pve3Alone = lab({ pve1: two, pve2: two, pve3: "alone" });
const is = both(nodeIsMember({ node: "pve3", of: "pve1" }), joinedAfterBaseline({ node: "pve3", of: "pve1" }));
const told = (observation: typeof together, baseline: typeof together) =>
  is({ observation, baseline, history: [], variables: {} });

it("is passed when both are, and says of the first that is not what is wrong", () => {
  expect(told(together, pve3Alone)).toMatchObject({ outcome: "passed" });
  expect(told(together, together)).toMatchObject({ outcome: "not-yet", message: { id: "joined.before" } });
  expect(told(pve3Alone, pve3Alone)).toMatchObject({ outcome: "not-yet", seen: { values: { node: "pve3" } } });
});
