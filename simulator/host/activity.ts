/**
 * Tells when everything that runs in a lab has come to its next wait.
 *
 * Programs, sessions and requests touch this whenever they do something. When nothing has been touched over some turns
 * of the event loop, all of them wait: for model time, for a key, for a packet from a client.
 */
export class Activity {
  #touches = 0;
  #holds = 0;

  /** Something ran just now. */
  touch(): void {
    this.#touches++;
  }

  /** The clock stands still until this is done (work outside the model, such as issuing a certificate). */
  async hold<T>(work: Promise<T>): Promise<T> {
    this.#holds++;
    try {
      return await work;
    } finally {
      this.#holds--;
      this.touch();
    }
  }

  /**
   * Resolves when nothing has run for `QUIET_TURNS` turns of the event loop.
   *
   * A turn hands over everything that is ready, microtasks included, so a program that neither waits nor touches is
   * not possible; two would do for one hand-over between two programs, the rest is for pipes of several.
   */
  async settled(): Promise<void> {
    let quiet = 0;
    let seen = this.#touches;
    while (quiet < QUIET_TURNS) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#touches === seen && this.#holds === 0) quiet++;
      else {
        quiet = 0;
        seen = this.#touches;
      }
    }
  }
}

const QUIET_TURNS = 4;
