import { describe, expect, it } from "vitest";
import type { Observation } from "../observation.ts";
import type { Check, CheckContext } from "./check.ts";
import { inWords } from "./messages.en.ts";
import { nodeBack, nodeOffline, nodeSilent } from "./presence.ts";
import { notQuorate, quorateByForce, quorateWithout, restoredToHealth } from "./quorum.ts";
import { lab } from "./sample-lab.ts";

const members = ["pve1", "pve2", "pve3"];
const three = { cluster: "lab", members };
const seesTwo = { ...three, online: ["pve1", "pve2"] };
const blocked = { ...three, online: ["pve1"], quorate: false };
const forced = { ...three, online: ["pve1"], quorate: true };
const healthy = lab({ pve1: three, pve2: three, pve3: three });
const oneAway = lab({ pve1: seesTwo, pve2: seesTwo, pve3: "dead" });
const twoAway = lab({ pve1: blocked, pve2: "dead", pve3: "dead" });
const alone = lab({ pve1: "alone", pve2: "alone", pve3: "alone" });

/** Outcome and message, as one line. */
function told(check: Check, observation: Observation, rest: Partial<CheckContext> = {}): string {
  const { outcome, message } = check({ baseline: healthy, history: [], variables: {}, observation, ...rest });
  return `${outcome} ${inWords(message)}`;
}

describe("nodeOffline", () => {
  const check = nodeOffline({ node: "pve3", seenBy: "pve1" });
  it("passes when the other node sees that it is away", () => {
    expect(told(check, oneAway)).toBe("passed pve1 sees that pve3 is away.");
  });
  it("tells a node that is online from one whose loss was not noticed yet", () => {
    expect(told(check, healthy)).toBe("not-yet pve3 is still online.");
    expect(told(check, lab({ pve1: three, pve2: three, pve3: "dead" }))).toMatch(/^not-yet .*still sees it online/);
  });
  it("does not take a node that never was a member for one that is away", () => {
    expect(told(check, lab({ pve1: { cluster: "lab", members: ["pve1"] }, pve3: "dead" }))).toMatch(
      /^not-yet .*not a member/,
    );
    expect(told(check, alone)).toMatch(/^not-yet pve1 is not in a cluster/);
  });
  it("could not check when the node that should see it is away itself", () => {
    expect(told(check, lab({ pve1: "dead", pve3: "dead" }))).toMatch(/^could-not-check/);
  });
});

describe("nodeSilent", () => {
  const check = nodeSilent({ node: "pve3", whileAnswers: "pve1" });
  it("passes on one silent node, and says nothing when the whole lab is silent", () => {
    expect(told(check, lab({ pve1: "alone", pve3: "dead" }))).toBe("passed pve3 does not answer.");
    expect(told(check, lab({ pve1: "dead", pve3: "dead" }))).toMatch(/^could-not-check/);
    expect(told(check, alone)).toBe("not-yet pve3 still answers.");
  });
});

describe("nodeBack", () => {
  const check = nodeBack({ node: "pve3", after: "switch-off" });
  const away = lab({ pve1: "alone", pve2: "alone", pve3: "dead" });
  it("needs the node to have been away, by what was seen or by the step that proves it", () => {
    expect(told(check, alone, { baseline: alone })).toMatch(/^not-yet .*never away/);
    expect(told(check, alone, { baseline: alone, history: [away] })).toMatch(/^passed/);
    expect(told(check, alone, { baseline: alone, passedSteps: new Set(["switch-off"]) })).toMatch(/^passed/);
  });
  it("could not check while it is away, and when it was away from the beginning", () => {
    expect(told(check, away, { baseline: alone, history: [away] })).toMatch(/^could-not-check/);
    expect(told(check, alone, { baseline: away })).toMatch(/^could-not-check/);
  });
});

