/** What the editors share: keys by name, one screenful at a time, and files read and written with their errors told. */
import { KeyReader } from "../../shell/keys.ts";
import { FileError } from "../../shell/node-files.ts";
import type { ProgramContext, Tty } from "../../shell/process.ts";
import { widthOf } from "../../shell/text-width.ts";
import { reasonOf } from "../coreutils/arguments.ts";

/** What an editor opens at most, bytes. */
const EDITED_BYTES_MAX = 2 << 20;

const ESCAPE = 0x1b;

/** Keys by name: `a`, `^x`, `up`, `escape`, `M-u`; a pasted text comes as its characters. */
export class NamedKeys {
  #reader = new KeyReader();

  feed(bytes: Uint8Array): string[] {
    // A sequence comes in one piece; an ESC at the end of one is the key.
    const escaped = bytes.at(-1) === ESCAPE;
    const names: string[] = [];
    for (const key of this.#reader.feed(escaped ? bytes.subarray(0, -1) : bytes)) {
      if (key.kind === "text" || key.kind === "paste") {
        for (const char of key.text) names.push(char === "\n" ? "^m" : char === "\t" ? "^i" : char);
      } else if (key.kind === "control") names.push(key.name === "j" ? "^m" : `^${key.name}`);
      else if (key.kind === "alt") names.push(`M-${key.name}`);
      else names.push(key.name);
    }
    if (escaped) names.push("escape");
    return names;
  }
}

/** Whether a key's name is a character to be typed. */
export function isTyped(key: string): boolean {
  return [...key].length === 1;
}

const SHOWN_AS_IT_IS = /^[\x20-\x7e]*$/;

/** A line as the screen shows it: tabs to the next eighth column, control characters as `^X`. */
export function shownLine(line: string): string {
  if (SHOWN_AS_IT_IS.test(line)) return line;
  let out = "";
  let columns = 0;
  for (const char of line) {
    const shown = shownCharacter(char, columns);
    out += shown;
    columns += widthOf(shown);
  }
  return out;
}

/** @param column where it stands on the screen */
function shownCharacter(char: string, column: number): string {
  if (char === "\t") return " ".repeat(8 - (column % 8));
  return char < " " ? `^${String.fromCharCode(char.charCodeAt(0) + 64)}` : char;
}

/** Where in a line the character begins that stands at a column of the screen; behind its end for a column behind it. */
export function placeOfColumn(line: string, column: number): number {
  let at = 0;
  let columns = 0;
  for (const char of line) {
    columns += widthOf(shownCharacter(char, columns));
    if (columns > column) break;
    at += char.length;
  }
  return at;
}

/** The rows that a shown line takes where it goes on in the next one; a wide character is not cut in two. */
export function rowsOfShown(shown: string, width: number): string[] {
  const rows: string[] = [];
  let row = "";
  let at = 0;
  for (const char of shown) {
    const wide = widthOf(char);
    if (at + wide > width) {
      rows.push(row);
      row = "";
      at = 0;
    }
    row += char;
    at += wide;
  }
  rows.push(row);
  return rows;
}

/** The part of a shown line between two columns. */
export function clipped(shown: string, from: number, columns: number): string {
  let out = "";
  let at = 0;
  for (const char of shown) {
    const width = widthOf(char);
    if (at >= from && at + width <= from + columns) out += char;
    at += width;
    if (at >= from + columns) break;
  }
  return out;
}

/** Show rows and put the cursor at a place of the screen, counted from 0. */
export function paint(tty: Tty, rows: readonly string[], cursor: { row: number; column: number }): Promise<void> {
  const lines = rows.map((row, at) => `\x1b[${at + 1};1H${row}\x1b[m\x1b[K`).join("");
  return tty.write(`\x1b[?25l${lines}\x1b[${cursor.row + 1};${cursor.column + 1}H\x1b[?25h`);
}

/** What `onKey` answers to have the program stopped until its shell goes on with it. */
export const suspendKey = Symbol("suspend");

/**
 * Run a full-screen program: raw keys, a screen of its own, everything given back at its end.
 *
 * @param onKey answers the exit status to end
 * @param stop resolves when the program goes on after it was stopped
 */
export async function fullScreen(
  tty: Tty,
  draw: () => Promise<void>,
  onKey: (key: string) => Promise<number | typeof suspendKey | undefined>,
  stop: () => Promise<void>,
): Promise<number> {
  const keys = new NamedKeys();
  tty.setMode("raw");
  const stopResize = tty.onResize(() => {
    draw().catch(() => undefined);
  });
  try {
    await tty.write("\x1b[?1049h\x1b[2J");
    await draw();
    for (;;) {
      const bytes = await tty.readKeys();
      // The client is gone.
      if (bytes.length === 0) return 1;
      for (const key of keys.feed(bytes)) {
        const status = await onKey(key);
        if (status === suspendKey) {
          await tty.write("\x1b[?1049l");
          tty.setMode("cooked");
          await stop();
          tty.setMode("raw");
          await tty.write("\x1b[?1049h\x1b[2J");
        } else if (status !== undefined) return status;
      }
      await draw();
    }
  } finally {
    stopResize();
    await tty.write("\x1b[?1049l").catch(() => undefined);
    tty.setMode("cooked");
  }
}

export type Opened = { kind: "text"; text: string } | { kind: "new" } | { kind: "refused"; reason: string };

export async function openText(ctx: ProgramContext, path: string): Promise<Opened> {
  try {
    const { type, size } = await ctx.files.stat(path);
    if (type === "directory") return { kind: "refused", reason: "Is a directory" };
    const tooLarge: Opened = { kind: "refused", reason: `more than ${EDITED_BYTES_MAX >> 20} MiB is not modelled` };
    // A file with holes may be far larger than what is on the disk; it is not read for nothing.
    if (size > EDITED_BYTES_MAX) return tooLarge;
    const bytes = await ctx.files.readFile(path);
    if (bytes.length > EDITED_BYTES_MAX) return tooLarge;
    return { kind: "text", text: Buffer.from(bytes).toString("utf8") };
  } catch (error) {
    if (error instanceof FileError && error.code === "ENOENT") return { kind: "new" };
    return { kind: "refused", reason: reasonOf(error) };
  }
}

/** @returns what went wrong, in strerror's words; undefined when it is written */
export async function saveText(ctx: ProgramContext, path: string, text: string): Promise<string | undefined> {
  try {
    await ctx.files.writeFile(path, Buffer.from(text));
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
