/** Options and operands as GNU programs read them: long and short, in any order, `--` ends them. */
import { ERRNO_TEXT, FileError } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { absolutePath } from "../../shell/shell.ts";

export interface Arguments {
  /** By letter or long name; the last value given. */
  flags: Map<string, string>;
  /** All of them, in their order. */
  given: [name: string, value: string][];
  operands: string[];
}

/** Every value of an option that may be given several times. */
export function valuesOf({ given }: Arguments, option: string): string[] {
  return given.flatMap(([name, value]) => (name === option ? [value] : []));
}

export class UsageError extends Error {
  override name = "UsageError";
}

/**
 * @param short letters; one with a colon behind it takes a value, one with a question mark may have one glued to it
 * @param long long names to their letter (or to themselves); `=` at the name's end when it takes a value
 * @param options.inOrder operands are among what is given as well, under an empty name
 * @throws UsageError with GNU's words
 */
export function readArguments(
  argv: readonly string[],
  short: string,
  long: Record<string, string> = {},
  options: { stopAtOperand?: boolean; inOrder?: boolean } = {},
): Arguments {
  const given: Arguments["given"] = [];
  const operands: string[] = [];
  const takeOperands = (words: readonly string[]) => {
    operands.push(...words);
    if (options.inOrder) given.push(...words.map((word): [string, string] => ["", word]));
  };
  for (let at = 1; at < argv.length; at++) {
    const arg = argv[at]!;
    if (arg === "--") {
      takeOperands(argv.slice(at + 1));
      break;
    }
    if (arg.startsWith("--")) {
      const [name, ...rest] = arg.slice(2).split("=") as [string, ...string[]];
      const value = rest.length ? rest.join("=") : undefined;
      const known = Object.keys(long).filter((key) => key.replace(/[=?]$/, "") === name);
      const candidates = known.length ? known : Object.keys(long).filter((key) => key.startsWith(name));
      if (candidates.length !== 1) throw new UsageError(`unrecognized option '${arg}'`);
      const key = candidates[0]!;
      if (key.endsWith("=")) {
        const own = value ?? argv[++at];
        if (own === undefined) throw new UsageError(`option '--${name}' requires an argument`);
        given.push([long[key]!, own]);
      } else if (value !== undefined && !key.endsWith("?")) {
        throw new UsageError(`option '--${name}' doesn't allow an argument`);
      } else given.push([long[key]!, value ?? ""]);
      continue;
    }
    if (arg === "-" || !arg.startsWith("-")) {
      takeOperands(options.stopAtOperand ? argv.slice(at) : [arg]);
      if (options.stopAtOperand) break;
      continue;
    }
    for (let i = 1; i < arg.length; i++) {
      const letter = arg[i]!;
      const index = short.indexOf(letter);
      if (index < 0 || letter === ":" || letter === "?") throw new UsageError(`invalid option -- '${letter}'`);
      if (short[index + 1] === "?") {
        given.push([letter, arg.slice(i + 1)]);
        break;
      }
      if (short[index + 1] !== ":") {
        given.push([letter, ""]);
        continue;
      }
      const value = arg.slice(i + 1) || argv[++at];
      if (value === undefined) throw new UsageError(`option requires an argument -- '${letter}'`);
      given.push([letter, value]);
      break;
    }
  }
  return { flags: new Map(given), given, operands };
}

/** A message to standard error, `name: text`. */
export async function complain(ctx: ProgramContext, text: string): Promise<void> {
  await ctx.stderr.write(`${ctx.argv[0]!.replace(/^.*\//, "")}: ${text}\n`);
}

/** What a usage error is answered with. */
export async function refuseUsage(ctx: ProgramContext, error: unknown, status = 1): Promise<number> {
  if (!(error instanceof UsageError)) throw error;
  await complain(ctx, error.message);
  await ctx.stderr.write(`Try '${ctx.argv[0]} --help' for more information.\n`);
  return status;
}

/** strerror of a refusal by the files; anything else is thrown on. */
export function reasonOf(error: unknown): string {
  if (error instanceof FileError) return ERRNO_TEXT[error.code];
  throw error;
}

/** A file as text; empty when it cannot be read. */
export async function textOf(ctx: Pick<ProgramContext, "files">, path: string): Promise<string> {
  return ctx.files.readFile(path).then(
    (bytes) => Buffer.from(bytes).toString("utf8"),
    () => "",
  );
}

export function pathIn(ctx: ProgramContext, path: string): string {
  return absolutePath(ctx.cwd, path);
}
