/** Command and process substitution: what runs aside and what comes back of it. */

import { runAsProcess } from "./child-shell.ts";
import { runScript } from "./executor.ts";
import { expandText } from "./expansion.ts";
import { LAB_MEMORY_TEXT } from "./lab-memory.ts";
import { ERRNO_TEXT, FileError } from "./node-files.ts";
import { Collector, openPipe } from "./open-file.ts";
import type { Shell } from "./shell.ts";
import type { CommandSubstitutionPart, ProcessSubstitutionPart, ScriptNode } from "./syntax-tree.ts";
import { ShellError } from "./variables.ts";

/** What `$( )` may give, bytes. A runaway command ends here. */
const CAPTURED_BYTES_MAX = 2 << 20;

/** Less than this is not worth an account. */
const CHARGED_BYTES_MIN = 1 << 10;

/** The output of a script run in a subshell, without newlines at its end. */
export async function captureOutput(
  shell: Shell,
  { body: script, mistake }: Omit<CommandSubstitutionPart, "type">,
): Promise<string> {
  if (mistake) {
    await shell.complainOfMistake(mistake, "command substitution: ");
    shell.substitutionStatus = 2;
    return "";
  }
  const file = fileOnly(script);
  if (file) return captureFile(shell, await expandText(shell, file));
  const child = shell.fork();
  if (!child.shopts.has("inherit_errexit")) child.options.delete("errexit");
  child.substitutionDepth++;
  const collector = new Collector(CAPTURED_BYTES_MAX, (bytes) => shell.process.charge(bytes));
  child.descriptors.set(1, collector);
  shell.substitutionStatus = await runAsProcess(child, () => runScript(child, script));
  shell.lastStatus = shell.substitutionStatus;
  collector.giveBack();
  if (shell.process.signal.aborted) throw shell.process.signal.reason;
  if (collector.exhausted) throw new ShellError(`command substitution: memory exhausted: ${LAB_MEMORY_TEXT}`);
  if (collector.overflowed) {
    throw new ShellError(
      `command substitution: more than ${CAPTURED_BYTES_MAX >> 20} MiB of output in this simulated shell`,
    );
  }
  const text = asWord(collector.text());
  keep(shell, text.length);
  return text;
}

/** Output without zeros and without the newlines at its end. */
function asWord(output: string): string {
  const text = output.replaceAll("\0", "");
  let end = text.length;
  while (text[end - 1] === "\n") end--;
  return text.slice(0, end);
}

/** What was captured is part of a word now, and charged until the command that the word belongs to ends. */
function keep(shell: Shell, bytes: number): void {
  if (shell.commandsUnderWay === 0 || bytes < CHARGED_BYTES_MIN) return;
  if (!shell.process.charge(bytes)) {
    throw new ShellError(`command substitution: memory exhausted: ${LAB_MEMORY_TEXT}`);
  }
  shell.capturedBytes += bytes;
}

/** `$(< file)` */
function fileOnly(script: ScriptNode) {
  const command = script.statements.length === 1 ? script.statements[0]!.pipelines[0]?.commands[0] : undefined;
  if (command?.type !== "SimpleCommand" || command.name || command.assignments.length) return undefined;
  const only = command.redirections.length === 1 ? command.redirections[0]! : undefined;
  return only?.operator === "<" && only.target.type === "Word" ? only.target : undefined;
}

async function captureFile(shell: Shell, path: string): Promise<string> {
  try {
    const bytes = await shell.around.files.readFile(shell.resolve(path));
    shell.substitutionStatus = 0;
    keep(shell, bytes.length);
    return asWord(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await shell.complain(`${path}: ${ERRNO_TEXT[error.code]}`);
    shell.substitutionStatus = 1;
    return "";
  }
}

/** Start `<( )` or `>( )` and name the file that stands for it. */
export async function substituteProcess(shell: Shell, part: ProcessSubstitutionPart): Promise<string> {
  const child = shell.fork();
  const { reader, writer } = openPipe(shell.around.activity);
  const input = part.direction === "input";
  child.descriptors.set(input ? 1 : 0, input ? writer : reader);
  void runAsProcess(child, () => runScript(child, part.body));
  const fd = shell.descriptors.free(63);
  shell.descriptors.set(fd, input ? reader : writer);
  shell.temporaryDescriptors.push(fd);
  return `/dev/fd/${fd}`;
}
