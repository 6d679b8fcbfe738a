/**
 * Writes one terminal's recording as it happens. Lives on the screens' thread, which has the bytes anyway.
 *
 * Only what the terminal prints is kept, never what is typed: so nothing typed at a prompt without echo is in it, and what
 * is echoed has secrets given as arguments starred out. What has been printed is on the disk within a second.
 */
import { type FileHandle, open } from "node:fs/promises";
import { factsOf, membersOf, packMember } from "./cast-file.ts";
import { SecretMask } from "./secret-mask.ts";

/** Unwritten for at most this long: what a crash may cost, less than the second that is promised. */
const FLUSH_MS = 800;
const FLUSH_CHARACTERS = 256 * 1024;
/** Output within this time is one event. */
const TOGETHER_MS = 15;
/** Packed bytes of one recording: two days of steady typing, and a stop for a flood that nobody ends. */
export const RECORDING_BYTES_MAX = 64 * 1024 * 1024;
/** A keyframe after this much output, or this much time with some output: seeking then replays no more than that. */
const KEYFRAME_CHARACTERS = 512 * 1024;
const KEYFRAME_MS = 60_000;
const KEYFRAME_LEAST_CHARACTERS = 8 * 1024;
/** Waiting to be written: above it the screen's thread counts as busy, and the node waits. */
const WAITING_CHARACTERS_MAX = 2 * 1024 * 1024;

export interface RecordingStart {
  file: string;
  /** Milliseconds since 1970: instants in the file count from here. */
  startedAtMs: number;
  title: string;
  columns: number;
  rows: number;
}

export interface RecordingEnd {
  durationMs: number;
  bytes: number;
}

export interface RecorderEvents {
  /** Nothing more is written: the disk is full, or the file has reached its bound. */
  onStopped(reason: "failed" | "full", cause?: unknown): void;
  /** There is room again. */
  onRoom(): void;
}

/** The screen at this point, if nothing unfinished stands before it. */
export type TakeKeyframe = () => Promise<{ columns: number; rows: number; redraw: string } | undefined>;

export class Recorder {
  readonly #start: RecordingStart;
  readonly #events: RecorderEvents;
  readonly #keyframe: TakeKeyframe;
  readonly #now: () => number;
  readonly #decoder = new TextDecoder();
  readonly #mask = new SecretMask();
  #file: FileHandle | undefined;
  #bytes = 0;
  #lastMs = 0;
  /** Lines not packed yet, and since when they wait. */
  #lines: string[] = [];
  #lineCharacters = 0;
  #linesFromMs = 0;
  /** Output not made a line yet. */
  #text = "";
  #textFromMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting = 0;
  #sinceKeyframe = 0;
  #keyframeAtMs = 0;
  #stopped = false;
  /** One write after the other. */
  #writing: Promise<void>;

  constructor(start: RecordingStart, events: RecorderEvents, keyframe: TakeKeyframe, now: () => number = Date.now) {
    this.#start = start;
    this.#events = events;
    this.#keyframe = keyframe;
    this.#now = now;
    this.#writing = this.#begin().catch((cause: unknown) => this.#stop("failed", cause));
  }

  get hasRoom(): boolean {
    return this.#stopped || this.#waiting < WAITING_CHARACTERS_MAX;
  }

