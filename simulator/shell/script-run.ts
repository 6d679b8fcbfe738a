/** Shells that are not for typing: scripts, and commands that are read from standard input. */
import { endOf } from "./child-shell.ts";
import { runScript } from "./executor.ts";
import { COMMAND_LENGTH_MAX, PendingCommand } from "./pending-command.ts";
import { type Shell, ShellExit } from "./shell.ts";
import { parseScript, ScriptReader } from "./syntax.ts";
import type { StatementNode } from "./syntax-tree.ts";
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
 * Run source text, read command by command: what stands before a mistake has run.
 *
 * @param options.origin what messages of mistakes name before the line
 * @returns the status of the last command, 2 after a mistake in the source
 */
export async function runSource(
  shell: Shell,
  text: string,
  { origin = "", firstLine = 1, read = false }: { origin?: string; firstLine?: number; read?: boolean } = {},
): Promise<number> {
  const reader = new ScriptReader(text, firstLine);
  let status = 0;
  // The first line of `-c` has been read before anything runs.
  let unseen = !read;
  for (;;) {
    const command = reader.next(readingOptions(shell));
    const shown = command.kind === "error" ? "" : command.text;
    if (shell.options.has("verbose") && unseen && shown !== "")
      await shell.write(2, shown.endsWith("\n") ? shown : `${shown}\n`);
    unseen = true;
    if (command.kind === "end") return status;
    if (command.kind === "error") {
      await shell.complainOfMistake(command, origin);
      // Of text given as an argument bash ends in another way.
      status = command.inSubstitution && read && command.status === 2 ? 127 : command.status;
      shell.lastStatus = status;
      if (status === 1) continue;
      return status;
    }
    for (const warning of command.warnings) {
      shell.line = warning.line;
      await shell.complain(warning.text);
    }
    status = await runUnit(shell, command.statements);
    if (shell.options.has("onecmd")) throw new ShellExit(status);
  }
}

/** What the present settings make of the next text. */
export function readingOptions(shell: Shell): { extglob: boolean; aliases?: ReadonlyMap<string, string> } {
  const aliases = shell.shopts.has("expand_aliases") && shell.aliases.size > 0 ? { aliases: shell.aliases } : {};
  return { extglob: shell.shopts.has("extglob"), ...aliases };
}

/** Run a command that the shell itself made up. @returns its status, 1 for one that cannot be read */
export async function runMadeUp(shell: Shell, commandLine: string): Promise<number> {
  const parsed = parseScript(commandLine, { final: true, ...readingOptions(shell) });
  return parsed.kind === "complete" ? runScript(shell, parsed.script) : 1;
}

/** A mistake that gives up its line leaves the next one to run, but for an interactive shell and a subshell. */
async function runUnit(shell: Shell, statements: StatementNode[]): Promise<number> {
  const script = { type: "Script" as const, statements };
  if (shell.interactive || shell.subshellDepth > 0 || shell.calls.length > 0) return runScript(shell, script);
  try {
    return await runScript(shell, script);
  } catch (error) {
    if (!(error instanceof ShellError) || !error.discard) throw error;
    await shell.complainOf(error);
    shell.lastStatus = 1;
    if (shell.options.has("errexit")) throw new ShellExit(1);
    return 1;
  }
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
      whole = pending.add(line, { firstLine, ...readingOptions(shell) });
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
