/**
 * Paragraphs as `fmt` fills them: every way to break the lines has a cost, and the cheapest is taken.
 *
 * Text is bytes, a character each (latin1), as Debian's `fmt` counts them. @source coreutils 9.1, fmt(1)
 */

export interface Filling {
  /** No line is longer, but for a word that is; columns. */
  maxWidth: number;
  /** What lines should be near; columns. */
  goalWidth: number;
  /** Which lines are one paragraph, by how they begin. */
  kind: "plain" | "crown" | "tagged" | "split";
  /** One space between words, two behind sentences. */
  uniform: boolean;
  /** Only lines that begin so are filled; empty for all. */
  prefix: string;
}

interface Word {
  text: string;
  /** Columns behind it. */
  space: number;
  /** It begins with an opening bracket or quote. */
  paren: boolean;
  /** It ends a sentence, by its last character; `final` by what follows, too. */
  period: boolean;
  punct: boolean;
  final: boolean;
  /** Of the line that begins here: its length, its cost with all that follow, and which word begins the next. */
  lineLength: number;
  bestCost: number;
  nextBreak: number;
}

/** What is filled at once: a longer paragraph is broken where it costs least. */
const WORDS_MAX = 998;
const BYTES_MAX = 5_000;
const TAB_WIDTH = 8;
/** What the first line of a tagged paragraph is indented less by, where only one line is there to tell. */
const TAG_INDENT = 3;

const short = (columns: number) => 100 * columns * columns;
const LINE = 70 ** 2;
const NO_BREAK = 600 ** 2;
const SENTENCE_BONUS = 50 ** 2;
const BRACKET_BONUS = 40 ** 2;
const LINE_CREDIT = 3 ** 2;
const widow = (length: number) => Math.trunc(200 ** 2 / (length + 2));
const orphan = (length: number) => Math.trunc(150 ** 2 / (length + 2));

const isSpace = (character: string) => /[ \t\n\v\f\r]/.test(character);

/** Fill one file. @param put output, in pieces @param breathe called between paragraphs */
export async function fill(
  text: string,
  filling: Filling,
  put: (text: string) => Promise<void>,
  breathe: () => Promise<void>,
): Promise<void> {
  const filled = new Filled(text, filling);
  for (;;) {
    const more = filled.paragraph();
    if (filled.out.length > 0) await put(filled.out.splice(0).join(""));
    if (!more) return;
    await breathe();
  }
}

class Filled {
  readonly out: string[] = [];
  #text: string;
  #at = 0;
  #filling: Filling;
  #prefix: string;
  #prefixLead: number;
  #prefixFullLength: number;
  /** The input has tabs: blanks become tabs where they can. */
  #tabs = false;
  /** The character that is looked at; empty at the end of the file. */
  #next: string;
  #inColumn = 0;
  #outColumn = 0;
  #nextPrefixIndent = 0;
  #prefixIndent = 0;
  #firstIndent = 0;
  #otherIndent = 0;
  #lastLineLength = 0;
  #words: Word[] = [];
  #bytes = 0;

  constructor(text: string, filling: Filling) {
    this.#text = text;
    this.#filling = filling;
    const behindBlanks = filling.prefix.replace(/^ +/, "");
    this.#prefixLead = filling.prefix.length - behindBlanks.length;
    this.#prefixFullLength = behindBlanks.length;
    this.#prefix = behindBlanks.replace(/ +$/, "");
    this.#next = this.#readPrefix();
  }

  /** The next paragraph with what stands before it. @returns whether there was one */
  paragraph(): boolean {
    this.#lastLineLength = 0;
    let next = this.#next;
    while (
      next === "\n" ||
      next === "" ||
      this.#nextPrefixIndent < this.#prefixLead ||
      this.#inColumn < this.#nextPrefixIndent + this.#prefixFullLength
    ) {
      next = this.#copyRest(next);
      if (next === "") {
        this.#next = "";
        return false;
      }
      this.out.push("\n");
      next = this.#readPrefix();
    }
    this.#prefixIndent = this.#nextPrefixIndent;
    this.#firstIndent = this.#inColumn;
    this.#words = [];
    this.#bytes = 0;
    next = this.#readLine(next);
    this.#setOtherIndent(this.#continues(next));
    const { kind } = this.#filling;
    const alike = () => this.#continues(next) && this.#inColumn === this.#otherIndent;
    if (kind === "plain") while (alike()) next = this.#readLine(next);
    else if (kind === "crown" || (kind === "tagged" && this.#inColumn !== this.#firstIndent)) {
      if (this.#continues(next)) {
        do next = this.#readLine(next);
        while (alike());
      }
    }
    const last = this.#words.at(-1)!;
    last.period = true;
    last.final = true;
    this.#next = next;
    this.#breakLines();
    this.#putLines(this.#words.length);
    return true;
  }

  #read(): string {
    return this.#text[this.#at++] ?? "";
  }

