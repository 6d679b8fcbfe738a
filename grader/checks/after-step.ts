/** A check of putting something right: it counts only once the trouble was there. */
import { type Check, check, notYet } from "./check.ts";
import { say } from "./messages.ts";

/** `then`, but not before the chapter's step `step` has passed in this lab: what it asks for may be true at the start, too. */
export function afterStep({ step, then }: { step: string; then: Check }): Check {
  return check((context) => {
    if (context.passedSteps?.has(step)) return then(context);
    const told = { seen: say("seen.step-open"), expected: say("expected.step-first"), next: say("next.step-first") };
    return notYet(say("step.first"), told, []);
  }, then.needs);
}
