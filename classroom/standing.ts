/** Where a student stands, as the board shows it: one cell for each step that was judged or passed. */
import type { StudentStanding } from "../database/classes.ts";
import type { BoardCell, BoardStudent } from "../gateway/protocol.ts";

/** The same reason for this long, and nothing passed meanwhile: time to walk over. */
export const STUCK_AFTER_MS = 10 * 60_000;

/** At a step for this long without a verdict that changed or a pass: longer than any step takes to be begun. */
export const SILENT_AFTER_MS = 20 * 60_000;

/** Pure: `nowMs` is the server's clock. */
export function boardStudent(student: StudentStanding, nowMs: number): BoardStudent {
  const cells = new Map<string, BoardCell>();
  const here = student.present ? student.place?.step : undefined;
  const bySteps = Map.groupBy(student.checks, ({ verdict }) => stepOf(verdict.key));
  const lastPassMs = Math.max(0, ...student.passes.map(({ passedAt }) => passedAt.getTime()));
  for (const [step, checks] of bySteps) {
    const open = checks.filter(({ verdict }) => verdict.outcome !== "passed");
    const unread = open.find(({ verdict }) => verdict.outcome === "could-not-check");
    const told = unread ?? open[0];
    if (!told) continue;
    const sinceMs = told.sinceAt.getTime();
    const stuck = student.present && !unread && nowMs - Math.max(sinceMs, lastPassMs) >= STUCK_AFTER_MS;
    cells.set(step, {
      step,
      state: unread ? "could-not-check" : here === step && !stuck ? "working" : "not-yet",
      reason: told.verdict.message,
      sinceMs,
      stuck,
    });
  }
  if (here !== undefined && student.place && !cells.has(here)) {
    const sinceMs = Math.max(student.place.at.getTime(), lastPassMs);
    cells.set(here, { step: here, state: "working", sinceMs, stuck: nowMs - sinceMs >= SILENT_AFTER_MS });
  }
  // A pass is kept for good, whatever is seen now.
  for (const { stepKey, passedAt, waivedFor } of student.passes) {
    const step = stepOf(stepKey);
    cells.set(step, {
      ...{ step, state: "passed", sinceMs: passedAt.getTime(), stuck: false },
      ...(waivedFor !== null && { waivedFor }),
    });
  }
  return {
    id: student.personId,
    name: student.displayName,
    seat: student.seat,
    ...(student.group !== undefined && { group: student.group }),
    seen: student.labId !== null,
    present: student.present,
    cells: [...cells.values()],
  };
}

/** `chapter/step` of `course/chapter/step` or `course/chapter/step/check`. */
function stepOf(key: string): string {
  return key.split("/").slice(1, 3).join("/");
}
