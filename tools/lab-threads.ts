/**
 * Simulated labs side by side in a few threads: what a lab loads is loaded once in each of them, which is most of what
 * the start of a lab costs.
 */
import { Worker } from "node:worker_threads";
import type { LabToServe } from "../simulator/host/served-lab.ts";
import { keptTail, type StartedLab, startedLab } from "./lab-process.ts";
import type { FromLabThread, ToLabThread } from "./lab-thread.ts";

interface Waiting {
  opened: PromiseWithResolvers<Extract<FromLabThread, { kind: "opened" }>["description"]>;
  ended: PromiseWithResolvers<void>;
  log: ReturnType<typeof keptTail>;
}

class LabThread {
  readonly #worker = new Worker(new URL("./lab-thread.ts", import.meta.url));
  readonly #labs = new Map<number, Waiting>();
  #lastId = 0;
  /** Why it is no more. */
  #fault: Error | undefined;

  constructor() {
    this.#worker.on("message", (message: FromLabThread) => this.#heard(message));
    // A fault of ours, outside of any lab: none of the thread's labs is there any more.
    this.#worker.on("error", (error) => this.#lost(error));
    this.#worker.on("exit", () => this.#lost(new Error("the thread of the labs ended")));
  }

  /** How many labs it has; one that is gone has more than any other. */
  get load(): number {
    return this.#fault ? Number.POSITIVE_INFINITY : this.#labs.size;
  }

  async open(lab: LabToServe): Promise<StartedLab> {
    if (this.#fault) throw this.#fault;
    const id = ++this.#lastId;
    const waiting: Waiting = {
      opened: Promise.withResolvers(),
      ended: Promise.withResolvers(),
      log: keptTail(),
    };
    this.#labs.set(id, waiting);
    this.#tell({ kind: "open", id, lab });
    return startedLab({
      description: await waiting.opened.promise,
      log: waiting.log.text,
      stop: async () => {
        this.#tell({ kind: "close", id });
        await waiting.ended.promise;
      },
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #tell(message: ToLabThread): void {
    this.#worker.postMessage(message);
  }

  #heard(message: FromLabThread): void {
    const waiting = this.#labs.get(message.id);
    if (!waiting) return;
    if (message.kind === "said") waiting.log.add(`${message.line}\n`);
    else if (message.kind === "opened") waiting.opened.resolve(message.description);
    else {
      this.#labs.delete(message.id);
      if (message.kind === "refused") waiting.opened.reject(new Error(`the lab did not start:\n${message.reason}`));
      waiting.ended.resolve();
    }
  }

  #lost(error: Error): void {
    this.#fault ??= error;
    for (const waiting of this.#labs.values()) {
      waiting.log.add(`${error.stack ?? error.message}\n`);
      waiting.opened.reject(error);
      waiting.ended.resolve();
    }
    this.#labs.clear();
  }
}

export class LabThreads {
  readonly #threads: LabThread[];

  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => new LabThread());
  }

  /** In the thread that has fewest. @throws Error with the lab's own words, when it does not start */
  open(lab: LabToServe): Promise<StartedLab> {
    return this.#threads.reduce((least, thread) => (thread.load < least.load ? thread : least)).open(lab);
  }

  /** Labs that are still open are gone with their threads. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
