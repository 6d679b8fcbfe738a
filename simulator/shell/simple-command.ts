/** Simple commands: assignments, functions, builtins and programs. */
import { isArgumentListTooLong } from "./argument-space.ts";
import { assignList, runAssignment } from "./assignment.ts";
import { builtinNamed } from "./builtins/builtins.ts";
import { runAsProcess } from "./child-shell.ts";
import { functionText } from "./command-text.ts";
import { type CommandOptions, redirected, runCommand } from "./executor.ts";
import { expandText, expandWords } from "./expansion.ts";
import { definedIn } from "./function-places.ts";
import { ERRNO_TEXT, FileError } from "./node-files.ts";
import { findHashed, findProgram } from "./program-lookup.ts";
import { becomeProgram, startProgram } from "./program-run.ts";
import { redirect } from "./redirection.ts";
import { type FunctionFrame, FunctionReturn, type Shell } from "./shell.ts";
import type { FunctionDefNode, SimpleCommandNode, WordNode } from "./syntax-tree.ts";
import { trace, tracedWord } from "./tracing.ts";
import { aboutToRun, runTrap } from "./traps.ts";
import { ShellError } from "./variables.ts";

/** Calls inside calls; each keeps a stretch of the syntax tree alive. */
const CALLS_MAX = 1_000;
/** Every so many calls the stack starts anew, so that deep recursion costs heap and not stack. */
const CALLS_PER_STACK = 25;

/** Builtins that run commands. */
const RUNNING = new Set(["eval", "source", ".", "command", "builtin"]);

const DECLARING = new Set(["declare", "typeset", "local", "export", "readonly"]);

export async function runSimpleCommand(
  shell: Shell,
  node: SimpleCommandNode,
  options: CommandOptions,
): Promise<number> {
  await aboutToRun(shell, node, options.text);
  return runExpanded(shell, node, options);
}

async function runExpanded(shell: Shell, node: SimpleCommandNode, options: CommandOptions): Promise<number> {
  shell.substitutionStatus = undefined;
  const temporaries = shell.temporaryDescriptors.length;
  try {
    const declaring = declaringName(node);
    const argv = node.name
      ? declaring
        ? [declaring, ...(await expandDeclaration(shell, node.args))]
        : await expandWords(shell, [node.name, ...node.args])
      : [];
    if (argv.length === 0) return await onlyAssignments(shell, node);
    if (shell.options.has("xtrace")) await traceCommand(shell, node, argv);
    return await dispatch(shell, node, argv, options);
  } finally {
    for (const fd of shell.temporaryDescriptors.splice(temporaries)) shell.descriptors.close(fd);
  }
}

/** `x=1 >file` without a command. */
async function onlyAssignments(shell: Shell, node: SimpleCommandNode): Promise<number> {
  for (const assignment of node.assignments) {
    const shown = await runAssignment(shell, assignment);
    await trace(shell, () => shown);
  }
  const status = shell.substitutionStatus ?? 0;
  return node.redirections.length ? redirected(shell, node.redirections, async () => status) : status;
}

async function dispatch(
  shell: Shell,
  node: SimpleCommandNode,
  argv: string[],
  options: CommandOptions,
): Promise<number> {
  const name = argv[0]!;
  const defined = shell.functions.get(name);
  const builtin = defined || shell.disabledBuiltins.has(name) ? undefined : builtinNamed(name);
  if (!defined && !builtin) return runProgram(shell, node, argv, options);
  const restore = await temporaryAssignments(shell, node);
  try {
    if (name === "exec" && builtin) {
      // Its redirections stay.
      (await redirect(shell, node.redirections, shell.descriptors)).keep();
      return await builtin(shell, argv, options);
    }
    return await redirected(shell, node.redirections, async () =>
      defined ? callFunction(shell, defined, argv) : builtin!(shell, argv, options),
    );
  } catch (error) {
    if (error instanceof FileError) throw new ShellError(`${name}: ${ERRNO_TEXT[error.code]}`);
    // What a builtin may not assign gives up the builtin alone.
    if (
      builtin &&
      !RUNNING.has(name) &&
      error instanceof ShellError &&
      error.discard &&
      /readonly variable$/.test(error.message)
    )
      throw new ShellError(error.message);
    throw error;
  } finally {
    restore();
    shell.variables.set("_", argv.at(-1)!);
  }
}

