/**
 * Verdicts into the database, all of a look or none.
 *
 * Running it again for the same press adds nothing: a check that was judged in a look begun after the press is done. A grader that is
 * killed in between leaves the rest to the next one.
 */
import { isKnown } from "../database/attempts.ts";
import type { Database } from "../database/database.ts";
import type { Lab } from "../database/labs.ts";
import { outcomeOf } from "./judge.ts";
import { type Judgement, packJudgement } from "./judgement.ts";
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
  /** When the look began, by the database's clock. */
  begunAt?: Date;
  /** When the chapter began on this lab: members of a group who were there since are credited. */
  since?: Date | undefined;
  /** What was judged: kept with what is added, to be judged again, and what a pass shows as its receipt. */
  judgement: Judgement;
}

type Queries = Pick<Database, "attempts" | "stepPasses" | "groups" | "judgements">;

/** @returns how many attempts were added */
export async function recordVerdicts(database: Queries, pass: VerdictsToRecord): Promise<number> {
  const { lab, chapterKey, contentHash, verdicts, askedAt, begunAt, since } = pass;
  const latest = new Map((await database.attempts.latest(lab.id, chapterKey)).map((row) => [row.verdict.key, row]));
  const people = await credited(database, lab, since ?? new Date(0));
  const kept = new KeptJudgements(database, pass);
  const fresh = verdicts.some((verdict) => !isKnown(latest.get(verdict.key), { verdict, contentHash, askedAt }));
  const ids = await database.attempts.record({
    ...{ verdicts, labId: lab.id, labBackend: lab.backend, classId: lab.classId, groupId: lab.groupId, contentHash },
    ...{ trigger: askedAt === undefined ? "watch" : "button", askedAt, begunAt },
    people: await Promise.all(
      people.map(async (personId) => ({ personId, ...(fresh && { judgementId: await kept.of(personId) }) })),
    ),
  });
  for (const personId of people) await keepPasses(database, pass, personId, kept);
  // What was added stands on the judgement of each of them.
  if (ids.length === 0) await kept.dropUnused();
  return ids.length;
}

/** Whose work it is: the lab's owner, or the members of its group who were there. */
async function credited(database: Pick<Database, "groups">, lab: Lab, since: Date): Promise<string[]> {
  if (lab.personId !== null) return [lab.personId];
  return lab.groupId === null ? [] : database.groups.presentSince(lab.groupId, since);
}

/** A step whose checks have all passed in one observation is passed for good. */
async function keepPasses(
  database: Queries,
  { lab, chapterKey, contentHash, verdicts, judgement }: VerdictsToRecord,
  personId: string,
  kept: KeptJudgements,
): Promise<void> {
  const bySteps = Map.groupBy(verdicts, ({ key }) => key.slice(0, key.lastIndexOf("/")));
  const passed = [...bySteps].filter(([, list]) => outcomeOf(list) === "passed");
  if (passed.length === 0) return;
  const known = await database.stepPasses.keysOn(lab.id, personId, chapterKey);
  for (const [stepKey, list] of passed) {
    if (known.has(stepKey)) continue;
    const { observation, baseline, graderVersion } = judgement;
    await database.stepPasses.record({
      ...{ stepKey, personId, labId: lab.id, classId: lab.classId, groupId: lab.groupId, contentHash },
      receipt: receiptOf({ lab, verdicts: list, observation, baselineAt: baseline?.takenAt, graderVersion }),
      judgementId: await kept.of(personId),
    });
  }
}

/** What was judged, stored once for each person and only when something comes to stand on it. */
class KeptJudgements {
  readonly #database: Queries;
  readonly #pass: VerdictsToRecord;
  readonly #ids = new Map<string, Promise<string>>();
  #body: Promise<Uint8Array<ArrayBuffer>> | undefined;

  constructor(database: Queries, pass: VerdictsToRecord) {
    this.#database = database;
    this.#pass = pass;
  }

  of(personId: string): Promise<string> {
    const known = this.#ids.get(personId);
    if (known) return known;
    const id = this.#save(personId);
    this.#ids.set(personId, id);
    return id;
  }

  /** Another grader was faster with all of it. */
  async dropUnused(): Promise<void> {
    if (this.#ids.size > 0) await this.#database.judgements.drop(await Promise.all(this.#ids.values()));
  }

  async #save(personId: string): Promise<string> {
    const { lab, chapterKey, judgement } = this.#pass;
    this.#body ??= packJudgement(judgement);
    const observedAt = new Date(judgement.observation.takenAt);
    const body = await this.#body;
    return this.#database.judgements.save({
      personId,
      labId: lab.id,
      classId: lab.classId,
      chapterKey,
      observedAt,
      body,
    });
  }
}
