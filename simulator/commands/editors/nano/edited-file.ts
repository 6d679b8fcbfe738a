/** One of the files that nano has open: its text, where it was read from, what has been changed. */
import { isBefore, type Place, TextBuffer } from "../text-buffer.ts";

export class EditedFile {
  /** As it is shown in the title; empty for a new buffer. */
  name: string;
  /** The name that it was read from; writing to another one is asked about. */
  origin: string;
  buffer = new TextBuffer();
  /** First line on the screen. */
  top = 0;
  mark: Place | undefined;
  /** Where a text ends that stands out from the cursor on: what is about to be replaced. */
  spotEnd: Place | undefined;
  /** The file beside it that tells other editors. */
  lock: string | undefined;
  isDos = false;
  #saved = "";

  constructor(name: string) {
    this.name = name;
    this.origin = name;
  }

  /** A text with the empty line behind its last newline, as nano has it. */
  load(text: string): void {
    this.isDos = /\r\n/.test(text) && !/(?:^|[^\r])\n/.test(text);
    const plain = this.isDos ? text.replaceAll("\r\n", "\n") : text;
    this.buffer.load("");
    this.buffer.lines = plain.split("\n");
    this.endWithNewline();
    this.markSaved();
  }

  /** The last line is always an empty one that is not written. */
  endWithNewline(): void {
    if (this.buffer.lines.at(-1) !== "") this.buffer.lines.push("");
  }

  markSaved(): void {
    this.#saved = this.text();
    this.buffer.modified = false;
  }

  /** After undo: whether the text is what the file holds. */
  compareToSaved(): void {
    this.buffer.modified = this.text() !== this.#saved;
  }

  /** As it is written. */
  text(): string {
    const text = this.buffer.lines.join("\n");
    return this.isDos ? text.replaceAll("\n", "\r\n") : text;
  }

  /** Lines with a newline at their end. */
  get lineCount(): number {
    return this.buffer.lines.length - 1;
  }

  /** From the mark to the cursor, the earlier place first; undefined without a mark. */
  region(): { from: Place; to: Place } | undefined {
    if (!this.mark) return undefined;
    const cursor = this.buffer.place;
    return isBefore(cursor, this.mark) ? { from: cursor, to: this.mark } : { from: this.mark, to: cursor };
  }

  /** What stands out on the screen. */
  standing(): { from: Place; to: Place } | undefined {
    if (!this.spotEnd) return this.region();
    return { from: this.buffer.place, to: this.spotEnd };
  }

  /** Take a part away and put the cursor where it was. */
  erase(from: Place, to: Place): void {
    this.buffer.eraseBetween(from, to);
    this.endWithNewline();
  }
}
