/** Running programs as processes, in the foreground of their shell or in its place. */

import { Refusal } from "../cluster/refusal.ts";
import { BoundReached } from "./bound.ts";
import { runAsProcess, runToEnd } from "./child-shell.ts";
import type { Descriptors } from "./descriptors.ts";
import { giveTerminal, tellEnd, waitInForeground } from "./job-control.ts";
import { ERRNO_TEXT, FileError } from "./node-files.ts";
import type { NodeProcess } from "./node-process.ts";
import { type ProgramEntry, Terminated } from "./process.ts";
import { programContext } from "./program-context.ts";
import type { FoundProgram } from "./program-lookup.ts";
import { runShellScript } from "./script-run.ts";
import type { Shell } from "./shell.ts";
import { runShellCommand } from "./shell-program.ts";
import { statusOfSignal } from "./signals.ts";
import { ShellError } from "./variables.ts";

export interface ProgramRun {
  found: Exclude<FoundProgram, { kind: "missing" }>;
  argv: string[];
  environment: Map<string, string>;
  /** Let go when the program has ended. */
  descriptors: Descriptors;
  text: string;
}

/** Start it as a child and wait for it. */
export async function startProgram(shell: Shell, run: ProgramRun): Promise<number> {
  const monitor = shell.options.has("monitor");
  const process = shell.around.processes.spawn({
    command: run.argv.join(" "),
    parent: shell.process,
    startedAtMs: shell.around.port.read((lab) => lab.nowMs),
  });
  if (!process) throw new ShellError("fork: retry: Resource temporarily unavailable", { status: 254 });
  if (monitor) {
    process.group = process.pid;
    giveTerminal(shell, process.group);
  }
  const ended = runInProcess(shell, process, run);
  if (monitor) {
    return waitInForeground(shell, {
      processes: [process],
      group: process.group,
      text: run.text,
      background: false,
      pipefail: false,
    });
  }
  // Without job control ^C reaches both; the shell waits for the program and then ends, too.
  const status = await abortable(ended, shell.process.signal);
  if (shell.process.signal.aborted) throw shell.process.signal.reason;
  await tellEnd(shell, process, run.text);
  return status;
}

/** Run it in the shell's own process, which a subshell of a pipeline does. */
export async function becomeProgram(shell: Shell, run: ProgramRun): Promise<number> {
  shell.process.command = run.argv.join(" ");
  const { found } = run;
  if (found.kind === "program") return runProgram(shell, shell.process, found.entry, run);
  return runShell(shell, run);
}

/** Run it to its end in a process that was made for it. Never rejects, but for our own bugs. */
async function runInProcess(shell: Shell, process: NodeProcess, run: ProgramRun): Promise<number> {
  let status = 1;
  try {
    if (run.found.kind === "program") status = await runProgram(shell, process, run.found.entry, run);
    else {
      status = await runShell(shell, run, process);
      return status;
    }
  } finally {
    run.descriptors.closeAll();
    process.finish(status);
  }
  return status;
}

async function runProgram(shell: Shell, process: NodeProcess, entry: ProgramEntry, run: ProgramRun): Promise<number> {
  const context = programContext(shell, process, { ...run, rights: entry.rights });
  const name = run.argv[0]!;
  const program = process.user.uid === 0 ? entry.program : (entry.forOthers ?? entry.program);
  try {
    return (await abortable(program(context), process.signal)) & 255;
  } catch (error) {
    if (error instanceof Terminated) {
      process.endedBy ??= error.signal;
      return statusOfSignal(error.signal);
    }
    if (!(error instanceof FileError || error instanceof Refusal || error instanceof BoundReached))
      shell.around.onFault(error);
    const text = error instanceof FileError ? `${error.path}: ${ERRNO_TEXT[error.code]}` : messageOf(error);
    await run.descriptors
      .get(2)
      ?.write(Buffer.from(`${name}: ${text}\n`), process)
      .catch(() => undefined);
    return 1;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A program that does not look at its signal is left behind when one ends it; its streams are closed under it. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined);
    throw signal.reason;
  }
  return new Promise((resolve, reject) => {
    const aborted = () => {
      // A turn for what it still has to say, such as a restored terminal.
      setImmediate(() => reject(signal.reason));
    };
    signal.addEventListener("abort", aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}

/** `bash`, `bash -c`, `bash FILE` and scripts: a shell of their own with the environment alone. */
async function runShell(shell: Shell, run: ProgramRun, process?: NodeProcess): Promise<number> {
  const body = (child: Shell) =>
    run.found.kind === "script"
      ? runShellScript(
          child,
          run.argv[0]!.includes("/") ? run.argv[0]! : run.found.path,
          run.found.text,
          run.argv.slice(1),
        )
      : runShellCommand(child, run.argv);
  const child = shell.fresh(process ?? shell.process, run.environment, run.descriptors);
  return process ? runAsProcess(child, () => body(child)) : runToEnd(child, () => body(child));
}