async function callFunction(shell: Shell, definition: FunctionDefNode, argv: string[]): Promise<number> {
  if (shell.calls.length >= CALLS_MAX) {
    throw new ShellError(`${argv[0]}: maximum function nesting level exceeded (${CALLS_MAX})`, { fatal: true });
  }
  if (shell.calls.length % CALLS_PER_STACK === CALLS_PER_STACK - 1) await shell.giveWay();
  const { positional, loopDepth } = shell;
  shell.positional = argv.slice(1);
  const called: FunctionFrame = { name: argv[0]!, line: shell.line, source: definedIn(shell, definition) };
  shell.calls.push(called);
  shell.frames.push(called);
  shell.variables.pushScope();
  shell.loopDepth = 0;
  // A function has its caller's RETURN trap with functrace alone, and may set its own.
  const inherited = shell.options.has("functrace") ? undefined : shell.traps.get("RETURN");
  if (inherited !== undefined) shell.traps.delete("RETURN");
  // The same for ERR, with errtrace.
  const onError = shell.options.has("errtrace") ? undefined : shell.traps.get("ERR");
  if (onError !== undefined) shell.traps.delete("ERR");
  const { line } = shell;
  try {
    let status: number;
    try {
      status = await runCommand(shell, definition.body, { text: () => argv[0]! });
    } catch (error) {
      if (!(error instanceof FunctionReturn)) {
        if (error instanceof ShellError) error.place ??= shell.messagePrefix();
        throw error;
      }
      status = error.status;
    }
    if (shell.traps.get("RETURN")) await runTrap(shell, "RETURN", shell.lastStatus);
    return status;
  } finally {
    if (inherited !== undefined && !shell.traps.has("RETURN")) shell.traps.set("RETURN", inherited);
    if (onError !== undefined && !shell.traps.has("ERR")) shell.traps.set("ERR", onError);
    shell.line = line;
    shell.variables.popScope();
    shell.calls.pop();
    shell.frames.pop();
    if (called.options) shell.options = called.options;
    shell.positional = positional;
    shell.loopDepth = loopDepth;
  }
}

/** A program of the node, or a script in one of its files. */
async function runProgram(
  shell: Shell,
  node: SimpleCommandNode,
  argv: string[],
  options: CommandOptions,
): Promise<number> {
  const path = await temporaryPath(shell, node);
  const found = path === undefined ? await findHashed(shell, argv[0]!) : await findProgram(shell, argv[0]!, path);
  const descriptors = options.inPlace ? shell.descriptors : shell.descriptors.copy();
  try {
    (await redirect(shell, node.redirections, descriptors)).keep();
    const environment = shell.variables.exported();
    for (const name of shell.exportedFunctions) {
      const defined = shell.functions.get(name);
      if (defined) environment.set(`BASH_FUNC_${name}%%`, functionText("() ", defined));
    }
    for (const assignment of node.assignments) {
      environment.set(assignment.name, await expandText(shell, assignment.value));
    }
    if (
      found.kind === "program"
        ? found.entry.modelled === false
        : found.kind === "missing" && found.reason === "not-found"
    ) {
      if (!argv[0]!.includes("/")) shell.around.onUnknownCommand?.(argv[0]!);
    }
    if (found.kind === "missing") {
      const handle = found.reason === "not-found" ? shell.functions.get("command_not_found_handle") : undefined;
      if (handle) {
        const child = shell.fork();
        child.descriptors.closeAll();
        for (const [fd, file] of descriptors.entries()) child.descriptors.set(fd, file.retain());
        const words = ["command_not_found_handle", ...argv];
        const status = await runAsProcess(child, () => callFunction(child, handle, words));
        if (!options.inPlace) descriptors.closeAll();
        return status;
      }
      const told = shell.hashed.has(argv[0]!) ? found.reason : `${argv[0]}: ${found.reason}`;
      const text = found.reason === "not-found" ? `${argv[0]}: command not found` : told;
      await complainTo(shell, descriptors.get(2), text);
      if (!options.inPlace) descriptors.closeAll();
      return found.status;
    }
    if (isArgumentListTooLong(argv, environment)) {
      const shown = argv[0]!.includes("/") ? argv[0] : found.path;
      await complainTo(shell, descriptors.get(2), `${shown}: Argument list too long`);
      if (!options.inPlace) descriptors.closeAll();
      return 126;
    }
    const run = { found, argv, environment, descriptors, text: options.text() };
    return options.inPlace ? await becomeProgram(shell, run) : await startProgram(shell, run);
  } catch (error) {
    if (!options.inPlace) descriptors.closeAll();
    throw error;
  } finally {
    shell.variables.set("_", argv.at(-1)!);
  }
}