  /** A line that is no part of a paragraph goes through as it is. */
  #copyRest(first: string): string {
    let next = first;
    this.#outColumn = 0;
    const ends = () => next === "\n" || next === "";
    if (this.#inColumn > this.#nextPrefixIndent || !ends()) {
      this.#putSpace(this.#nextPrefixIndent);
      for (const character of this.#prefix) {
        if (this.#outColumn === this.#inColumn) break;
        this.out.push(character);
        this.#outColumn++;
      }
      if (!ends()) this.#putSpace(this.#inColumn - this.#outColumn);
      if (next === "" && this.#inColumn >= this.#nextPrefixIndent + this.#prefix.length) this.out.push("\n");
    }
    for (; !ends(); next = this.#read()) this.out.push(next);
    return next;
  }

  #continues(next: string): boolean {
    return (
      this.#nextPrefixIndent === this.#prefixIndent &&
      this.#inColumn >= this.#nextPrefixIndent + this.#prefixFullLength &&
      next !== "\n" &&
      next !== ""
    );
  }

  #setOtherIndent(continues: boolean): void {
    const { kind } = this.#filling;
    if (kind === "crown" && continues) this.#otherIndent = this.#inColumn;
    else if (kind !== "tagged") this.#otherIndent = this.#firstIndent;
    else if (continues && this.#inColumn !== this.#firstIndent) this.#otherIndent = this.#inColumn;
    // One line only: any other indent tells it from the next paragraph's.
    else if (this.#otherIndent === this.#firstIndent) this.#otherIndent = this.#firstIndent === 0 ? TAG_INDENT : 0;
  }

  /** The words of a line, whose first character was read. @returns the first one behind the next line's prefix */
  #readLine(first: string): string {
    let next = first;
    do {
      let text = "";
      do {
        if (this.#bytes + text.length === BYTES_MAX) {
          this.#setOtherIndent(true);
          if (this.#words.length === 0) {
            this.out.push(text);
            text = "";
          } else this.#flush();
        }
        text += next;
        next = this.#read();
      } while (next !== "" && !isSpace(next));
      this.#inColumn += text.length;
      this.#bytes += text.length;
      const period = /[.?!][)\]'"]*$/.test(text);
      const start = this.#inColumn;
      next = this.#skipSpace(next);
      const space = this.#inColumn - start;
      const final = next === "" || (period && (next === "\n" || space > 1));
      const counted = next === "\n" || next === "" || this.#filling.uniform ? (final ? 2 : 1) : space;
      const kinds = { paren: /^[(['`"]/.test(text), period, punct: /[!-/:-@[-`{-~]$/.test(text), final };
      if (this.#words.length === WORDS_MAX) {
        this.#setOtherIndent(true);
        this.#flush();
      }
      this.#words.push({ text, space: counted, ...kinds, lineLength: 0, bestCost: 0, nextBreak: 0 });
    } while (next !== "\n" && next !== "");
    return this.#readPrefix();
  }

  #readPrefix(): string {
    this.#inColumn = 0;
    let next = this.#skipSpace(this.#read());
    if (this.#prefix === "") {
      this.#nextPrefixIndent = Math.min(this.#prefixLead, this.#inColumn);
      return next;
    }
    this.#nextPrefixIndent = this.#inColumn;
    for (const character of this.#prefix) {
      if (next !== character) return next;
      this.#inColumn++;
      next = this.#read();
    }
    return this.#skipSpace(next);
  }

  #skipSpace(first: string): string {
    for (let next = first; ; next = this.#read()) {
      if (next === " ") this.#inColumn++;
      else if (next === "\t") {
        this.#tabs = true;
        this.#inColumn += TAB_WIDTH - (this.#inColumn % TAB_WIDTH);
      } else return next;
    }
  }

  /** The paragraph is longer than what is filled at once: put out its lines up to where a break costs least. */
  #flush(): void {
    this.#breakLines();
    const words = this.#words;
    const costOf = (index: number) => words[index]?.bestCost ?? 0;
    let split = words.length;
    let best = Number.POSITIVE_INFINITY;
    for (let at = words[0]!.nextBreak; at < words.length; at = words[at]!.nextBreak) {
      const cost = words[at]!.bestCost - costOf(words[at]!.nextBreak);
      if (cost < best) {
        split = at;
        best = cost;
      }
      best += LINE_CREDIT;
    }
    this.#putLines(split);
    for (const word of words.splice(0, split)) this.#bytes -= word.text.length;
  }

  /** From the last word to the first: the cheapest line that begins there, with all that follow. */
  #breakLines(): void {
    const { maxWidth } = this.#filling;
    const words = this.#words;
    for (let start = words.length - 1; start >= 0; start--) {
      const first = words[start]!;
      let best = Number.POSITIVE_INFINITY;
      let length = (start === 0 ? this.#firstIndent : this.#otherIndent) + first.text.length;
      for (let at = start + 1; ; at++) {
        let cost = this.#lineCost(at, length) + (words[at]?.bestCost ?? 0);
        if (start === 0 && this.#lastLineLength > 0) cost += short(length - this.#lastLineLength) / 2;
        if (cost < best) {
          best = cost;
          first.nextBreak = at;
          first.lineLength = length;
        }
        if (at === words.length) break;
        length += words[at - 1]!.space + words[at]!.text.length;
        if (length >= maxWidth) break;
      }
      first.bestCost = best + this.#beginCost(start);
    }
  }

  #beginCost(index: number): number {
    const [before, last, word] = [this.#words[index - 2], this.#words[index - 1], this.#words[index]!];
    let cost = LINE;
    if (last?.period) cost += last.final ? -SENTENCE_BONUS : NO_BREAK;
    else if (last?.punct) cost -= BRACKET_BONUS;
    else if (last && before?.final) cost += widow(last.text.length);
    if (word.paren) return cost - BRACKET_BONUS;
    return word.final ? cost + orphan(word.text.length) : cost;
  }

  #lineCost(next: number, length: number): number {
    const word = this.#words[next];
    if (!word) return 0;
    const cost = short(this.#filling.goalWidth - length);
    return word.nextBreak === this.#words.length ? cost : cost + short(length - word.lineLength) / 2;
  }

  #putLines(end: number): void {
    for (let at = 0; at < end; at = this.#words[at]!.nextBreak) {
      this.#putLine(
        this.#words.slice(at, this.#words[at]!.nextBreak),
        at === 0 ? this.#firstIndent : this.#otherIndent,
      );
    }
  }

  #putLine(words: readonly Word[], indent: number): void {
    this.#outColumn = 0;
    this.#putSpace(this.#prefixIndent);
    this.out.push(this.#prefix);
    this.#outColumn += this.#prefix.length;
    this.#putSpace(indent - this.#outColumn);
    for (const [index, word] of words.entries()) {
      this.out.push(word.text);
      this.#outColumn += word.text.length;
      if (index < words.length - 1) this.#putSpace(word.space);
    }
    this.#lastLineLength = this.#outColumn;
    this.out.push("\n");
  }

  #putSpace(columns: number): void {
    const target = this.#outColumn + columns;
    const tabTarget = target - (target % TAB_WIDTH);
    if (this.#tabs && this.#outColumn + 1 < tabTarget) {
      while (this.#outColumn < tabTarget) {
        this.out.push("\t");
        this.#outColumn += TAB_WIDTH - (this.#outColumn % TAB_WIDTH);
      }
    }
    if (this.#outColumn < target) this.out.push(" ".repeat(target - this.#outColumn));
    this.#outColumn = Math.max(this.#outColumn, target);
  }
}
