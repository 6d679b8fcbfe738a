/**
 * What a learner did on a page and the server has not heard yet: kept in the tab, sent in order once there is a way.
 *
 * It survives a reload of the tab. What the server refuses is dropped: sent again it would be refused again.
 */

interface Kept {
  path: string;
  body: unknown;
  /** Of several with one, only the last is sent: where somebody was is not news any more. */
  replaces: string | undefined;
}

export interface OutboxOptions {
  /** Throws where there is no way to the server. */
  send(path: string, body: unknown): Promise<Response>;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined;
  /** Calls back when it is worth trying again; the function it gives ends that. */
  retry(again: () => void): () => void;
}

const KEY = "quorate-outbox";
/** An afternoon of questions and hints; the oldest goes first. */
const KEPT_MOST = 500;

export class Outbox {
  readonly #options: OutboxOptions;
  #kept: Kept[];
  /** Who waits for an answer; what a reload kept has nobody. */
  readonly #waiting = new Map<Kept, { answered: (response: Response) => void; held: (() => void) | undefined }>();
  #sending = false;
  /** Asked for while something was on its way. */
  #again = false;
  #endRetry: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#kept = stored(options.storage);
    if (this.#kept.length > 0) void this.flush();
  }

  /** How many wait for a way. */
  get size(): number {
    return this.#kept.length;
  }

  /**
   * Resolves with the server's answer, however late; never, when something newer replaces it.
   *
   * @param how.replaces of several with one, only the last is sent
   * @param how.held called when there was no way, and it is kept
   */
  post(path: string, body: unknown, how: { replaces?: string; held?: () => void } = {}): Promise<Response> {
    const { replaces, held } = how;
    const kept: Kept = { path, body, replaces };
    const others = this.#kept.filter((one) => replaces === undefined || one.replaces !== replaces);
    const next = [...others, kept].slice(-KEPT_MOST);
    for (const one of this.#kept) if (!next.includes(one)) this.#waiting.delete(one);
    this.#keep(next);
    const answer = new Promise<Response>((answered) => this.#waiting.set(kept, { answered, held }));
    void this.flush();
    return answer;
  }

  /** Send what is kept, in order, as far as there is a way. */
  async flush(): Promise<void> {
    this.#again = true;
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let sent = this.#kept[0]; sent; sent = this.#kept[0]) {
        this.#again = false;
        const response = await this.#options.send(sent.path, sent.body).catch(() => undefined);
        // The server is there and cannot now: it restarts, or its database does.
        if (response === undefined || response.status >= 500) {
          // The way came back while this was on it.
          if (this.#again) continue;
          break;
        }
        const done = sent;
        this.#keep(this.#kept.filter((one) => one !== done));
        this.#waiting.get(sent)?.answered(response);
        this.#waiting.delete(sent);
      }
    } finally {
      this.#sending = false;
    }
    for (const one of this.#kept) this.#waiting.get(one)?.held?.();
    this.#endRetry?.();
    this.#endRetry = this.#kept.length > 0 ? this.#options.retry(() => void this.flush()) : undefined;
  }

  #keep(kept: Kept[]): void {
    this.#kept = kept;
    try {
      if (kept.length === 0) this.#options.storage?.removeItem(KEY);
      else this.#options.storage?.setItem(KEY, JSON.stringify(kept));
    } catch {
      // A browser that keeps nothing loses it with a reload alone.
    }
  }
}

function stored(storage: OutboxOptions["storage"]): Kept[] {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one): one is Kept => typeof one?.path === "string") : [];
  } catch {
    return [];
  }
}
