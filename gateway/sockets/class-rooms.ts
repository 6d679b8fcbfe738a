/**
 * Classes as their people talk: students who ask for help, instructors who answer and announce.
 *
 * One reading of a class serves all its pages: each student gets their own part of it, boards get everybody who waits.
 */
import type { ClassMessage } from "../../database/class-messages.ts";
import type { Database } from "../../database/database.ts";
import type { HelpRequest } from "../../database/help.ts";
import type { ClassHelp, ClassRoom, HelpEntry } from "../protocol.ts";
import { Refused } from "../refused.ts";
import { answer, type Browser, mustBeAllowed } from "./connection.ts";

/** A class that asks for help at once costs a few readings, not one for each student. */
const GATHER_MS = 100;

interface Room {
  waiting: HelpRequest[];
  messages: ClassMessage[];
}

type Show = (room: Room) => void;

interface Shown {
  pages: Set<Show>;
  timer: NodeJS.Timeout | undefined;
  /** What the reading said that began last, and which that was; one that began before it and ends later says nothing. */
  latest: { reading: number; room: Room } | undefined;
}

export type RoomDatabase = Pick<Database, "help" | "classMessages" | "notices">;

export class ClassRooms {
  readonly #database: RoomDatabase;
  readonly #onFailure: (cause: unknown) => void;
  readonly #shown = new Map<string, Shown>();
  #unlisten: (() => void) | undefined;
  #readings = 0;

  /** @param onFailure the database could not be read; the next notice, or the page's next asking, tries again */
  constructor(database: RoomDatabase, onFailure: (cause: unknown) => void) {
    this.#database = database;
    this.#onFailure = onFailure;
  }

  async start(): Promise<void> {
    this.#unlisten = await this.#database.notices.listen((notice) => {
      if (notice.topic === "look-again") for (const classId of this.#shown.keys()) this.#soon(classId);
      else if (notice.topic === "room") this.#soon(notice.classId);
    });
  }

  stop(): void {
    this.#unlisten?.();
    for (const { timer } of this.#shown.values()) clearTimeout(timer);
    this.#shown.clear();
  }

  get database(): RoomDatabase {
    return this.#database;
  }

  /** Call `show` after each change. @returns the class as it is */
  async watch(classId: string, show: Show): Promise<Room> {
    const shown = this.#shown.get(classId) ?? { pages: new Set<Show>(), timer: undefined, latest: undefined };
    this.#shown.set(classId, shown);
    shown.pages.add(show);
    return this.#read(classId, shown);
  }

  unwatch(classId: string, show: Show): void {
    const shown = this.#shown.get(classId);
    if (!shown?.pages.delete(show) || shown.pages.size > 0) return;
    clearTimeout(shown.timer);
    this.#shown.delete(classId);
  }

  #soon(classId: string): void {
    const shown = this.#shown.get(classId);
    if (!shown || shown.timer !== undefined) return;
    shown.timer = setTimeout(() => {
      shown.timer = undefined;
      this.#read(classId, shown)
        .then((room) => {
          for (const show of [...shown.pages]) show(room);
        })
        .catch(this.#onFailure);
    }, GATHER_MS);
  }

  async #read(classId: string, shown: Shown): Promise<Room> {
    const reading = ++this.#readings;
    const [waiting, messages] = await Promise.all([
      this.#database.help.open(classId),
      this.#database.classMessages.recent(classId),
    ]);
    if (!shown.latest || reading > shown.latest.reading) shown.latest = { reading, room: { waiting, messages } };
    return shown.latest.room;
  }
}

/** A browser's classes: as a student, and as an instructor. */
export function handleRooms(browser: Browser, rooms: ClassRooms): void {
  const { socket, person } = browser;
  const { help, classMessages } = rooms.database;
  const onScreen = new Map<string, Show>();

  answer(browser, "room:watch", async ({ classId }) => {
    await mustBeAllowed(browser, "room:watch", { classId });
    const show =
      onScreen.get(classId) ?? ((room: Room) => void socket.emit("room:state", roomOf(classId, person.id, room)));
    onScreen.set(classId, show);
    const room = await rooms.watch(classId, show);
    if (!socket.connected) rooms.unwatch(classId, show);
    return roomOf(classId, person.id, room);
  });

  answer(browser, "help:ask", async ({ classId, step, note }) => {
    await mustBeAllowed(browser, "help:ask", { classId });
    await help.ask({ classId, personId: person.id, ...(step && { step }), ...(note && { note }) });
    return {};
  });

  answer(browser, "help:withdraw", async ({ classId }) => {
    await mustBeAllowed(browser, "help:withdraw", { classId });
    await help.withdraw(classId, person.id);
    return {};
  });

  answer(browser, "help:claim", async ({ classId, helpId }) => {
    await mustBeAllowed(browser, "help:claim", { classId });
    if (!(await help.claim(classId, helpId, person.id))) throw new Refused("not-found", { id: "help-ended" });
    return {};
  });

  answer(browser, "help:resolve", async ({ classId, helpId }) => {
    await mustBeAllowed(browser, "help:resolve", { classId });
    if (!(await help.resolve(classId, helpId))) throw new Refused("not-found", { id: "help-ended" });
    return {};
  });

  answer(browser, "class:say", async ({ classId, to, text }) => {
    await mustBeAllowed(browser, "class:say", { classId });
    const said = await classMessages.say({ classId, authorId: person.id, text, ...(to && { toPersonId: to }) });
    if (!said) throw new Refused("not-found", { id: "student-unknown" });
    return {};
  });

  socket.on("disconnect", () => {
    for (const [classId, show] of onScreen) rooms.unwatch(classId, show);
  });
}

/** What one student sees: their own place in the queue, what is said to all or to them. */
export function roomOf(classId: string, personId: string, { waiting, messages }: Room): ClassRoom {
  const at = waiting.findIndex((one) => one.personId === personId);
  const own = waiting[at];
  return {
    classId,
    help: own && {
      askedAtMs: own.askedAt.getTime(),
      note: own.note ?? undefined,
      claimedBy: own.claimedBy?.name,
      ahead: waiting.slice(0, at).filter(({ claimedBy }) => !claimedBy).length,
    },
    messages: messages
      .filter(({ toPersonId }) => toPersonId === null || toPersonId === personId)
      .map(({ id, from, text, sentAt, toPersonId }) => ({
        ...{ id, from, text, sentAtMs: sentAt.getTime(), private: toPersonId !== null },
      })),
  };
}

/** What boards show. */
export function helpOf(classId: string, { waiting }: Room): ClassHelp {
  return {
    classId,
    help: waiting.map(
      (one): HelpEntry => ({
        id: one.id,
        student: { id: one.personId, name: one.name, seat: one.seat },
        step: one.step ?? undefined,
        note: one.note ?? undefined,
        askedAtMs: one.askedAt.getTime(),
        claimedBy: one.claimedBy?.name,
      }),
    ),
  };
}
