/**
 * The transfers of a page: a queue that runs a few at once, each with its progress and its end.
 *
 * Knows neither React nor HTTP: what moves the bytes is given.
 */
import type { Message } from "../../gateway/protocol.ts";
import { whyOf } from "./file-transfer.ts";

/** The gateway lets a person have four; one stays free for looking into folders. */
export const AT_ONCE = 3;

export interface Transfer {
  id: number;
  /** `upload` goes to the node. */
  way: "upload" | "download";
  node: string;
  name: string;
  done: number;
  /** Bytes; 0 while not known. */
  total: number;
  state: "waiting" | "going" | "finished" | "failed" | "exists";
  /** Why it failed, or asks first. */
  why?: Message | undefined;
}

export interface Work {
  way: Transfer["way"];
  node: string;
  name: string;
  total: number;
  /** Moves the bytes. `replace` once the reader has agreed to it. @throws TransferFailed, `file-exists` to be asked first */
  run(going: { onProgress(done: number, total: number): void; signal: AbortSignal; replace: boolean }): Promise<void>;
}

export class Transfers {
  #list: readonly Transfer[] = [];
  #next = 1;
  readonly #works = new Map<number, { work: Work; replace: boolean; stop: AbortController }>();
  readonly #listeners = new Set<() => void>();

  /** A new array after each change. */
  get list(): readonly Transfer[] {
    return this.#list;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  add(work: Work): number {
    const id = this.#next++;
    const { way, node, name, total } = work;
    this.#works.set(id, { work, replace: false, stop: new AbortController() });
    this.#set([...this.#list, { id, way, node, name, done: 0, total, state: "waiting" }]);
    this.#start();
    return id;
  }

  /** Write over the file that is there. */
  replace(id: number): void {
    this.#begin(id, true);
  }

  again(id: number): void {
    this.#begin(id, this.#works.get(id)?.replace ?? false);
  }

  /** Stop it if it goes on, and take it off the list. */
  remove(id: number): void {
    this.#works.get(id)?.stop.abort();
    this.#works.delete(id);
    this.#set(this.#list.filter((one) => one.id !== id));
    this.#start();
  }

  #begin(id: number, replace: boolean): void {
    const entry = this.#works.get(id);
    if (!entry) return;
    this.#works.set(id, { ...entry, replace, stop: new AbortController() });
    this.#change(id, { state: "waiting", done: 0, why: undefined });
    this.#start();
  }

  #start(): void {
    for (const { id } of this.#list.filter(({ state }) => state === "waiting")) {
      if (this.#list.filter(({ state }) => state === "going").length >= AT_ONCE) return;
      void this.#run(id);
    }
  }

  async #run(id: number): Promise<void> {
    const entry = this.#works.get(id);
    if (!entry) return;
    const { work, replace, stop } = entry;
    this.#change(id, { state: "going" });
    try {
      const onProgress = (done: number, total: number) => this.#change(id, { done, ...(total > 0 && { total }) });
      await work.run({ onProgress, signal: stop.signal, replace });
      this.#change(id, { state: "finished" });
    } catch (cause) {
      const why = whyOf(cause);
      this.#change(id, { state: why.id === "file-exists" ? "exists" : "failed", why });
    }
    this.#start();
  }

  #change(id: number, change: Partial<Transfer>): void {
    this.#set(this.#list.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  #set(list: readonly Transfer[]): void {
    this.#list = list;
    for (const listener of [...this.#listeners]) listener();
  }
}
