/**
 * Verdicts into the database, check by check, so that a page shows each as it comes.
 *
 * Running it again for the same press adds nothing: a check that was judged after the press is done. A grader that is
 * killed in between leaves the rest to the next one.
 */
import type { Database } from "../database/database.ts";
import type { Lab } from "../database/labs.ts";
import { outcomeOf } from "./judge.ts";
import type { Observation } from "./observation.ts";
import { receiptOf } from "./receipt.ts";
import type { CheckVerdict } from "./verdict.ts";

export interface VerdictsToRecord {
  lab: Lab;
  /** `course/chapter`. */
  chapterKey: string;
  contentHash: string;
  verdicts: CheckVerdict[];
  /** When Check was pressed, by the database's clock; absent while only watching. */
  askedAt?: Date;
  /** When the chapter began on this lab: members of a group who were there since are credited. */
  since?: Date | undefined;
  /** What was judged, and by which grader: passes keep it as their receipt. */
  judged?: { observation: Observation; baselineAt?: string | undefined; graderVersion: string };
}

/** @returns how many attempts were added */
export async function recordVerdicts(
  database: Pick<Database, "attempts" | "stepPasses" | "groups">,
  { lab, chapterKey, contentHash, verdicts, askedAt, since, judged }: VerdictsToRecord,
): Promise<number> {
  const latest = new Map((await database.attempts.latest(lab.id, chapterKey)).map((row) => [row.verdict.key, row]));
  const people = await credited(database, lab, since ?? new Date(0));
  let added = 0;
  for (const verdict of verdicts) {
    const known = latest.get(verdict.key);
    const same =
      known?.contentHash === contentHash &&
      known.verdict.outcome === verdict.outcome &&
      sameMessage(known.verdict.message, verdict.message);
    const answered = askedAt !== undefined && known !== undefined && known.judgedAt >= askedAt;
    if (people.length === 0 || (same && (askedAt === undefined || answered))) {
      await database.attempts.confirm({ verdict, labId: lab.id, contentHash });
      continue;
    }
    for (const personId of people) {
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
  }
  for (const personId of people) await keepPasses(database, { lab, contentHash, verdicts, personId, judged });
  return added;
}

/** Whose work it is: the lab's owner, or the members of its group who were there. */
async function credited(database: Pick<Database, "groups">, lab: Lab, since: Date): Promise<string[]> {
  if (lab.personId !== null) return [lab.personId];
  return lab.groupId === null ? [] : database.groups.presentSince(lab.groupId, since);
}

/** A step whose checks have all passed in one observation is passed for good. */
async function keepPasses(
  database: Pick<Database, "stepPasses">,
  pass: Pick<VerdictsToRecord, "lab" | "contentHash" | "verdicts"> & {
    personId: string;
    judged: VerdictsToRecord["judged"];
  },
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
      receipt: pass.judged && receiptOf({ lab: pass.lab, verdicts, ...pass.judged }),
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
