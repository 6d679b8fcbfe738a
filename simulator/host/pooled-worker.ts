/**
 * One worker thread with labs, watched from outside: one that dies or no longer answers is replaced, and takes only
 * itself along. The labs that were awake in it are woken again from their files; their shells are gone.
 */
import { Worker } from "node:worker_threads";
import { ControlRefusal } from "./control-api.ts";
import type { HostLog } from "./open-lab.ts";
import type { WorkerData, WorkerMessage, WorkerPulse, WorkerQuestion } from "./worker-protocol.ts";

/** A worker is asked for its pulse this often, milliseconds. */
const PULSE_EVERY_MS = 2_000;
/**
 * So many pulses without an answer and the worker is stuck in something that never gives the thread back (a regular
 * expression that explodes). Counted, not timed: a host that was stopped itself finds one pulse unanswered.
 */
const PULSES_MISSED_MAX = 5;
/**
 * The same until a new worker has answered once, by the time that its pulses take, milliseconds: it loads its programs
 * first, which lasts as long however often it is asked.
 */
const SILENT_AT_START_MAX_MS = 40_000;
/**
 * Old generation of a worker's heap, MiB: a lab takes well under one, its shells at most `LAB_BYTES_MAX`; a worker that
 * outgrows this has a fault, and ends alone instead of taking the host along.
 */
const HEAP_MIB_MAX = 1_024;
/**
 * Labs are woken again by themselves unless two workers in a row lived shorter than this: it may be one of them that
 * ends it, and then the others are woken when they are asked for.
 */
const LIVED_MS_MIN = 20_000;
/** A lab at whose waking the worker died this often is given up: its files are kept, and it begins anew. */
const DEATHS_AT_WAKING_MAX = 2;

export interface PooledWorkerOptions {
  data: WorkerData;
  log: HostLog;
  /** Shorter in tests. */
  pulseEveryMs?: number;
  /** What a thread runs; another module only in tests that need a fault in it. */
  entry?: URL;
}

export class PooledWorker {
  readonly #options: PooledWorkerOptions;
  readonly #waiting = new Map<
    number,
    { question: WorkerQuestion; resolve(value: unknown): void; reject(error: Error): void }
  >();
  readonly #awake = new Set<string>();
  readonly #deathsAtWaking = new Map<string, number>();
  #worker: Worker | undefined;
  #startedAtMs = 0;
  #pulses: NodeJS.Timeout | undefined;
  #missed = 0;
  #diedYoung = 0;
  #nextId = 1;
  #stopping = false;
  /** Labs that are given up before anything else is asked of the next worker. */
  #givenUp: string[] = [];
  pulse: WorkerPulse | undefined;

  constructor(options: PooledWorkerOptions) {
    this.#options = options;
  }

  get #pulseEveryMs(): number {
    return this.#options.pulseEveryMs ?? PULSE_EVERY_MS;
  }

  /** Labs that are awake in it now. */
  get awake(): number {
    return this.#awake.size;
  }

  ask(question: WorkerQuestion): Promise<unknown> {
    if (this.#stopping) return Promise.reject(new ControlRefusal(503, "the simulator is stopping"));
    return this.#send(question);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#pulses);
    if (!this.#worker) return;
    await this.#send({ verb: "stop" }).catch((error: unknown) =>
      this.#options.log.error("a worker did not stop cleanly", error),
    );
    await this.#worker?.terminate();
  }

  #send(question: WorkerQuestion): Promise<unknown> {
    const worker = this.#start();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { question, resolve, reject });
      worker.postMessage({ id, ...question });
    });
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(this.#options.entry ?? new URL("./lab-worker.ts", import.meta.url), {
      workerData: this.#options.data,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
    });
    this.#worker = worker;
    this.#startedAtMs = performance.now();
    this.#missed = 0;
    worker.on("message", (message: WorkerMessage) => this.#receive(message));
    worker.on("error", (error) => this.#options.log.error("a worker with labs died", error));
    worker.on("exit", () => this.#ended(worker));
    clearInterval(this.#pulses);
    this.#pulses = setInterval(() => this.#feel(worker), this.#pulseEveryMs).unref();
    for (const lab of this.#givenUp.splice(0)) void this.#send({ verb: "giveUp", lab }).catch(() => undefined);
    return worker;
  }

  #feel(worker: Worker): void {
    if (this.#worker !== worker || this.#stopping) return;
    if (this.#missed >= (this.pulse ? PULSES_MISSED_MAX : SILENT_AT_START_MAX_MS / this.#pulseEveryMs)) {
      const labs = [...this.#awake].join(", ") || "none";
      this.#options.log.error(
        "a worker with labs is stuck and is replaced",
        new Error(`no answer to ${this.#missed} pulses; awake in it: ${labs}`),
      );
      void worker.terminate();
      return;
    }
    this.#missed++;
    void this.#send({ verb: "pulse" }).then(
      (pulse) => {
        this.#missed = 0;
        this.pulse = pulse as WorkerPulse;
      },
      () => undefined,
    );
  }

  #ended(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.pulse = undefined;
    clearInterval(this.#pulses);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    if (!this.#stopping) {
      for (const { question } of waiting) {
        if (question.verb === "describe") this.#diedAtWaking(question.lab);
        else if (question.verb === "create") this.#diedAtWaking(question.lab.lab);
      }
    }
    for (const { reject } of waiting) reject(new ControlRefusal(503, "the lab's worker died; try again"));
    const labs = [...this.#awake];
    this.#awake.clear();
    if (this.#stopping) return;
    this.#diedYoung = performance.now() - this.#startedAtMs < LIVED_MS_MIN ? this.#diedYoung + 1 : 0;
    if (this.#diedYoung > 1 && labs.length > 0) {
      this.#options.log.info(`${labs.length} labs of the worker that died are woken when they are asked for`);
      return;
    }
    void this.#wakeAgain(labs);
  }

  /** One after another, so that those who ask for their lab now do not wait for all of them. */
  async #wakeAgain(labs: string[]): Promise<void> {
    for (const lab of labs) {
      if (this.#stopping) return;
      await this.#send({ verb: "describe", lab }).catch((error: unknown) =>
        this.#options.log.error(`lab ${lab} was not woken again`, error),
      );
    }
    if (labs.length > 0) this.#options.log.info(`${labs.length} labs are awake again in a new worker`);
  }

  #diedAtWaking(lab: string): void {
    const deaths = (this.#deathsAtWaking.get(lab) ?? 0) + 1;
    this.#deathsAtWaking.set(lab, deaths);
    if (deaths < DEATHS_AT_WAKING_MAX) return;
    this.#deathsAtWaking.delete(lab);
    this.#givenUp.push(lab);
  }

  #receive(message: WorkerMessage): void {
    if ("log" in message) {
      if (message.log === "info") this.#options.log.info(message.message);
      else this.#options.log.error("in a lab", message.message);
      return;
    }
    if ("unknown" in message) {
      this.#options.log.unknownCommand?.(message.lab, message.unknown);
      return;
    }
    if ("awake" in message) {
      if (message.awake) {
        this.#awake.add(message.lab);
        this.#deathsAtWaking.delete(message.lab);
      } else this.#awake.delete(message.lab);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (!waiting) return;
    if ("value" in message) waiting.resolve(message.value);
    else waiting.reject(new ControlRefusal(message.error.status ?? 500, message.error.message));
  }
}
