/** What the grader found when it judged a class again, with the names and titles that the page shows. */
import type { RegradeRow } from "../../../database/judgements.ts";
import type { RegradeResult } from "../../../grader/judge-again.ts";
import type { ShownRegrade } from "./judge-again.tsx";

const OUTCOME = { passed: "passed", "not-yet": "not yet", "could-not-check": "could not check", none: "not judged" };

export function shownRegrades(
  rows: readonly RegradeRow[],
  names: {
    students: ReadonlyMap<string, string>;
    people: ReadonlyMap<string, string>;
    /** By `course`, `course/chapter` and `course/chapter/step`. */
    titles: ReadonlyMap<string, string>;
  },
): ShownRegrade[] {
  const title = (key: string) => names.titles.get(key) ?? key;
  return rows.map((row) => {
    const result = row.result as RegradeResult | null;
    return {
      id: row.id,
      of: title(row.keyPrefix),
      by: names.people.get(row.askedById ?? "") ?? "an instructor",
      askedAtMs: row.askedAt.getTime(),
      done: row.finishedAt !== null,
      trouble: row.trouble ?? undefined,
      judgements: result?.judgements ?? 0,
      unread: result?.unread ?? 0,
      changes: (result?.changes ?? []).map(({ personId, stepKey, kind, checks }) => ({
        student: names.students.get(personId) ?? "somebody who left",
        step: title(stepKey),
        kind,
        checks: checks.map(({ key, was, now }) => `${key.split("/").at(-1)}: ${OUTCOME[was]}, now ${OUTCOME[now]}`),
      })),
    };
  });
}
