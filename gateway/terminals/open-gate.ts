/**
 * How many SSH connections are being opened at once.
 *
 * Key exchange blocks the thread that forwards keys for some milliseconds, and a real sshd drops connections beyond
 * `MaxStartups 10:30:100`; so opens wait their turn, first come first served, per node.
 */
export class OpenGate {
  readonly #width: number;
  readonly #open = new Map<string, number>();
  readonly #queues = new Map<string, (() => void)[]>();

  constructor(width: number) {
    this.#width = width;
  }

  /** Run `work` when there is room for `key`. */
  async pass<T>(key: string, work: () => Promise<T>): Promise<T> {
    const open = this.#open.get(key) ?? 0;
    if (open < this.#width) this.#open.set(key, open + 1);
    else {
      const turn = Promise.withResolvers<void>();
      const queue = this.#queues.get(key) ?? [];
      queue.push(turn.resolve);
      this.#queues.set(key, queue);
      await turn.promise;
    }
    try {
      return await work();
    } finally {
      this.#leave(key);
    }
  }

  #leave(key: string): void {
    const queue = this.#queues.get(key);
    const next = queue?.shift();
    // The place passes on without becoming free in between.
    if (next) {
      next();
      return;
    }
    this.#queues.delete(key);
    const open = (this.#open.get(key) ?? 1) - 1;
    if (open === 0) this.#open.delete(key);
    else this.#open.set(key, open);
  }
}
