/** `set -x`: what is shown of commands before they run, and where. */
import { expandText } from "./expansion.ts";
import type { Shell } from "./shell.ts";
import { parseQuotedText } from "./syntax.ts";

/** Show a line when `set -x` is on; `text` is only asked for then. */
export async function trace(shell: Shell, text: () => string | Promise<string>): Promise<void> {
  if (!shell.options.has("xtrace")) return;
  const shown = await text();
  const prefix = await tracePrefix(shell);
  await shell.write(shell.traceFd, `${prefix}${shown}\n`);
}

/** `BASH_XTRACEFD` was set: lines go there if it is open. */
export async function chooseTraceDescriptor(shell: Shell, value: string): Promise<void> {
  const fd = /^\d+$/.test(value) ? Number(value) : undefined;
  if (fd !== undefined && shell.descriptors.get(fd)) shell.traceFd = fd;
  else if (value === "") shell.traceFd = 2;
  else await shell.complain(`BASH_XTRACEFD: ${value}: invalid value for trace file descriptor`);
}

/** PS4 with its expansions made, its first character once more for each subshell of a substitution. */
async function tracePrefix(shell: Shell): Promise<string> {
  const ps4 = shell.variables.get("PS4") ?? "";
  let text = ps4;
  if (/[$`\\]/.test(ps4)) {
    const status = shell.lastStatus;
    shell.options.delete("xtrace");
    try {
      text = await expandText(shell, parseQuotedText(ps4));
    } finally {
      shell.options.add("xtrace");
      shell.lastStatus = status;
    }
  }
  return text.slice(0, 1).repeat(shell.substitutionDepth) + text;
}

/** A word as it is shown: in quotes only when it needs them. */
export function tracedWord(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
