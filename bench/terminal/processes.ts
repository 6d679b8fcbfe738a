/** Processes under measurement: started, asked, ended by their own id. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { BenchNode } from "./sshd.ts";

export async function startProcess(
  file: string,
  node: BenchNode,
): Promise<{ url: string; pid: number; child: ChildProcess }> {
  const child = fork(new URL(file, import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.send(node);
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  if (child.pid === undefined) throw new Error(`${file} did not start`);
  return { url, pid: child.pid, child };
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
