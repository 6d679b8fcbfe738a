/** What vi knows while it runs, and the small steps that every mode takes with it. */
import type { ProgramContext, Tty } from "../../../shell/process.ts";
import { type Place, TextBuffer } from "../text-buffer.ts";

export type Mode = "normal" | "insert" | "replace" | "line" | "visual" | "visual-line" | "confirm" | "shown";

/** How far `>` shifts and what a tab is filled up to, columns. */
export const SHIFT = 8;

export interface Register {
  text: string;
  /** Whole lines, which are put between lines. */
  lines: boolean;
}

/** A substitution that asks at each place. */
export interface Confirming {
  pattern: RegExp;
  /** The same for what it has found, of which it takes one. */
  one: RegExp;
  replacement: string;
  shown: string;
  every: boolean;
  /** Where the next place is looked for. */
  row: number;
  column: number;
  to: number;
  /** The place that is asked about. */
  match: RegExpExecArray | undefined;
  changed: number;
}

export class ViState {
  readonly ctx: ProgramContext;
  readonly tty: Tty;
  readonly buffer = new TextBuffer();
  readonly readOnly: boolean;
  /** The file's name as it was given; empty without one. */
  name: string;
  mode: Mode = "normal";
  /** The first row that is shown. */
  top = 0;
  message = "";
  /** The exit status, once vi is to end. */
  status: number | undefined;
  /** The long names of those that are on. */
  options = new Set<string>();

  /** Keys of a command that is not whole yet. */
  pending: string[] = [];
  /** Keys of the command under way, and of the last one that changed the text, for `.`. */
  keys: string[] = [];
  lastChange: string[] = [];
  repeating = false;
  /** How often what is being inserted is put in, and its keys. */
  inserting = { times: 1, keys: [] as string[] };

  /** By their letters; recorded macros under `@` with theirs. */
  registers = new Map<string, Register>();
  /** The register that the command under way names. */
  chosen: string | undefined;
  recording: { register: string; keys: string[] } | undefined;
  lastMacro = "";
  macroDepth = 0;

  search: { text: string; backwards: boolean } = { text: "", backwards: false };
  /** What `f`, `F`, `t` or `T` looked for last. */
  sought: { how: string; char: string } | undefined;
  marks = new Map<string, Place>();
  /** Where the selection began. */
  anchor: Place = { row: 0, column: 0 };

  /** The command line with its `:`, `/` or `?`. */
  typed = "";
  typedLines: string[] = [];
  typedPlace = 0;
  confirming: Confirming | undefined;
  lastSubstitution: { wanted: string; by: string; flags: string } | undefined;
  /** What a command printed, until a key is pressed. */
  output: string[] = [];

  /** Does what one key means in the mode at hand: for macros, `.` and `:normal`, which press keys themselves. */
  readonly press: (key: string) => Promise<unknown>;

  constructor(
    ctx: ProgramContext,
    tty: Tty,
    options: { name: string; readOnly: boolean; press: (vi: ViState, key: string) => Promise<unknown> },
  ) {
    this.ctx = ctx;
    this.tty = tty;
    this.name = options.name;
    this.readOnly = options.readOnly;
    this.press = (key) => options.press(this, key);
  }

  /** Rows that the text has on the screen. */
  get height(): number {
    return Math.max(1, this.tty.rows - 1);
  }

  get isVisual(): boolean {
    return this.mode === "visual" || this.mode === "visual-line";
  }
}

/** In normal mode the cursor stands on a character, not behind the last. */
export function settle(vi: ViState): void {
  const { buffer } = vi;
  buffer.move(buffer.row, buffer.column);
  if (vi.mode === "normal" && buffer.column > 0 && buffer.column >= buffer.line.length)
    buffer.column = buffer.line.length - 1;
}

/** The command under way has changed the text: `.` does it again. */
export function keepChange(vi: ViState): void {
  if (!vi.repeating) vi.lastChange = vi.keys;
  vi.keys = [];
}

/** Move far: `''` comes back. */
export function jumpTo(vi: ViState, target: Place): void {
  vi.marks.set("'", vi.buffer.place);
  vi.buffer.move(target.row, target.column);
}

/** Press keys as if they were typed: a macro's, those of `.` or of `:normal`. */
export async function typeKeys(vi: ViState, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await vi.ctx.breathe();
    await vi.press(key);
  }
}

export function undo(vi: ViState, times: number): void {
  for (let step = 0; step < times; step++) if (!vi.buffer.undo()) vi.message = "Already at oldest change";
}

export function redo(vi: ViState, times: number): void {
  for (let step = 0; step < times; step++) if (!vi.buffer.redo()) vi.message = "Already at newest change";
}
