/** `jobs`, `fg`, `bg`, `wait`, `kill`, `disown`. */
import { forgetEndedCoprocesses } from "../coprocess.ts";
import { jobChange, waitInForeground } from "../job-control.ts";
import { type Job, jobLine, jobState, statusOfJob } from "../jobs.ts";
import type { SignalName } from "../process.ts";
import { signalService } from "../service-signals.ts";
import type { Shell } from "../shell.ts";
import { SIGNAL_NUMBERS, signalByText, signalTable, signalTranslated } from "../signals.ts";
import { type Builtin, complain, options, print } from "./builtin.ts";
import { refuseUse } from "./usage.ts";

export const jobs: Builtin = async (shell, argv) => {
  const flags = argv
    .slice(1)
    .filter((arg) => arg.startsWith("-"))
    .join("");
  const specs = argv.slice(1).filter((arg) => !arg.startsWith("-"));
  let status = 0;
  let out = "";
  const table = shell.jobs.jobs.length === 0 && shell.parentJobs ? shell.parentJobs : shell.jobs;
  for (const job of specs.length ? specs.map((spec) => table.find(spec)) : [...table.jobs]) {
    if (!job) {
      status = await complain(shell, "jobs", `${specs[0]}: no such job`);
      continue;
    }
    const state = jobState(job);
    if (flags.includes("r") && state.kind !== "running") continue;
    if (flags.includes("s") && state.kind !== "stopped") continue;
    out += flags.includes("p")
      ? `${job.processes[0]!.pid}\n`
      : `${jobLine(table, job, { long: flags.includes("l") })}\n`;
    if (table !== shell.jobs) continue;
    if (state.kind === "done") shell.jobs.remove(job);
    else if (state.kind === "stopped") job.told = "stopped";
  }
  return (await print(shell, "jobs", out)) || status;
};

export const fg: Builtin = async (shell, argv) => {
  if (!shell.options.has("monitor")) return complain(shell, "fg", "no job control");
  const job = argv[1] === undefined ? shell.jobs.current() : shell.jobs.find(argv[1]);
  if (!job) return complain(shell, "fg", `${argv[1] ?? "current"}: no such job`);
  if (jobState(job).kind === "done") {
    shell.jobs.remove(job);
    return complain(shell, "fg", "job has terminated");
  }
  await print(shell, "fg", `${job.text}\n`);
  job.background = false;
  resume(shell, job);
  return waitInForeground(shell, job);
};

export const bg: Builtin = async (shell, argv) => {
  if (!shell.options.has("monitor")) return complain(shell, "bg", "no job control");
  let status = 0;
  for (const spec of argv.length > 1 ? argv.slice(1) : [undefined]) {
    const job = spec === undefined ? shell.jobs.current() : shell.jobs.find(spec);
    if (!job || jobState(job).kind === "done") {
      status = await complain(shell, "bg", `${spec ?? "current"}: no such job`);
      continue;
    }
    if (jobState(job).kind === "running") {
      await complain(shell, "bg", `job ${job.number} already in background`);
      continue;
    }
    job.told = "running";
    await print(shell, "bg", `[${job.number}]${shell.jobs.mark(job)} ${job.text} &\n`);
    resume(shell, job);
  }
  return status;
};

function resume(shell: Shell, job: Job): void {
  if (shell.around.terminal && !job.background) shell.around.terminal.foreground = job.group;
  if (job.group !== shell.process.group) shell.around.processes.signalGroup(job.group, "SIGCONT");
  else for (const process of job.processes) process.deliver("SIGCONT");
}

