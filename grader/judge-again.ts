/**
 * Judge stored observations of a class with today's checks.
 *
 * Passes stay: what today's checks say of one is noted beside it. A step that they pass and that was not passed before is
 * passed now, with a receipt that says when it was seen and when it was judged. The present state of a lab is not
 * touched: its next look does that. Doing it twice adds nothing.
 */
import { type Course, findChapter, selfPacedVariables } from "../content/pipeline/load-chapter.ts";
import type { Database } from "../database/database.ts";
import type { StoredJudgement } from "../database/judgements.ts";
import type { KeptPass } from "../database/step-passes.ts";
import { loadChapterChecks } from "./chapter-checks.ts";
import { judge, outcomeOf } from "./judge.ts";
import { contextOf, type Judgement, unpackJudgement } from "./judgement.ts";
import { type JudgedAgain, receiptOf } from "./receipt.ts";
import type { CheckVerdict, Outcome } from "./verdict.ts";

export interface RegradeChange {
  personId: string;
  /** `course/chapter/step`. */
  stepKey: string;
  /**
   * `passes-now`: it was not passed, and is. `stays`: passed, and today's checks would not; it stays. `differs`: not
   * passed before and not now, and a check of it says something else.
   */
  kind: "passes-now" | "stays" | "differs";
  checks: { key: string; was: Outcome | "none"; now: Outcome }[];
}

export interface RegradeResult {
  format: 1;
  graderVersion: string;
  people: number;
  judgements: number;
  /** Of a format that this grader does not read. */
  unread: number;
  changes: RegradeChange[];
}

export interface JudgeAgainOptions {
  classId: string;
  /** `course`, `course/chapter` or `course/chapter/step`. */
  keyPrefix: string;
  /** Who wanted it, as the receipt names them. */
  by: string;
  graderVersion: string;
  /** Only tell what would change. */
  dryRun?: boolean;
  /** Told after each person, and each page of judgements, that work goes on. */
  alive?: () => Promise<void>;
}

const PAGE = 20;

export async function judgeAgain(
  database: Pick<Database, "judgements" | "attempts" | "stepPasses" | "labs">,
  courses: Course[],
  options: JudgeAgainOptions,
): Promise<RegradeResult> {
  const result: RegradeResult = {
    ...{ format: 1, graderVersion: options.graderVersion },
    ...{ people: 0, judgements: 0, unread: 0, changes: [] },
  };
  const seen = new Set<string>();
  for (const chapterKey of chaptersOf(courses, options.keyPrefix)) {
    const judged = new PersonAgain(database, courses, chapterKey, options);
    await judged.load();
    let after: StoredJudgement | undefined;
    for (;;) {
      const page = await database.judgements.page(options.classId, chapterKey, after, PAGE);
      for (const row of page) {
        if (after && after.personId !== row.personId) {
          result.changes.push(...(await judged.finish()));
          await options.alive?.();
        }
        seen.add(row.personId);
        result.judgements++;
        if (!(await judged.take(row))) result.unread++;
        after = row;
      }
      await options.alive?.();
      if (page.length < PAGE) break;
    }
    result.changes.push(...(await judged.finish()));
  }
  result.people = seen.size;
  return result;
}

function chaptersOf(courses: Course[], keyPrefix: string): string[] {
  return courses
    .flatMap(({ course, chapters }) => chapters.map(({ chapter }) => `${course.id}/${chapter.id}`))
    .filter((key) => key === keyPrefix || key.startsWith(`${keyPrefix}/`) || keyPrefix.startsWith(`${key}/`));
}

interface Taken {
  row: StoredJudgement;
  judgement: Judgement;
  verdicts: CheckVerdict[];
}

