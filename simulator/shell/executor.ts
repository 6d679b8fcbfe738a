/** Walking the syntax tree: lists, pipelines and compound commands. */

import { runAsProcess } from "./child-shell.ts";
import { caseHead, commandText, forHead } from "./command-text.ts";
import { conditionHolds } from "./conditional.ts";
import { runCoprocess } from "./coprocess.ts";
import { evaluateText, expandPattern, expandText, expandWords } from "./expansion.ts";
import { keepSource } from "./function-places.ts";
import { addBackgroundJob, giveTerminal, startBackgroundJob, tellEnd, waitInForeground } from "./job-control.ts";
import { type OpenFile, openPipe } from "./open-file.ts";
import { matchesPattern } from "./pattern.ts";
import { abortable } from "./program-run.ts";
import { redirect } from "./redirection.ts";
import { askToSelect } from "./select-loop.ts";
import { LoopExit, type Shell, ShellExit } from "./shell.ts";
import { runSimpleCommand } from "./simple-command.ts";
import type {
  CommandNode,
  ForNode,
  PipelineNode,
  RedirectionNode,
  ScriptNode,
  SimpleCommandNode,
  StatementNode,
  WordNode,
  WordPart,
} from "./syntax-tree.ts";
import { trace } from "./tracing.ts";
import { aboutToRun, runPendingTraps, runTrap } from "./traps.ts";
import { ShellError } from "./variables.ts";

/** Run a parsed script in this shell; answers the status of its last command. */
export function runScript(shell: Shell, script: ScriptNode): Promise<number> {
  return runList(shell, script.statements);
}

async function runList(shell: Shell, statements: readonly StatementNode[]): Promise<number> {
  let status = 0;
  for (const statement of statements) status = await runStatement(shell, statement);
  return status;
}

async function runStatement(shell: Shell, statement: StatementNode): Promise<number> {
  const pause = shell.step();
  if (pause) await pause;
  if (shell.options.has("noexec") && !shell.interactive) return 0;
  if (shell.pendingTraps.length > 0) await runPendingTraps(shell);
  if (statement.background) {
    const text = commandText(statement).replace(/ &$/, "");
    const [pipeline] = statement.pipelines;
    const plain = statement.pipelines.length === 1 && pipeline && !pipeline.negated && !pipeline.timed;
    const only = plain && pipeline.commands.length === 1 ? pipeline.commands[0] : undefined;
    if (plain && !only) await startBackgroundPipes(shell, pipeline, text);
    else {
      await startBackgroundJob(shell, only && isPlain(only) ? plainText(only) : text, text, (child) => {
        // One process, which `kill $!` ends, and not a shell that waits for another.
        if (only) return runCommand(child, only, { text: () => text, inPlace: true });
        return runStatement(child, { ...statement, background: false });
      });
    }
    shell.lastStatus = 0;
    return 0;
  }
  let status = shell.lastStatus;
  const last = statement.pipelines.length - 1;
  let decisive: PipelineNode | undefined;
  for (const [index, pipeline] of statement.pipelines.entries()) {
    const operator = statement.operators[index - 1];
    if ((operator === "&&" && status !== 0) || (operator === "||" && status === 0)) continue;
    if (index < last) shell.lenient++;
    try {
      status = await runPipeline(shell, pipeline);
    } finally {
      if (index < last) shell.lenient--;
    }
    shell.lastStatus = status;
    decisive = index === last ? pipeline : undefined;
  }
  if (status !== 0 && decisive && shell.lenient === 0 && failureCounts(decisive)) {
    if (shell.traps.get("ERR")) await runTrap(shell, "ERR", status);
    if (shell.options.has("errexit")) throw new ShellExit(status);
  }
  return status;
}

/** Whether `set -e` looks at this one: inside other compound commands the inner command has been looked at already. */
function failureCounts(pipeline: PipelineNode): boolean {
  if (pipeline.negated) return false;
  if (pipeline.commands.length > 1) return true;
  return ["SimpleCommand", "Subshell", "ArithmeticCommand", "ConditionalCommand"].includes(pipeline.commands[0]!.type);
}

