/** Shells that are not for typing: scripts, and commands that are read from standard input. */
import { endOf } from "./child-shell.ts";
import { runScript } from "./executor.ts";
import { COMMAND_LENGTH_MAX, PendingCommand } from "./pending-command.ts";
import { type Shell, ShellExit } from "./shell.ts";
import { parseScript } from "./syntax.ts";
import type { ScriptNode } from "./syntax-tree.ts";
import { ShellError } from "./variables.ts";

/** Run a script's text in a shell made for it. */
export async function runShellScript(shell: Shell, name: string, text: string, args: string[]): Promise<number> {
  shell.name = name;
  shell.source = "file";
  shell.frames = [{ name: "main", line: 0, source: name }];
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

/** Run a command that the shell itself made up. @returns its status, 1 for one that cannot be read */
export async function runMadeUp(shell: Shell, commandLine: string): Promise<number> {
  const parsed = parseScript(commandLine);
  return parsed.kind === "complete" ? runScript(shell, parsed.script) : 1;
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
      await shell.complainOf(error);
      status = 1;
      shell.lastStatus = 1;
      if (shell.options.has("errexit")) throw new ShellExit(1);
      const { line } = shell;
      while (at + 1 < statements.length && firstLineOf(statements[at + 1]) === line) at++;
    }
  }
  return status;
}

/** The first line that anything in a tree names: compound commands and definitions have none of their own. */
function firstLineOf(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  const { line } = node as { line?: unknown };
  if (typeof line === "number") return line;
  for (const value of Object.values(node)) {
    const found = firstLineOf(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Commands from standard input, run as each is whole. */
export async function runFromInput(shell: Shell): Promise<number> {
  let status = 0;
  let lines = 0;
  shell.source = "input";
  for (;;) {
    const firstLine = lines + 1;
    const pending = new PendingCommand();
    let whole: ReturnType<PendingCommand["add"]>;
    let line: string | undefined;
    while (whole === undefined) {
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
