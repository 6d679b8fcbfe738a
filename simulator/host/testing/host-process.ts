/** The simulator's host as a process of its own, for tests that kill it and for benchmarks that measure it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { controlRequest } from "../../../labs/control-request.ts";
import type { LabDescription } from "../../../labs/lab-description.ts";
import type { NewLab } from "../lab-house.ts";

export interface HostProcessOptions {
  dataDirectory: string;
  workers?: number;
  sleepAfterMs?: number;
  pulseEveryMs?: number;
  /** Threads have the program `hold-the-thread`; see faulty-worker.ts. */
  faulty?: boolean;
}

export interface HostProcess {
  child: ChildProcess;
  /** Lines of the host's log. */
  log: string[];
  /** The control address, with its secret. */
  url: string;
  /** A request to the control address; the path begins with `/labs` or `/workers`. @throws for a refusal, with its text */
  ask<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  create(lab: NewLab): Promise<LabDescription>;
  describe(lab: string): Promise<LabDescription>;
  /** End it as the product does: labs are saved first. */
  stop(): Promise<void>;
  /** SIGKILL: nothing is saved any more. */
  kill(): Promise<void>;
}

export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const child = fork(fileURLToPath(new URL("./host-main.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    execArgv: [],
  });
  const log: string[] = [];
  const ready = Promise.withResolvers<string>();
  child.on("message", (message: { url?: string; line?: string }) => {
    if (message.url !== undefined) ready.resolve(message.url);
    if (message.line !== undefined) log.push(message.line);
  });
  child.once("exit", () => ready.reject(new Error("the host ended before it was ready")));
  child.send(options);
  const url = await ready.promise;
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const { status, answer } = await controlRequest(url + path, { method, body });
    if (status > 299) throw new Error(`${status} ${(answer as { error?: string }).error}`);
    return answer as T;
  };
  const end = async (act: () => void) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    act();
    await ended;
  };
  return {
    child,
    log,
    url,
    ask,
    create: (lab) => ask("POST", "/labs", lab),
    describe: (lab) => ask("GET", `/labs/${lab}`),
    stop: () => end(() => child.send("stop")),
    kill: () => end(() => child.kill("SIGKILL")),
  };
}
