/**
 * Chapters on screen: keeps their watches alive and sends them what the grader found.
 *
 * Notices carry ids only and may get lost; what is sent is always read anew, so a missed notice delays a light and never
 * shows a wrong one.
 */
import type { Person } from "../../classroom/person.ts";
import type { Database } from "../../database/database.ts";
import type { Notice } from "../../database/notify.ts";
import type { ChapterProgress, CheckResult, StepProgress } from "../protocol.ts";
import { WATCH_LEASE_MS } from "../protocol.ts";

export type ChapterDatabase = Pick<Database, "attempts" | "stepPasses" | "watches" | "groups" | "notices">;

export interface ChapterViewer {
  person: Person;
  show(progress: ChapterProgress): void;
}

interface Watched {
  labId: string;
  chapter: string;
  viewers: Set<ChapterViewer>;
  looking: boolean;
  /** When a pressed Check has its turn, by our clock; absent when none waits. */
  turnAtMs?: number | undefined;
  /** A reading is under way; another is wanted after it. */
  reading: boolean;
  again: boolean;
}

export class ChapterWatch {
  readonly #database: ChapterDatabase;
  readonly #onFailure: (cause: unknown) => void;
  readonly #watched = new Map<string, Watched>();
  #unlisten: (() => void) | undefined;

  /** @param onFailure the database could not be read; the next notice or renewal tries again */
  constructor(database: ChapterDatabase, onFailure: (cause: unknown) => void) {
    this.#database = database;
    this.#onFailure = onFailure;
  }

  async start(): Promise<void> {
    this.#unlisten = await this.#database.notices.listen((notice) => this.#heard(notice));
  }

  stop(): void {
    this.#unlisten?.();
  }

  /** The chapter is on screen for a lease more. @returns how it stands */
  async watch(labId: string, chapter: string, viewer: ChapterViewer): Promise<ChapterProgress> {
    const key = keyOf(labId, chapter);
    const watched = this.#watched.get(key) ?? {
      ...{ labId, chapter, looking: false, reading: false, again: false },
      viewers: new Set<ChapterViewer>(),
    };
    this.#watched.set(key, watched);
    watched.viewers.add(viewer);
    await Promise.all([
      this.#database.watches.renew(labId, chapter, WATCH_LEASE_MS),
      this.#database.groups.seen(labId, viewer.person.id),
    ]);
    return this.#read(watched, viewer.person);
  }

  /** No longer on screen. `ended`: said by the page; a lost connection lets the lease run out instead. */
  async unwatch(labId: string, chapter: string, viewer: ChapterViewer, ended: boolean): Promise<void> {
    const key = keyOf(labId, chapter);
    const watched = this.#watched.get(key);
    if (!watched?.viewers.delete(viewer) || watched.viewers.size > 0) return;
    this.#watched.delete(key);
    if (ended) await this.#database.watches.end(labId, chapter);
  }

  async askCheck(labId: string, chapter: string): Promise<void> {
    await this.#database.watches.askCheck(labId, chapter);
  }

  #heard(notice: Notice): void {
    if (notice.topic === "look-again") {
      for (const watched of this.#watched.values()) this.#refresh(watched);
      return;
    }
    const chapter = chapterOf(notice);
    const watched = chapter && "labId" in notice ? this.#watched.get(keyOf(notice.labId, chapter)) : undefined;
    if (!watched) return;
    if (notice.topic === "observing") {
      watched.looking = notice.busy;
      watched.turnAtMs = notice.waitMs === undefined ? undefined : Date.now() + notice.waitMs;
    }
    this.#refresh(watched);
  }

  #refresh(watched: Watched): void {
    if (watched.reading) {
      watched.again = true;
      return;
    }
    watched.reading = true;
    this.#showAll(watched)
      .catch(this.#onFailure)
      .finally(() => {
        watched.reading = false;
        if (!watched.again) return;
        watched.again = false;
        this.#refresh(watched);
      });
  }

  async #showAll(watched: Watched): Promise<void> {
    const byPerson = new Map<string, ChapterProgress>();
    for (const viewer of [...watched.viewers]) {
      const known = byPerson.get(viewer.person.id) ?? (await this.#read(watched, viewer.person));
      byPerson.set(viewer.person.id, known);
      if (watched.viewers.has(viewer)) viewer.show(known);
    }
  }

  async #read(watched: Watched, person: Person): Promise<ChapterProgress> {
    const { labId, chapter } = watched;
    const [latest, passes] = await Promise.all([
      this.#database.attempts.latest(labId, chapter),
      this.#database.stepPasses.ofPerson(person.id, chapter),
    ]);
    const steps = new Map<string, StepProgress>();
    const step = (id: string) => {
      const found = steps.get(id) ?? { step: id, checks: [] };
      steps.set(id, found);
      return found;
    };
    for (const { verdict, judgedAt, sinceAt } of latest) {
      const check: CheckResult = { ...verdict, judgedAtMs: judgedAt.getTime(), sinceMs: sinceAt.getTime() };
      step(verdict.key.split("/")[2] ?? "").checks.push(check);
    }
    for (const pass of passes) step(pass.stepKey.split("/")[2] ?? "").passedAtMs = pass.passedAt.getTime();
    const { looking, turnAtMs } = watched;
    const turnInMs = turnAtMs === undefined ? 0 : turnAtMs - Date.now();
    return { labId, chapter, steps: [...steps.values()], looking, ...(turnInMs > 0 && { turnInMs }) };
  }
}

const keyOf = (labId: string, chapter: string) => `${labId} ${chapter}`;

/** `course/chapter` a notice is about; undefined for one that changes no light. */
function chapterOf(notice: Exclude<Notice, { topic: "look-again" }>): string | undefined {
  switch (notice.topic) {
    case "verdict":
      return notice.key.split("/").slice(0, 2).join("/");
    case "step-passed":
      return notice.stepKey.split("/").slice(0, 2).join("/");
    case "observing":
      return notice.chapterKey;
    default:
      return undefined;
  }
}
