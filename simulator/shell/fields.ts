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

export class FieldSink implements Sink {
  readonly fields: Field[] = [];
  #text = "";
  #pattern = "";
  #open = false;
  #magic = false;
  #afterBlank = false;
  #blanks: string;
  #marks: string;
  #extglob: boolean;

  constructor(ifs: string, extglob = false) {
    this.#extglob = extglob;
    this.#blanks = [...ifs].filter((char) => " \t\n".includes(char)).join("");
    this.#marks = [...ifs].filter((char) => !" \t\n".includes(char)).join("");
  }

  quoted(text: string): void {
    this.#open = true;
    this.#afterBlank = false;
    this.#text += text;
    this.#pattern += escapePattern(text);
  }

  pattern(text: string): void {
    this.#open = true;
    this.#afterBlank = false;
    this.#text += text;
    this.#pattern += text;
    this.#magic ||= MAGIC.test(text);
  }

  split(text: string): void {
    for (const char of text) {
      if (this.#blanks.includes(char)) {
        if (this.#open) {
          this.#close();
          this.#afterBlank = true;
        }
      } else if (this.#marks.includes(char)) {
        if (this.#open) this.#close();
        else if (!this.#afterBlank) this.fields.push({ text: "", pattern: undefined });
        this.#afterBlank = false;
      } else {
        this.#open = true;
        this.#afterBlank = false;
        this.#text += char;
        this.#pattern += char;
        if (MAGIC.test(char)) this.#magic = true;
      }
    }
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
    this.fields.push({
      text: this.#text,
      pattern: this.#magic && hasPattern(this.#pattern, this.#extglob) ? this.#pattern : undefined,
    });
    this.#text = "";
    this.#pattern = "";
    this.#open = false;
    this.#magic = false;
  }
}

/** What one word or here-document may expand to, characters: a hundred large variables in a row are not made one text. */
const EXPANDED_MAX = 32 << 20;

/** One text without splitting: assignments, here-documents, patterns, redirection targets. */
export class TextSink implements Sink {
  text = "";
  /** The same as a pattern, quoted characters escaped. */
  asPattern = "";

  quoted(text: string): void {
    this.#add(text);
    this.asPattern += escapePattern(text);
  }

  #add(text: string): void {
    if (this.text.length + text.length > EXPANDED_MAX) {
      throw new ShellError(`expansion of more than ${EXPANDED_MAX >> 20} MiB in this simulated shell`);
    }
    this.text += text;
  }

  pattern(text: string): void {
    this.#add(text);
    this.asPattern += text;
  }

  split(text: string): void {
    this.#add(text);
    this.asPattern += text;
  }

  next(): void {
    this.quoted(" ");
  }
}
