/** The loop of a shell that is typed into: prompt, read a command line, run it. */
import { endOf, endOfFault } from "./child-shell.ts";
import { editedText } from "./command-editing.ts";
import { createCompletion } from "./completion.ts";
import { runScript } from "./executor.ts";
import { expandText } from "./expansion.ts";
import { tellJobs } from "./job-control.ts";
import { jobState } from "./jobs.ts";
import { LineEditor } from "./line-editor/line-editor.ts";
import { FileError } from "./node-files.ts";
import { COMMAND_LENGTH_MAX, PendingCommand } from "./pending-command.ts";
import { Terminated } from "./process.ts";
import { decodePrompt } from "./prompt.ts";
import { readingOptions, runSource } from "./script-run.ts";
import { FunctionReturn, LoopExit, type Shell, ShellExit } from "./shell.ts";
import { statusOfSignal } from "./signals.ts";
import { parseQuotedText } from "./syntax.ts";
import { runPendingTraps } from "./traps.ts";
import { nextTurn, turnIsOver } from "./turns.ts";
import { ShellError } from "./variables.ts";

/** Debian's prompt for root, of `/etc/bash.bashrc`. */
const PROMPT = "\\u@\\h:\\w\\$ ";
/** What bash has by itself, and dash. */
const BARE_PROMPT = "\\s-\\v\\$ ";
const DASH_PROMPT = "\\$ ";

export interface InteractiveStart {
  greeting?: string;
  /** Files that it reads first, of each list the first that is there; none, and bash's own prompt, when absent. */
  startFiles?: readonly (readonly string[])[];
  /** Called once the first prompt is on its way. */
  onPrompt?(): void;
}

/** What a login shell reads, and another one. */
export const LOGIN_FILES: InteractiveStart["startFiles"] = [
  ["/etc/profile"],
  ["~/.bash_profile", "~/.bash_login", "~/.profile"],
];
export const rcFiles = (rc = "~/.bashrc"): InteractiveStart["startFiles"] => [["/etc/bash.bashrc"], [rc]];

/** Read commands at the terminal until the learner leaves or the client is gone; answers the last status. */
export async function beInteractive(shell: Shell, start: InteractiveStart = {}): Promise<number> {
  const { process } = shell;
  const giveBack = await takeTerminal(shell);
  shell.interactive = true;
  shell.typed = true;
  shell.source = "input";
  shell.options.add("monitor");
  shell.shopts.add("expand_aliases");
  if (!shell.dash) shell.options.add("histexpand").add("history").add("emacs");
  // Signals that would end another process only end an interactive shell's present command, or nothing.
  const stops = [
    process.onSignal("SIGINT", () => {
      if (shell.traps.get("INT") === undefined) process.interrupt("SIGINT");
    }),
    ...(["SIGQUIT", "SIGTERM", "SIGTSTP", "SIGTTIN", "SIGTTOU"] as const).map((name) =>
      process.onSignal(name, () => {}),
    ),
  ];
  try {
    return await interact(shell, start);
  } finally {
    for (const stop of stops) stop();
    leaveJobs(shell);
    giveBack();
  }
}

/** The keys go to the shell's own process group; one that was started in the background waits to be brought forward. */
async function takeTerminal(shell: Shell): Promise<() => void> {
  const { process } = shell;
  const { terminal } = shell.around;
  if (!terminal) throw new Error("an interactive shell needs a terminal");
  while (terminal.foreground !== 0 && terminal.foreground !== process.group && !terminal.hungUp) {
    process.deliverToGroup("SIGTTIN");
    await process.proceed();
  }
  const { group } = process;
  process.group = process.pid;
  terminal.foreground = process.pid;
  return () => {
    process.group = group;
    terminal.foreground = group;
    terminal.setMode("cooked");
  };
}

