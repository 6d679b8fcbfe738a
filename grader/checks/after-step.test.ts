import { expect, it } from "vitest";
import { afterStep } from "./after-step.ts";
import { isQuorate } from "./agreement.ts";
import { type CheckContext, passed } from "./check.ts";
import { guestUnlocked } from "./guests.ts";
import { say } from "./messages.ts";

const context = (passedSteps: string[]): CheckContext => ({
  history: [],
  observation: { format: 1, lab: "lab", takenAt: "2026-01-01T00:00:00Z", depth: "check", nodes: [] },
  variables: {},
  passedSteps: new Set(passedSteps),
});
const good = () => passed(say("agree.all", { nodes: [], name: "" }), []);

it("is not yet while its step is open, whatever the other check would say", () => {
  expect(afterStep({ step: "break", check: good })(context([]))).toMatchObject({
    outcome: "not-yet",
    message: { id: "step.first" },
  });
});

it("is what the other check says once its step has passed", () => {
  expect(afterStep({ step: "break", check: good })(context(["break"])).outcome).toBe("passed");
  expect(afterStep({ step: "break", check: isQuorate({ nodes: ["pve1"] }) })(context(["break"])).outcome).toBe(
    "could-not-check",
  );
});

it("needs what the other check needs", () => {
  expect(afterStep({ step: "break", check: guestUnlocked({ vmid: 201 }) }).needs).toEqual({ guests: [201] });
});
