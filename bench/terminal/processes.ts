/** Processes under measurement: started, asked, ended by their own id. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { BenchNode } from "./sshd.ts";

/** @param flags for Node itself */
export async function startProcess(
  file: string,
  node: BenchNode,
  flags: readonly string[] = [],
): Promise<{ url: string; pid: number; child: ChildProcess }> {
  const child = fork(new URL(file, import.meta.url), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    execArgv: [...flags],
  });
  child.send(node);
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  if (child.pid === undefined) throw new Error(`${file} did not start`);
  return { url, pid: child.pid, child };
}

/** What the process says of its memory, in one line of MB: the answer to a figure that is too high. */
export async function memoryOf(child: ChildProcess): Promise<string> {
  child.send("memory");
  const [used] = (await once(child, "message")) as [NodeJS.MemoryUsage];
  return Object.entries(used)
    .map(([what, bytes]) => `${what} ${Math.round(bytes / 1_000_000)}`)
    .join(", ");
}

/** Resident memory, bytes. */
export function residentBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) * 1024;
}

/** Processor time so far, seconds: user and system, at the kernel's 100 ticks a second. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