/** What runs in the background outlives a logout, but not a lost terminal; what is stopped could never go on. */
function leaveJobs(shell: Shell): void {
  const lost = shell.around.terminal?.hungUp === true || shell.process.endedBy === "SIGHUP";
  for (const job of shell.jobs.jobs) {
    if (job.keep || !(lost || jobState(job).kind === "stopped")) continue;
    for (const name of ["SIGHUP", "SIGCONT"] as const) shell.around.processes.signalGroup(job.group, name);
  }
}

async function interact(shell: Shell, start: InteractiveStart): Promise<number> {
  const { history, files, completers } = shell.around;
  const terminal = shell.around.terminal!;
  if (start.greeting) await shell.write(1, start.greeting);
  const { variables } = shell;
  if (!shell.dash) {
    const home = variables.get("HOME") ?? "/root";
    if (!variables.find("HISTFILE")) variables.set("HISTFILE", `${home}/.bash_history`);
    for (const name of ["HISTSIZE", "HISTFILESIZE"]) if (!variables.find(name)) variables.set(name, "500");
    await history.load(files, variables.get("HISTFILE")!);
  }
  const prompt = shell.dash ? DASH_PROMPT : start.startFiles ? PROMPT : BARE_PROMPT;
  if (start.startFiles || !variables.find("PS1")) variables.set("PS1", prompt);
  if (!variables.find("PS2")) variables.set("PS2", "> ");
  await readStartFiles(shell, start.startFiles ?? []);
  const editor: LineSource = shell.dash
    ? { readLine: (text, signal) => readPlainLine(shell, text, signal) }
    : new LineEditor({
        terminal,
        history,
        settings: shell.around.editor,
        complete: createCompletion(shell, completers),
        edit: (line) => editLine(shell, line),
        expand: (line) => expandedLine(shell, line),
      });
  const lines = new TypedLines(shell, editor);
  let status = 0;
  // What is written until the next turn of the event loop has been sent by then.
  if (start.onPrompt) setImmediate(() => guarded(shell, start.onPrompt!));
  try {
    for (;;) {
      shell.process.beginCommand();
      await tellJobs(shell);
      const outcome = await readAndRun(shell, lines);
      if (outcome.kind === "exit") {
        status = outcome.status;
        break;
      }
    }
    if (shell.login && !shell.replaced) await readStartFiles(shell, [["~/.bash_logout"]]);
  } finally {
    await saveHistory(shell);
  }
  return status;
}

/** A fault in what nobody waits for is told. */
function guarded(shell: Shell, work: () => void): void {
  try {
    work();
  } catch (error) {
    shell.around.onFault(error);
  }
}

/** ^X ^E: the line as the editor leaves it, to be run. */
async function editLine(shell: Shell, line: string): Promise<string | undefined> {
  const { terminal } = shell.around;
  const program = shell.variables.get("VISUAL") || shell.variables.get("EDITOR") || "editor";
  const edited = await editedText(shell, line, program, async (edit) => {
    terminal?.setMode("cooked");
    await runLine(shell, edit);
    terminal?.setMode("line-editor");
    shell.process.beginCommand();
  });
  const text = edited?.replace(/\n+$/, "");
  if (text) await shell.write(2, `${text}\n`);
  return text;
}

/** M-C-e: every word with its expansions made. */
async function expandedLine(shell: Shell, line: string): Promise<string> {
  let text = line;
  await endOf(shell, async () => {
    text = await expandText(shell, parseQuotedText(line));
    return 0;
  });
  return text;
}

interface LineSource {
  readLine(prompt: string, signal: AbortSignal, initial?: string): Promise<string | undefined>;
}

/** Lines one by one: a paste is several, and no prompt stands before its later ones. */
class TypedLines {
  #shell: Shell;
  #source: LineSource;
  #more: string[] = [];
  /** Which of those comes next. */
  #at = 0;
  /** What stands in the next line that is read. */
  initial = "";

  constructor(shell: Shell, source: LineSource) {
    this.#shell = shell;
    this.#source = source;
  }

