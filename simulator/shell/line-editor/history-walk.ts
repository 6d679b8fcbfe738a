/**
 * Older lines at the prompt. What is changed in one stays while others are looked at; the line that is entered gets back
 * what it was.
 *
 * @source readline 8.2 misc.c, rl_maybe_replace_line and its kin; readline.c, readline_internal_teardown
 */
import type { History } from "../history.ts";
import type { EditedLine, Undo } from "./edited-line.ts";

export class HistoryWalk {
  #history: History;
  #line: EditedLine;
  /** The line that was begun, while older ones are looked at. */
  #begun: { text: string; undos: Undo[] } | undefined;
  /** Which line is shown; as many as there are for the one that was begun. */
  place = 0;

  constructor(history: History, line: EditedLine) {
    this.#history = history;
    this.#line = line;
  }

  get lines(): readonly string[] {
    return this.#history.lines;
  }

  start(): void {
    this.place = this.#history.lines.length;
    this.#begun = undefined;
  }

  /** Show another one. @returns false when there is none */
  show(place: number): boolean {
    const { lines } = this.#history;
    if (place < 0 || place > lines.length || place === this.place) return false;
    this.#keep();
    this.place = place;
    if (place === lines.length) this.#line.replace(this.#begun?.text ?? "", this.#begun?.undos);
    else this.#line.replace(lines[place]!, this.#history.changesOf(place));
    return true;
  }

  #keep(): void {
    const { text, undos } = this.#line;
    if (this.place === this.#history.lines.length) this.#begun = { text, undos };
    else if (this.#history.lines[this.place] !== text || undos.length > 0)
      this.#history.change(this.place, text, undos);
  }

  /** The line is entered: an older one gets back what it was. @returns the text entered */
  enter(): string {
    const { text } = this.#line;
    if (this.place < this.#history.lines.length && this.#line.undos.length > 0) {
      while (this.#line.undo());
      this.#history.restore(this.place, this.#line.text);
      this.#line.replace(text);
    }
    return text;
  }
}
