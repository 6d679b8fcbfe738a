/** Shells that are not for typing: scripts, `bash -c` and `bash` reading commands from its input. */
import { endOf } from "./child-shell.ts";
import { runScript } from "./executor.ts";
import { ERRNO_TEXT, FileError } from "./node-files.ts";
import { COMMAND_LENGTH_MAX, PendingCommand } from "./pending-command.ts";
import { SET_OPTIONS, type SetOption, type Shell, ShellExit } from "./shell.ts";
import { parseScript } from "./syntax.ts";
import type { ScriptNode, StatementNode } from "./syntax-tree.ts";
import { ShellError } from "./variables.ts";

/** Run a script's text in a shell made for it. */
export async function runShellScript(shell: Shell, name: string, text: string, args: string[]): Promise<number> {
  shell.name = name;
  shell.source = "file";
  shell.positional = args;
  return endOf(shell, () => runSource(shell, text));
}

/**
 * Run source text: what stands before a mistake runs first.
 *
 * @returns the status of the last command, 2 after a mistake in the source
 */
export async function runSource(
  shell: Shell,
  text: string,
  { origin = "", firstLine = 1 }: { origin?: string; firstLine?: number } = {},
): Promise<number> {
  const parsed = parseScript(text, firstLine);
  if (parsed.kind === "complete") return runByLine(shell, parsed.script);
  if (parsed.kind === "error") await runByLine(shell, parsed.script);
  const { line } = parsed;
  shell.line = line;
  await shell.complain(parsed.message, origin);
  if (parsed.kind === "error" && !shell.interactive) {
    await shell.complain(`\`${text.split("\n")[line - firstLine] ?? ""}'`, origin);
  }
  return 2;
}

/** A mistake that gives up its line leaves the next one to run, but for an interactive shell and a subshell. */
async function runByLine(shell: Shell, script: ScriptNode): Promise<number> {
  if (shell.interactive || shell.subshellDepth > 0 || shell.calls.length > 0) return runScript(shell, script);
  let status = 0;
  const { statements } = script;
  for (let at = 0; at < statements.length; at++) {
    try {
      status = await runScript(shell, { ...script, statements: [statements[at]!] });
    } catch (error) {
      if (!(error instanceof ShellError) || !error.discard) throw error;
      await shell.complain(error.message);
      status = 1;
      shell.lastStatus = 1;
      if (shell.options.has("errexit")) throw new ShellExit(1);
      const line = lineOf(statements[at]);
      while (at + 1 < statements.length && lineOf(statements[at + 1]) === line) at++;
    }
  }
  return status;
}

function lineOf(statement: StatementNode | undefined): number | undefined {
  return statement?.pipelines[0]?.commands[0]?.line;
}

/** `bash [options] [-c text [name [args...]] | file [args...]]` */
export async function runShellCommand(shell: Shell, argv: string[]): Promise<number> {
  let at = 1;
  let command: string | undefined;
  let wantsCommand = false;
  let fromInput = false;
  for (; at < argv.length; at++) {
    const arg = argv[at]!;
    if (arg === "--") {
      at++;
      break;
    }
    if (arg === "--version") {
      await shell.write(
        1,
        "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu), as modelled in this simulated node\n",
      );
      return 0;
    }
    if (/^--/.test(arg)) continue;
    if (!/^[-+][a-zA-Z]+$/.test(arg)) break;
    for (const letter of arg.slice(1)) {
      if (letter === "c") wantsCommand = true;
      else if (letter === "s") fromInput = true;
      else if (letter === "o") setOption(shell, argv[++at] ?? "", arg[0] === "-");
      else {
        const option = (Object.keys(SET_OPTIONS) as SetOption[]).find((name) => SET_OPTIONS[name] === letter);
        if (option) setOption(shell, option, arg[0] === "-");
      }
    }
  }
  shell.name = argv[0]!;
  if (wantsCommand) {
    command = argv[at++];
    if (command === undefined) {
      await shell.write(2, `${argv[0]}: -c: option requires an argument\n`);
      return 2;
    }
    shell.name = argv[at++] ?? argv[0]!;
    shell.positional = argv.slice(at);
    const text = command;
    return endOf(shell, () => runSource(shell, text, { origin: "-c: " }));
  }
  if (fromInput) {
    shell.positional = argv.slice(at);
    return endOf(shell, () => runFromInput(shell));
  }
  const file = argv[at];
  if (file === undefined || file === "-") return endOf(shell, () => runFromInput(shell));
  try {
    const text = Buffer.from(await shell.around.files.readFile(shell.resolve(file))).toString("utf8");
    return await runShellScript(shell, file, text, argv.slice(at + 1));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await shell.write(2, `${argv[0]}: ${file}: ${ERRNO_TEXT[error.code]}\n`);
    return error.code === "ENOENT" ? 127 : 126;
  }
}

function setOption(shell: Shell, name: string, on: boolean): void {
  if (!(name in SET_OPTIONS)) return;
  if (on) shell.options.add(name as SetOption);
  else shell.options.delete(name as SetOption);
}

/** Commands from standard input, run as each is whole; from a terminal, with a plain prompt. */
async function runFromInput(shell: Shell): Promise<number> {
  const typed = shell.descriptors.get(0)?.kind === "tty";
  let status = 0;
  let lines = 0;
  shell.source = "input";
  for (;;) {
    const firstLine = lines + 1;
    const pending = new PendingCommand();
    let whole: ReturnType<PendingCommand["add"]>;
    let line: string | undefined;
    while (whole === undefined) {
      if (typed) await shell.write(2, lines < firstLine ? `${shell.around.node}:${shell.cwd}# ` : "> ");
      const pause = shell.step();
      if (pause) await pause;
      line = await readLine(shell);
      if (line === undefined) break;
      lines++;
      whole = pending.add(line, firstLine);
    }
    if (whole === "too-long") {
      const most = `${COMMAND_LENGTH_MAX >> 20} MiB`;
      await shell.complain(`a command of more than ${most} is not modelled in this simulated shell`);
      status = 2;
    } else if (whole?.kind === "complete" && whole.script.statements.length === 0) {
      // An empty line or a comment leaves the status as it was.
    } else if (pending.text !== "") status = await runSource(shell, pending.text, { firstLine });
    shell.lastStatus = status;
    if (line === undefined) break;
  }
  if (typed) await shell.write(2, "exit\n");
  return status;
}

/** One line of standard input, leaving the rest for the commands that are run. */
async function readLine(shell: Shell): Promise<string | undefined> {
  const file = shell.descriptors.get(0);
  if (!file) return undefined;
  const parts: Uint8Array[] = [];
  for (;;) {
    const bytes = await file.read(shell.process);
    if (!bytes) return parts.length ? Buffer.concat(parts).toString("utf8") : undefined;
    const end = bytes.indexOf(10);
    if (end < 0) {
      parts.push(bytes);
      if (parts.reduce((sum, part) => sum + part.length, 0) > 1 << 20) throw new ShellExit(2);
      continue;
    }
    parts.push(bytes.subarray(0, end));
    file.unread(bytes.subarray(end + 1));
    return Buffer.concat(parts).toString("utf8");
  }
}
