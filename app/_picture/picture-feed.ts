/**
 * A lab's picture and surroundings over the page's connection, and what happened while the page was open.
 *
 * Knows no React, so that a test can drive it with a plain socket.
 */
import type { LabControl, LabFault, LabPictureReply, Message, Reply, Surroundings } from "../../gateway/protocol.ts";
import type { LabPicture } from "../../labs/lab-picture.ts";
import type { Connection } from "../_terminal/socket.ts";
import { english, type Words, wordsOf } from "../_words/catalogue.ts";
import { type KeptChange, type KeptChanges, keptChanges } from "./kept-changes.ts";
import { eventSentence, surroundingsChanges } from "./picture-words.ts";

export interface TimeLineEntry {
  key: string;
  atMs: number;
  text: (words: Words) => string;
}

export interface PictureState {
  picture: LabPicture | undefined;
  /** The picture is no older than some seconds. */
  live: boolean;
  /** Absent in a lab that has neither power nor cables to show. */
  surroundings: Surroundings | undefined;
  controls: LabControl[];
  /** Newest first. */
  timeLine: TimeLineEntry[];
  /** A change that was asked for and not yet answered. */
  busy: boolean;
  refusal: Message | undefined;
}

/** Pictures come every 12 s at least while the grader looks. */
const LIVE_MS = 30_000;
const ENTRIES_MAX = 300;

export const nothingSeen: PictureState = {
  ...{ picture: undefined, live: false, surroundings: undefined, controls: [] },
  ...{ timeLine: [], busy: false, refusal: undefined },
};

export class PictureFeed {
  #state = nothingSeen;
  readonly #socket: Connection["socket"];
  readonly #labId: string;
  #hasSurroundings = false;
  readonly #onChange: (state: PictureState) => void;
  readonly #kept: KeptChanges;
  #stale: ReturnType<typeof setTimeout> | undefined;

  /** @param storage where changes of power and cables outlive a reload of the page */
  constructor(
    socket: Connection["socket"],
    labId: string,
    onChange: (state: PictureState) => void,
    storage?: Pick<Storage, "getItem" | "setItem">,
  ) {
    this.#socket = socket;
    this.#labId = labId;
    this.#onChange = onChange;
    this.#kept = keptChanges(labId, storage);
  }

  get state(): PictureState {
    return this.#state;
  }

  start(): void {
    this.#set({ timeLine: this.#with(this.#kept.read().flatMap(entriesOf)) });
    this.#socket.on("connect", this.#ask);
    this.#socket.on("disconnect", this.#lost);
    this.#socket.on("lab:picture", this.#onPicture);
    this.#socket.on("lab:surroundings", this.#onSurroundings);
    this.#ask();
  }

  stop(): void {
    clearTimeout(this.#stale);
    this.#socket.off("connect", this.#ask);
    this.#socket.off("disconnect", this.#lost);
    this.#socket.off("lab:picture", this.#onPicture);
    this.#socket.off("lab:surroundings", this.#onSurroundings);
    if (this.#socket.connected) this.#socket.emit("lab:picture", { labId: this.#labId, end: true }, () => {});
  }

  /** Change the surroundings, one after the other. Resolves when done or refused; the state says which. */
  async apply(faults: LabFault[]): Promise<void> {
    this.#set({ busy: true, refusal: undefined });
    for (const fault of faults) {
      const reply = await new Promise<Reply<object>>((resolve) =>
        this.#socket.emit("lab:fault", { labId: this.#labId, fault }, resolve),
      );
      if (reply.ok) continue;
      this.#set({ refusal: reply.refusal.message });
      break;
    }
    this.#set({ busy: false });
  }

  readonly #ask = (): void => {
    if (!this.#socket.connected) return;
    this.#socket.emit("lab:picture", { labId: this.#labId }, (reply: Reply<LabPictureReply>) => {
      if (!reply.ok) return this.#set({ refusal: reply.refusal.message });
      this.#hasSurroundings = reply.surroundings;
      this.#set({ controls: reply.controls, refusal: undefined });
      if (reply.picture) this.#take(reply.picture, reply.ageMs ?? Number.POSITIVE_INFINITY);
      this.#askSurroundings();
    });
  };

  /** A node may also be powered off from inside, so power is asked for at every new picture. */
  #askSurroundings(): void {
    if (!this.#hasSurroundings) return;
    this.#socket.emit("lab:surroundings", { labId: this.#labId }, (reply) => {
      if (reply.ok) this.#onSurroundings({ labId: this.#labId, surroundings: reply.surroundings });
    });
  }

  readonly #onPicture = ({ labId, picture }: { labId: string; picture: LabPicture }): void => {
    if (labId !== this.#labId) return;
    this.#take(picture, 0);
    this.#askSurroundings();
  };

  readonly #lost = (): void => {
    // An answer that never comes must not keep the buttons shut.
    this.#set({ live: false, ...(!this.#socket.connected && { busy: false }) });
  };

  #take(picture: LabPicture, ageMs: number): void {
    const known = this.#state.picture;
    if (known && known.takenAtMs > picture.takenAtMs) return;
    const live = ageMs < LIVE_MS;
    clearTimeout(this.#stale);
    if (live) this.#stale = setTimeout(this.#lost, LIVE_MS - ageMs);
    const told = new Set(this.#state.timeLine.map(({ key }) => key));
    const fresh = picture.events
      .map((event) => ({
        key: `seen ${event.seq} ${event.atMs}`,
        atMs: event.atMs,
        text: (words: Words) => eventSentence(words, event),
      }))
      .filter(({ key }) => !told.has(key));
    this.#set({ picture, live, timeLine: this.#with(fresh) });
  }

  readonly #onSurroundings = ({ labId, surroundings }: { labId: string; surroundings: Surroundings }): void => {
    if (labId !== this.#labId) return;
    const before = this.#state.surroundings;
    const change = before && { atMs: Date.now(), before, after: surroundings };
    const entries = change ? entriesOf(change) : [];
    if (change && entries.length > 0) this.#kept.add(change);
    this.#set({ surroundings, timeLine: this.#with(entries) });
  };

  #with(entries: TimeLineEntry[]): TimeLineEntry[] {
    if (entries.length === 0) return this.#state.timeLine;
    const all = [...[...entries].reverse(), ...this.#state.timeLine];
    // Stable: what came later stands above what has the same instant.
    return all.sort((a, b) => b.atMs - a.atMs).slice(0, ENTRIES_MAX);
  }

  #set(change: Partial<PictureState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onChange(this.#state);
  }
}

/** Counted now, said in the language of whoever reads it. */
function entriesOf({ atMs, before, after }: KeptChange): TimeLineEntry[] {
  return surroundingsChanges(wordsOf(english), before, after).map((said, at) => ({
    key: `here ${atMs} ${said}`,
    atMs,
    text: (words) => surroundingsChanges(words, before, after)[at] ?? said,
  }));
}
