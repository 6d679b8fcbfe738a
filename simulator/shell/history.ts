/** Command history of a session, kept in `~/.bash_history` of the node. */
import { type Expanded, expandHistory, type HistoryPast } from "./history-expansion.ts";
import type { Undo } from "./line-editor/edited-line.ts";
import { FileError, type NodeFiles } from "./node-files.ts";
import { matchesPattern } from "./pattern.ts";

/** As Debian's `HISTSIZE` and `HISTFILESIZE` for root. */
const LINES_MAX = 1_000;

/** What is kept of a line, and how. */
export interface Kept {
  /** Words of `HISTCONTROL`: unset for root on Debian. */
  control?: string;
  /** Patterns of `HISTIGNORE`. */
  ignore?: string;
  /** A command of several lines stays so (`lithist`), or each line is one (`cmdhist` off). */
  asTyped?: boolean;
  lineByLine?: boolean;
}

export class History {
  lines: string[] = [];
  /** How many of the oldest lines have been dropped, so that numbers go on. */
  dropped = 0;
  /** Lines entered in this session, not yet in the file. */
  #fresh: string[] = [];
  /** Those that `history -a` has not written. */
  #entered: string[] = [];
  #most = LINES_MAX;
  /** What expansions refer to later. */
  #past: HistoryPast = { lines: [], first: 1 };
  /** By number: changes of lines that were looked at. */
  #changes = new Map<number, Undo[]>();

  /** Read the node's file; a missing or unreadable one is an empty history. */
  async load(files: NodeFiles, path: string): Promise<void> {
    this.lines = (await linesOf(files, path)) ?? this.lines;
  }

