/**
 * A lab on disk: who it is (`identity.json`), its last snapshot (`snapshot.json`) and the inputs since (`inputs.jsonl`).
 *
 * Restoring reads the snapshot and replays the inputs at their instants. A mark without an input says how far model
 * time had gone, so that a lab that was only waiting is not set back when its process is killed.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Inputs } from "../cluster/inputs.ts";
import { toPresentFormat, UnknownFormat } from "../cluster/saved-format.ts";
import type { LabState } from "../cluster/state.ts";
import { act, advance } from "../cluster/stepping.ts";
import { type LabIdentity, labIdentity } from "./lab-identity.ts";
import { readSnapshot, writeSnapshot } from "./snapshot-file.ts";
import { writeWhole } from "./whole-file.ts";

/** A saved lab that this version cannot read; the message says what was done with it. */
export class LabUnreadable extends Error {
  override name = "LabUnreadable";
  /** Folder that holds what was saved. */
  readonly keptIn: string;
  constructor(message: string, keptIn: string, cause: unknown) {
    super(message, { cause });
    this.keptIn = keptIn;
  }
}

const labNotice = z.strictObject({
  /**
   * `fresh`: nothing saved could be read, the lab began anew. `inputs-lost`: it is back as of its last snapshot, what
   * was done after it could not be done again.
   */
  kind: z.enum(["fresh", "inputs-lost"]),
  /** Folder that holds what was saved. */
  keptIn: z.string(),
  /** Milliseconds since 1970. */
  atMs: z.number(),
});

/** What a lab's owner must know about its saved state. */
export type LabNotice = z.infer<typeof labNotice>;

export interface Restored {
  lab: LabState;
  /** The files say more than a snapshot of the lab would: inputs were replayed, or a line was cut off by a crash. */
  logged: boolean;
}

/** A snapshot is written after so many inputs, so that a restore replays a bounded number. */
const INPUTS_PER_SNAPSHOT = 2_000;

