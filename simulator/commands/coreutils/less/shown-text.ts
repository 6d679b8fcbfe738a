/** The text that `less` shows, or its help, as rows of a screen: numbered, chopped or folded, filtered, moved sideways. */
import { readStyles, STYLES, styledPiece } from "./styled-text.ts";

const linesOf = (text: string) => text.replace(/\n$/, "").split("\n");

export const HELP = `SUMMARY OF COMMANDS

  q             leave                    h            this page
  e  j  RETURN  forward one line         y  k         back one line
  f  SPACE      forward one screen       b            back one screen
  d             forward half a screen    u            back half a screen
  g  <          first line, or line N    G  >         last line, or line N
  /text         search forward           ?text        search backward
  n             the next one             N            the one before
  &text         only lines that match    &!text       only those that do not
  F             forward for ever (^C)    R            read the file anew
  m<letter>     mark                     '<letter>    go to the mark, '' back
  LEFT  RIGHT   half a screen sideways   p  %         go to N percent
  -N  -S  -i    numbers, chopped lines, capitals and small letters alike
  =             where this is

  A number before a command is its N. Text is an extended regular expression.`.split("\n");

export interface Row {
  text: string;
  /** Index of the line that it is of. */
  line: number;
  /** Its line goes on to the right of the screen. */
  isChopped?: boolean;
}

export class ShownText {
  /** Letters of less's options, as they are set now. */
  readonly flags: Set<string>;
  /** `&`: what is shown alone, and what it leaves out. */
  filter: { query: RegExp; not: boolean } | undefined;
  /** Columns that are out of sight to the left. */
  left = 0;
  /** The help is shown in the text's place. */
  isHelp = false;
  /** What was read last. */
  #text: string;
  #lines: string[];
  #cached: { key: string; rows: Row[] } | undefined;
  /** Where lines end, in bytes; made when it is asked for. */
  #measured: { lines: readonly string[]; ends: number[] } | undefined;

  constructor(text: string, flags: ReadonlySet<string>) {
    this.flags = new Set(flags);
    this.#text = text;
    this.#lines = linesOf(text);
  }

  get lines(): readonly string[] {
    return this.isHelp ? HELP : this.#lines;
  }

  /** Characters of the text. */
  get length(): number {
    return this.#text.length;
  }

  /** Its file read anew. */
  replace(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#lines = linesOf(text);
    this.#cached = undefined;
  }

  /** Lines as the screen has them: long ones go on in the next row unless they are chopped. */
  rows(columns: number): Row[] {
    const width = Math.max(1, columns);
    const key = this.rowsKey(width);
    if (this.#cached?.key !== key) this.#cached = { key, rows: this.#rowsAt(width) };
    return this.#cached.rows;
  }

  /** Differs when the rows do: by the screen's width, options, what is filtered out. */
  rowsKey(width: number): string {
    const filter = this.filter ? `${this.filter.not}${this.filter.query.source}` : "";
    return `${width} ${[...this.flags].join("")} ${this.isHelp} ${this.left} ${this.lines.length} ${filter}`;
  }

  #rowsAt(width: number): Row[] {
    const filter = this.isHelp ? undefined : this.filter;
    const chops = this.flags.has("S") || this.left > 0;
    return this.lines.flatMap((line, index) => {
      if (filter) {
        filter.query.lastIndex = 0;
        if (filter.query.test(line.replaceAll(STYLES, "")) === filter.not) return [];
      }
      const number = this.flags.has("N") && !this.isHelp ? `${String(index + 1).padStart(7)} ` : "";
      const room = Math.max(1, width - number.length);
      const { characters, styles } = readStyles(line, this.flags.has("R"));
      const piece = (from: number, to: number) => `${number}${styledPiece(characters, styles, from, to)}`;
      if (characters.length <= room && this.left === 0) return [{ text: piece(0, room), line: index }];
      if (!chops)
        return Array.from({ length: Math.ceil(characters.length / room) }, (_, at) => ({
          text: piece(at * room, (at + 1) * room),
          line: index,
        }));
      const isChopped = characters.length > this.left + room;
      const text = piece(this.left, this.left + room - (isChopped ? 1 : 0));
      return [{ text: isChopped ? `${text}\x1b[7m>\x1b[27m` : text, line: index, isChopped }];
    });
  }

  /** How much of the text stands above the end of a line. */
  percentAt(line: number): number {
    return Math.round((this.bytesTo(line) * 100) / Math.max(1, this.bytesTo(this.lines.length - 1)));
  }

  /** The line in which a part of the text's bytes ends. */
  lineAtPercent(percent: number): number {
    const last = this.lines.length - 1;
    const wanted = (this.bytesTo(last) * percent) / 100;
    const line = this.lines.findIndex((_, at) => this.bytesTo(at) > wanted);
    return line < 0 ? last : line;
  }

  /** Bytes up to the end of a line. */
  bytesTo(line: number): number {
    if (this.#measured?.lines !== this.lines) {
      const ends: number[] = [];
      for (const one of this.lines) ends.push((ends.at(-1) ?? 0) + Buffer.byteLength(one) + 1);
      this.#measured = { lines: this.lines, ends };
    }
    return this.#measured.ends[line] ?? 0;
  }
}
