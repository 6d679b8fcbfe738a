/** A check of putting something right: it counts only once the trouble was there. */
import { type Check, check as judged, notYet } from "./check.ts";
import { say } from "./messages.ts";

/** `check`, but not before the chapter's step `step` has passed in this lab: what it asks for may be true at the start, too. */
export function afterStep({ step, check }: { step: string; check: Check }): Check {
  return judged((context) => {
    if (context.passedSteps?.has(step)) return check(context);
    const told = { seen: say("seen.step-open"), expected: say("expected.step-first"), next: say("next.step-first") };
    return notYet(say("step.first"), told, []);
  }, check.needs);
}
