/**
 * A lab on disk: who it is (`identity.json`), its last snapshot (`snapshot.json`) and the inputs since (`inputs.jsonl`).
 *
 * Restoring reads the snapshot and replays the inputs at their instants. A mark without an input says how far model
 * time had gone, so that a lab that was only waiting is not set back when its process is killed.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { completeLab } from "../cluster/complete-lab.ts";
import type { Inputs } from "../cluster/inputs.ts";
import { act, advance } from "../cluster/kernel.ts";
import { LAB_FORMAT, type LabState } from "../cluster/state.ts";
import { writeWhole } from "./whole-file.ts";

const nodeIdentity = z.strictObject({
  name: z.string(),
  address: z.string(),
  /** Private key of the SSH door, PEM; made once, so that its fingerprint can be pinned. */
  hostKey: z.string(),
});

const labIdentity = z.strictObject({
  lab: z.string(),
  seed: z.string(),
  /** Password of root at the terminals' door, and root@pam's at the start. */
  password: z.string(),
  nodes: z.array(nodeIdentity).min(1),
});

export type LabIdentity = z.infer<typeof labIdentity>;

/** A saved lab that this version cannot read; the message says what was done with it. */
export class LabUnreadable extends Error {
  override name = "LabUnreadable";
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
    writeWhole(join(this.#directory, "identity.json"), JSON.stringify(identity));
  }

  /**
   * The lab as it was last.
   *
   * @returns undefined when nothing was saved yet
   * @throws LabUnreadable when it is of another format or broken; the files are kept beside it
   */
  restore(): LabState | undefined {
    const path = join(this.#directory, "snapshot.json");
    if (!existsSync(path)) return undefined;
    let lab: LabState;
    try {
      const saved = JSON.parse(readFileSync(path, "utf8")) as Snapshot;
      lab = saved.lab;
      this.#inputNumber = saved.inputNumber;
    } catch (error) {
      throw this.#setAside("is damaged", error);
    }
    if (lab.format !== LAB_FORMAT) throw this.#setAside(`has format ${lab.format}, this version reads ${LAB_FORMAT}`);
    try {
      completeLab(lab);
      for (const line of readInputs(join(this.#directory, "inputs.jsonl"), this.#inputNumber)) {
        this.#inputNumber = line.number;
        advance(lab, line.atMs);
        if (line.kind !== undefined) {
          try {
            act(lab, line.kind as keyof Inputs, line.args as never);
          } catch {
            // It was refused when it happened, too; the refusal changed nothing.
          }
        }
      }
    } catch (error) {
      throw this.#setAside("cannot be replayed", error);
    }
    return lab;
  }

  /** Keep one input; `kind` undefined only marks how far time has gone. */
  append(atMs: number, kind?: string, args?: unknown): void {
    this.#inputs ??= openSync(join(this.#directory, "inputs.jsonl"), "a", 0o600);
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

  /** Save the whole lab; inputs from before it are no longer needed. */
  snapshot(lab: LabState): void {
    const saved: Snapshot = { inputNumber: this.#inputNumber, lab };
    writeWhole(join(this.#directory, "snapshot.json"), JSON.stringify(saved));
    // A crash between the two leaves inputs older than the snapshot; restoring skips them by their numbers.
    this.close();
    writeWhole(join(this.#directory, "inputs.jsonl"), "");
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
    rmSync(join(this.#directory, "inputs.jsonl"), { force: true });
    if (lab) this.snapshot(lab);
    else rmSync(this.snapshotPath, { force: true });
  }

  /** Put the lab, which is closed, into a state kept as the text of a snapshot file. */
  replaceBySnapshotText(text: string): void {
    this.replace((JSON.parse(text) as Snapshot).lab);
  }

  close(): void {
    if (this.#inputs !== undefined) closeSync(this.#inputs);
    this.#inputs = undefined;
  }

  /** Keep the files of a lab that cannot be read, under a name that says so. */
  #setAside(why: string, cause?: unknown): LabUnreadable {
    let number = 1;
    while (existsSync(join(this.#directory, `unreadable-${number}`))) number++;
    const aside = join(this.#directory, `unreadable-${number}`);
    mkdirSync(aside);
    for (const name of ["snapshot.json", "inputs.jsonl"]) {
      if (existsSync(join(this.#directory, name))) renameSync(join(this.#directory, name), join(aside, name));
    }
    return new LabUnreadable(`The saved lab ${why}. Its files are kept in ${aside}; a fresh lab was started.`, {
      cause,
    });
  }
}

interface Snapshot {
  /** The last input that is part of it. */
  inputNumber: number;
  lab: LabState;
}

interface InputLine {
  number: number;
  atMs: number;
  kind?: string;
  args?: unknown;
}

/** Inputs after a number, in order; a last line cut off by a crash is left out. */
function readInputs(path: string, afterNumber: number): InputLine[] {
  if (!existsSync(path)) return [];
  const lines: InputLine[] = [];
  for (const text of readFileSync(path, "utf8").split("\n")) {
    if (text === "") continue;
    try {
      const line = JSON.parse(text) as InputLine;
      if (line.number > afterNumber) lines.push(line);
    } catch {
      break;
    }
  }
  return lines;
}
