/** What was cut out of lines: cuts that follow each other are one, ^Y puts the newest in, M-y the one before. */

/** Cut texts that are kept. */
const RING_MAX = 10;

export class CutRing {
  #texts: string[] = [];
  #at = 0;

  /** @param joins the command before was a cut, too: the text is added to its */
  keep(text: string, { joins, before }: { joins: boolean; before: boolean }): void {
    if (joins && this.#texts.length > 0) {
      const last = this.#texts.pop()!;
      this.#texts.push(before ? text + last : last + text);
    } else {
      this.#texts.push(text);
      if (this.#texts.length > RING_MAX) this.#texts.shift();
    }
    this.#at = this.#texts.length - 1;
  }

  get current(): string | undefined {
    return this.#texts[this.#at];
  }

  /** The one before becomes the current one. */
  goBack(): void {
    this.#at = this.#at > 0 ? this.#at - 1 : this.#texts.length - 1;
  }
}