async function complainTo(shell: Shell, file: ReturnType<Shell["descriptors"]["get"]>, text: string): Promise<void> {
  await file?.write(Buffer.from(`${shell.messagePrefix()}${text}\n`), shell.process);
}

async function temporaryPath(shell: Shell, node: SimpleCommandNode): Promise<string | undefined> {
  const assignment = node.assignments.find((candidate) => candidate.name === "PATH");
  return assignment ? expandText(shell, assignment.value) : undefined;
}

/** `x=1 read y`: in force while the command runs. */
async function temporaryAssignments(shell: Shell, node: SimpleCommandNode): Promise<() => void> {
  if (node.assignments.length === 0) return () => {};
  const values: [string, string][] = [];
  for (const assignment of node.assignments) values.push([assignment.name, await expandText(shell, assignment.value)]);
  const saved = values.map(([name]) => {
    const variable = shell.variables.find(name);
    return [name, variable && { ...variable }] as const;
  });
  for (const [name, value] of values) {
    shell.variables.set(name, value);
    shell.variables.declare(name).exported = true;
  }
  return () => {
    for (const [name, variable] of saved) {
      if (variable) Object.assign(shell.variables.declare(name), variable);
      else shell.variables.unset(name);
    }
  };
}

function declaringName(node: SimpleCommandNode): string | undefined {
  const only = node.name?.parts.length === 1 ? node.name.parts[0] : undefined;
  return only?.type === "Literal" && DECLARING.has(only.value) ? only.value : undefined;
}

/**
 * Arguments of `declare` and its kin: `name=value` is not split, and `name=(a b)` becomes an array, handed over as
 * assignments that have been carried out by `assignList` under a name of their own.
 */
async function expandDeclaration(shell: Shell, words: readonly WordNode[]): Promise<string[]> {
  const out: string[] = [];
  for (const word of words) {
    const { assignment } = word;
    if (!assignment) out.push(...(await expandWords(shell, [word])));
    else if (assignment.array) out.push(assignList(shell, assignment));
    else {
      const value = await expandText(shell, assignment.value);
      out.push(`${assignment.name}${assignment.append ? "+" : ""}=${value}`);
    }
  }
  return out;
}

/** A command's words; what it assigns stands before it on lines of its own. */
async function traceCommand(shell: Shell, node: SimpleCommandNode, argv: string[]): Promise<void> {
  for (const assignment of node.assignments) {
    const sign = assignment.append ? "+=" : "=";
    await trace(shell, async () => assignment.name + sign + tracedWordIfAny(await expandText(shell, assignment.value)));
  }
  await trace(shell, () => argv.map(tracedWord).join(" "));
}

function tracedWordIfAny(value: string): string {
  return value === "" ? "" : tracedWord(value);
}