async function runPipeline(shell: Shell, pipeline: PipelineNode): Promise<number> {
  const startedAtMs = pipeline.timed ? shell.around.port.read((lab) => lab.nowMs) : 0;
  if (pipeline.negated) shell.lenient++;
  let status: number;
  try {
    if (pipeline.commands.length === 0) status = 0;
    else if (pipeline.commands.length === 1) {
      const command = pipeline.commands[0]!;
      status = await runCommand(shell, command, { text: () => commandText(command) });
      shell.pipeStatus = [status];
    } else status = await runPipes(shell, pipeline);
  } catch (error) {
    if (!(error instanceof ShellError) || error.fatal || error.discard) throw error;
    // The command is given up, the shell goes on.
    await shell.complainOf(error);
    status = error.status;
    shell.pipeStatus = [status];
    if (shell.lenient === 0 && shell.options.has("errexit")) throw new ShellExit(status);
  } finally {
    if (pipeline.negated) shell.lenient--;
  }
  if (pipeline.timed) await tellTime(shell, startedAtMs, pipeline.timePosix);
  if (pipeline.negated) return status === 0 ? 1 : 0;
  return status;
}

async function tellTime(shell: Shell, startedAtMs: number, posix: boolean): Promise<void> {
  const seconds = (shell.around.port.read((lab) => lab.nowMs) - startedAtMs) / 1000;
  const format = posix ? undefined : shell.variables.get("TIMEFORMAT");
  if (format !== undefined) {
    const text = format.replace(/%%|%P|%(\d?)(l?)([RUS])/g, (all, digits, long, which) => {
      if (all === "%%") return "%";
      if (all === "%P") return "0.00";
      const value = which === "R" ? seconds : 0;
      const places = Math.min(Number(digits || 3), 3);
      return long ? `${Math.floor(value / 60)}m${(value % 60).toFixed(places)}s` : value.toFixed(places);
    });
    if (format !== "") await shell.write(2, `${text}\n`);
    return;
  }
  const long = `${Math.floor(seconds / 60)}m${(seconds % 60).toFixed(3)}s`;
  await shell.write(
    2,
    posix ? `real ${seconds.toFixed(2)}\nuser 0.00\nsys 0.00\n` : `\nreal\t${long}\nuser\t0m0.000s\nsys\t0m0.000s\n`,
  );
}

interface Pipes {
  children: Shell[];
  runs: (() => Promise<number>)[];
  /** What the last command reads, when that runs in the shell itself. */
  input: ReturnType<typeof openPipe>["reader"] | undefined;
}

/** Several commands, each in a subshell, joined by pipes; they do not run yet. */
function layPipes(shell: Shell, pipeline: PipelineNode, lastInPlace: boolean): Pipes {
  const children: Shell[] = [];
  let input: Pipes["input"];
  const runs: (() => Promise<number>)[] = [];
  const monitor = shell.options.has("monitor");
  for (const [index, command] of pipeline.commands.entries()) {
    if (lastInPlace && index === pipeline.commands.length - 1) break;
    let child: Shell;
    try {
      child = shell.fork({
        ...(monitor && { group: children[0]?.process.group ?? 0 }),
        ...(isPlain(command) && { command: plainText(command) }),
      });
    } catch (error) {
      // The others never run: their places and pipes are free again.
      input?.release();
      for (const one of children) {
        one.descriptors.closeAll();
        one.process.finish(254);
      }
      throw error;
    }
    if (input) child.descriptors.set(0, input);
    input = undefined;
    if (index < pipeline.commands.length - 1) {
      const pipe = openPipe(shell.around.activity);
      child.descriptors.set(1, pipe.writer);
      if (pipeline.pipeStderr[index]) child.descriptors.set(2, pipe.writer.retain());
      input = pipe.reader;
    }
    children.push(child);
    const text = () => commandText(command);
    runs.push(() => runAsProcess(child, () => runCommand(child, command, { inPlace: true, text })));
  }
  return { children, runs, input };
}

async function startBackgroundPipes(shell: Shell, pipeline: PipelineNode, text: string): Promise<void> {
  const { children, runs } = layPipes(shell, pipeline, false);
  await addBackgroundJob(shell, children, text);
  for (const run of runs) void run();
}

async function runPipes(shell: Shell, pipeline: PipelineNode): Promise<number> {
  const text = () => commandText(pipeline);
  const monitor = shell.options.has("monitor");
  // Without job control the last one may run in the shell itself.
  const lastInPlace = !monitor && shell.shopts.has("lastpipe");
  const { children, runs, input } = layPipes(shell, pipeline, lastInPlace);
  const processes = children.map((child) => child.process);
  if (monitor) giveTerminal(shell, processes[0]!.group);
  const ended: Promise<number>[] = [];
  for (const run of runs) {
    ended.push(run());
    // What is traced comes in the order of the commands.
    if (shell.options.has("xtrace")) await shell.giveWay();
  }
  const pipefail = shell.options.has("pipefail");
  if (monitor) {
    const status = await waitInForeground(shell, {
      processes,
      group: processes[0]!.group,
      text: text(),
      background: false,
      pipefail,
    });
    shell.pipeStatus = processes.map((process) => process.status ?? status);
    return status;
  }
  const own: number[] = [];
  if (lastInPlace && input)
    own.push(await withInput(shell, input, () => runCommand(shell, pipeline.commands.at(-1)!, { text })));
  const statuses = [...(await abortable(Promise.all(ended), shell.process.signal)), ...own];
  if (shell.process.signal.aborted) throw shell.process.signal.reason;
  shell.pipeStatus = statuses;
  return pipefail ? (statuses.findLast((status) => status !== 0) ?? 0) : (statuses.at(-1) ?? 0);
}

