/**
 * Boards on screen: sends the students whose standing may have changed, read anew each time.
 *
 * Notices are gathered for a moment, so that a class that finishes a step at once costs one reading.
 */
import { boardStudent } from "../../classroom/standing.ts";
import type { Database } from "../../database/database.ts";
import type { Notice } from "../../database/notify.ts";
import type { ClassBoard } from "../protocol.ts";
import { type ClassRooms, helpOf } from "./class-rooms.ts";
import { answer, type Browser, mustBeAllowed } from "./connection.ts";

/** Well within the second that a verdict may take to the board. */
const GATHER_MS = 150;

type BoardViewer = (board: ClassBoard) => void;

interface WatchedClass {
  viewers: Set<BoardViewer>;
  /** Labs whose rows are to be read; `everybody` when it is not known which. */
  stale: Set<string>;
  everybody: boolean;
  known: Set<string>;
  timer: NodeJS.Timeout | undefined;
  reading: boolean;
}

export class ClassWatch {
  readonly #database: Pick<Database, "classes" | "notices">;
  readonly #onFailure: (cause: unknown) => void;
  readonly #watched = new Map<string, WatchedClass>();
  #unlisten: (() => void) | undefined;

  constructor(database: Pick<Database, "classes" | "notices">, onFailure: (cause: unknown) => void) {
    this.#database = database;
    this.#onFailure = onFailure;
  }

  async start(): Promise<void> {
    this.#unlisten = await this.#database.notices.listen((notice) => this.#heard(notice));
  }

  stop(): void {
    this.#unlisten?.();
    for (const { timer } of this.#watched.values()) clearTimeout(timer);
    this.#watched.clear();
  }

  async watch(classId: string, viewer: BoardViewer): Promise<ClassBoard> {
    const watched = this.#watched.get(classId) ?? {
      ...{ viewers: new Set<BoardViewer>(), stale: new Set<string>(), known: new Set<string>() },
      ...{ everybody: false, timer: undefined, reading: false },
    };
    this.#watched.set(classId, watched);
    watched.viewers.add(viewer);
    return this.#read(classId, watched);
  }

  unwatch(classId: string, viewer: BoardViewer): void {
    const watched = this.#watched.get(classId);
    if (!watched?.viewers.delete(viewer) || watched.viewers.size > 0) return;
    clearTimeout(watched.timer);
    this.#watched.delete(classId);
  }

  #heard(notice: Notice): void {
    for (const [classId, watched] of this.#watched) {
      if (notice.topic === "look-again") watched.everybody = true;
      else if (notice.topic === "class") {
        if (notice.classId !== classId) continue;
        watched.everybody = true;
      } else if (notice.topic === "verdict" || notice.topic === "step-passed" || notice.topic === "watch") {
        if (watched.known.has(notice.labId)) watched.stale.add(notice.labId);
        // The first page of a new lab: it may be of this class.
        else if (notice.topic === "watch") watched.everybody = true;
        else continue;
      } else continue;
      this.#soon(classId, watched);
    }
  }

  #soon(classId: string, watched: WatchedClass): void {
    if (watched.timer !== undefined || watched.reading) return;
    watched.timer = setTimeout(() => {
      watched.timer = undefined;
      watched.reading = true;
      this.#showChanged(classId, watched)
        .catch(this.#onFailure)
        .finally(() => {
          watched.reading = false;
          if (watched.everybody || watched.stale.size > 0) this.#soon(classId, watched);
        });
    }, GATHER_MS);
  }

  async #showChanged(classId: string, watched: WatchedClass): Promise<void> {
    const labIds = watched.everybody ? undefined : [...watched.stale];
    watched.everybody = false;
    watched.stale.clear();
    const board = await this.#read(classId, watched, labIds);
    for (const show of [...watched.viewers]) show(board);
  }

  async #read(classId: string, watched: WatchedClass, labIds?: string[]): Promise<ClassBoard> {
    const standings = await this.#database.classes.standings(classId, labIds && { labIds });
    for (const { labId } of standings) if (labId) watched.known.add(labId);
    const nowMs = Date.now();
    return { classId, whole: labIds === undefined, students: standings.map((one) => boardStudent(one, nowMs)) };
  }
}

/** A browser's boards. */
export function handleClasses(browser: Browser, classes: ClassWatch, rooms: ClassRooms): void {
  const onScreen = new Map<string, Parameters<ClassRooms["watch"]>[1]>();
  const show: BoardViewer = (board) => void browser.socket.emit("class:board", board);

  const leave = (classId: string) => {
    const showHelp = onScreen.get(classId);
    onScreen.delete(classId);
    classes.unwatch(classId, show);
    if (showHelp) rooms.unwatch(classId, showHelp);
  };

  answer(browser, "class:watch", async ({ classId }) => {
    await mustBeAllowed(browser, "class:watch", { classId });
    const showHelp = onScreen.get(classId) ?? ((room) => void browser.socket.emit("class:help", helpOf(classId, room)));
    onScreen.set(classId, showHelp);
    const [board, room] = await Promise.all([classes.watch(classId, show), rooms.watch(classId, showHelp)]);
    if (!browser.socket.connected) leave(classId);
    return { ...board, ...helpOf(classId, room) };
  });

  answer(browser, "class:unwatch", async ({ classId }) => {
    await mustBeAllowed(browser, "class:unwatch", { classId });
    leave(classId);
    return {};
  });

  browser.socket.on("disconnect", () => {
    for (const classId of [...onScreen.keys()]) leave(classId);
  });
}
