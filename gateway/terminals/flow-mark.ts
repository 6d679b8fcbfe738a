/**
 * How much may be on its way to a browser that it has not parsed: what it takes in during a round trip, and a margin.
 *
 * Too little and a fast browser far away waits for the next bytes; too much and ^C is felt only after all of it is drawn.
 * Both figures are measured from acknowledgements. A browser that says nothing keeps the mark it has.
 */
export const MARK = { least: 128 * 1024, first: 256 * 1024, most: 1024 * 1024 } as const;

/** Pages acknowledge this often; so much again must be on its way, or the page waits for nothing. */
const ACKNOWLEDGED_EVERY = 64 * 1024;
/** Weight of the newest figure in the speed. */
const NEWEST = 0.25;
/** After that long without a round trip that can be measured, the old one counts for nothing. */
const ROUND_TRIP_KNOWN_MS = 60_000;

export class FlowMark {
  readonly #now: () => number;
  #mark: number = MARK.first;
  /** Bytes a millisecond. */
  #speed: number | undefined;
  #busySinceMs: number | undefined;
  #roundTripMs: number | undefined;
  #roundTripAtMs = 0;
  /** A sent byte whose acknowledgement is waited for. */
  #probe: { offset: number; atMs: number } | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get bytes(): number {
    return this.#mark;
  }

  /** @param offset after what was sent @param before unparsed until then */
  sent(offset: number, before: number): void {
    if (before === 0) this.#busySinceMs = this.#now();
    // Behind a full queue the wait says more of the queue than of the way.
    if (!this.#probe && before <= ACKNOWLEDGED_EVERY) this.#probe = { offset, atMs: this.#now() };
  }

  /** @param bytes parsed since the last time @param left still unparsed */
  parsed(offset: number, bytes: number, left: number): void {
    const now = this.#now();
    if (this.#busySinceMs !== undefined && now > this.#busySinceMs) {
      const speed = bytes / (now - this.#busySinceMs);
      this.#speed = this.#speed === undefined ? speed : this.#speed + NEWEST * (speed - this.#speed);
    }
    this.#busySinceMs = left > 0 ? now : undefined;
    if (this.#probe && offset >= this.#probe.offset) {
      const took = now - this.#probe.atMs;
      const old = now - this.#roundTripAtMs > ROUND_TRIP_KNOWN_MS;
      if (this.#roundTripMs === undefined || old || took <= this.#roundTripMs) {
        this.#roundTripMs = took;
        this.#roundTripAtMs = now;
      }
      this.#probe = undefined;
    }
    if (this.#speed === undefined || this.#roundTripMs === undefined) return;
    const wanted = this.#speed * this.#roundTripMs + 2 * ACKNOWLEDGED_EVERY;
    this.#mark = Math.round(Math.min(MARK.most, Math.max(MARK.least, wanted)));
  }
}
