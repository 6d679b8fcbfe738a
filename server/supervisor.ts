/**
 * Starts the processes, keeps them running, stops them in order.
 *
 * Messages travel over the IPC channel, never as signals, which Windows lacks. A process that dies is started again
 * after a pause that doubles, and the terminal says so.
 */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { FromChild, ToChild } from "./child-process.ts";
import { appendLog, rotateLog } from "./logs.ts";
import { StartRefused } from "./start-refused.ts";

export interface Supervised {
  /** As the terminal and the log file call it: `grader`. */
  name: string;
  /** Path of the module that calls `runChild`. */
  file: string;
  /** Asked at every start. `earlier` is what the last run answered: same ports after a restart. */
  configuration(earlier: unknown): unknown;
  /** Called with the facts of the first start, and again when a restart answers other ones. */
  onFacts?(facts: unknown): void;
  env?: Record<string, string | undefined>;
  /** For Node itself, beside those that every process gets. */
  flags?: readonly string[];
}

const pausesMs = { first: 500, most: 30_000, forgottenAfter: 60_000 };
/** A stop writes labs and the database to disk. */
const graceMs = 15_000;
const startWithinMs = 120_000;

interface Running {
  spec: Supervised;
  child: ChildProcess | undefined;
  facts: unknown;
  pauseMs: number;
  retry: NodeJS.Timeout | undefined;
  ended: Promise<void>;
}

export class Supervisor {
  readonly #logsFolder: string;
  readonly #say: (line: string) => void;
  readonly #running: Running[] = [];
  #stopping = false;

  constructor(options: { logsFolder: string; say: (line: string) => void }) {
    this.#logsFolder = options.logsFolder;
    this.#say = options.say;
  }

  /** Start a process and wait until it is ready. @returns its facts @throws StartRefused with its own words */
  async start(spec: Supervised): Promise<unknown> {
    const running: Running = {
      ...{ spec, child: undefined, facts: undefined, retry: undefined },
      pauseMs: pausesMs.first,
      ended: Promise.resolve(),
    };
    this.#running.push(running);
    await this.#launch(running);
    spec.onFacts?.(running.facts);
    return running.facts;
  }

  /** Stop one that depends on facts that have changed; it is started again at once. */
  restart(name: string): void {
    const running = this.#running.find(({ spec }) => spec.name === name);
    if (running?.child?.connected) send(running.child, { kind: "stop" });
  }

  /** Process numbers by name, for tests and for the curious. */
  pids(): Record<string, number | undefined> {
    return Object.fromEntries(this.#running.map(({ spec, child }) => [spec.name, child?.pid]));
  }

  /** Stop all, the last started first. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const running of this.#running.toReversed()) {
      clearTimeout(running.retry);
      const { child } = running;
      if (!child || child.exitCode !== null || child.signalCode !== null) continue;
      if (child.connected) send(child, { kind: "stop" });
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await running.ended;
      clearTimeout(timer);
    }
  }

  async #launch(running: Running): Promise<void> {
    const { spec } = running;
    const logFile = this.#logFile(running);
    rotateLog(logFile);
    const child = fork(spec.file, [], {
      env: { ...process.env, ...spec.env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: ["--disable-warning=ExperimentalWarning", ...(spec.flags ?? [])],
    });
    running.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => appendLog(logFile, text));
    }
    const launchedAt = Date.now();
    let isReady = false;
    running.ended = new Promise((resolve) => {
      const end = (how: string) => {
        if (running.child !== child) return;
        running.child = undefined;
        resolve();
        if (isReady && !this.#stopping) this.#again(running, how, Date.now() - launchedAt);
      };
      child.once("error", (error) => end(error.message));
      child.once("exit", (code, signal) => end(signal ?? `exit ${code}`));
    });
    send(child, { kind: "start", configuration: spec.configuration(running.facts) });
    running.facts = await this.#ready(running, child);
    isReady = true;
    // It may have died between its answer and now.
    if (running.child !== child && !this.#stopping) this.#again(running, "ended at once", 0);
  }

  #ready(running: Running, child: ChildProcess): Promise<unknown> {
    const { name } = running.spec;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(this.#failure(running, `did not start within ${startWithinMs / 1000} s`));
      }, startWithinMs);
      child.on("message", (message: FromChild) => {
        clearTimeout(timer);
        if (message.kind === "ready") resolve(message.facts);
        else if (message.refusal) reject(new StartRefused(message.message));
        else reject(this.#failure(running, `did not start: ${message.message.split("\n")[0]}`));
      });
      child.once("exit", (code, signal) => {
        clearTimeout(timer);
        reject(this.#failure(running, `ended while starting (${signal ?? `exit ${code}`})`));
      });
      child.once("error", (error) => {
        clearTimeout(timer);
        reject(new StartRefused(`The ${name} could not be started: ${error.message}`));
      });
    });
  }

  #failure(running: Running, what: string): StartRefused {
    return new StartRefused(`The ${running.spec.name} ${what}. Its log has the rest: ${this.#logFile(running)}`);
  }

  #again(running: Running, how: string, ranMs: number): void {
    if (ranMs > pausesMs.forgottenAfter) running.pauseMs = pausesMs.first;
    const { name } = running.spec;
    this.#say(
      `The ${name} stopped (${how}); starting it again in ${running.pauseMs / 1000} s. Log: ${this.#logFile(running)}`,
    );
    const pauseMs = running.pauseMs;
    running.pauseMs = Math.min(pauseMs * 2, pausesMs.most);
    running.retry = setTimeout(() => {
      const before = running.facts;
      this.#launch(running).then(
        () => {
          this.#say(`The ${name} runs again.`);
          if (!isDeepStrictEqual(before, running.facts)) running.spec.onFacts?.(running.facts);
        },
        (error: unknown) => {
          if (this.#stopping) return;
          this.#again(running, error instanceof Error ? error.message : String(error), 0);
        },
      );
    }, pauseMs);
  }

  #logFile(running: Running): string {
    return join(this.#logsFolder, `${running.spec.name.replaceAll(" ", "-")}.log`);
  }
}

/** Path of a supervised process's module. */
export function processFile(name: string): string {
  return fileURLToPath(new URL(`./processes/${name}.ts`, import.meta.url));
}

function send(child: ChildProcess, message: ToChild): void {
  // A child that died a moment ago: its exit is handled elsewhere.
  child.send(message, () => {});
}
