/** Checks of an exercise that begins with a broken lab: what was never broken is not mended. */
import { baselineOf, type Check, check, notYet } from "./check.ts";
import { say } from "./messages.ts";

/**
 * The same checks, of which none passes unless at least `brokenAtLeast` of them had not passed in the baseline, in which
 * `given` did pass: on a lab without its machines nothing is as it should be, and it is not the exercise. `given` stands on
 * what every look reads: what it needs beyond that is not asked for.
 *
 * Not each for itself: somebody may mend one thing before the first look, and must be credited with it all the same.
 */
export function exerciseChecks({
  checks,
  brokenAtLeast,
  given,
}: {
  checks: Readonly<Record<string, Check>>;
  brokenAtLeast: number;
  given: Check;
}): Record<string, Check> {
  const begun: Check = check((context) => {
    const before = { ...context, observation: baselineOf(context), history: [] };
    const start = given(before);
    if (start.outcome === "could-not-check") return start;
    if (start.outcome === "not-yet") {
      return { ...start, message: say("exercise.not-prepared"), next: say("next.begin-exercise") };
    }
    const broken = Object.values(checks).filter((one) => one(before).outcome !== "passed").length;
    if (broken >= brokenAtLeast) return { outcome: "passed", message: say("exercise.begun"), evidence: [] };
    const values = { broken, expected: brokenAtLeast };
    const told = {
      seen: say("seen.broken", { broken }),
      expected: say("expected.broken", { expected: brokenAtLeast }),
    };
    return notYet(say("exercise.not-begun", values), { ...told, next: say("next.begin-exercise") }, []);
  });
  return Object.fromEntries(
    Object.entries(checks).map(([id, one]) => [
      id,
      check((context) => {
        const verdict = one(context);
        if (verdict.outcome === "could-not-check") return verdict;
        const first = begun(context);
        if (first.outcome === "passed") return verdict;
        // What is wrong is said all the same; how to mend it is no advice before there is anything to mend.
        return verdict.outcome === "passed" ? first : { ...verdict, next: first.next };
      }, one.needs),
    ]),
  );
}