/** A command without expansions is the program that its process will be, as soon as others look. */
function isPlain(command: CommandNode): command is SimpleCommandNode & { name: WordNode } {
  if (command.type !== "SimpleCommand" || !command.name) return false;
  return [command.name, ...command.args].every((word) => word.parts.every((part) => plainPart(part) !== undefined));
}

function plainText(command: SimpleCommandNode & { name: WordNode }): string {
  return [command.name, ...command.args].map((word) => word.parts.map(plainPart).join("")).join(" ");
}

function plainPart(part: WordPart): string | undefined {
  if (part.type === "Literal" || part.type === "SingleQuoted" || part.type === "Escaped") return part.value;
  if (part.type !== "DoubleQuoted") return undefined;
  const inner = part.parts.map(plainPart);
  return inner.includes(undefined) ? undefined : inner.join("");
}

/** Run something with another standard input. */
async function withInput(shell: Shell, input: OpenFile, body: () => Promise<number>): Promise<number> {
  const before = shell.descriptors;
  shell.descriptors = before.copy();
  shell.descriptors.set(0, input);
  try {
    return await body();
  } finally {
    shell.descriptors.closeAll();
    shell.descriptors = before;
  }
}

export interface CommandOptions {
  /** The shell is a subshell made for this command alone and may become the program. */
  inPlace?: boolean;
  /** As `jobs` shows it. */
  text: () => string;
}

export async function runCommand(shell: Shell, command: CommandNode, options: CommandOptions): Promise<number> {
  const before = shell.capturedBytes;
  shell.commandsUnderWay++;
  try {
    return await runOneCommand(shell, command, options);
  } finally {
    shell.commandsUnderWay--;
    shell.process.charge(before - shell.capturedBytes);
    shell.capturedBytes = before;
  }
}

async function runOneCommand(shell: Shell, command: CommandNode, options: CommandOptions): Promise<number> {
  switch (command.type) {
    case "SimpleCommand":
      return runSimpleCommand(shell, command, options);
    case "FunctionDef":
      keepSource(shell, command);
      shell.functions.set(command.name, command);
      return 0;
    case "Coproc":
      return runCoprocess(shell, command, options);
    case "Subshell":
      shell.line = command.line;
      return runSubshell(shell, command.body, command.redirections, options);
    case "Group":
      return redirected(shell, command.redirections, () => runList(shell, command.body));
    case "If":
      return redirected(shell, command.redirections, async () => {
        for (const clause of command.clauses) {
          if ((await runCondition(shell, clause.condition)) === 0) return runList(shell, clause.body);
        }
        return command.elseBody ? runList(shell, command.elseBody) : 0;
      });
    case "While":
    case "Until":
      return redirected(shell, command.redirections, () =>
        runLoop(shell, command.body, async () => {
          const holds = (await runCondition(shell, command.condition)) === 0;
          return holds === (command.type === "While");
        }),
      );
    case "For":
      return redirected(shell, command.redirections, () => runFor(shell, command));
    case "CStyleFor":
      return redirected(shell, command.redirections, async () => {
        const evaluate = async (text: string) => {
          await trace(shell, () => `(( ${text || "1"} ))`);
          return text === "" ? 1n : evaluateCommand(shell, text);
        };
        await evaluate(command.init);
        return runLoop(
          shell,
          command.body,
          async () => (await evaluate(command.condition)) !== 0n,
          async () => void (await evaluate(command.update)),
        );
      });
    case "Case":
      return redirected(shell, command.redirections, async () => {
        const text = await expandText(shell, command.word);
        await aboutToRun(shell, command, () => `${caseHead(command)} `);
        await trace(shell, () => caseHead(command));
        const how = { ignoreCase: shell.shopts.has("nocasematch"), extglob: shell.shopts.has("extglob") };
        let status = 0;
        let through = false;
        for (const item of command.items) {
          let matches = through;
          for (const pattern of item.patterns) {
            matches ||= matchesPattern(text, await expandPattern(shell, pattern), how);
          }
          if (!matches) continue;
          status = await runList(shell, item.body);
          if (item.terminator === ";;") return status;
          through = item.terminator === ";&";
        }
        return status;
      });
    case "ArithmeticCommand":
      return redirected(shell, command.redirections, async () => {
        await aboutToRun(shell, command, () => commandText({ ...command, redirections: [] }));
        await trace(shell, () => `(( ${command.expression} ))`);
        return (await evaluateCommand(shell, command.expression)) === 0n ? 1 : 0;
      });
    case "ConditionalCommand":
      return redirected(shell, command.redirections, async () => {
        await aboutToRun(shell, command, () => commandText({ ...command, redirections: [] }));
        return (await conditionHolds(shell, command.expression)) ? 0 : 1;
      });
  }
}

