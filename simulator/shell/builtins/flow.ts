/** `exit`, `return`, `break`, `continue`, `eval`, `source`, `exec`, `trap`, `:` and their kin. */

import { isArgumentListTooLong } from "../argument-space.ts";
import { functionText } from "../command-text.ts";
import { testHolds } from "../conditional.ts";
import { runCommand } from "../executor.ts";
import { jobState } from "../jobs.ts";
import { ERRNO_TEXT, FileError } from "../node-files.ts";
import type { SignalName } from "../process.ts";
import { findProgram, programPaths } from "../program-lookup.ts";
import { becomeProgram, startProgram } from "../program-run.ts";
import { quoteForShell } from "../quoting.ts";
import { runSource } from "../script-run.ts";
import { FunctionReturn, LoopExit, type Shell, ShellExit } from "../shell.ts";
import { SIGNAL_NUMBERS, signalByText, signalTable } from "../signals.ts";
import { runTrap, setTrap } from "../traps.ts";
import { ShellError } from "../variables.ts";
import { type Builtin, complain, options, print } from "./builtin.ts";
import { builtinNamed } from "./builtins.ts";
import { refuseUse } from "./usage.ts";

export const succeed: Builtin = async () => 0;
export const fail: Builtin = async () => 1;

export const test: Builtin = async (shell, argv) => {
  const words = argv.slice(1);
  if (argv[0] === "[" && words.pop() !== "]") return complain(shell, "[", "missing `]'", 2);
  return (await testHolds(shell, argv[0]!, words)) ? 0 : 1;
};

export const exit: Builtin = async (shell, argv) => {
  if (argv[0] === "logout" && !shell.login) return complain(shell, "logout", "not login shell: use `exit'");
  if (shell.interactive && shell.subshellDepth === 0) {
    if (!shell.dash) await shell.write(2, shell.login ? "logout\n" : "exit\n");
    if (shell.jobs.jobs.some((job) => jobState(job).kind === "stopped") && !shell.warnedOfJobs) {
      shell.warnedOfJobs = true;
      await shell.write(2, shell.dash ? "You have stopped jobs.\n" : "There are stopped jobs.\n");
      return 1;
    }
  }
  const status = argv[1];
  if (status !== undefined && !/^\s*[-+]?\d+\s*$/.test(status)) {
    await complain(shell, argv[0]!, `${status}: numeric argument required`);
    throw new ShellExit(2);
  }
  if (argv.length > 2) {
    await complain(shell, argv[0]!, "too many arguments");
    // Only who types is asked again.
    if (shell.interactive) return 1;
    throw new ShellExit(1);
  }
  throw new ShellExit(status === undefined ? shell.lastStatus : Number(BigInt.asUintN(8, BigInt(status.trim()))));
};

export const return_: Builtin = async (shell, argv) => {
  if (shell.calls.length === 0 && shell.sourceDepth === 0) {
    return complain(shell, "return", "can only `return' from a function or sourced script", 2);
  }
  const status = argv[1];
  if (status !== undefined && !/^[-+]?\d+$/.test(status)) {
    await complain(shell, "return", `${status}: numeric argument required`);
    throw new FunctionReturn(2);
  }
  throw new FunctionReturn(status === undefined ? shell.lastStatus : Number(status) & 255);
};

/** Where the present function was called from: line, function, file. */
export const caller: Builtin = async (shell, argv) => {
  const at = Number(argv[1] ?? 0);
  const call = shell.calls.length > 0 ? shell.frames.at(-1 - at) : undefined;
  if (!call) return 1;
  const from = shell.frames.at(-2 - at);
  if (argv[1] === undefined) return print(shell, "caller", `${call.line} ${from?.source ?? "NULL"}\n`);
  if (!from) return 1;
  return print(shell, "caller", `${call.line} ${from.name} ${from.source}\n`);
};

