/** A simulated lab in a process of its own, for proofs and tests: started, put into fast time, stopped. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type LabDescription, labDescription } from "../labs/lab-description.ts";
import { compiledFolder } from "../server/prepare.mjs";

export interface LabProcess {
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
}): Promise<LabProcess> {
  const command = fileURLToPath(new URL("../simulator/host/lab-command.ts", import.meta.url));
  const args = [command, "--nodes", String(options.nodes), "--seed", options.seed, "--json"];
  const env = { NODE_COMPILE_CACHE: compiledFolder, ...process.env };
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString("utf8")).slice(-LOG_CHARS_MAX);
  });
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
      ended.then(() => Promise.reject(new Error(`the lab ended at its start:\n${log}`))),
      new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`the lab did not start:\n${log}`)), START_TIMEOUT_MS).unref();
      }),
    ]);
    const description = labDescription.parse(JSON.parse(line));
    const control = (method: string, path: string, body?: unknown) => askControl(description, method, path, body);
    if (options.clock === "fast") await control("PUT", "/clock", { mode: "fast" });
    return { description, control, log: () => log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
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
