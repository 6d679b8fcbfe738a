/** What a builtin is, and what several of them need. */
import type { CommandOptions } from "../executor.ts";
import { ERRNO_TEXT, FileError } from "../node-files.ts";
import type { Shell } from "../shell.ts";

/** A command that runs in the shell itself; answers its status. */
export type Builtin = (shell: Shell, argv: string[], options: CommandOptions) => Promise<number>;

/** Write to standard output; says so and answers 1 when that fails. @throws Terminated */
export async function print(shell: Shell, name: string, text: string | Uint8Array): Promise<number> {
  const file = shell.descriptors.get(1);
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  if (bytes.length === 0) return 0;
  try {
    if (!file) throw new FileError("EBADF", "");
    await file.write(bytes, shell.process);
    return 0;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return complain(shell, name, `write error: ${ERRNO_TEXT[error.code]}`);
  }
}

/** A builtin's message to standard error. */
export async function complain(shell: Shell, name: string, text: string, status = 1): Promise<number> {
  await shell.complain(`${name}: ${text}`);
  return status;
}

/**
 * Letters of options before the operands.
 *
 * @param known letters; one with a colon behind it takes a value
 * @returns the options, where the operands begin, or what is wrong
 */
export function options(
  argv: readonly string[],
  known: string,
): { flags: Map<string, string>; operands: string[] } | { bad: string } {
  const flags = new Map<string, string>();
  let at = 1;
  for (; at < argv.length; at++) {
    const arg = argv[at]!;
    if (arg === "--") {
      at++;
      break;
    }
    if (!/^-./.test(arg)) break;
    for (let i = 1; i < arg.length; i++) {
      const letter = arg[i]!;
      const index = known.indexOf(letter);
      if (index < 0 || letter === ":") return { bad: `-${letter}: invalid option` };
      if (known[index + 1] !== ":") {
        flags.set(letter, "");
        continue;
      }
      const value = arg.slice(i + 1) || argv[++at];
      if (value === undefined) return { bad: `-${letter}: option requires an argument` };
      flags.set(letter, value);
      break;
    }
  }
  return { flags, operands: argv.slice(at) };
}
