/**
 * Labs spread over worker threads, so that a busy shell in one lab leaves the host and most other labs alone.
 *
 * A lab always goes to the same worker, by its id. `pooled-worker.ts` watches each of them.
 */
import type { LabDescription } from "../../labs/lab-description.ts";
import type { LabControl, LabSurroundingsState } from "./control-api.ts";
import type { LabChange, LabHouse, NewLab } from "./lab-house.ts";
import type { ClockMode } from "./lab-runner.ts";
import type { LabNotice } from "./lab-store.ts";
import type { HostLog } from "./open-lab.ts";
import { PooledWorker } from "./pooled-worker.ts";
import type { RestorePoint } from "./restore-points.ts";
import type { WorkerData, WorkerPulse, WorkerQuestion } from "./worker-protocol.ts";

export interface PoolOptions {
  directory: string;
  log: HostLog;
  workers: number;
  sleepAfterMs?: number;
  pulseEveryMs?: number;
  /** See `PooledWorkerOptions`. */
  entry?: URL;
}

export class WorkerPool implements LabHouse {
  readonly #workers: PooledWorker[];

  constructor(options: PoolOptions) {
    const { directory, log, workers, sleepAfterMs, pulseEveryMs, entry } = options;
    const data: WorkerData = { directory, ...(sleepAfterMs !== undefined && { sleepAfterMs }) };
    this.#workers = Array.from(
      { length: workers },
      () =>
        new PooledWorker({ data, log, ...(pulseEveryMs !== undefined && { pulseEveryMs }), ...(entry && { entry }) }),
    );
  }

  async create(lab: NewLab): Promise<LabDescription> {
    return (await this.#ask(lab.lab, { verb: "create", lab })) as LabDescription;
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

  async notice(lab: string): Promise<LabNotice | undefined> {
    return (await this.#ask(lab, { verb: "notice", lab })) as LabNotice | undefined;
  }

  async change(lab: string, change: LabChange): Promise<void> {
    await this.#ask(lab, { verb: "change", lab, change });
  }

  async copy(lab: string, to: { lab: string; seed: string }): Promise<void> {
    await this.#ask(lab, { verb: "copy", lab, to });
  }

  async saveStage(hash: string, lab: string): Promise<void> {
    await this.#ask(lab, { verb: "saveStage", lab, hash });
  }

  async sleep(lab: string): Promise<void> {
    await this.#ask(lab, { verb: "sleep", lab });
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

  /** What each worker holds and uses; `pulse` is absent until the first one was felt. */
  workers(): { awake: number; pulse: WorkerPulse | undefined }[] {
    return this.#workers.map(({ awake, pulse }) => ({ awake, pulse }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  #ask(lab: string, question: WorkerQuestion): Promise<unknown> {
    return this.#workers[workerOf(lab, this.#workers.length)]!.ask(question);
  }
}

/** Which worker a lab goes to. */
export function workerOf(lab: string, workers: number): number {
  let hash = 0;
  for (let i = 0; i < lab.length; i++) hash = (Math.imul(hash, 31) + lab.charCodeAt(i)) >>> 0;
  return hash % workers;
}
