/** A budget that fills with time: `perSecond` on average, `burst` at once. */
export class RateBudget {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  constructor(rate: { perSecond: number; burst: number }, now: () => number = () => performance.now()) {
    this.#perMs = rate.perSecond / 1000;
    this.#burst = rate.burst;
    this.#now = now;
    this.#left = rate.burst;
    this.#at = now();
  }

  /** Spend one; false when nothing is left. */
  take(): boolean {
    const now = this.#now();
    this.#left = Math.min(this.#burst, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
