/** Where expanded text goes: into the fields of a command, or into one text. */
import { escapePattern, hasPattern } from "./pattern.ts";
import { ShellError } from "./variables.ts";

export interface Sink {
  /** Text that is taken as it is. */
  quoted(text: string): void;
  /** A pattern that stood in the word itself. */
  pattern(text: string): void;
  /** The result of an expansion outside quotes: split at IFS, and a pattern. */
  split(text: string): void;
  /** The next value of a list: a new field. */
  next(): void;
}

export interface Field {
  text: string;
  /** With quoted characters escaped, for pathname expansion; undefined when nothing in it is a pattern. */
  pattern: string | undefined;
}

const MAGIC = /[*?[+@!]/;

/** What one word, or the fields of one, may come to, characters: long ones are worked on in one piece. */
export const EXPANDED_MAX = 2 << 20;

export function expansionTooLong(): ShellError {
  return new ShellError(`expansion of more than ${EXPANDED_MAX >> 20} MiB in this simulated shell`);
}

/** A stretch of a field's text. */
interface Piece {
  text: string;
  isQuoted: boolean;
}

const patternOf = (pieces: readonly Piece[]) =>
  pieces.map(({ text, isQuoted }) => (isQuoted ? escapePattern(text) : text)).join("");

export class FieldSink implements Sink {
  readonly fields: Field[] = [];
  #pieces: Piece[] = [];
  #open = false;
  #magic = false;
  #afterBlank = false;
  #length = 0;
  #blanks: ReadonlySet<string>;
  #marks: ReadonlySet<string>;
  #extglob: boolean;

  constructor(ifs: string, extglob = false) {
    this.#extglob = extglob;
    this.#blanks = new Set([...ifs].filter((char) => " \t\n".includes(char)));
    this.#marks = new Set([...ifs].filter((char) => !" \t\n".includes(char)));
  }

  quoted(text: string): void {
    this.#add(text, true);
  }

  pattern(text: string): void {
    this.#add(text, false);
    this.#magic ||= MAGIC.test(text);
  }

  #add(text: string, isQuoted: boolean): void {
    this.#length += text.length;
    if (this.#length > EXPANDED_MAX) throw expansionTooLong();
    this.#open = true;
    this.#afterBlank = false;
    this.#pieces.push({ text, isQuoted });
  }

  split(text: string): void {
    // Up to the next separator in one piece.
    let from = 0;
    const endRun = (end: number) => {
      if (end > from) this.pattern(text.slice(from, end));
    };
    let at = 0;
    while (at < text.length) {
      const char = String.fromCodePoint(text.codePointAt(at)!);
      const isBlank = this.#blanks.has(char);
      if (!isBlank && !this.#marks.has(char)) {
        at += char.length;
        continue;
      }
      endRun(at);
      if (isBlank) {
        if (this.#open) {
          this.#close();
          this.#afterBlank = true;
        }
      } else {
        if (this.#open) this.#close();
        else if (!this.#afterBlank) this.fields.push({ text: "", pattern: undefined });
        this.#afterBlank = false;
      }
      at += char.length;
      from = at;
    }
    endRun(at);
  }

  next(): void {
    if (this.#open) this.#close();
    this.#afterBlank = false;
  }

  done(): Field[] {
    if (this.#open) this.#close();
    return this.fields;
  }

  #close(): void {
    const pattern = this.#magic ? patternOf(this.#pieces) : undefined;
    this.fields.push({
      text: this.#pieces.length === 1 ? this.#pieces[0]!.text : this.#pieces.map(({ text }) => text).join(""),
      pattern: pattern !== undefined && hasPattern(pattern, this.#extglob) ? pattern : undefined,
    });
    this.#pieces = [];
    this.#open = false;
    this.#magic = false;
  }
}

/** One text without splitting: assignments, here-documents, patterns, redirection targets. */
export class TextSink implements Sink {
  text = "";
  #pieces: Piece[] = [];

  /** The same as a pattern, quoted characters escaped. */
  get asPattern(): string {
    return patternOf(this.#pieces);
  }

  quoted(text: string): void {
    this.#add(text, true);
  }

  pattern(text: string): void {
    this.#add(text, false);
  }

  split(text: string): void {
    this.#add(text, false);
  }

  next(): void {
    this.quoted(" ");
  }

  #add(text: string, isQuoted: boolean): void {
    if (this.text.length + text.length > EXPANDED_MAX) throw expansionTooLong();
    this.text += text;
    this.#pieces.push({ text, isQuoted });
  }
}
