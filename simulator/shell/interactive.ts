/** The loop of a login shell: prompt, read a command line, run it. */
import { endOf, endOfFault } from "./child-shell.ts";
import type { Completer } from "./completion.ts";
import { createCompletion } from "./completion.ts";
import { runScript } from "./executor.ts";
import { expandText } from "./expansion.ts";
import { tellJobs } from "./job-control.ts";
import { jobState } from "./jobs.ts";
import { LineEditor } from "./line-editor.ts";
import { FileError } from "./node-files.ts";
import { COMMAND_LENGTH_MAX, PendingCommand } from "./pending-command.ts";
import { Terminated } from "./process.ts";
import { decodePrompt } from "./prompt.ts";
import { runSource } from "./script-run.ts";
import { FunctionReturn, LoopExit, type Shell, ShellExit } from "./shell.ts";
import { statusOfSignal } from "./signals.ts";
import { parseQuotedText } from "./syntax.ts";
import { runPendingTraps } from "./traps.ts";
import { ShellError } from "./variables.ts";

const HISTORY_FILE = "/root/.bash_history";

/** Debian's prompt for root. */
const PROMPT = "\\u@\\h:\\w\\$ ";

export async function interact(
  shell: Shell,
  options: { greeting?: string; completers: ReadonlyMap<string, Completer> },
): Promise<number> {
  const { terminal, history, files } = shell.around;
  if (!terminal) throw new Error("an interactive shell needs a terminal");
  if (options.greeting) await shell.write(1, options.greeting);
  await history.load(files, HISTORY_FILE);
  shell.variables.set("PS1", PROMPT);
  shell.variables.set("PS2", "> ");
  await readStartFiles(shell);
  const editor = new LineEditor({
    terminal,
    history,
    complete: createCompletion(shell, options.completers),
    activity: shell.around.activity,
  });
  let status = 0;
  try {
    for (;;) {
      shell.process.beginCommand();
      await tellJobs(shell);
      const outcome = await readAndRun(shell, editor);
      if (outcome.kind === "exit") {
        status = outcome.status;
        break;
      }
    }
  } finally {
    await history.save(files, HISTORY_FILE);
  }
  return status;
}

type Outcome = { kind: "again" } | { kind: "exit"; status: number };

async function readAndRun(shell: Shell, editor: LineEditor): Promise<Outcome> {
  const again: Outcome = { kind: "again" };
  const { history } = shell.around;
  const pending = new PendingCommand();
  let isFirst = true;
  for (;;) {
    const prompt = await promptText(shell, isFirst ? "PS1" : "PS2");
    let line: string | undefined;
    try {
      line = await editor.readLine(prompt, shell.process.signal);
    } catch (error) {
      if (error instanceof Terminated && !shell.process.life.aborted) {
        shell.lastStatus = statusOfSignal(error.signal);
        await runPendingTraps(shell);
        return again;
      }
      throw error;
    }
    if (line === undefined) {
      if (shell.around.terminal?.hungUp) return { kind: "exit", status: 129 };
      if (isFirst) return endOfInput(shell);
      await shell.complain("syntax error: unexpected end of file");
      shell.lastStatus = 2;
      return again;
    }
    const expanded = history.expand(line);
    if ("refusal" in expanded) {
      await shell.complain(expanded.refusal);
      history.add(line);
      return again;
    }
    if (expanded.changed) await shell.write(1, `${expanded.line}\n`);
    if (expanded.shownOnly) {
      history.add(expanded.line);
      return again;
    }
    isFirst = false;
    const parsed = pending.add(expanded.line);
    if (parsed === undefined) continue;
    if (parsed === "too-long") {
      await shell.complain(
        `a command of more than ${COMMAND_LENGTH_MAX >> 20} MiB is not modelled in this simulated shell`,
      );
      shell.lastStatus = 2;
      return again;
    }
    const { text } = pending;
    if (!text.startsWith(" ")) history.add(text);
    if (text.trim() === "") return again;
    if (parsed.kind === "error") {
      await shell.complain(parsed.message);
      shell.lastStatus = 2;
      return again;
    }
    shell.line = history.lines.length;
    await history.save(shell.around.files, HISTORY_FILE);
    if (parsed.kind !== "complete") return again;
    return runLine(shell, () => runScript(shell, parsed.script));
  }
}