describe("quorateWithout", () => {
  const check = quorateWithout({ nodes: ["pve1", "pve2"], without: "pve3" });
  it("passes for two of three", () => {
    expect(told(check, oneAway)).toBe("passed Quorate without pve3: pve1 and pve2.");
  });
  it("is not yet so while the third is there, and when both of the others are lost", () => {
    expect(told(check, healthy)).toBe("not-yet pve1 still sees pve3 online.");
    expect(told(check, twoAway)).toBe("not-yet Not quorate by their own answer: pve1.");
    expect(told(check, alone)).toMatch(/^not-yet Not in a cluster/);
  });
  it("could not check when one of the two does not answer", () => {
    expect(told(check, lab({ pve1: seesTwo, pve2: "dead", pve3: "dead" }))).toMatch(/^could-not-check/);
  });
});

describe("notQuorate and quorateByForce", () => {
  const lost = notQuorate({ on: "pve1" });
  const force = quorateByForce({ on: "pve1" });
  it("tell a blocked node from one that was forced", () => {
    expect(told(lost, twoAway)).toBe("passed pve1 is not quorate: it sees online only pve1.");
    expect(told(force, twoAway)).toMatch(/^not-yet/);
    const afterForce = lab({ pve1: forced, pve2: "dead", pve3: "dead" });
    expect(told(lost, afterForce)).toMatch(/^not-yet .*lowered the number of expected votes/);
    expect(told(force, afterForce)).toMatch(/^passed .*lowered the number of expected votes/);
  });
  it("are not yet so while others are there, nor without a cluster of several nodes", () => {
    expect(told(lost, oneAway)).toBe("not-yet pve1 is still quorate: it sees online pve1 and pve2.");
    expect(told(force, oneAway)).toBe("not-yet pve1 is not alone: it sees online pve2.");
    expect(told(lost, alone)).toMatch(/^not-yet pve1 is not in a cluster/);
    expect(told(force, lab({ pve1: { cluster: "lab", members: ["pve1"] } }))).toMatch(/^not-yet .*several nodes/);
  });
  it("could not check a node that does not answer", () => {
    for (const check of [lost, force]) expect(told(check, lab({ pve1: "dead" }))).toMatch(/^could-not-check/);
  });
});

describe("where the text has cables pulled, the next move", () => {
  const next = (check: Check, observation: Observation) =>
    inWords(check({ baseline: alone, history: [], variables: {}, observation }).next!);
  it("says which cables, and switches nobody off", () => {
    const pull = "Pull every cable between pve3 and pve1 and pve2, and leave all nodes switched on.";
    expect(next(notQuorate({ on: "pve3", by: "cables" }), healthy)).toContain(pull);
    expect(next(quorateByForce({ on: "pve3", by: "cables" }), healthy)).toContain(pull);
    const without = { nodes: ["pve1", "pve2"], without: "pve3" };
    expect(next(quorateWithout({ ...without, by: "cables" }), healthy)).toContain(pull);
    expect(next(quorateWithout({ ...without, by: "cables" }), twoAway)).toBe(
      "Put a cable of pve1 back, and watch there: pvecm status",
    );
  });
  it("is a plug everywhere else", () => {
    expect(next(notQuorate({ on: "pve1" }), healthy)).toBe("Switch pve2 off.");
  });
});

describe("restoredToHealth", () => {
  const check = restoredToHealth({ nodes: members, after: "lose-two" });
  it("passes when quorum was seen lost and all are well again", () => {
    expect(told(check, healthy, { history: [oneAway, twoAway] })).toMatch(
      /^passed Quorum was lost, and now it is back/,
    );
    expect(told(check, healthy, { passedSteps: new Set(["lose-two"]) })).toMatch(/^passed/);
  });
  it("is not yet so when it was never lost, a single lost node included", () => {
    expect(told(check, healthy, { history: [oneAway] })).toMatch(/^not-yet .*was not lost/);
  });
  it("could not check while a node is away, or without a baseline", () => {
    expect(told(check, oneAway, { history: [twoAway] })).toMatch(/^could-not-check/);
    const { outcome } = check({ history: [twoAway], variables: {}, observation: healthy });
    expect(outcome).toBe("could-not-check");
  });
});
