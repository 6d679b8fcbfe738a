/** The text that an editor holds: lines, a cursor, and the states that undo goes back to. */

/** States kept for undo; the lines themselves are shared between them. */
const UNDO_MAX = 500;

interface Saved {
  lines: string[];
  row: number;
  column: number;
  /** What the change was, in the words of who made it. */
  what: string;
  /** Which change of the text it was, from 1. */
  number: number;
}

/** A change that undo or redo went over. */
export interface Exchanged {
  what: string;
  number: number;
  /** The lines as they were, and as they are now. */
  before: readonly string[];
  after: readonly string[];
}

/** A place in a text, rows and columns counted from 0, columns in UTF-16 units of the line. */
export interface Place {
  row: number;
  column: number;
}

export function isBefore(one: Place, other: Place): boolean {
  return one.row < other.row || (one.row === other.row && one.column < other.column);
}

export class TextBuffer {
  lines: string[] = [""];
  row = 0;
  /** In UTF-16 units of the line. */
  column = 0;
  modified = false;
  #undo: Saved[] = [];
  #redo: Saved[] = [];
  #changes = 0;

  load(text: string): void {
    this.lines = text.replace(/\n$/, "").split("\n");
    this.row = 0;
    this.column = 0;
    this.modified = false;
    this.#undo = [];
    this.#redo = [];
    this.#changes = 0;
  }

  /** As it is written to a file: with a newline at the end of the last line. */
  text(): string {
    return this.lines.length === 1 && this.lines[0] === "" ? "" : `${this.lines.join("\n")}\n`;
  }

  get line(): string {
    return this.lines[this.row] ?? "";
  }

  set line(text: string) {
    this.lines[this.row] = text;
  }

  /** Where the cursor is. */
  get place(): Place {
    return { row: this.row, column: this.column };
  }

  /** To be called before a change that undo takes back as one. */
  remember(what = "change"): void {
    this.#undo.push(this.#state(what, ++this.#changes));
    if (this.#undo.length > UNDO_MAX) this.#undo.shift();
    this.#redo = [];
    this.modified = true;
  }

  /** Whether there is something that redo would do again. */
  get hasUndone(): boolean {
    return this.#redo.length > 0;
  }

  /** Nothing was typed yet. */
  get isUntouched(): boolean {
    return this.#changes === 0 && this.lines.length === 1 && this.lines[0] === "";
  }

  /** @returns what was taken back; undefined when there is nothing */
  undo(): Exchanged | undefined {
    return this.#exchange(this.#undo, this.#redo);
  }

  redo(): Exchanged | undefined {
    return this.#exchange(this.#redo, this.#undo);
  }

  move(row: number, column = this.column): void {
    this.row = Math.min(Math.max(row, 0), this.lines.length - 1);
    this.column = Math.min(Math.max(column, 0), this.line.length);
  }

  /** Put text at the cursor, which then stands behind it. */
  insert(text: string): void {
    const [first = "", ...rest] = text.split("\n");
    const tail = this.line.slice(this.column);
    this.line = this.line.slice(0, this.column) + first;
    this.column += first.length;
    for (const part of rest) {
      this.lines.splice(this.row + 1, 0, part);
      this.row++;
      this.column = part.length;
    }
    this.line += tail;
  }

  /** Take away the character before the cursor, or the newline there. */
  eraseBefore(): void {
    if (this.column > 0) {
      const width = previousLength(this.line, this.column);
      this.line = this.line.slice(0, this.column - width) + this.line.slice(this.column);
      this.column -= width;
    } else if (this.row > 0) {
      const [tail] = this.lines.splice(this.row, 1);
      this.row--;
      this.column = this.line.length;
      this.line += tail ?? "";
    }
  }

  /** Take away the character at the cursor, or the newline there. */
  eraseAt(): void {
    if (this.column < this.line.length) {
      const width = (this.line.codePointAt(this.column) ?? 0) > 0xffff ? 2 : 1;
      this.line = this.line.slice(0, this.column) + this.line.slice(this.column + width);
    } else if (this.row < this.lines.length - 1) {
      const [next] = this.lines.splice(this.row + 1, 1);
      this.line += next ?? "";
    }
  }

  /** @param to behind the last character */
  textBetween(from: Place, to: Place): string {
    if (from.row === to.row) return this.lines[from.row]!.slice(from.column, to.column);
    const between = this.lines.slice(from.row + 1, to.row);
    return [this.lines[from.row]!.slice(from.column), ...between, this.lines[to.row]!.slice(0, to.column)].join("\n");
  }

  /** Take a part away and put the cursor where it was. */
  eraseBetween(from: Place, to: Place): void {
    const joined = this.lines[from.row]!.slice(0, from.column) + this.lines[to.row]!.slice(to.column);
    this.lines.splice(from.row, to.row - from.row + 1, joined);
    this.move(from.row, from.column);
  }

  left(): void {
    if (this.column > 0) this.column -= previousLength(this.line, this.column);
    else if (this.row > 0) this.move(this.row - 1, Number.MAX_SAFE_INTEGER);
  }

  right(): void {
    if (this.column < this.line.length) this.column += (this.line.codePointAt(this.column) ?? 0) > 0xffff ? 2 : 1;
    else if (this.row < this.lines.length - 1) this.move(this.row + 1, 0);
  }

  /** The next place of a text behind the cursor, going round; undefined when there is none. */
  find(wanted: string | RegExp, backwards = false): Place | undefined {
    const count = this.lines.length;
    for (let step = 0; step <= count; step++) {
      const row = (((this.row + (backwards ? -step : step)) % count) + count) % count;
      const places = placesIn(this.lines[row]!, wanted).filter(
        (column) => step > 0 || (backwards ? column < this.column : column > this.column),
      );
      const column = backwards ? places.at(-1) : places[0];
      if (column !== undefined) return { row, column };
    }
    return undefined;
  }

  #state(what: string, number: number): Saved {
    return { lines: [...this.lines], row: this.row, column: this.column, what, number };
  }

  #exchange(from: Saved[], to: Saved[]): Exchanged | undefined {
    const state = from.pop();
    if (!state) return undefined;
    const { what, number } = state;
    const before = this.#state(what, number);
    to.push(before);
    this.lines = [...state.lines];
    this.modified = true;
    this.move(state.row, state.column);
    return { what, number, before: before.lines, after: this.lines };
  }
}

function previousLength(line: string, column: number): number {
  return column > 1 && (line.codePointAt(column - 2) ?? 0) > 0xffff ? 2 : 1;
}

/** Where a text, whatever its letters' size, or an expression (with the flag `g`) begins in a line. */
function placesIn(line: string, wanted: string | RegExp): number[] {
  if (typeof wanted !== "string") return [...line.matchAll(wanted)].map((match) => match.index);
  const [text, needle] = [line.toLowerCase(), wanted.toLowerCase()];
  const places: number[] = [];
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) places.push(at);
  return places;
}
