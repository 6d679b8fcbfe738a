/** Foreground and background: who has the terminal, what is waited for, what is told about jobs. */
import { runAsProcess } from "./child-shell.ts";
import { type Job, type JobState, jobLine, jobState } from "./jobs.ts";
import type { NodeProcess } from "./node-process.ts";
import { NullFile } from "./open-file.ts";
import { Terminated } from "./process.ts";
import { LoopExit, type Shell } from "./shell.ts";
import { SIGNAL_TEXT, statusOfSignal } from "./signals.ts";

type JobSpec = Omit<Job, "number" | "told" | "keep">;

/** Start a command or a list in the background and, in an interactive shell, tell its number. */
export async function startBackgroundJob(
  shell: Shell,
  command: string,
  text: string,
  body: (child: Shell) => Promise<number>,
): Promise<void> {
  const child = shell.fork({ ...(shell.options.has("monitor") && { group: 0 }), command });
  await addBackgroundJob(shell, [child], text);
  void runAsProcess(child, () => body(child));
}

/** Make a job of subshells that are about to run; `$!` is the last one's pid. */
export async function addBackgroundJob(shell: Shell, children: Shell[], text: string): Promise<void> {
  if (!shell.options.has("monitor")) {
    // Without job control nothing in the background may take the keys meant for others.
    children[0]!.descriptors.set(0, new NullFile());
    for (const child of children) child.process.ignored.add("SIGINT").add("SIGQUIT");
  }
  const processes = children.map((child) => child.process);
  const { group, pid } = processes.at(-1)!;
  const job = shell.jobs.add({
    group,
    processes,
    text,
    background: true,
    pipefail: processes.length > 1 && shell.options.has("pipefail"),
  });
  shell.lastBackground = pid;
  if (shell.interactive) await shell.write(2, `[${job.number}] ${pid}\n`);
  job.told = "running";
}

/** Resolves when a job has ended or stopped. @throws Terminated when the shell itself or its command is ended */
export function jobChange(shell: Shell, job: Pick<Job, "processes" | "pipefail">): Promise<JobState> {
  return new Promise((resolve, reject) => {
    const { signal } = shell.process;
    const stops: (() => void)[] = [];
    const look = () => {
      const state = jobState(job as Job);
      if (state.kind === "running") return;
      finish();
      shell.around.activity.touch();
      resolve(state);
    };
    const aborted = () => {
      finish();
      reject(signal.reason);
    };
    const finish = () => {
      for (const stop of stops) stop();
      signal.removeEventListener("abort", aborted);
    };
    for (const process of job.processes) stops.push(process.watch(look));
    signal.addEventListener("abort", aborted, { once: true });
    if (signal.aborted) aborted();
    else look();
  });
}

/**
 * Give a group the terminal before its programs start: one that reads at once must not find itself in the background.
 */
export function giveTerminal(shell: Shell, group: number): void {
  const { terminal } = shell.around;
  if (terminal) terminal.foreground = group;
}

/**
 * Give a job the terminal until it ends or stops.
 *
 * @returns its status
 * @throws Terminated SIGINT when ^C ended it, so that the whole command line ends; LoopExit when ^Z stopped it in a loop
 */
export async function waitInForeground(shell: Shell, spec: JobSpec | Job): Promise<number> {
  const { terminal } = shell.around;
  giveTerminal(shell, spec.group);
  let state: JobState;
  try {
    state = await jobChange(shell, spec);
  } finally {
    if (terminal) {
      terminal.foreground = shell.process.group;
      // A program that was ended while it had the keys raw leaves the terminal usable, as login shells see to.
      terminal.setMode("cooked");
    }
  }
  if (state.kind === "stopped") {
    const job = "number" in spec ? spec : shell.jobs.add({ ...spec, background: true });
    shell.jobs.touch(job);
    job.background = true;
    job.told = "stopped";
    await shell.write(2, `\n${jobLine(shell.jobs, job)}\n`);
    const status = statusOfSignal(state.signal);
    shell.lastStatus = status;
    if (shell.loopDepth > 0) throw new LoopExit("break", shell.loopDepth);
    return status;
  }
  if ("number" in spec) shell.jobs.remove(spec);
  if (state.kind === "running") return 0;
  if (state.signal === "SIGINT") {
    if (!shell.traps.get("INT")) throw new Terminated("SIGINT");
    if (shell.interactive) await shell.write(2, "\n");
    shell.pendingTraps.push("SIGINT");
  } else if (state.signal && state.signal !== "SIGPIPE" && shell.interactive) {
    await shell.write(2, `${SIGNAL_TEXT[state.signal] ?? state.signal}\n`);
  }
  return state.status;
}

/** A script says so when a signal ended what it waited for. */
export async function tellEnd(shell: Shell, process: NodeProcess, text: string): Promise<void> {
  const { endedBy } = process;
  if (!endedBy || shell.typed || endedBy === "SIGINT" || endedBy === "SIGPIPE") return;
  const what = SIGNAL_TEXT[endedBy] ?? endedBy;
  if (endedBy === "SIGTERM") await shell.write(2, `${what}\n`);
  else await shell.complain(`${String(process.pid).padStart(5)} ${what.padEnd(23)} ${text}`);
}

/** Before a prompt: tell of jobs that have ended or stopped since. */
export async function tellJobs(shell: Shell): Promise<void> {
  // Which is the current one is said as it was before any of them is gone.
  const lines = new Map(
    shell.jobs.jobs.map((job) => [job, jobLine(shell.jobs, job, { stopped: job.signalled === "stopped" })]),
  );
  for (const job of [...shell.jobs.jobs]) {
    const state = jobState(job);
    const { signalled } = job;
    job.signalled = undefined;
    if (signalled) {
      if (signalled === "stopped") await shell.write(2, `\n${lines.get(job)}\n`);
      continue;
    }
    if (state.kind === "running" || (state.kind === "stopped" && job.told === "stopped")) continue;
    const line = `${lines.get(job)}\n`;
    if (state.kind === "done") {
      shell.jobs.remove(job);
      if (shell.interactive) await shell.write(2, line);
    } else {
      job.told = "stopped";
      await shell.write(2, `\n${line}`);
    }
  }
}
