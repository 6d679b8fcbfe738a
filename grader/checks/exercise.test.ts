import { describe, expect, it } from "vitest";
import type { NodeObservation, Observation } from "../observation.ts";
import { votes } from "./agreement.ts";
import type { CheckContext } from "./check.ts";
import { exerciseChecks } from "./exercise.ts";
import { guestRunning } from "./guests.ts";
import { everybodyPresent } from "./quorum.ts";
import { guestOn } from "./resources.ts";
import { lab, type Member, withFacts } from "./sample-lab.ts";

const nodes = ["pve1", "pve2", "pve3"];
const member = (more: Partial<Member> = {}): Member => ({ cluster: "lab", members: nodes, ...more });
const everywhere = (more: Partial<Member> = {}) => lab({ pve1: member(more), pve2: member(more), pve3: member(more) });
const healthy = everywhere();
const away = { online: ["pve1", "pve2"] };
const withoutPve3 = lab({ pve1: member(away), pve2: member(away), pve3: "dead" });

describe("an exercise", () => {
  const machine = { id: "qemu/232", type: "qemu", vmid: 232, node: "pve1" };
  const with232 = (seen: Observation) => withFacts(seen, { pve1: { resources: { read: true, value: [machine] } } });
  const checks = exerciseChecks({
    brokenAtLeast: 2,
    given: guestOn({ vmid: 232, on: "pve1", seenBy: ["pve1"] }),
    checks: { members: everybodyPresent({ nodes }), votes: votes({ on: "pve1", expected: 3 }) },
  });
  const twoBroken = lab({
    pve1: member({ ...away, votes: [3, 1, 1] }),
    pve2: member({ ...away, votes: [3, 1, 1] }),
    pve3: "dead",
  });
  const said = (baseline: CheckContext["baseline"], observation: CheckContext["observation"]) =>
    Object.values(checks).map((check) =>
      check({ ...(baseline && { baseline: with232(baseline) }), observation, history: [], variables: {} }),
    );

  it("credits what was mended when enough was broken at its start", () => {
    expect(said(twoBroken, healthy).map(({ outcome }) => outcome)).toEqual(["passed", "passed"]);
  });

  it("credits nothing on a lab that was healthy, or nearly, when the chapter began", () => {
    for (const baseline of [healthy, withoutPve3]) {
      expect(said(baseline, healthy).map(({ message }) => message.id)).toEqual([
        "exercise.not-begun",
        "exercise.not-begun",
      ]);
    }
  });

  it("says what is wrong before it says that it has not begun", () => {
    const verdicts = said(healthy, withoutPve3);
    expect(verdicts.map(({ message }) => message.id)).toEqual(["members.offline", "exercise.not-begun"]);
    // How to mend it would be no advice: the exercise brings its own faults.
    expect(verdicts).toMatchObject([{ next: { id: "next.begin-exercise" } }, { next: { id: "next.begin-exercise" } }]);
  });

  it("tells what to do about a fault once it has begun", () => {
    const [members] = said(twoBroken, withoutPve3);
    expect(members).toMatchObject({ outcome: "not-yet", next: { id: expect.not.stringContaining("begin-exercise") } });
  });

  it("has not begun on a lab that was another one, however much of it is not as it should be", () => {
    const baseline = withFacts(twoBroken, { pve1: { resources: { read: true, value: [] } } });
    const verdicts = Object.values(checks).map((check) =>
      check({ baseline, observation: healthy, history: [], variables: {} }),
    );
    expect(verdicts.map(({ message }) => message.id)).toEqual(["exercise.not-prepared", "exercise.not-prepared"]);
  });

  it("cannot tell without a baseline", () => {
    expect(said(undefined, healthy).map(({ outcome }) => outcome)).toEqual(["could-not-check", "could-not-check"]);
  });
});

describe("everybodyPresent", () => {
  const check = everybodyPresent({ nodes });
  const judged = (observation: CheckContext["observation"]) => check({ observation, history: [], variables: {} });

  it("passes when all are there and agree, by their own answers", () => {
    expect(judged(healthy).outcome).toBe("passed");
  });

  it("takes a quorate member's word for a node that is off", () => {
    expect(judged(withoutPve3)).toMatchObject({
      ...{ outcome: "not-yet" },
      message: { id: "members.offline", values: { of: "pve1", nodes: ["pve3"] } },
    });
  });

  it("could not check a node that the others see online and we do not reach", () => {
    const silent = lab({ pve1: member(), pve2: member(), pve3: "slow" });
    expect(judged(silent)).toMatchObject({ outcome: "could-not-check" });
  });

  it("does not accept a member too many, even one that never answers", () => {
    const ghost = { members: [...nodes, "pve4"], online: nodes };
    const answer = judged(lab({ pve1: member(ghost), pve2: member(ghost), pve3: member(ghost) }));
    expect(answer).toMatchObject({ outcome: "not-yet", message: { id: "members.extra" } });
  });

  it("says what the nodes say when nobody is quorate", () => {
    expect(judged(everywhere({ quorate: false }))).toMatchObject({
      outcome: "not-yet",
      message: { id: "quorate.lost" },
    });
  });
});

describe("a machine in the folder of a node that is not there", () => {
  it("is not yet running, and can be mended: nobody waits for that node's answer", () => {
    const list = [{ id: "qemu/231", type: "qemu", vmid: 231, node: "pve4", status: "unknown" }];
    const told: Partial<NodeObservation> = {
      guests: { read: true, value: [] },
      resources: { read: true, value: list },
    };
    const observation = withFacts(healthy, { pve1: told, pve2: told, pve3: told });
    const verdict = guestRunning({ vmid: 231 })({ observation, history: [], variables: {} });
    expect(verdict).toMatchObject({
      ...{ outcome: "not-yet", next: { id: "next.recover-guest" } },
      message: { id: "guest.stranded", values: { vmid: 231, node: "pve4" } },
    });
  });
});