/** One chapter of one person after the other. */
class PersonAgain {
  readonly #database: Pick<Database, "judgements" | "attempts" | "stepPasses" | "labs">;
  readonly #options: JudgeAgainOptions;
  readonly #chapterKey: string;
  readonly #chapter: NonNullable<ReturnType<typeof findChapter>>;
  #checks: Awaited<ReturnType<typeof loadChapterChecks>> = {};
  #personId: string | undefined;
  /** By step: the first look at which today's checks pass it. */
  #passing = new Map<string, Taken>();
  /** By lab: steps that pass by today's checks. */
  #passed = new Map<string, Set<string>>();
  #latest: Taken | undefined;
  /** Looks that this person's passes rest on, by their judgement's id. */
  #looks = new Map<string, Promise<Pick<Taken, "judgement" | "verdicts"> | undefined>>();

  constructor(
    database: Pick<Database, "judgements" | "attempts" | "stepPasses" | "labs">,
    courses: Course[],
    chapterKey: string,
    options: JudgeAgainOptions,
  ) {
    this.#database = database;
    this.#options = options;
    this.#chapterKey = chapterKey;
    this.#chapter = findChapter(courses, chapterKey)!;
  }

  async load(): Promise<void> {
    this.#checks = await loadChapterChecks(this.#chapter);
  }

  /** @returns whether it could be read */
  async take(row: StoredJudgement): Promise<boolean> {
    const judgement = await unpackJudgement(row.body).catch(() => undefined);
    if (!judgement) return false;
    this.#personId = row.personId;
    const taken = { row, judgement, verdicts: this.#judge(judgement, this.#passed.get(row.labId)) };
    for (const [step, verdicts] of this.#bySteps(taken.verdicts)) {
      if (outcomeOf(verdicts) !== "passed") continue;
      if (!this.#passing.has(step)) this.#passing.set(step, taken);
      this.#passed.set(row.labId, (this.#passed.get(row.labId) ?? new Set()).add(step));
    }
    this.#latest = taken;
    return true;
  }

  /** What changed for the person whose judgements were taken; then the next one may come. */
  async finish(): Promise<RegradeChange[]> {
    const personId = this.#personId;
    const latest = this.#latest;
    const changes: RegradeChange[] = [];
    if (personId !== undefined && latest) {
      const all = await this.#database.stepPasses.receipts(personId, this.#options.classId);
      for (const [step, now] of this.#bySteps(latest.verdicts)) {
        const stepKey = `${this.#chapterKey}/${step}`;
        const wanted = this.#options.keyPrefix;
        if (stepKey !== wanted && !stepKey.startsWith(`${wanted}/`)) continue;
        const passes = all.filter((pass) => pass.stepKey === stepKey && pass.waivedFor === null);
        const change =
          passes.length > 0
            ? await this.#passAgain(personId, stepKey, passes)
            : await this.#openAgain(personId, stepKey, step, now, latest);
        if (change) changes.push(change);
      }
    }
    this.#personId = undefined;
    this.#passing = new Map();
    this.#passed = new Map();
    this.#latest = undefined;
    this.#looks = new Map();
    return changes;
  }

  /** A stored look and what today's checks say of it; several steps of a chapter may rest on one. */
  #lookOf(judgementId: string): Promise<Pick<Taken, "judgement" | "verdicts"> | undefined> {
    const kept = this.#looks.get(judgementId);
    if (kept) return kept;
    const look = this.#database.judgements.find(judgementId).then(async (row) => {
      const judgement = row && (await unpackJudgement(row.body).catch(() => undefined));
      return judgement && { judgement, verdicts: this.#judge(judgement) };
    });
    this.#looks.set(judgementId, look);
    return look;
  }

