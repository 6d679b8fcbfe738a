/**
 * The prompt and the line on the screen: wrapped at the right edge, control characters as ^X, the marked part in reverse.
 *
 * @source readline 8.2 display.c
 */
import type { Terminal } from "../terminal.ts";
import { widthOf } from "../text-width.ts";
import { EditedLine } from "./edited-line.ts";

const BRACKETED_PASTE_ON = "\x1b[?2004h";
const BRACKETED_PASTE_OFF = "\x1b[?2004l";
const ESCAPES = /(\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f])/;

interface Place {
  row: number;
  column: number;
}

export class LineDisplay {
  #terminal: Terminal;
  /** The prompt's last line; those above it are shown once. */
  #prompt = "";
  #above = "";
  #bracketed = true;
  /** Row of the cursor below the prompt's last line, as drawn. */
  #row = 0;
  #out = "";
  /** What is on the screen. */
  #drawn: { prompt: string; text: string; atEnd: boolean; end: Place; cursor: Place } | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get columns(): number {
    return Math.max(1, this.#terminal.columns);
  }

  get rows(): number {
    return Math.max(1, this.#terminal.rows);
  }

  get prompt(): string {
    return this.#prompt;
  }

  ring(): void {
    this.#out += "\x07";
  }

  print(text: string): void {
    this.#out += text;
  }

  async flush(): Promise<void> {
    const out = this.#out;
    this.#out = "";
    if (out !== "") await this.#terminal.write(out);
  }

  begin(prompt: string, bracketed: boolean): void {
    this.#bracketed = bracketed;
    const last = prompt.lastIndexOf("\n") + 1;
    this.#prompt = prompt.slice(last);
    this.#above = prompt.slice(0, last);
    // Behind what a program left in the row; whoever draws anew takes the prompt's place to be the row's beginning.
    const { shown, end } = laidOut(this.#prompt, new EditedLine(), this.columns);
    this.#out += `${bracketed ? BRACKETED_PASTE_ON : ""}${this.#above}${shown}`;
    this.#row = end.row;
    this.#drawn = { prompt: this.#prompt, text: "", atEnd: true, end, cursor: end };
  }

  /** The screen is empty: the whole prompt stands at its top. */
  clear(sequence: string): void {
    this.#out += sequence + this.#above;
    this.startAnew();
  }

  /** The screen was used by others: prompt and line are drawn where the cursor stands. */
  startAnew(): void {
    this.#row = 0;
    this.#drawn = undefined;
  }

  /** Prompt and line, and the cursor in its place. @param message in the place of the prompt */
  draw(line: EditedLine, message?: string): void {
    if (!this.#terminal.settings.echo) return;
    const { columns } = this;
    const prompt = message ?? this.#prompt;
    const { text } = line;
    const atEnd = line.point === line.length;
    const drawn = this.#drawn;
    if (drawn && drawn.prompt === prompt && drawn.text === text && drawn.atEnd && atEnd && !line.isMarked) return;
    // The usual case, typing at the end of a line that fits, needs no redrawing.
    const added = drawn?.prompt === prompt && text.startsWith(drawn.text) ? text.slice(drawn.text.length) : undefined;
    if (drawn?.atEnd && atEnd && !line.isMarked && added !== undefined && /^[^\x00-\x1f\x7f]+$/.test(added)) {
      const column = drawn.end.column + widthOf(added);
      if (column < columns) {
        this.#out += added;
        const place = { row: drawn.end.row, column };
        this.#drawn = { prompt, text, atEnd, end: place, cursor: place };
        return;
      }
      if (/^[\x20-\x7e]+$/.test(added)) {
        // It goes on in rows below.
        const wrapped = laidOut("", typedLine(added), columns, drawn.end);
        this.#out += wrapped.shown;
        this.#row = wrapped.end.row;
        this.#drawn = { prompt, text, atEnd, end: wrapped.end, cursor: wrapped.end };
        return;
      }
    }
    const { shown, cursor, end } = laidOut(prompt, line, columns);
    if (drawn?.prompt === prompt && drawn.text === text && !line.isMarked && drawn.cursor.row === cursor.row) {
      // Relative, so that what a program left before the prompt stays.
      const by = cursor.column - drawn.cursor.column;
      if (by !== 0) this.#out += by > 0 ? `\x1b[${by}C` : "\b".repeat(-by);
      this.#drawn = { ...drawn, atEnd, cursor };
      return;
    }
    const rowsMax = this.rows;
    let out = this.#row > 0 ? `\x1b[${Math.min(this.#row, rowsMax - 1)}A\r` : "\r";
    out += `\x1b[J${shown}`;
    const up = end.row - cursor.row;
    if (up > 0) out += `\x1b[${up}A`;
    if (up > 0 || cursor.column !== end.column) out += `\r${cursor.column > 0 ? `\x1b[${cursor.column}C` : ""}`;
    this.#row = cursor.row;
    this.#out += out;
    this.#drawn = line.isMarked ? undefined : { prompt, text, atEnd, end, cursor };
  }

  /** The terminal has another width: the line is drawn anew from the row that its first one was in. */
  resized(line: EditedLine): void {
    this.#drawn = undefined;
    this.draw(line);
  }

  /** The line is over: the cursor goes below it. */
  finish(line: EditedLine): void {
    const marked = line.isMarked;
    line.isMarked = false;
    line.moveTo(line.length);
    if (marked) this.#drawn = undefined;
    this.draw(line);
    const end = this.#drawn?.end ?? laidOut(this.#prompt, line, this.columns).end;
    // Off before the newline, so that what a command prints begins its row.
    this.#out += `${this.#bracketed ? BRACKETED_PASTE_OFF : ""}${end.row > 0 && end.column === 0 ? "" : "\n"}`;
    this.startAnew();
  }

  /** ^C or the end of input, shown where the cursor is; then it is in the line's last row. */
  leave(line: EditedLine, shown: string): void {
    const { cursor, end } = laidOut(this.#prompt, line, this.columns);
    const down = end.row - cursor.row;
    this.#out += `${shown}${down > 0 ? `\x1b[${down}B` : ""}${this.#bracketed ? BRACKETED_PASTE_OFF : ""}\r`;
    this.startAnew();
  }

  /** The cursor below the line, for what is shown there. */
  below(line: EditedLine, message?: string): void {
    this.draw(line, message);
    const { cursor, end } = laidOut(message ?? this.#prompt, line, this.columns);
    const down = end.row - cursor.row;
    this.#out += `${down > 0 ? `\x1b[${down}B` : ""}\n`;
    this.startAnew();
  }
}

function typedLine(text: string): EditedLine {
  const line = new EditedLine();
  line.replace(text);
  return line;
}

/**
 * What is sent for prompt and line, and where cursor and end are below the prompt's row.
 *
 * @param from where the cursor stands before it
 */
function laidOut(
  prompt: string,
  line: EditedLine,
  columns: number,
  from: Place = { row: 0, column: 0 },
): { shown: string; cursor: Place; end: Place } {
  let { row, column } = from;
  let shown = "";
  const put = (text: string, width: number) => {
    if (column + width > columns) {
      row++;
      column = 0;
    }
    shown += text;
    column += width;
  };
  for (const [at, part] of prompt.split(ESCAPES).entries()) {
    if (at % 2 === 1) shown += part;
    else for (const char of part) put(char, char >= " " && char <= "~" ? 1 : widthOf(char));
  }
  const wrapped = () => {
    if (column < columns) return;
    // A terminal leaves the cursor on the last column of a full row; the next one begins below.
    shown += " \r";
    row++;
    column = 0;
  };
  let cursor: Place | undefined;
  const [marked, to] = line.isMarked ? [Math.min(line.point, line.mark), Math.max(line.point, line.mark)] : [-1, -1];
  const { characters } = line;
  const isPlain = (at: number) => {
    const char = characters[at]!;
    return char.length === 1 && char >= " " && char <= "~";
  };
  for (let at = 0; at < line.length; at++) {
    if (at === marked) shown += "\x1b[7m";
    if (at === to) shown += "\x1b[27m";
    const char = characters[at]!;
    const code = char.charCodeAt(0);
    if (at === line.point) {
      const width = char === "\t" ? 1 : shownWidth(char);
      cursor = column + width > columns && char !== "\n" ? { row: row + 1, column: 0 } : { row, column };
    }
    if (isPlain(at)) {
      // What fits into the row, at once.
      if (column >= columns) {
        row++;
        column = 0;
      }
      const from = at;
      const most = Math.min(line.length, at + columns - column);
      while (at + 1 < most && at + 1 !== marked && at + 1 !== to && at + 1 !== line.point && isPlain(at + 1)) at++;
      shown += from === at ? char : characters.slice(from, at + 1).join("");
      column += at + 1 - from;
    } else if (char === "\n") {
      shown += "\n";
      row++;
      column = 0;
    } else if (char === "\t") {
      for (let blanks = 8 - (column % 8); blanks > 0; blanks--) put(" ", 1);
    } else if (code < 0x20 || code === 0x7f) for (const one of `^${String.fromCharCode(code ^ 64)}`) put(one, 1);
    else put(char, widthOf(char));
  }
  if (to === line.length) shown += "\x1b[27m";
  wrapped();
  const end = { row, column };
  return { shown, cursor: cursor ?? end, end };
}

function shownWidth(char: string): number {
  const code = char.charCodeAt(0);
  return code < 0x20 || code === 0x7f ? 2 : widthOf(char);
}
