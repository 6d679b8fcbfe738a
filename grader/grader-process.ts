/**
 * The grader: holds every lab that somebody looks at, observes it, judges the chapters on screen, and stores verdicts.
 *
 * Everything it must not lose is a row: who watches, when Check was pressed, what was judged. A grader that is killed
 * lets its labs go after a few seconds, and the next one goes on from those rows.
 */
import { randomUUID } from "node:crypto";
import { type Chapter, type Course, findChapter, labVariables, loadCourses } from "../content/pipeline/load-chapter.ts";
import type { Database } from "../database/database.ts";
import type { Lab } from "../database/labs.ts";
import type { Notice } from "../database/notify.ts";
import type { Watch } from "../database/watches.ts";
import type { Labs } from "../labs/labs.ts";
import { loadChapterChecks } from "./chapter-checks.ts";
import type { CheckContext } from "./checks/check.ts";
import { graderVersion } from "./grader-version.ts";
import { judge } from "./judge.ts";
import { judgeAgain } from "./judge-again.ts";
import { judgementOf, unpackJudgement } from "./judgement.ts";
import { LabObserver, type ObserverTiming, type WatchedChapter } from "./lab-observer.ts";
import { LabPainter } from "./lab-painter.ts";
import { allNeeds, needsOf } from "./needs.ts";
import { type Observation, readObservation, stateOf } from "./observation.ts";
import { recordVerdicts } from "./record-verdicts.ts";
import { sharedWith } from "./shared-facts.ts";

export interface GraderLog {
  info(text: string, details?: unknown): void;
  warn(text: string, details?: unknown): void;
  error(text: string, details?: unknown): void;
}

export interface GraderOptions {
  database: Pick<
    Database,
    | "watches"
    | "labs"
    | "baselines"
    | "attempts"
    | "judgements"
    | "stepPasses"
    | "groups"
    | "notices"
    | "pictures"
    | "people"
  >;
  labs: Pick<Labs, "reach"> & Partial<Pick<Labs, "capabilities">>;
  log: GraderLog;
  /** As `loadCourses` of the content pipeline gives them; read from `content/` when absent. */
  courses?: Course[];
  /** Name of this grader among others. */
  holder?: string;
  timing?: Partial<ObserverTiming & { holdMs: number; sweepMs: number }>;
}

/** How long a lab is held; a killed grader's labs are free after it. */
const HOLD_MS = 8_000;
const SWEEP_MS = 2_500;
/** A class that is judged again is another grader's after this long without a sign of life. */
const REGRADE_HOLD_MS = 30_000;
/** Labs that one process observes at the same time. */
const LABS_MAX = 300;
/** A baseline without an answer of every node is taken only after this long: the lab may still be waking up. */
const BASELINE_PATIENCE_MS = 30_000;
/** What was seen longer ago is no part of what is done now. */
const HISTORY_AGE_MS = 24 * 60 * 60_000;
/** Observations kept for checks over time. */
const HISTORY_MAX = 50;

export async function startGrader(options: GraderOptions): Promise<{ stop(): Promise<void> }> {
  const grader = new Grader(options, options.courses ?? (await loadCourses()));
  await grader.start();
  return { stop: () => grader.stop() };
}

/** Not trouble: what was begun is left to the next grader. */
class GraderStops extends Error {}

class Grader {
  readonly #options: GraderOptions;
  readonly #courses: Course[];
  readonly #holder: string;
  readonly #labs = new Map<string, { observer: LabObserver; painter: LabPainter }>();
  readonly #history = new Map<string, Observation[]>();
  readonly #watchedSince = new Map<string, number>();
  #unlisten: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;
  #sweepAgain = false;
  #regrading: Promise<void> | undefined;
  #stopped = false;

  constructor(options: GraderOptions, courses: Course[]) {
    this.#options = options;
    this.#courses = courses;
    this.#holder = options.holder ?? `grader-${process.pid}-${randomUUID()}`;
  }

