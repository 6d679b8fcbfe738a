/** Which row of a text stands at the top of a pager's screen. */
export class Position {
  top = 0;
  /** The first row may be so near the end that the text ends above the screen's: something was looked for. */
  #isBeyond = false;
  readonly #size: () => { rows: number; height: number };

  /** @param size rows of the text, and of the screen without its last one */
  constructor(size: () => { rows: number; height: number }) {
    this.#size = size;
  }

  /** The first row when the end of the text is the end of the screen. */
  get #last(): number {
    const { rows, height } = this.#size();
    return Math.max(0, rows - height);
  }

  /** No further than to the end. */
  forward(rows: number): void {
    this.top = Math.max(this.top, Math.min(this.top + rows, this.#last));
  }

  back(rows: number): void {
    this.top = Math.max(0, this.top - rows);
    this.#isBeyond &&= this.top > this.#last;
  }

  toEnd(): void {
    this.top = this.#last;
    this.#isBeyond = false;
  }

  /** To a row that comes to the top of the screen, however near the end it is. */
  toRow(row: number): void {
    this.top = Math.max(0, Math.min(row, this.#size().rows - 1));
    this.#isBeyond = this.top > this.#last;
  }

  /** After a change of the text or the screen: no further than there is something to show. */
  settle(): void {
    this.top = Math.max(0, Math.min(this.top, this.#isBeyond ? this.#size().rows - 1 : this.#last));
  }
}