export const wait: Builtin = async (shell, argv) => {
  const parsed = options(argv, "fnp:");
  if ("bad" in parsed) return refuseUse(shell, "wait", parsed.bad);
  const specs = parsed.operands;
  const variable = parsed.flags.get("p");
  if (variable !== undefined) shell.variables.unset(variable);
  if (parsed.flags.has("n")) {
    const chosen = specs.map((spec) => (spec.startsWith("%") ? shell.jobs.find(spec) : shell.jobs.byPid(Number(spec))));
    const running = (specs.length > 0 ? chosen.filter((job) => job !== undefined) : shell.jobs.jobs).filter(
      (job) => jobState(job).kind !== "stopped",
    );
    if (running.length === 0) return 127;
    const first = await interruptible(
      shell,
      Promise.race(running.map(async (job) => ({ job, state: await jobChange(shell, job) }))),
    );
    if (typeof first === "number") return first;
    if (variable !== undefined) shell.variables.set(variable, String(first.job.processes.at(-1)!.pid));
    if (!shell.interactive) shell.jobs.remove(first.job);
    return statusOfJob(first.state);
  }
  let status = 0;
  const wanted = specs.length ? specs : shell.jobs.jobs.map((job) => `%${job.number}`);
  for (const spec of wanted) {
    const job = spec.startsWith("%") ? shell.jobs.find(spec) : shell.jobs.byPid(Number(spec));
    if (!job) {
      const remembered = shell.endedJobs.get(Number(spec));
      if (remembered !== undefined) status = remembered;
      else if (spec.startsWith("%")) status = await complain(shell, "wait", `${spec}: no such job`, 127);
      else if (!/^\d+$/.test(spec))
        status = await complain(shell, "wait", `\`${spec}': not a pid or valid job spec`, 2);
      else status = await complain(shell, "wait", `pid ${spec} is not a child of this shell`, 127);
      continue;
    }
    const state = await interruptible(shell, jobChange(shell, job));
    if (typeof state === "number") return state;
    status = statusOfJob(state);
    if (state.kind === "done") {
      for (const process of job.processes) shell.endedJobs.set(process.pid, status);
      const isTold = shell.interactive
        ? specs.length === 0 || job.signalled !== undefined
        : shell.options.has("monitor");
      if (isTold) await shell.write(2, `${jobLine(shell.jobs, job)}\n`);
      shell.jobs.remove(job);
    }
  }
  forgetEndedCoprocesses(shell);
  return specs.length ? status : 0;
};

/** `wait` ends early when a trap has something to do. */
async function interruptible<T>(shell: Shell, work: Promise<T>): Promise<T | number> {
  let wake: (() => void) | undefined;
  const trapped = new Promise<number>((resolve) => {
    wake = () => resolve(128 + SIGNAL_NUMBERS[shell.pendingTraps[0] ?? "SIGINT"]);
    shell.trapArrived.add(wake);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, trapped]);
  } finally {
    shell.trapArrived.delete(wake!);
  }
}

export const kill: Builtin = async (shell, argv) => {
  let at = 1;
  let signal: SignalName | 0 = "SIGTERM";
  const first = argv[1];
  if (first === "-l" || first === "-L") {
    if (argv.length === 2) return print(shell, "kill", signalTable());
    let status = 0;
    for (const word of argv.slice(2)) {
      const name = signalTranslated(word);
      if (name === undefined) status = await complain(shell, "kill", `${word}: invalid signal specification`);
      else await print(shell, "kill", `${name}\n`);
    }
    return status;
  }
  if ((first === "-s" || first === "-n") && argv[2] === undefined)
    return complain(shell, "kill", `${first}: option requires an argument`);
  if (first === "-s" || first === "-n") at = 3;
  else if (first !== undefined && /^-./.test(first) && first !== "--") at = 2;
  if (at > 1) {
    const text = at === 3 ? (argv[2] ?? "") : first!.slice(1);
    const named = text === "0" ? 0 : signalByText(text);
    if (named === undefined) return complain(shell, "kill", `${text}: invalid signal specification`);
    signal = named;
  }
  if (argv[at] === "--") at++;
  if (argv.length <= at) {
    await shell.write(
      2,
      "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n",
    );
    return 2;
  }
  let status = 0;
  for (const target of argv.slice(at)) status = (await signalTarget(shell, target, signal)) || status;
  shell.process.signal.throwIfAborted();
  return status;
};

