/** Jobs of an interactive shell: what runs in the background or was stopped. */
import type { NodeProcess } from "./node-process.ts";
import type { SignalName } from "./process.ts";
import { SIGNAL_TEXT, statusOfSignal } from "./signals.ts";

export interface Job {
  number: number;
  group: number;
  /** The last one's status is the job's. */
  processes: NodeProcess[];
  text: string;
  background: boolean;
  /** The state last told to the user. */
  told: "running" | "stopped" | "done" | "";
  /** `kill` has just sent it a signal: what it was then is told at the next prompt, what came of it at the one behind. */
  signalled?: JobState["kind"] | undefined;
  /** `disown -h` or `nohup`: not hung up with its terminal. */
  keep: boolean;
  /** With pipefail: the status of the last process that failed. */
  pipefail: boolean;
}

export type JobState =
  | { kind: "running" }
  | { kind: "stopped"; signal: SignalName }
  | { kind: "done"; status: number; signal: SignalName | undefined };

export function jobState(job: Job): JobState {
  if (job.processes.every((process) => process.status !== undefined)) {
    const last = job.processes.at(-1)!;
    let status = last.status ?? 0;
    if (job.pipefail) {
      const failed = job.processes.findLast((process) => process.status !== 0);
      status = failed?.status ?? 0;
    }
    return { kind: "done", status, signal: last.endedBy };
  }
  const stopped = job.processes.find((process) => process.stoppedBy);
  if (stopped && job.processes.every((process) => process.status !== undefined || process.stoppedBy)) {
    return { kind: "stopped", signal: stopped.stoppedBy! };
  }
  return { kind: "running" };
}

export class JobTable {
  jobs: Job[] = [];
  /** Most recently stopped or started last: `%+` is the last, `%-` the one before. */
  #order: number[] = [];

  add(spec: Omit<Job, "number" | "told" | "keep">): Job {
    const number = Math.max(0, ...this.jobs.map((job) => job.number)) + 1;
    const job: Job = { ...spec, number, told: "", keep: false };
    this.jobs.push(job);
    this.touch(job);
    return job;
  }

  /** Make it the current job. */
  touch(job: Job): void {
    this.#order = [...this.#order.filter((number) => number !== job.number), job.number];
  }

  remove(job: Job): void {
    this.jobs = this.jobs.filter((other) => other !== job);
    this.#order = this.#order.filter((number) => number !== job.number);
  }

  current(): Job | undefined {
    return this.#ranked(0);
  }

  previous(): Job | undefined {
    return this.#ranked(1) ?? this.#ranked(0);
  }

  mark(job: Job): "+" | "-" | " " {
    if (job === this.#ranked(0)) return "+";
    return job === this.#ranked(1) ? "-" : " ";
  }

  /** `%1`, `%+`, `%%`, `%-`, `%name`, `%?text`; undefined when there is none. */
  find(spec: string): Job | undefined {
    const body = spec.replace(/^%/, "");
    if (body === "" || body === "%" || body === "+") return this.current();
    if (body === "-") return this.previous();
    if (/^\d+$/.test(body)) return this.jobs.find((job) => job.number === Number(body));
    if (body.startsWith("?")) return this.jobs.find((job) => job.text.includes(body.slice(1)));
    return this.jobs.find((job) => job.text.startsWith(body));
  }

  byPid(pid: number): Job | undefined {
    return this.jobs.find((job) => job.processes.some((process) => process.pid === pid));
  }

  /** Stopped jobs rank before running ones, as in bash. */
  #ranked(rank: number): Job | undefined {
    const ordered = this.#order
      .map((number) => this.jobs.find((job) => job.number === number))
      .filter((job): job is Job => job !== undefined);
    const state = (job: Job) => (jobState(job).kind === "stopped" ? 1 : 0);
    return ordered.map((job, at) => ({ job, at })).sort((a, b) => state(b.job) - state(a.job) || b.at - a.at)[rank]
      ?.job;
  }
}

/** A line of `jobs`, or what is told before a prompt. */
export function jobLine(table: JobTable, job: Job, options: { long?: boolean; stopped?: boolean } = {}): string {
  const state: JobState = options.stopped ? { kind: "stopped", signal: "SIGTSTP" } : jobState(job);
  const words =
    state.kind === "running"
      ? "Running"
      : state.kind === "stopped"
        ? "Stopped"
        : state.signal
          ? (SIGNAL_TEXT[state.signal] ?? state.signal)
          : state.status === 0
            ? "Done"
            : `Exit ${state.status}`;
  const pid = options.long ? String(job.processes[0]?.pid).padStart(5) : "";
  const ampersand = state.kind === "running" ? " &" : "";
  return `[${job.number}]${table.mark(job)} ${pid} ${words.padEnd(24)}${job.text}${ampersand}`;
}

/** The status of a job that a wait was ended for. */
export function statusOfJob(state: JobState): number {
  if (state.kind === "done") return state.status;
  return state.kind === "stopped" ? statusOfSignal(state.signal) : 0;
}