/** What `(( ))` is worth; its mistakes name it. */
async function evaluateCommand(shell: Shell, text: string): Promise<bigint> {
  try {
    return await evaluateText(shell, text);
  } catch (error) {
    if (error instanceof ShellError && !error.fatal) throw new ShellError(`((: ${error.message}`);
    throw error;
  }
}

async function runFor(shell: Shell, node: ForNode): Promise<number> {
  shell.line = node.line;
  if (!/^[A-Za-z_]\w*$/.test(node.variable)) throw new ShellError(`\`${node.variable}': not a valid identifier`);
  const values = node.words ? await expandWords(shell, node.words) : [...shell.positional];
  const show = async () => {
    await aboutToRun(shell, node, () => forHead(node));
    await trace(shell, () => forHead(node));
  };
  let index = 0;
  if (!node.select) {
    return runLoop(shell, node.body, async () => {
      if (index >= values.length) return false;
      await show();
      shell.variables.set(node.variable, values[index++]!);
      return true;
    });
  }
  if (values.length === 0) return 0;
  let ended = false;
  const status = await runLoop(shell, node.body, async () => {
    if (index === 0) await show();
    const chosen = await askToSelect(shell, values, index++ === 0);
    ended = chosen === undefined;
    if (chosen !== undefined) shell.variables.set(node.variable, chosen);
    return !ended;
  });
  return ended ? 1 : status;
}

/** `set -e` does not look inside conditions. */
async function runCondition(shell: Shell, statements: readonly StatementNode[]): Promise<number> {
  shell.lenient++;
  try {
    return await runList(shell, statements);
  } finally {
    shell.lenient--;
  }
}

async function runLoop(
  shell: Shell,
  body: readonly StatementNode[],
  again: () => Promise<boolean>,
  afterwards: () => Promise<void> = async () => {},
): Promise<number> {
  let status = 0;
  shell.loopDepth++;
  try {
    while (await again()) {
      const pause = shell.step();
      if (pause) await pause;
      try {
        status = await runList(shell, body);
      } catch (error) {
        if (!(error instanceof LoopExit)) throw error;
        if (--error.levels > 0) throw error;
        status = error.status;
        if (error.kind === "break") break;
      }
      await afterwards();
    }
  } finally {
    shell.loopDepth--;
  }
  return status;
}

async function runSubshell(
  shell: Shell,
  body: readonly StatementNode[],
  redirections: readonly RedirectionNode[],
  options: CommandOptions,
): Promise<number> {
  const run = (child: Shell) => redirected(child, redirections, () => runList(child, body));
  if (!shell.inTrap) shell.presentCommand = options.text;
  if (options.inPlace) return run(shell);
  const monitor = shell.options.has("monitor");
  const child = shell.fork({ ...(monitor && { group: 0 }), command: options.text() });
  if (monitor) giveTerminal(shell, child.process.group);
  const ended = runAsProcess(child, () => run(child));
  if (!monitor) {
    const status = await abortable(ended, shell.process.signal);
    if (shell.process.signal.aborted) throw shell.process.signal.reason;
    await tellEnd(shell, child.process, options.text());
    return status;
  }
  const { process } = child;
  return waitInForeground(shell, {
    processes: [process],
    group: process.group,
    text: options.text(),
    background: false,
    pipefail: false,
  });
}

/** Run something with redirections in force. */
export async function redirected(
  shell: Shell,
  redirections: readonly RedirectionNode[],
  body: () => Promise<number>,
): Promise<number> {
  if (redirections.length === 0) return body();
  const temporaries = shell.temporaryDescriptors.length;
  const { undo } = await redirect(shell, redirections, shell.descriptors);
  try {
    return await body();
  } finally {
    undo();
    for (const fd of shell.temporaryDescriptors.splice(temporaries)) shell.descriptors.close(fd);
  }
}