async function endOfInput(shell: Shell): Promise<Outcome> {
  if (shell.options.has("ignoreeof")) {
    await shell.write(2, 'Use "logout" to leave the shell.\n');
    return { kind: "again" };
  }
  await shell.write(2, shell.login ? "logout\n" : "exit\n");
  if (shell.jobs.jobs.some((job) => jobState(job).kind === "stopped") && !shell.warnedOfJobs) {
    shell.warnedOfJobs = true;
    await shell.write(2, "There are stopped jobs.\n");
    return { kind: "again" };
  }
  return { kind: "exit", status: shell.lastStatus };
}

/** Run one command line; what ends it leaves the shell at its prompt, unless it ends the shell. */
async function runLine(shell: Shell, run: () => Promise<number>): Promise<Outcome> {
  shell.loopDepth = 0;
  shell.lenient = 0;
  const depth = shell.variables.depth;
  const { terminal } = shell.around;
  if (terminal) terminal.foreground = shell.process.group;
  const warned = shell.warnedOfJobs;
  try {
    shell.lastStatus = await run();
    await runPendingTraps(shell);
  } catch (error) {
    if (error instanceof ShellExit) return { kind: "exit", status: error.status };
    if (error instanceof Terminated) {
      if (shell.process.life.aborted) throw error;
      shell.lastStatus = statusOfSignal(error.signal);
      shell.process.beginCommand();
      await shell.write(2, "\n");
    } else if (error instanceof LoopExit) {
      // ^Z in a loop: the loop is left, its status is the stopped job's.
    } else if (error instanceof FunctionReturn) shell.lastStatus = error.status;
    else if (error instanceof ShellError) {
      // ^C may come while the message is on its way.
      if (!shell.process.life.aborted) shell.process.beginCommand();
      await shell.complain(error.message).catch((reason) => {
        if (!(reason instanceof Terminated) || shell.process.life.aborted) throw reason;
      });
      shell.lastStatus = error.status;
    } else shell.lastStatus = await endOfFault(shell, error);
  } finally {
    while (shell.variables.depth > depth) shell.variables.popScope();
    shell.calls = [];
    shell.inTrap = false;
    shell.pendingTraps = [];
    terminal?.setMode("cooked");
  }
  if (warned) shell.warnedOfJobs = false;
  return { kind: "again" };
}

async function promptText(shell: Shell, name: "PS1" | "PS2"): Promise<string> {
  const decoded = decodePrompt(shell, shell.variables.get(name) ?? "");
  if (!/[$`]/.test(decoded)) return decoded;
  const status = shell.lastStatus;
  let text = decoded;
  await endOf(shell, async () => {
    text = await expandText(shell, parseQuotedText(decoded));
    return 0;
  });
  shell.lastStatus = status;
  return text;
}

/** What a login shell reads; a missing file is no matter. */
async function readStartFiles(shell: Shell): Promise<void> {
  for (const path of ["/etc/profile", "/root/.bash_profile", "/root/.profile"]) {
    let text: string;
    try {
      text = Buffer.from(await shell.around.files.readFile(path)).toString("utf8");
    } catch (error) {
      if (error instanceof FileError) continue;
      throw error;
    }
    shell.process.beginCommand();
    shell.sourceDepth++;
    const outcome = await runLine(shell, () => runSource(shell, text));
    shell.sourceDepth--;
    if (outcome.kind === "exit") return;
    if (path === "/root/.bash_profile") break;
  }
  shell.lastStatus = 0;
}
