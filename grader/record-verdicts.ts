/**
 * Verdicts into the database, check by check, so that a page shows each as it comes.
 *
 * Running it again for the same press adds nothing: a check that was judged after the press is done. A grader that is
 * killed in between leaves the rest to the next one.
 */
import type { Database } from "../database/database.ts";
import type { Lab } from "../database/labs.ts";
import { outcomeOf } from "./judge.ts";
import type { CheckVerdict } from "./verdict.ts";

export interface VerdictsToRecord {
  lab: Lab;
  /** `course/chapter`. */
  chapterKey: string;
  contentHash: string;
  verdicts: CheckVerdict[];
  /** When Check was pressed, by the database's clock; absent while only watching. */
  askedAt?: Date;
}

/** @returns how many attempts were added */
export async function recordVerdicts(
  database: Pick<Database, "attempts" | "stepPasses">,
  { lab, chapterKey, contentHash, verdicts, askedAt }: VerdictsToRecord,
): Promise<number> {
  const latest = new Map((await database.attempts.latest(lab.id, chapterKey)).map((row) => [row.verdict.key, row]));
  let added = 0;
  for (const verdict of verdicts) {
    const known = latest.get(verdict.key);
    const same =
      known?.contentHash === contentHash &&
      known.verdict.outcome === verdict.outcome &&
      sameMessage(known.verdict.message, verdict.message);
    const answered = askedAt !== undefined && known !== undefined && known.judgedAt >= askedAt;
    const { personId } = lab;
    if (personId === null || (same && (askedAt === undefined || answered))) {
      await database.attempts.confirm({ verdict, labId: lab.id, contentHash });
      continue;
    }
    await database.attempts.record({
      verdict,
      personId,
      labId: lab.id,
      labBackend: lab.backend,
      classId: lab.classId,
      groupId: lab.groupId,
      contentHash,
      trigger: askedAt === undefined ? "watch" : "button",
    });
    added++;
  }
  if (lab.personId !== null) await keepPasses(database, { lab, contentHash, verdicts, personId: lab.personId });
  return added;
}

/** A step whose checks have all passed in one observation is passed for good. */
async function keepPasses(
  database: Pick<Database, "stepPasses">,
  pass: { lab: Lab; contentHash: string; verdicts: CheckVerdict[]; personId: string },
): Promise<void> {
  const bySteps = Map.groupBy(pass.verdicts, ({ key }) => key.slice(0, key.lastIndexOf("/")));
  for (const [stepKey, verdicts] of bySteps) {
    if (outcomeOf(verdicts) !== "passed") continue;
    await database.stepPasses.record({
      stepKey,
      personId: pass.personId,
      labId: pass.lab.id,
      classId: pass.lab.classId,
      groupId: pass.lab.groupId,
      contentHash: pass.contentHash,
    });
  }
}

/** The database gives back JSON whose keys may stand in another order. */
function sameMessage(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