  async start(): Promise<void> {
    this.#unlisten = await this.#options.database.notices.listen((notice) => this.#heard(notice));
    this.#timer = setInterval(() => {
      this.#sweep();
      this.#regrade();
    }, this.#options.timing?.sweepMs ?? SWEEP_MS);
    this.#sweep();
    this.#regrade();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unlisten?.();
    clearInterval(this.#timer);
    await this.#sweeping;
    await this.#regrading;
    const held = [...this.#labs];
    await Promise.all(held.map(([, { observer }]) => observer.stop()));
    const { watches } = this.#options.database;
    await Promise.all(held.map(([labId]) => watches.release(labId, this.#holder).catch(() => {})));
  }

  #heard(notice: Notice): void {
    if (notice.topic === "nudge" || notice.topic === "check-asked" || notice.topic === "watch") {
      this.#labs.get(notice.labId)?.observer.nudge();
    }
    if (notice.topic === "lab-changed") {
      // Its nodes start anew, and get their time to be ready.
      for (const key of this.#watchedSince.keys()) {
        if (key.startsWith(`${notice.labId} `)) this.#watchedSince.set(key, performance.now());
      }
      const lab = this.#labs.get(notice.labId);
      // Of one node that was exchanged the picture tells what the others see of it.
      if (notice.node === undefined) lab?.painter.renew();
      lab?.observer.renew(notice.node);
    }
    if (notice.topic === "check-asked" || notice.topic === "watch" || notice.topic === "look-again") this.#sweep();
    if (notice.topic === "regrade" || notice.topic === "look-again") this.#regrade();
  }

  /** Judge again what an instructor wished to have judged again, one wish after the other, beside everything else. */
  #regrade(): void {
    if (this.#stopped || this.#regrading) return;
    this.#regrading = this.#regradeAll()
      .catch((cause: unknown) => this.#options.log.warn("a class could not be judged again; trying later", cause))
      .finally(() => {
        this.#regrading = undefined;
      });
  }

  async #regradeAll(): Promise<void> {
    const { database, log } = this.#options;
    while (!this.#stopped) {
      const wish = await database.judgements.claim(REGRADE_HOLD_MS);
      if (!wish) return;
      const { id, classId, keyPrefix, askedById } = wish;
      const asker = askedById === null ? undefined : await database.people.find(askedById);
      try {
        const result = await judgeAgain(database, this.#courses, {
          ...{ classId, keyPrefix, by: asker?.name ?? "the instructor", graderVersion: await graderVersion() },
          alive: async () => {
            if (this.#stopped) throw new GraderStops();
            await database.judgements.hold(id, REGRADE_HOLD_MS);
          },
        });
        await database.judgements.finish(id, { result });
        log.info(`class ${classId}, ${keyPrefix}: judged again`, {
          judgements: result.judgements,
          changes: result.changes.map(({ stepKey, kind }) => `${kind} ${stepKey}`),
        });
      } catch (cause) {
        if (cause instanceof GraderStops) return;
        log.warn(`class ${classId}, ${keyPrefix} could not be judged again`, cause);
        await database.judgements.finish(id, { trouble: cause instanceof Error ? cause.message : String(cause) });
      }
    }
  }

  /** Claim watched labs and let go of those that nobody watches; one at a time, and once more if asked meanwhile. */
  #sweep(): void {
    if (this.#stopped) return;
    if (this.#sweeping) {
      this.#sweepAgain = true;
      return;
    }
    this.#sweeping = this.#claim()
      .catch((cause: unknown) => this.#options.log.warn("labs could not be claimed; trying again", cause))
      .finally(() => {
        this.#sweeping = undefined;
        if (!this.#sweepAgain) return;
        this.#sweepAgain = false;
        this.#sweep();
      });
  }

  async #claim(): Promise<void> {
    const { watches } = this.#options.database;
    const held = new Set(await watches.claim(this.#holder, this.#options.timing?.holdMs ?? HOLD_MS, LABS_MAX));
    for (const [labId, { observer }] of this.#labs) {
      // Another grader may have it: ours ends and must not be waited for here.
      if (!held.has(labId)) void observer.stop();
    }
    const watched = new Set((await watches.current()).flatMap((watch) => (this.#known(watch)[0] ? [watch.labId] : [])));
    for (const labId of held) {
      if (!this.#stopped && watched.has(labId) && !this.#labs.has(labId)) await this.#observe(labId);
    }
  }

  async #observe(labId: string): Promise<void> {
    const { database, labs, log } = this.#options;
    const lab = await database.labs.find(labId);
    if (!lab) return;
    const painter = new LabPainter(database.pictures, labId, (cause) =>
      log.warn(`the picture of lab ${labId} could not be kept`, cause),
    );
    const observer = new LabObserver({
      labId,
      nodes: lab.nodes,
      reach: () => labs.reach(labId),
      mayPing: async () => (await labs.capabilities?.(labId))?.includes("probe") ?? false,
      watched: async () => (await database.watches.current(labId)).flatMap((watch) => this.#known(watch)),
      baseline: async (chapters) =>
        oldest(await Promise.all(chapters.map(async ({ key }) => (await this.#baseline(labId, key))?.observation))),
      needs: async (chapters) =>
        allNeeds(
          await Promise.all(
            chapters.map(async ({ key }) => {
              const chapter = findChapter(this.#courses, key)!;
              const variables = labVariables(chapter.chapter, lab.variables);
              return needsOf(await loadChapterChecks(chapter), variables);
            }),
          ),
        ),
      judged: (observation, chapters) => this.#judge(labId, observation, chapters),
      seen: (observation) => {
        painter.paint(observation);
        this.#remember(labId, observation);
      },
      waits: async (chapters, waitMs) => {
        for (const { key } of chapters) {
          await database.notices.send({ topic: "observing", labId, chapterKey: key, busy: false, waitMs });
        }
      },
      busy: async (chapters, busy) => {
        for (const { key } of chapters) {
          await database.notices.send({ topic: "observing", labId, chapterKey: key, busy });
        }
      },
      log: (text, cause) => log.warn(text, cause),
      ...(this.#options.timing && { timing: this.#options.timing }),
    });
    this.#labs.set(labId, { observer, painter });
    void observer.ended.then(async () => {
      await painter.done();
      this.#labs.delete(labId);
      this.#history.delete(labId);
      for (const key of this.#watchedSince.keys()) if (key.startsWith(`${labId} `)) this.#watchedSince.delete(key);
      await database.watches.release(labId, this.#holder).catch(() => {});
      // Somebody may have come back between the observer's last look and its end.
      this.#sweep();
    });
  }

  #known({ labId, chapterKey, checkAsked, readAt }: Watch): WatchedChapter[] {
    if (!findChapter(this.#courses, chapterKey)) {
      // A chapter that was removed while a page still shows it: nobody will ever answer its Check.
      if (checkAsked) void this.#options.database.watches.answerCheck(labId, chapterKey, checkAsked).catch(() => {});
      return [];
    }
    const since = `${labId} ${chapterKey}`;
    if (!this.#watchedSince.has(since)) this.#watchedSince.set(since, performance.now());
    return [{ key: chapterKey, readAt, ...(checkAsked && { askedAt: checkAsked }) }];
  }

  /** `sinceMs`: what was seen before the baseline counted is of another state of the lab. */
  async #baseline(
    labId: string,
    chapterKey: string,
  ): Promise<{ observation: Observation; sinceMs: number } | undefined> {
    const stored = await this.#options.database.baselines.get(labId, chapterKey);
    const observation = stored && readObservation(stored.observation);
    return observation && { observation, sinceMs: stored.takenAt.getTime() };
  }

  async #judge(labId: string, observation: Observation, watched: readonly WatchedChapter[]): Promise<void> {
    const { database, log } = this.#options;
    const lab = await database.labs.find(labId);
    if (!lab) return;
    const history = this.#history.get(labId) ?? (await this.#storedHistory(labId, observation));
    for (const { key, askedAt, readAt } of watched) {
      const chapter = findChapter(this.#courses, key)!;
      const stored = await this.#baseline(labId, key);
      const baseline = stored?.observation ?? (await this.#takeBaseline(lab, key, chapter, observation));
      const sinceMs = stored?.sinceMs ?? Date.parse(baseline?.takenAt ?? "");
      const checks = await loadChapterChecks(chapter);
      const context: CheckContext = {
        observation,
        history: history.filter(
          ({ takenAt }) => !baseline || takenAt === baseline.takenAt || Date.parse(takenAt) >= sinceMs,
        ),
        passedSteps: await this.#passedSteps(lab, key, baseline),
        // What was drawn for an exercise is told to nobody, and a judgement can be downloaded.
        variables: labVariables(chapter.chapter, lab.variables),
        ...(baseline && { baseline }),
      };
      const verdicts = judge(chapter, checks, context);
      const { contentHash } = chapter;
      const added = await recordVerdicts(database, {
        lab,
        chapterKey: key,
        contentHash,
        verdicts,
        ...(askedAt && { askedAt }),
        ...(readAt && { begunAt: readAt }),
        ...(baseline && { since: new Date(baseline.takenAt) }),
        judgement: judgementOf({ key, contentHash, graderVersion: await graderVersion() }, context, verdicts),
      });
      if (askedAt) await database.watches.answerCheck(labId, key, askedAt);
      if (added > 0) log.info(`lab ${labId}, ${key}: ${added} verdicts`);
    }
    this.#history.set(labId, [...history, sharedWith(history.at(-1), observation)].slice(-HISTORY_MAX));
  }

  /** A cheap look that saw something else than the look before: for checks that ask when a node went away. */
  #remember(labId: string, observation: Observation): void {
    const history = this.#history.get(labId);
    const last = history?.at(-1);
    if (!history || !last || observation.depth !== "quick" || stateOf(last) === stateOf(observation)) return;
    this.#history.set(labId, [...history, sharedWith(last, observation)].slice(-HISTORY_MAX));
  }

  /** What a grader before this one has seen of the lab, as far as it was kept. */
  async #storedHistory(labId: string, { takenAt }: Observation): Promise<Observation[]> {
    const since = new Date(Date.parse(takenAt) - HISTORY_AGE_MS);
    const stored = await this.#options.database.judgements.latestOfLab(labId, since);
    const kept = stored && (await unpackJudgement(stored.body).catch(() => undefined));
    return kept ? [...kept.history, kept.observation].slice(-HISTORY_MAX) : [];
  }

  /** Steps whose pass in this lab is younger than the baseline: what was seen before a grader was restarted. */
  async #passedSteps(lab: Lab, chapterKey: string, baseline: Observation | undefined): Promise<Set<string>> {
    if (!baseline) return new Set();
    const passes = await this.#options.database.stepPasses.ofLab(lab.id, chapterKey);
    const since = new Date(baseline.takenAt);
    const here = passes.filter(({ passedAt }) => passedAt >= since);
    return new Set(here.map(({ stepKey }) => stepKey.slice(chapterKey.length + 1)));
  }

  /** The lab as it is when the chapter's lab is ready: every node has answered, or has had time enough to. */
  async #takeBaseline(
    lab: Lab,
    chapterKey: string,
    chapter: Chapter,
    observation: Observation,
  ): Promise<Observation | undefined> {
    const since = this.#watchedSince.get(`${lab.id} ${chapterKey}`) ?? performance.now();
    const ready = observation.nodes.every((node) => node.status?.read);
    if (!ready && performance.now() - since < BASELINE_PATIENCE_MS) return undefined;
    if (!observation.nodes.some((node) => node.status?.read)) return undefined;
    const { baselines, notices } = this.#options.database;
    const kept = await baselines.save({
      labId: lab.id,
      chapterKey,
      contentHash: chapter.contentHash,
      observation,
      observedAt: new Date(observation.takenAt),
    });
    if (!kept) return undefined;
    await notices.send({ topic: "baseline", labId: lab.id, chapterKey });
    return observation;
  }
}

function oldest(baselines: (Observation | undefined)[]): Observation | undefined {
  return baselines.filter((entry) => entry !== undefined).sort((a, b) => (a.takenAt < b.takenAt ? -1 : 1))[0];
}