  output(bytes: Uint8Array): void {
    if (this.#stopped) return;
    const text = this.#mask.push(this.#decoder.decode(bytes, { stream: true }));
    if (text === "") return;
    const atMs = this.#atMs();
    if (this.#text !== "" && atMs - this.#textFromMs > TOGETHER_MS) this.#endText();
    if (this.#text === "") this.#textFromMs = atMs;
    this.#text += text;
    this.#waiting += text.length;
    this.#sinceKeyframe += text.length;
    this.#later();
    if (this.#text.length + this.#lineCharacters >= FLUSH_CHARACTERS) this.#flush();
    const due = this.#sinceKeyframe >= KEYFRAME_CHARACTERS || atMs - this.#keyframeAtMs >= KEYFRAME_MS;
    if (due && this.#sinceKeyframe >= KEYFRAME_LEAST_CHARACTERS) this.#takeKeyframe(atMs);
  }

  resize(columns: number, rows: number): void {
    this.#line("r", `${columns}x${rows}`);
  }

  /** Everything so far is on the disk. */
  async flush(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  async end(): Promise<RecordingEnd> {
    await this.flush();
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#file?.close();
    this.#file = undefined;
    return { durationMs: Math.round(this.#lastMs), bytes: this.#bytes };
  }

  /** A new file with its header, or one that a crash left, cut to what is whole. */
  async #begin(): Promise<void> {
    const { file, startedAtMs, title, columns, rows } = this.#start;
    this.#file = await open(file, "a+", 0o600);
    const before = await this.#file.readFile();
    if (membersOf(before).length === 0) {
      const header = { version: 2, width: columns, height: rows, timestamp: Math.floor(startedAtMs / 1000), title };
      await this.#file.truncate(0);
      await this.#write(await packMember("events", 0, `${JSON.stringify(header)}\n`));
      return;
    }
    const facts = factsOf(before);
    await this.#file.truncate(facts.bytes);
    this.#bytes = facts.bytes;
    const atMs = this.#atMs();
    const again = [
      [atMs / 1000, "m", "Quorate started again"],
      [atMs / 1000, "r", `${columns}x${rows}`],
    ];
    await this.#write(await packMember("events", atMs, again.map((line) => `${JSON.stringify(line)}\n`).join("")));
  }

  #atMs(): number {
    // A clock that is set back must not make time run backwards in the file.
    this.#lastMs = Math.max(this.#lastMs, this.#now() - this.#start.startedAtMs);
    return this.#lastMs;
  }

  #line(kind: string, data: string): void {
    if (this.#stopped) return;
    this.#endText();
    this.#put(this.#atMs(), kind, data);
    this.#later();
  }

  #endText(): void {
    if (this.#text === "") return;
    this.#put(this.#textFromMs, "o", this.#text);
    this.#text = "";
  }

  #put(atMs: number, kind: string, data: string): void {
    if (this.#lines.length === 0) this.#linesFromMs = atMs;
    this.#lines.push(`${JSON.stringify([Math.round(atMs) / 1000, kind, data])}\n`);
    this.#lineCharacters += data.length;
  }

  #later(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#endText();
    if (this.#lines.length === 0) return;
    const text = this.#lines.join("");
    const [atMs, characters] = [this.#linesFromMs, this.#lineCharacters];
    this.#lines = [];
    this.#lineCharacters = 0;
    this.#next(async () => {
      await this.#write(await packMember("events", atMs, text));
      const wasFull = !this.hasRoom;
      this.#waiting = Math.max(0, this.#waiting - characters);
      if (wasFull && this.hasRoom) this.#events.onRoom();
    });
  }

  /** What follows waits behind it, so that it stands where it was taken. */
  #takeKeyframe(atMs: number): void {
    this.#flush();
    this.#sinceKeyframe = 0;
    this.#keyframeAtMs = atMs;
    const taking = this.#keyframe();
    this.#next(async () => {
      const screen = await taking;
      if (!screen) {
        // In the middle of a sequence: the next output tries again.
        this.#sinceKeyframe += KEYFRAME_CHARACTERS;
        return;
      }
      const redraw = new SecretMask().push(screen.redraw);
      const line = [Math.round(atMs) / 1000, "k", redraw, `${screen.columns}x${screen.rows}`];
      await this.#write(await packMember("keyframe", atMs, `${JSON.stringify(line)}\n`));
    });
  }

  #next(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#stopped || !this.#file) return;
      try {
        await work();
      } catch (cause) {
        this.#stop("failed", cause);
      }
    });
  }

  async #write(member: Buffer): Promise<void> {
    await this.#file?.appendFile(member);
    this.#bytes += member.length;
    if (this.#bytes > RECORDING_BYTES_MAX) this.#stop("full");
  }

  #stop(reason: "failed" | "full", cause?: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#lines = [];
    this.#text = "";
    this.#events.onStopped(reason, cause);
    this.#events.onRoom();
  }
}