async function signalTarget(shell: Shell, target: string, signal: SignalName | 0): Promise<number> {
  const { processes } = shell.around;
  if (target.startsWith("%")) {
    const job = shell.jobs.find(target);
    if (!job) return complain(shell, "kill", `${target}: no such job`);
    if (signal === 0) return 0;
    // A job of an interactive shell is a process group; otherwise it has those of the shell for company.
    const group = job.group !== shell.process.group;
    const deliver = (name: SignalName) => {
      if (group) processes.signalGroup(job.group, name);
      else for (const process of job.processes) process.deliver(name);
    };
    if (shell.interactive && signal !== "SIGCONT") job.signalled = jobState(job).kind;
    deliver(signal);
    // A stopped job could not otherwise notice that it has been told to end.
    if (signal === "SIGTERM" || signal === "SIGHUP") deliver("SIGCONT");
    return 0;
  }
  if (!/^-?\d+$/.test(target)) {
    return complain(shell, "kill", `${target}: arguments must be process or job IDs`);
  }
  const pid = Number(target);
  const refused = (whom: string) => complain(shell, "kill", `(${whom}) - Operation not permitted`);
  if (pid === -1)
    return complain(shell, "kill", "(-1) - a signal to every process is not modelled in this simulated node yet");
  if (pid < 0) {
    const group = processes.group(-pid);
    if (group.length === 0) return complain(shell, "kill", `(${target}) - No such process`);
    if (!group.some((one) => one.obeys(shell.process.user))) return refused(target);
    if (signal !== 0) processes.signalGroup(-pid, signal);
    return 0;
  }
  const process = pid === 0 ? shell.process : processes.get(pid);
  if (process) {
    if (!process.obeys(shell.process.user)) return refused(target);
    if (signal !== 0) process.deliver(signal);
    return 0;
  }
  // Those of the model are root's, or of users that nobody logs in as.
  const isThere = shell.around.port.read((lab) => lab.nodes[shell.around.node]?.processes?.[pid] !== undefined);
  if (isThere && shell.process.user.uid !== 0) return refused(target);
  const outcome = signalService(shell.around.port, shell.around.node, pid, signal);
  if (outcome.kind === "no-process") return complain(shell, "kill", `(${pid}) - No such process`);
  if (outcome.kind === "not-modelled") {
    return complain(
      shell,
      "kill",
      `(${pid}) - this signal to ${outcome.name} is not modelled in this simulated node yet`,
    );
  }
  return 0;
}

export const disown: Builtin = async (shell, argv) => {
  const specs = argv.slice(1).filter((arg) => !arg.startsWith("-"));
  const all = argv.includes("-a");
  const keep = argv.includes("-h");
  const chosen = all
    ? [...shell.jobs.jobs]
    : specs.length
      ? specs.map((spec) => shell.jobs.find(spec))
      : [shell.jobs.current()];
  for (const [index, job] of chosen.entries()) {
    if (!job) return complain(shell, "disown", `${specs[index] ?? "current"}: no such job`);
    job.keep = true;
    if (!keep) shell.jobs.remove(job);
  }
  return 0;
};

/** The shell stops itself until the one that started it goes on with it. */
export const suspend: Builtin = async (shell, argv) => {
  const force = argv[1] === "-f";
  if (argv[1] !== undefined && !force) return complain(shell, "suspend", "too many arguments", 2);
  if (!shell.options.has("monitor")) return complain(shell, "suspend", "cannot suspend: no job control");
  if (shell.login && !force) return complain(shell, "suspend", "cannot suspend a login shell");
  const { process } = shell;
  const { terminal } = shell.around;
  process.deliverToGroup("SIGSTOP");
  await process.proceed();
  if (terminal) terminal.foreground = process.group;
  return 0;
};