export const break_: Builtin = async (shell, argv) => {
  if (shell.loopDepth === 0) {
    await complain(shell, argv[0]!, "only meaningful in a `for', `while', or `until' loop");
    return 0;
  }
  const levels = Number(argv[1] ?? 1);
  if (!Number.isInteger(levels)) {
    await complain(shell, argv[0]!, `${argv[1]}: numeric argument required`);
    throw new ShellExit(128);
  }
  if (levels < 1) {
    await complain(shell, argv[0]!, `${argv[1]}: loop count out of range`);
    shell.lastStatus = 1;
    throw new LoopExit("break", shell.loopDepth, 1);
  }
  throw new LoopExit(argv[0] === "continue" ? "continue" : "break", Math.min(levels, shell.loopDepth));
};

export const eval_: Builtin = async (shell, argv) => {
  const text = argv.slice(argv[1] === "--" ? 2 : 1).join(" ");
  if (text.trim() === "") return 0;
  return runSource(shell, text, { origin: "eval: ", firstLine: shell.typed ? 1 : shell.line || 1 });
};

/** Scripts that read each other for ever end here. */
const SOURCES_MAX = 100;

/** `source /dev/stdin` and `source <(command)`: all of an open stream; undefined for a file. */
async function readStream(shell: Shell, path: string): Promise<string | undefined> {
  if (path === "/dev/null") return "";
  const number = path === "/dev/stdin" ? "0" : /^\/dev\/fd\/(\d+)$/.exec(path)?.[1];
  const stream = number === undefined ? undefined : shell.descriptors.get(Number(number));
  if (!stream) return undefined;
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let bytes = await stream.read(shell.process); bytes; bytes = await stream.read(shell.process)) {
    parts.push(bytes);
    size += bytes.length;
    if (size > SOURCE_BYTES_MAX) throw new FileError("EFBIG", path);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** A script that is read from a stream, bytes. */
const SOURCE_BYTES_MAX = 1 << 20;

export const source: Builtin = async (shell, argv) => {
  const [command, file, ...args] = argv as [string, string | undefined, ...string[]];
  if (file === undefined) {
    await complain(shell, command, "filename argument required");
    await shell.write(2, `${command}: usage: ${command} filename [arguments]\n`);
    return 2;
  }
  if (shell.sourceDepth >= SOURCES_MAX)
    return complain(shell, command, `${file}: more than ${SOURCES_MAX} files inside each other`);
  let text: string;
  try {
    text =
      (await readStream(shell, file)) ??
      Buffer.from(await shell.around.files.readFile(await sourcePath(shell, file))).toString("utf8");
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await shell.complain(`${file}: ${ERRNO_TEXT[error.code]}`);
    return 1;
  }
  const { positional, name, interactive } = shell;
  if (args.length > 0) shell.positional = args;
  shell.sourceDepth++;
  shell.frames.push({ name: "source", line: shell.line, source: file });
  const { line } = shell;
  try {
    const status = await runSource(shell, text);
    if (shell.traps.get("RETURN")) await runTrap(shell, "RETURN", shell.lastStatus);
    return status;
  } catch (error) {
    if (error instanceof FunctionReturn && shell.calls.length === 0) return error.status;
    if (error instanceof ShellError) error.place ??= shell.messagePrefix();
    throw error;
  } finally {
    shell.sourceDepth--;
    shell.frames.pop();
    shell.line = line;
    if (args.length > 0) shell.positional = positional;
    shell.name = name;
    shell.interactive = interactive;
  }
};

async function sourcePath(shell: Parameters<Builtin>[0], file: string): Promise<string> {
  if (file.includes("/")) return shell.resolve(file);
  for (const directory of (shell.variables.get("PATH") ?? "").split(":")) {
    const candidate = shell.resolve(`${directory}/${file}`);
    const stat = await shell.around.files.stat(candidate).catch(() => undefined);
    if (stat?.type === "file") return candidate;
  }
  return shell.resolve(file);
}

export const exec: Builtin = async (shell, argv, run) => {
  let at = 1;
  let login = false;
  let clear = false;
  let named: string | undefined;
  for (; /^-[cl]*a?$/.test(argv[at] ?? "") && argv[at] !== "-"; at++) {
    login ||= argv[at]!.includes("l");
    clear ||= argv[at]!.includes("c");
    if (argv[at]!.endsWith("a")) named = argv[++at] ?? "";
  }
  if (argv[at] === "--") at++;
  const words = argv.slice(at);
  if (words.length === 0) return 0;
  const found = await findProgram(shell, words[0]!);
  if (found.kind === "missing") {
    await shell.complain(`exec: ${words[0]}: ${found.reason === "not-found" ? "not found" : found.reason}`);
    if (shell.interactive || shell.shopts.has("execfail")) return found.status;
    throw new ShellExit(found.status);
  }
  const environment = clear ? new Map<string, string>() : shell.variables.exported();
  if (isArgumentListTooLong(words, environment)) {
    await shell.complain(`${words[0]!.includes("/") ? words[0] : found.path}: Argument list too long`);
    if (shell.interactive || shell.shopts.has("execfail")) return 126;
    throw new ShellExit(126);
  }
  // The shell that comes in this one's place is as deep as it was.
  if (environment.has("SHLVL") && shell.subshellDepth === 0)
    environment.set("SHLVL", String(Number(environment.get("SHLVL")) - 1));
  const program = {
    found,
    argv: [(login ? "-" : "") + (named ?? words[0]!), ...words.slice(1)],
    environment,
    descriptors: shell.descriptors,
    text: run.text(),
  };
  shell.replaced = true;
  shell.traps.delete("EXIT");
  // In the place of a shell that is typed into a program runs as its child, whose end is the shell's.
  const status =
    shell.interactive && found.kind !== "shell"
      ? await startProgram(shell, { ...program, descriptors: shell.descriptors.copy() })
      : await becomeProgram(shell, program);
  throw new ShellExit(status);
};

/** `command` and `builtin`: as if there were no function of that name. */
export const command: Builtin = async (shell, argv, run) => {
  const parsed = options(argv, argv[0] === "builtin" ? "" : "pvV");
  if ("bad" in parsed) return refuseUse(shell, argv[0]!, parsed.bad);
  const { flags, operands } = parsed;
  if (operands.length === 0) return 0;
  if (flags.has("v") || flags.has("V")) {
    let status = 1;
    for (const name of operands) {
      const text = await describe(shell, name, flags.has("V") ? "long" : "short");
      if (text) {
        status = 0;
        await print(shell, "command", `${text}\n`);
      } else if (flags.has("V")) await complain(shell, "command", `${name}: not found`);
    }
    return status;
  }
  const builtin = builtinNamed(operands[0]!);
  if (builtin) return builtin(shell, operands, run);
  if (argv[0] === "builtin") return complain(shell, "builtin", `${operands[0]}: not a shell builtin`);
  const word = (value: string) => ({ type: "Word" as const, parts: [{ type: "SingleQuoted" as const, value }] });
  const held = shell.functions.get(operands[0]!);
  shell.functions.delete(operands[0]!);
  try {
    return await runCommand(
      shell,
      {
        type: "SimpleCommand",
        name: word(operands[0]!),
        args: operands.slice(1).map(word),
        assignments: [],
        redirections: [],
        line: shell.line,
      },
      run,
    );
  } finally {
    if (held) shell.functions.set(operands[0]!, held);
  }
};

const RESERVED = new Set(
  "if then else elif fi case esac for select while until do done in function time { } ! [[ ]]".split(" "),
);

/** What a name is, as `type` and `command -v` say it; undefined for nothing. */
export async function describe(
  shell: Parameters<Builtin>[0],
  name: string,
  form: "long" | "short" | "kind" | "path",
): Promise<string | undefined> {
  const say = (long: string, short: string, kind: string): string =>
    form === "long" ? long : form === "short" ? short : form === "kind" ? kind : "";
  const alias = shell.shopts.has("expand_aliases") ? shell.aliases.get(name) : undefined;
  if (alias !== undefined)
    return say(`${name} is aliased to \`${alias}'`, `alias ${name}=${quoteForShell(alias)}`, "alias");
  if (RESERVED.has(name)) return say(`${name} is a shell keyword`, name, "keyword");
  if (shell.functions.has(name))
    return say(`${name} is a function\n${functionText(`${name} () `, shell.functions.get(name)!)}`, name, "function");
  if (builtinNamed(name) && !shell.disabledBuiltins.has(name))
    return say(`${name} is a shell builtin`, name, "builtin");
  const found = await findProgram(shell, name);
  if (found.kind === "missing") return undefined;
  return form === "path" ? found.path : say(`${name} is ${found.path}`, found.path, "file");
}

/** What else a name is, behind what `describe` says of it. */
async function describeOthers(shell: Shell, name: string, form: "long" | "kind" | "path"): Promise<string[]> {
  const first = await describe(shell, name, "kind");
  const others: string[] = [];
  if (builtinNamed(name) && first !== "builtin" && form !== "path")
    others.push(form === "kind" ? "builtin" : `${name} is a shell builtin`);
  const paths = await programPaths(shell, name);
  for (const path of first === "file" ? paths.slice(1) : paths)
    others.push(form === "kind" ? "file" : form === "path" ? path : `${name} is ${path}`);
  return others;
}

export const type: Builtin = async (shell, argv) => {
  const parsed = options(argv, "afptP");
  if ("bad" in parsed) return refuseUse(shell, "type", parsed.bad);
  let status = 0;
  for (const name of parsed.operands) {
    const held = parsed.flags.has("f") ? shell.functions.get(name) : undefined;
    if (held) shell.functions.delete(name);
    const form = parsed.flags.has("t") ? "kind" : parsed.flags.has("p") || parsed.flags.has("P") ? "path" : "long";
    const found = parsed.flags.has("P") ? await findProgram(shell, name) : undefined;
    const text = found ? (found.kind === "missing" ? undefined : found.path) : await describe(shell, name, form);
    if (held) shell.functions.set(name, held);
    if (text === undefined) {
      status = 1;
      if (form === "long") await complain(shell, "type", `${name}: not found`);
    } else if (text !== "") await print(shell, "type", `${text}\n`);
    if (text === undefined || !parsed.flags.has("a")) continue;
    // Behind an alias, a function or a builtin of the same name.
    for (const other of await describeOthers(shell, name, form)) await print(shell, "type", `${other}\n`);
  }
  return status;
};

export const trap: Builtin = async (shell, argv) => {
  const words = argv.slice(1);
  if (words[0] === "--") words.shift();
  if (words[0] === "-l") {
    return print(shell, "trap", signalTable());
  }
  if (words.length === 0 || words[0] === "-p") {
    const wanted = words.slice(1).map((word) => eventName(word));
    let out = "";
    const order = (name: string) => (name === "EXIT" ? 0 : (SIGNAL_NUMBERS[`SIG${name}` as SignalName] ?? 99));
    for (const [name, action] of [...(shell.inheritedTraps ?? shell.traps)].sort(
      ([one], [other]) => order(one) - order(other),
    )) {
      if (wanted.length && !wanted.includes(name)) continue;
      const shown = ["EXIT", "ERR", "DEBUG", "RETURN"].includes(name) ? name : `SIG${name}`;
      out += `trap -- ${quoteForShell(action)} ${shown}\n`;
    }
    return print(shell, "trap", out);
  }
  const single = words.length === 1 && eventName(words[0]!) !== undefined;
  if (words.length === 1 && !single) return refuseUse(shell, "trap", "");
  const action = single || words[0] === "-" ? undefined : words[0]!;
  let status = 0;
  for (const word of single ? words : words.slice(1)) {
    const name = eventName(word);
    if (name === undefined) status = await complain(shell, "trap", `${word}: invalid signal specification`);
    else setTrap(shell, name, action);
  }
  return status;
};

function eventName(word: string): string | undefined {
  const upper = word.toUpperCase();
  if (upper === "0" || upper === "EXIT") return "EXIT";
  if (["ERR", "DEBUG", "RETURN"].includes(upper)) return upper;
  return signalByText(word)?.slice(3);
}