export class LabStore {
  readonly #directory: string;
  #inputs: number | undefined;
  /** Number of the last input kept, over the lab's whole life. */
  #inputNumber = 0;
  #inputsSinceSnapshot = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  exists(): boolean {
    return existsSync(join(this.#directory, "identity.json"));
  }

  readIdentity(): LabIdentity {
    return labIdentity.parse(JSON.parse(readFileSync(join(this.#directory, "identity.json"), "utf8")));
  }

  /** Write who the lab is; the folder and the file are readable by this user alone, for it holds credentials. */
  create(identity: LabIdentity): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    // Not waited for: a lab without its identity after a loss of power is made again, and nothing was in it yet.
    writeWhole(join(this.#directory, "identity.json"), JSON.stringify(identity), { durable: false });
  }

  /**
   * The lab as it was last.
   *
   * Inputs that cannot be replayed (a fault of ours, or a model that has changed since) cost what was done after the
   * snapshot, and not the lab: a notice says so.
   *
   * @returns undefined when nothing was saved yet
   * @throws LabUnreadable when the snapshot is of another format or broken; the files are kept beside it
   */
  restore(): Restored | undefined {
    if (!existsSync(this.snapshotPath)) return undefined;
    let lab = this.#readSnapshot();
    const { lines, whole } = readInputs(this.#inputsPath, this.#inputNumber);
    if (lines.length === 0) return { lab, logged: !whole };
    try {
      replay(lab, lines);
      this.#inputNumber = lines.at(-1)!.number;
    } catch (error) {
      const keptIn = this.#keepAside("replay", (from, to) => copyFileSync(from, to));
      this.leaveNotice({ kind: "inputs-lost", keptIn, atMs: Date.now() });
      this.lostInputs = error;
      lab = this.#readSnapshot();
      this.#inputNumber = lines.at(-1)!.number;
    }
    return { lab, logged: true };
  }

  /** Why inputs could not be replayed at the last `restore`, if so. */
  lostInputs: unknown;

  /** @throws LabUnreadable */
  #readSnapshot(): LabState {
    try {
      const saved = readSnapshot(this.snapshotPath);
      this.#inputNumber = saved.inputNumber;
      return toPresentFormat(saved.lab);
    } catch (error) {
      throw this.setAside(error instanceof UnknownFormat ? error.message : "is damaged", error);
    }
  }

  leaveNotice(notice: LabNotice): void {
    writeWhole(this.#noticePath, JSON.stringify(notice));
  }

  /** What the lab's owner must know about its saved state, until `dropNotice`. */
  readNotice(): LabNotice | undefined {
    if (!existsSync(this.#noticePath)) return undefined;
    const parsed = labNotice.safeParse(JSON.parse(readFileSync(this.#noticePath, "utf8")));
    return parsed.success ? parsed.data : undefined;
  }

  dropNotice(): void {
    rmSync(this.#noticePath, { force: true });
  }

  /** Keep one input; `kind` undefined only marks how far time has gone. */
  append(atMs: number, kind?: string, args?: unknown): void {
    this.#inputs ??= openSync(this.#inputsPath, "a", 0o600);
    const number = ++this.#inputNumber;
    writeSync(
      this.#inputs,
      `${JSON.stringify(kind === undefined ? { number, atMs } : { number, atMs, kind, args })}\n`,
    );
    this.#inputsSinceSnapshot++;
  }

  snapshotDue(): boolean {
    return this.#inputsSinceSnapshot >= INPUTS_PER_SNAPSHOT;
  }

  /**
   * Save the whole lab; inputs from before it are no longer needed.
   *
   * @param options.durable false leaves it to the system when the bytes reach the disk: enough where nothing is lost
   * with them (a lab that has just been made), and a hundredth of the time. A killed process loses nothing either way.
   */
  snapshot(lab: LabState, options: { durable?: boolean } = {}): void {
    writeSnapshot(this.snapshotPath, { inputNumber: this.#inputNumber, lab }, options);
    // A crash between the two leaves inputs older than the snapshot; restoring skips them by their numbers.
    this.close();
    rmSync(this.#inputsPath, { force: true });
    this.#inputsSinceSnapshot = 0;
  }

  /** Where the snapshot lies, whether there is one or not. */
  get snapshotPath(): string {
    return join(this.#directory, "snapshot.json");
  }

  /** Put the lab, which is closed, into another state; undefined makes it fresh at its next opening. */
  replace(lab: LabState | undefined): void {
    this.close();
    // First the inputs: those of the state before must never be replayed on the state after.
    rmSync(this.#inputsPath, { force: true });
    this.dropNotice();
    if (lab) this.snapshot(lab);
    else rmSync(this.snapshotPath, { force: true });
  }

  close(): void {
    if (this.#inputs !== undefined) closeSync(this.#inputs);
    this.#inputs = undefined;
  }

  get #inputsPath(): string {
    return join(this.#directory, "inputs.jsonl");
  }

  get #noticePath(): string {
    return join(this.#directory, "notice.json");
  }

  /** Keep the files of a lab that cannot be read, under a name that says so; it is fresh from then on. */
  setAside(why: string, cause: unknown): LabUnreadable {
    const keptIn = this.#keepAside("unreadable", renameSync);
    const message = `The saved lab ${why}. Its files are kept in ${keptIn}; a fresh lab was started.`;
    this.leaveNotice({ kind: "fresh", keptIn, atMs: Date.now() });
    return new LabUnreadable(message, keptIn, cause);
  }

  #keepAside(name: string, keep: (from: string, to: string) => void): string {
    let number = 1;
    while (existsSync(join(this.#directory, `${name}-${number}`))) number++;
    const aside = join(this.#directory, `${name}-${number}`);
    mkdirSync(aside, { mode: 0o700 });
    for (const file of ["snapshot.json", "inputs.jsonl"]) {
      if (existsSync(join(this.#directory, file))) keep(join(this.#directory, file), join(aside, file));
    }
    return aside;
  }
}

interface InputLine {
  number: number;
  atMs: number;
  kind?: string;
  args?: unknown;
}

/** Let everything happen again that is in the log, at its instant. @throws at a fault in an event, which ends a lab */
function replay(lab: LabState, lines: InputLine[]): void {
  for (const line of lines) {
    advance(lab, line.atMs);
    if (line.kind === undefined) continue;
    try {
      act(lab, line.kind as keyof Inputs, line.args as never);
    } catch {
      // It failed when it happened, too: refused, which changed nothing, or at a fault that only its caller met.
    }
  }
}

/** Inputs after a number, in order; `whole` is false when a last line was cut off by a crash, which is left out. */
function readInputs(path: string, afterNumber: number): { lines: InputLine[]; whole: boolean } {
  if (!existsSync(path)) return { lines: [], whole: true };
  const lines: InputLine[] = [];
  for (const text of readFileSync(path, "utf8").split("\n")) {
    if (text === "") continue;
    try {
      const line = JSON.parse(text) as InputLine;
      if (line.number > afterNumber) lines.push(line);
    } catch {
      return { lines, whole: false };
    }
  }
  return { lines, whole: true };
}
