/**
 * Labs spread over worker threads, so that a busy shell in one lab leaves the host and most other labs alone.
 *
 * A lab always goes to the same worker, by its id. A worker that dies is replaced; its labs are opened again from
 * their files when they are next asked for.
 */
import { Worker } from "node:worker_threads";
import type { LabDescription } from "../../labs/lab-description.ts";
import { ControlRefusal, type LabControl, type LabSurroundingsState } from "./control-api.ts";
import type { LabChange, LabHouse, NewLab } from "./lab-house.ts";
import type { ClockMode } from "./lab-runner.ts";
import type { HostLog } from "./open-lab.ts";
import type { RestorePoint } from "./restore-points.ts";
import type { WorkerAnswer, WorkerData, WorkerLogLine, WorkerQuestion } from "./worker-protocol.ts";

export class WorkerPool implements LabHouse {
  readonly #directory: string;
  readonly #log: HostLog;
  readonly #workers: PooledWorker[];

  constructor(options: { directory: string; log: HostLog; workers: number }) {
    this.#directory = options.directory;
    this.#log = options.log;
    this.#workers = Array.from({ length: options.workers }, () => new PooledWorker(this.#directory, this.#log));
  }

  async create(lab: NewLab): Promise<void> {
    await this.#ask(lab.lab, { verb: "create", lab });
  }

  async describe(lab: string): Promise<LabDescription> {
    return (await this.#ask(lab, { verb: "describe", lab })) as LabDescription;
  }

  async remove(lab: string): Promise<void> {
    await this.#ask(lab, { verb: "remove", lab });
  }

  async addresses(lab: string): Promise<Record<string, string>> {
    return (await this.#ask(lab, { verb: "addresses", lab })) as Record<string, string>;
  }

  async restorePoints(lab: string): Promise<RestorePoint[]> {
    return (await this.#ask(lab, { verb: "restorePoints", lab })) as RestorePoint[];
  }

  async change(lab: string, change: LabChange): Promise<void> {
    await this.#ask(lab, { verb: "change", lab, change });
  }

  async saveStage(hash: string, lab: string): Promise<void> {
    await this.#ask(lab, { verb: "saveStage", lab, hash });
  }

  control(lab: string): LabControl {
    const ask = (question: WorkerQuestion) => this.#ask(lab, question);
    return {
      state: async () => (await ask({ verb: "state", lab })) as LabSurroundingsState,
      setLink: async (between, change) => void (await ask({ verb: "setLink", lab, between, change })),
      setPower: async (node, change) => void (await ask({ verb: "setPower", lab, node, change })),
      happen: async (event) => void (await ask({ verb: "happen", lab, event })),
      clock: async () => (await ask({ verb: "clock", lab })) as { mode: ClockMode; nowMs: number; wallMs: number },
      setClock: async (change) => void (await ask({ verb: "setClock", lab, change })),
      advance: async (ms) => void (await ask({ verb: "advance", lab, ms })),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  #ask(lab: string, question: WorkerQuestion): Promise<unknown> {
    let hash = 0;
    for (let i = 0; i < lab.length; i++) hash = (Math.imul(hash, 31) + lab.charCodeAt(i)) >>> 0;
    return this.#workers[hash % this.#workers.length]!.ask(question);
  }
}

class PooledWorker {
  readonly #directory: string;
  readonly #log: HostLog;
  #worker: Worker | undefined;
  #nextId = 1;
  #stopping = false;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

  constructor(directory: string, log: HostLog) {
    this.#directory = directory;
    this.#log = log;
  }

  ask(question: WorkerQuestion): Promise<unknown> {
    if (this.#stopping) return Promise.reject(new ControlRefusal(503, "the simulator is stopping"));
    return this.#send(question);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (!this.#worker) return;
    await this.#send({ verb: "stop" }).catch((error: unknown) =>
      this.#log.error("a worker did not stop cleanly", error),
    );
    await this.#worker?.terminate();
  }

  #send(question: WorkerQuestion): Promise<unknown> {
    const worker = this.#start();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...question });
    });
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const workerData: WorkerData = { directory: this.#directory };
    const worker = new Worker(new URL("./lab-worker.ts", import.meta.url), { workerData });
    this.#worker = worker;
    worker.on("message", (message: WorkerAnswer | WorkerLogLine) => this.#receive(message));
    worker.on("error", (error) =>
      this.#log.error("a worker with labs died; they are opened again when asked for", error),
    );
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.values())
        reject(new ControlRefusal(503, "the lab's worker died; try again"));
      this.#waiting.clear();
    });
    return worker;
  }

  #receive(message: WorkerAnswer | WorkerLogLine): void {
    if ("log" in message) {
      if (message.log === "info") this.#log.info(message.message);
      else this.#log.error("in a lab", message.message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (!waiting) return;
    if ("value" in message) waiting.resolve(message.value);
    else waiting.reject(new ControlRefusal(message.error.status ?? 500, message.error.message));
  }
}
