/** What vi knows while it runs, and the small steps that every mode takes with it. */
import type { ProgramContext, Tty } from "../../../shell/process.ts";
import { firstSignOf } from "../character-kind.ts";
import { type Exchanged, type Place, TextBuffer } from "../text-buffer.ts";

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
  /** Where something was changed. */
  rows: Set<number>;
}

/** Those of the command line. */
export interface FileList {
  names: readonly string[];
  at: number;
  /** The last one was edited, or `:q` has said that there are more: `:q` ends vi. */
  isDone: boolean;
}

export class ViState {
  readonly ctx: ProgramContext;
  readonly tty: Tty;
  readonly buffer = new TextBuffer();
  /** `-R` or `view`. */
  readonly isView: boolean;
  /** That, or the file has no right of writing: `:w` asks for `!`. */
  readOnly: boolean;
  readonly files: FileList;
  /** The first change of such a file was warned of. */
  warnedOfReadOnly = false;
  /**
   * Debian's `vi` reads vimrc.tiny, which sets `compatible`: no ruler, no mode below the text, `u` takes back what `u`
   * did, arrows end what is inserted. `view` and `vim.tiny` do not.
   */
  compatible: boolean;
  /** The file's name as it was given; empty without one. */
  name: string;
  mode: Mode = "normal";
  /** The first row that is shown. */
  top = 0;
  message = "";
  /** Rows of the first line that are above the screen. */
  above = 0;
  /** What stood on the screen when it was drawn last. */
  shown = { top: 0, lines: 1, message: "" };
  /** The rows as they were drawn last. */
  drawn: string[] = [];
  /** The line that `c` changes, as it stays on the screen up to its `$` until it is typed over. */
  overlay: { row: number; text: string } | undefined;
  /** The file's last line had no newline. */
  incomplete = false;
  /** Whether `u` goes back next, where it goes to and fro. */
  undoes = false;
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

  /** In replace mode: what stood where each character was typed. */
  replaced: string[] = [];
  /** The column of the screen that `j` and `k` keep to, the end of lines after `$`. */
  wanted: number | undefined;

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
    options: {
      names: readonly string[];
      isView: boolean;
      compatible: boolean;
      press: (vi: ViState, key: string) => Promise<unknown>;
    },
  ) {
    this.ctx = ctx;
    this.tty = tty;
    this.name = options.names[0] ?? "";
    this.files = { names: options.names, at: 0, isDone: false };
    this.isView = options.isView;
    this.readOnly = options.isView;
    this.compatible = options.compatible;
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

/** `u`: in compatible mode it goes to and fro. */
export function undo(vi: ViState, times: number): void {
  vi.undoes = !(vi.compatible && vi.undoes && vi.buffer.hasUndone);
  exchange(vi, vi.compatible ? 1 : times);
}

/** `^R`: in compatible mode it goes on where `u` went last. */
export function redo(vi: ViState, times: number): void {
  if (!vi.compatible) vi.undoes = false;
  exchange(vi, times);
}

function exchange(vi: ViState, times: number): void {
  let last: Exchanged | undefined;
  for (let step = 0; step < times; step++) {
    const now = vi.undoes ? vi.buffer.undo() : vi.buffer.redo();
    if (!now) break;
    last = now;
  }
  if (last) goToChange(vi, last);
  vi.message = last ? toldChange(last, vi.undoes) : `Already at ${vi.undoes ? "oldest" : "newest"} change`;
}

/** The first line that is another one. */
function goToChange(vi: ViState, { before, after }: Exchanged): void {
  const changed = after.findIndex((line, row) => line !== before[row]);
  const gone = before.length - after.length;
  // Lines that are taken out again leave the cursor above them.
  const first =
    gone > 0 && (changed < 0 || after[changed] === before[changed + gone]) ? Math.max(0, changed - 1) : changed;
  if (first < 0 || first === vi.buffer.row) return;
  vi.buffer.move(first, 0);
  vi.buffer.column = firstSignOf(vi.buffer.line);
}

/** The instants of changes are not kept: each counts as made just now. */
function toldChange({ before, after, number }: Exchanged, undone: boolean): string {
  const more = after.length - before.length;
  let size: string;
  if (more !== 0) {
    const count = Math.abs(more);
    size =
      more > 0 ? `${count} more line${count === 1 ? "" : "s"}` : count === 1 ? "1 line less" : `${count} fewer lines`;
  } else {
    const count = Math.max(1, after.filter((line, row) => line !== before[row]).length);
    size = `${count} change${count === 1 ? "" : "s"}`;
  }
  return `${size}; ${undone ? "before" : "after"} #${number}  0 seconds ago`;
}
