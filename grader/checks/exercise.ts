/** Checks of an exercise that begins with a broken lab: what was never broken is not mended. */
import { baselineOf, type Check, check, notYet } from "./check.ts";
import { say } from "./messages.ts";

/**
 * The same checks, of which none passes unless at least `brokenAtLeast` of them had not passed in the baseline.
 *
 * Not each for itself: somebody may mend one thing before the first look, and must be credited with it all the same.
 */
export function exerciseChecks({
  checks,
  brokenAtLeast,
}: {
  checks: Readonly<Record<string, Check>>;
  brokenAtLeast: number;
}): Record<string, Check> {
  const begun: Check = check((context) => {
    const before = { ...context, observation: baselineOf(context), history: [] };
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
        if (verdict.outcome !== "passed") return verdict;
        const first = begun(context);
        return first.outcome === "passed" ? verdict : first;
      }, one.needs),
    ]),
  );
}
