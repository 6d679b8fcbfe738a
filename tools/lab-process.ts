/** A simulated lab in a process of its own, as `npm run lab` has it, for tests: started, put into fast time, stopped. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type LabDescription, labDescription } from "../labs/lab-description.ts";
import { compiledFolder } from "../server/prepare.mjs";

/** A lab that is served somewhere else: in a process, or in a thread (`lab-threads.ts`). */
export interface StartedLab {
  description: LabDescription;
  /** One request to the lab's control address. @throws Error with its refusal */
  control(method: "GET" | "PUT" | "POST", path: string, body?: unknown): Promise<unknown>;
  /** What it wrote to standard error so far, its end. */
  log(): string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const LOG_CHARS_MAX = 20_000;

/** @throws Error with what the lab wrote, when it does not start */
export async function startLabProcess(options: {
  nodes: number;
  seed: string;
  clock?: "real" | "fast";
}): Promise<StartedLab> {
  const command = fileURLToPath(new URL("../simulator/host/lab-command.ts", import.meta.url));
  const args = [command, "--nodes", String(options.nodes), "--seed", options.seed, "--json"];
  const env = { NODE_COMPILE_CACHE: compiledFolder, ...process.env };
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env });
  const log = keptTail();
  child.stderr.on("data", (chunk: Buffer) => log.add(chunk.toString("utf8")));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
  };
  try {
    const line = await Promise.race([
      firstLine(child.stdout),
      ended.then(() => Promise.reject(new Error(`the lab ended at its start:\n${log.text()}`))),
      new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`the lab did not start:\n${log.text()}`)), START_TIMEOUT_MS).unref();
      }),
    ]);
    const lab = startedLab({ description: labDescription.parse(JSON.parse(line)), log: log.text, stop });
    if (options.clock === "fast") await lab.control("PUT", "/clock", { mode: "fast" });
    return lab;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What a lab wrote: its end, as much as a failure needs. */
export function keptTail(): { add(text: string): void; text(): string } {
  let kept = "";
  return {
    add: (text) => {
      kept = (kept + text).slice(-LOG_CHARS_MAX);
    },
    text: () => kept,
  };
}

export function startedLab(lab: Omit<StartedLab, "control">): StartedLab {
  return { ...lab, control: (method, path, body) => askControl(lab.description, method, path, body) };
}

async function askControl({ control }: LabDescription, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${control}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const answer = (await response.json()) as { error?: string };
  if (!response.ok) throw new Error(`${method} ${path}: ${answer.error ?? response.status}`);
  return answer;
}

function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => createInterface({ input: stream }).once("line", resolve));
}