  /** A pass stays; what today's checks say of the look it rests on is kept beside it. */
  async #passAgain(personId: string, stepKey: string, passes: KeptPass[]): Promise<RegradeChange | undefined> {
    let change: RegradeChange | undefined;
    for (const pass of passes) {
      const look = pass.judgementId === null ? undefined : await this.#lookOf(pass.judgementId);
      if (!look) continue;
      const { judgement, verdicts } = look;
      const step = stepKey.slice(this.#chapterKey.length + 1);
      const checks = verdicts.filter(({ key }) => key.startsWith(`${stepKey}/`));
      const outcome = outcomeOf(checks);
      if (!this.#options.dryRun) {
        await this.#database.stepPasses.noteAgain(
          { personId, labId: pass.labId, stepKey },
          this.#again(outcome, checks),
        );
      }
      if (outcome !== "passed") {
        change = { personId, stepKey, kind: "stays", checks: differing(step, checks, judgement, this.#chapterKey) };
      }
    }
    return change;
  }

  async #openAgain(
    personId: string,
    stepKey: string,
    step: string,
    now: CheckVerdict[],
    latest: Taken,
  ): Promise<RegradeChange | undefined> {
    const passing = this.#passing.get(step);
    if (!passing) {
      const checks = differing(step, now, latest.judgement, this.#chapterKey);
      if (checks.length === 0) return undefined;
      if (!this.#options.dryRun) await this.#attempts(latest, now);
      return { personId, stepKey, kind: "differs", checks };
    }
    const verdicts = passing.verdicts.filter(({ key }) => key.startsWith(`${stepKey}/`));
    if (!this.#options.dryRun) {
      await this.#attempts(passing, verdicts);
      const lab = await this.#labOf(passing.row.labId, personId);
      const { judgement, row } = passing;
      const isNew = await this.#database.stepPasses.record({
        ...{ stepKey, personId, labId: row.labId, classId: this.#options.classId, groupId: lab.groupId },
        ...{ contentHash: this.#chapter.contentHash, judgementId: row.id, passedAt: row.observedAt },
        receipt: receiptOf({
          lab,
          observation: judgement.observation,
          baselineAt: judgement.baseline?.takenAt,
          verdicts,
          graderVersion: this.#options.graderVersion,
        }),
        judgedAgain: this.#again("passed", verdicts),
      });
      // One that an instructor has taken back stays taken back.
      if (!isNew) return undefined;
    }
    return {
      personId,
      stepKey,
      kind: "passes-now",
      checks: differing(step, verdicts, passing.judgement, this.#chapterKey),
    };
  }

  async #attempts({ row }: Taken, verdicts: readonly CheckVerdict[]): Promise<void> {
    const lab = await this.#labOf(row.labId, row.personId);
    await this.#database.attempts.recordAgain({
      ...{ personId: row.personId, labId: row.labId, labBackend: lab.backend, groupId: lab.groupId },
      ...{ classId: this.#options.classId, contentHash: this.#chapter.contentHash, judgementId: row.id },
      verdicts,
    });
  }

  /** The lab may be gone; its attempts say what it was. */
  async #labOf(labId: string, personId: string) {
    const lab = await this.#database.labs.find(labId);
    if (lab) return { backend: lab.backend, groupId: lab.groupId };
    const [attempt] = await this.#database.attempts.ofPerson(personId, `${this.#chapterKey}/`, 1);
    return { backend: attempt?.labBackend ?? ("simulated" as const), groupId: null };
  }

  #judge(judgement: Judgement, more: ReadonlySet<string> = new Set()): CheckVerdict[] {
    const context = contextOf(judgement);
    return judge(this.#chapter, this.#checks, {
      ...context,
      variables: { ...selfPacedVariables(this.#chapter.chapter), ...context.variables },
      passedSteps: new Set([...judgement.passedSteps, ...more]),
    });
  }

  #bySteps(verdicts: readonly CheckVerdict[]): Map<string, CheckVerdict[]> {
    return Map.groupBy(verdicts, ({ key }) => key.slice(this.#chapterKey.length + 1).split("/")[0]!);
  }

  #again(outcome: Outcome, checks: CheckVerdict[]): JudgedAgain {
    return {
      at: new Date().toISOString(),
      by: this.#options.by,
      ...{ outcome, contentHash: this.#chapter.contentHash, graderVersion: this.#options.graderVersion, checks },
    };
  }
}

function differing(step: string, now: readonly CheckVerdict[], { outcomes }: Judgement, chapterKey: string) {
  return now.flatMap(({ key, outcome }) => {
    const short = key.slice(chapterKey.length + 1);
    const was = outcomes[short] ?? ("none" as const);
    return short.startsWith(`${step}/`) && was !== outcome ? [{ key, was, now: outcome }] : [];
  });
}
