/**
 * Who looks at a terminal that is not theirs: only after its owner said yes, seen by the owner all the while, and ended by
 * either at any moment. Typing is a second permission, given and taken back by the owner alone.
 */
import type { Person } from "../../classroom/person.ts";
import type { Consent, Watcher } from "../protocol.ts";
import { Refused } from "../refused.ts";
import { newId } from "./writers.ts";

/** A question that nobody answers is not a yes. */
const ASKED_MS = 60_000;
/** One terminal has room for a class's teachers, not for an audience. */
const WATCHERS_MAX = 8;

export type WatchAct =
  | "watch-asked"
  | "watch-declined"
  | "watch-started"
  | "typing-granted"
  | "typing-revoked"
  | "watch-ended";

export interface WatchedBy {
  readonly id: string;
  readonly person: Person;
  mayType: boolean;
  /** The owner gave or took the right to type. */
  onTyping: (mayType: boolean) => void;
  /** The owner ended it, or the terminal did. */
  onEnded: () => void;
}

interface Entry extends WatchedBy {
  asking: PromiseWithResolvers<void> | undefined;
}

export interface WatchingOptions {
  /** After each change: who asks, watches and types now. */
  onChange: (watchers: Watcher[]) => void;
  /** For the audit log. @param by who did it */
  onAct: (act: WatchAct, watcher: Person, by: Person | undefined) => void;
  askedMs?: number;
}

export class Watching {
  readonly #options: WatchingOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: WatchingOptions) {
    this.#options = options;
  }

  get watchers(): Watcher[] {
    return [...this.#entries.values()].map(({ id, person, asking, mayType }) => ({
      watchId: id,
      name: person.name,
      state: asking ? "asking" : mayType ? "typing" : "watching",
    }));
  }

  /**
   * Ask the owner; resolves once they agree.
   *
   * @param signal the one who asks has gone
   * @throws Refused when they decline or do not answer
   */
  async ask(person: Person, signal: AbortSignal): Promise<WatchedBy> {
    if (this.#entries.size >= WATCHERS_MAX) {
      throw new Refused("limit", { id: "limit-watchers", values: { limit: WATCHERS_MAX } });
    }
    const asking = Promise.withResolvers<void>();
    const entry: Entry = { id: newId(), person, mayType: false, onTyping: () => {}, onEnded: () => {}, asking };
    const unanswered = () => asking.reject(new Refused("not-allowed", { id: "watch-unanswered" }));
    const timer = setTimeout(unanswered, this.#options.askedMs ?? ASKED_MS);
    signal.addEventListener("abort", unanswered);
    this.#entries.set(entry.id, entry);
    this.#options.onAct("watch-asked", person, person);
    this.#changed();
    try {
      await asking.promise;
      return entry;
    } catch (cause) {
      this.#entries.delete(entry.id);
      this.#changed();
      throw cause;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", unanswered);
    }
  }

  /** The owner's word. @throws Refused when nobody of that name is there */
  consent(owner: Person, watchId: string, allow: Consent): void {
    const entry = this.#entries.get(watchId);
    if (!entry) throw new Refused("not-found", { id: "watcher-unknown" });
    if (allow === "nothing") {
      if (entry.asking) {
        this.#options.onAct("watch-declined", entry.person, owner);
        entry.asking.reject(new Refused("not-allowed", { id: "watch-declined" }));
      } else this.end(watchId, owner);
      return;
    }
    if (entry.asking) {
      this.#options.onAct("watch-started", entry.person, owner);
      entry.asking.resolve();
      entry.asking = undefined;
    }
    if (entry.mayType !== (allow === "type")) {
      entry.mayType = allow === "type";
      entry.onTyping(entry.mayType);
      this.#options.onAct(entry.mayType ? "typing-granted" : "typing-revoked", entry.person, owner);
    }
    this.#changed();
  }

  /** @param by undefined when the terminal ended */
  end(watchId: string, by: Person | undefined): void {
    const entry = this.#entries.get(watchId);
    if (!entry) return;
    if (entry.asking) {
      entry.asking.reject(new Refused("not-found", { id: "session-unknown" }));
      return;
    }
    this.#entries.delete(watchId);
    this.#options.onAct("watch-ended", entry.person, by);
    this.#changed();
    entry.onEnded();
  }

  endAll(): void {
    for (const watchId of [...this.#entries.keys()]) this.end(watchId, undefined);
  }

  #changed(): void {
    this.#options.onChange(this.watchers);
  }
}