  async next(prompt: () => Promise<string>): Promise<string | undefined> {
    if (this.#at < this.#more.length) return this.#more[this.#at++];
    const { initial } = this;
    this.initial = "";
    const typed = await this.#source.readLine(await prompt(), this.#shell.process.signal, initial);
    if (typed === undefined) return undefined;
    this.#more = typed.split("\n");
    if (this.#more.length > 1 && this.#more.at(-1) === "") this.#more.pop();
    this.#at = 1;
    return this.#more[0];
  }
}

/** dash leaves the editing of a line to the terminal. */
async function readPlainLine(shell: Shell, prompt: string, signal: AbortSignal): Promise<string | undefined> {
  const terminal = shell.around.terminal!;
  terminal.setMode("cooked");
  await terminal.write(prompt);
  let line = "";
  try {
    for (;;) {
      const bytes = await terminal.read(signal);
      if (!bytes) return line === "" ? undefined : line;
      line += Buffer.from(bytes).toString("utf8");
      if (line.endsWith("\n")) return line.slice(0, -1);
    }
  } catch (error) {
    await terminal.write("\n");
    throw error;
  }
}

async function saveHistory(shell: Shell): Promise<void> {
  const path = shell.variables.get("HISTFILE");
  if (path && !shell.dash) await shell.around.history.save(shell.around.files, path);
}

type Outcome = { kind: "again" } | { kind: "exit"; status: number };

async function readAndRun(shell: Shell, lines: TypedLines): Promise<Outcome> {
  const again: Outcome = { kind: "again" };
  const { history } = shell.around;
  const pending = new PendingCommand();
  for (;;) {
    let line: string | undefined;
    try {
      line = await lines.next(() => promptText(shell, pending.text === "" ? "PS1" : "PS2"));
    } catch (error) {
      if (!(error instanceof Terminated) || shell.process.life.aborted) throw error;
      // What was typed of a command that is given up is kept all the same.
      remember(shell, pending.text);
      shell.lastStatus = statusOfSignal(error.signal);
      if (shell.traps.get("INT") !== undefined) shell.pendingTraps.push("SIGINT");
      await runPendingTraps(shell);
      if (!shell.dash) await shell.write(2, "\n");
      return again;
    }
    if (line === undefined) {
      if (shell.around.terminal?.hungUp) return { kind: "exit", status: 129 };
      if (pending.text === "") return endOfInput(shell);
      return runUnfinished(shell, pending);
    }
    const expanded = expandTyped(shell, line, pending);
    if (expanded.refusal !== undefined) {
      await shell.complain(expanded.refusal);
      if (shell.shopts.has("histreedit")) lines.initial = line;
      continue;
    }
    if (expanded.changed && shell.shopts.has("histverify") && !expanded.shownOnly) {
      lines.initial = expanded.line;
      continue;
    }
    if (expanded.changed) await shell.write(2, `${expanded.line}\n`);
    if (expanded.shownOnly) {
      remember(shell, expanded.line);
      continue;
    }
    await giveWay(shell);
    const parsed = pending.add(expanded.line, readingOptions(shell));
    await giveWay(shell);
    if (parsed === undefined) continue;
    if (parsed === "too-long") {
      await shell.complain(
        `a command of more than ${COMMAND_LENGTH_MAX >> 20} MiB is not modelled in this simulated shell`,
      );
      shell.lastStatus = 2;
      return again;
    }
    const { text } = pending;
    shell.endsIgnored = 0;
    remember(shell, text);
    await giveWay(shell);
    if (text.trim() === "") return again;
    shell.commandNumber++;
    if (parsed.kind === "error") {
      await shell.complain(parsed.message);
      shell.lastStatus = 2;
      return again;
    }
    shell.line = history.lines.length;
    await saveHistory(shell);
    if (parsed.kind !== "complete") return again;
    const { warnedOfJobs } = shell;
    const outcome = await runLine(shell, () => runScript(shell, parsed.script));
    // Who was warned of stopped jobs and looked at them is not warned again.
    if (/^\s*jobs\b/.test(text)) shell.warnedOfJobs = warnedOfJobs;
    return outcome;
  }
}

/** Between the steps of a long line other sessions have their turns. */
async function giveWay(shell: Shell): Promise<void> {
  if (turnIsOver()) await nextTurn(shell.around.session);
}

/** ^D in the middle of a command: a here-document ends there, anything else is a mistake. */
async function runUnfinished(shell: Shell, pending: PendingCommand): Promise<Outcome> {
  const { text } = pending;
  const goesOn = pending.isDocument || pending.openQuote !== "";
  remember(shell, text);
  shell.lastStatus = 2;
  const outcome = await runLine(shell, () => runSource(shell, text));
  // The end of the input that the parser met is the shell's, too.
  return goesOn || outcome.kind === "exit" ? outcome : endOfInput(shell);
}

interface ExpandedLine {
  line: string;
  changed: boolean;
  shownOnly?: boolean;
  refusal?: string;
}

function expandTyped(shell: Shell, line: string, pending: PendingCommand): ExpandedLine {
  if (!shell.options.has("histexpand") || pending.isDocument) return { line, changed: false };
  const expanded = shell.around.history.expand(line, pending.openQuote, shell.shopts.has("extglob"));
  return "refusal" in expanded ? { line, changed: false, refusal: expanded.refusal } : expanded;
}

function remember(shell: Shell, text: string): void {
  if (!shell.options.has("history")) return;
  const { variables, shopts } = shell;
  const { history } = shell.around;
  const size = variables.get("HISTSIZE");
  if (size !== undefined && /^\d+$/.test(size)) history.limit(Number(size));
  history.add(text, {
    control: variables.get("HISTCONTROL") ?? "",
    ignore: variables.get("HISTIGNORE") ?? "",
    asTyped: shopts.has("lithist"),
    lineByLine: !shopts.has("cmdhist"),
  });
}

/** ^D: as often as IGNOREEOF says it is only answered. */
async function endOfInput(shell: Shell): Promise<Outcome> {
  const given = shell.variables.get("IGNOREEOF");
  const most =
    given === undefined ? (shell.options.has("ignoreeof") ? 10 : 0) : /^\d+$/.test(given) ? Number(given) : 10;
  if (most > 0 && shell.endsIgnored < most) {
    shell.endsIgnored++;
    await shell.write(2, `Use "${shell.login ? "logout" : "exit"}" to leave the shell.\n`);
    return { kind: "again" };
  }
  await shell.write(2, shell.dash ? "\n" : shell.login ? "logout\n" : "exit\n");
  if (shell.jobs.jobs.some((job) => jobState(job).kind === "stopped") && !shell.warnedOfJobs) {
    shell.warnedOfJobs = true;
    await shell.write(2, shell.dash ? "You have stopped jobs.\n" : "There are stopped jobs.\n");
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
    shell.frames = [];
    shell.inTrap = false;
    shell.pendingTraps = [];
    terminal?.setMode("cooked");
  }
  if (warned) shell.warnedOfJobs = false;
  return { kind: "again" };
}

/** What is shown of a prompt, characters: it is drawn anew with every line. */
const PROMPT_LENGTH_MAX = 16_384;

async function promptText(shell: Shell, name: "PS1" | "PS2"): Promise<string> {
  const decoded = decodePrompt(shell, (shell.variables.get(name) ?? "").slice(0, PROMPT_LENGTH_MAX));
  if (!/[$`]/.test(decoded)) return decoded;
  const status = shell.lastStatus;
  let text = decoded;
  await endOf(shell, async () => {
    text = await expandText(shell, parseQuotedText(decoded));
    return 0;
  });
  shell.lastStatus = status;
  return text.slice(0, PROMPT_LENGTH_MAX);
}

/** Of each list the first that is there; a missing one is no matter. */
async function readStartFiles(shell: Shell, lists: readonly (readonly string[])[]): Promise<void> {
  for (const list of lists) {
    for (const named of list) {
      const path = shell.resolve(named.replace(/^~/, shell.variables.get("HOME") ?? "/root"));
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
      break;
    }
  }
  shell.lastStatus = 0;
}