  /** Remember a command line that is not empty. */
  add(line: string, { control = "", ignore = "", asTyped = false, lineByLine = false }: Kept = {}): void {
    // A here-document keeps the newline behind its end.
    const whole = /<<-?[^<(]/.test(line) && line.trim().includes("\n") ? line : line.replace(/\n+$/, "");
    if (lineByLine && whole.includes("\n")) {
      for (const one of whole.split("\n")) this.add(one, { control, ignore });
      return;
    }
    const kept = asTyped ? whole : inOneLine(whole);
    if (kept.trim() === "") return;
    const words = control.split(":");
    const both = words.includes("ignoreboth");
    if ((both || words.includes("ignorespace")) && /^[ \t]/.test(kept)) return;
    if ((both || words.includes("ignoredups")) && this.lines.at(-1) === kept) return;
    const ignored = ignore.split(":").filter(Boolean);
    if (ignored.some((pattern) => (pattern === "&" ? this.lines.at(-1) === kept : matchesPattern(kept, pattern))))
      return;
    if (words.includes("erasedups")) this.lines = this.lines.filter((one) => one !== kept);
    this.lines.push(kept);
    this.#fresh.push(kept);
    this.#entered.push(kept);
    this.#keepAtMost(this.#most);
  }

  /** Put a line at the end, in the place of the newest one (which asked for that) or behind it. */
  replaceLast(line: string, inPlace: boolean): void {
    if (inPlace) {
      this.lines.pop();
      this.#fresh.pop();
    }
    this.add(line);
  }

  /** Read a file's lines behind what is there. */
  async read(files: NodeFiles, path: string): Promise<void> {
    this.lines = [...this.lines, ...((await linesOf(files, path)) ?? [])].slice(-LINES_MAX);
  }

  /** Write all of it into a file. */
  async write(files: NodeFiles, path: string): Promise<void> {
    this.#fresh = [];
    try {
      await files.writeFile(path, Buffer.from(this.lines.map((line) => `${line}\n`).join("")), { mode: 0o600 });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
  }

  clear(): void {
    this.lines = [];
    this.#fresh = [];
  }

  /** `history -a FILE`: what was entered since it was last asked for. */
  async append(files: NodeFiles, path: string): Promise<void> {
    const text = this.#entered.map((line) => `${line}\n`).join("");
    this.#entered = [];
    await files.writeFile(path, Buffer.from(text), { append: true, mode: 0o600 }).catch((error: unknown) => {
      if (!(error instanceof FileError)) throw error;
    });
  }

  /** Append what is new to the node's file; a full or read-only disk loses history and nothing else. */
  async save(files: NodeFiles, path: string): Promise<void> {
    if (this.#fresh.length === 0) return;
    const text = `${this.#fresh.join("\n")}\n`;
    this.#fresh = [];
    try {
      await files.writeFile(path, Buffer.from(text), { append: true, mode: 0o600 });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
  }

  /** A line with its history expansions made. @param quote what lines before it have left open */
  expand(line: string, quote = "", extglob = false): Expanded {
    return expandHistory(
      line,
      Object.assign(this.#past, { lines: this.lines, first: this.dropped + 1 }),
      quote,
      extglob,
    );
  }

  /** What undoes the changes that were made to a line and not entered. */
  changesOf(place: number): Undo[] {
    return this.#changes.get(place + this.dropped) ?? [];
  }

  /** A line was changed while it was looked at, and left. */
  change(place: number, text: string, undos: Undo[]): void {
    this.lines[place] = text;
    this.#changes.set(place + this.dropped, undos);
  }

  restore(place: number, text: string): void {
    this.lines[place] = text;
    this.#changes.delete(place + this.dropped);
  }

  /** `HISTSIZE` from now on. What is there is counted anew from how many were dropped, as readline does. */
  limit(count: number): void {
    this.#most = Math.min(count, LINES_MAX);
    if (this.lines.length <= this.#most) return;
    this.dropped = this.lines.length - this.#most - 1;
    this.lines.splice(0, this.lines.length - this.#most);
  }

  /** The newest one was only asked about. */
  forgetNewest(): void {
    this.lines.pop();
    this.#fresh.pop();
    this.#entered.pop();
  }

  #keepAtMost(count: number): void {
    if (this.lines.length <= count) return;
    this.dropped += this.lines.length - count;
    this.lines.splice(0, this.lines.length - count);
  }
}

/** A file's lines, the newest of too many; undefined when it cannot be read. */
async function linesOf(files: NodeFiles, path: string): Promise<string[] | undefined> {
  try {
    const text = Buffer.from(await files.readFile(path)).toString("utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .slice(-LINES_MAX);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return undefined;
  }
}

/** What a command's line may end with and go on in the next one without a `;`. */
const GOES_ON =
  /(?:^|[\s;&|(){}])(?:do|then|else|elif|in|if|while|until|!|time)$|[;&|({]$|\(\)$|(?:^|[\s;])[^\s()]+\)$/;

/**
 * A command of several lines as history keeps it: one line, but for here-documents, comments and quoted newlines.
 *
 * @source bash(1) cmdhist; lib/readline and parse.y, `history_delimiting_chars`
 */
function inOneLine(text: string): string {
  if (!text.includes("\n") || /<<-?[^<(]/.test(text)) return text;
  const out: string[] = [];
  // The end of what is out already, for what a newline becomes: cutting it from the whole each time is slow.
  let tail = "";
  const put = (more: string) => {
    out.push(more);
    tail = (tail + more).slice(-TAIL);
  };
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\" && quote !== "'") {
      // A line that goes on behind a backslash.
      if (text[at + 1] !== "\n") put(char + (text[at + 1] ?? ""));
      else if (quote) put("\\\n");
      at++;
    } else if (quote) {
      if (char === quote) quote = "";
      put(char);
    } else if (char === "'" || char === '"' || char === "`") {
      quote = char;
      put(char);
    } else if (char === "\n") {
      COMMENT.lastIndex = at + 1;
      const comment = COMMENT.exec(text)?.[0];
      if (comment !== undefined) {
        // A comment is left out, and the newline that it had stays.
        put("\n");
        at += comment.length + 1;
      } else put(joining(tail));
    } else {
      PLAIN.lastIndex = at;
      const run = PLAIN.exec(text)?.[0] ?? char;
      put(run);
      at += run.length - 1;
    }
  }
  return out.join("");
}

/** What stands for itself outside of quotes. */
const PLAIN = /[^\\'"`\n]+/y;
const COMMENT = /[ \t]*#[^\n]*/y;
const TAIL = 40;

/** What stands for a newline behind this. */
function joining(tail: string): string {
  const end = tail.trimEnd();
  return end === "" || GOES_ON.test(end) ? " " : "; ";
}
