/** What openssl's subcommands share: their words, files and complaints. */
import type { ProgramContext } from "../../../shell/process.ts";
import { pathIn } from "../../coreutils/arguments.ts";
import { collect } from "../../coreutils/streams.ts";

/** A subcommand's words: flags, options with a value, the rest; all in their order. */
export interface Words {
  given: [option: string, value: string][];
  operands: string[];
  has(option: string): boolean;
  value(option: string): string | undefined;
}

export class BadWord extends Error {
  override name = "BadWord";
}

/** @param known options without their hyphen, those with a colon behind take a value @throws BadWord */
export function readWords(command: string, args: readonly string[], known: string): Words {
  const options = new Map(known.split(/\s+/).map((word) => [word.replace(/:$/, ""), word.endsWith(":")]));
  const given: Words["given"] = [];
  const operands: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-") || arg === "-") {
      operands.push(...args.slice(at));
      break;
    }
    const name = arg.replace(/^--?/, "");
    const takes = options.get(name);
    if (takes === undefined)
      throw new BadWord(`${command}: Unknown option: ${arg}\n${command}: Use -help for summary.\n`);
    const value = takes ? args[++at] : "";
    if (value === undefined)
      throw new BadWord(`${command}: Option ${arg} needs a value\n${command}: Use -help for summary.\n`);
    given.push([name, value]);
  }
  const value = (option: string) => given.find(([name]) => name === option)?.[1];
  return { given, operands, has: (option) => value(option) !== undefined, value };
}

/** A file's bytes, standard input's without a name. @returns undefined after saying that there is no such file */
export async function readInput(
  ctx: ProgramContext,
  path: string | undefined,
  what: string,
): Promise<Buffer | undefined> {
  if (path === undefined || path === "-") return collect(ctx, ctx.stdin);
  try {
    return Buffer.from(await ctx.files.readFile(pathIn(ctx, path)));
  } catch {
    await ctx.stderr.write(
      `Could not open file or uri for loading ${what} from ${path}\n${THREAD}:error:16000069:STORE routines:ossl_store_get0_loader_int:unregistered scheme:../crypto/store/store_register.c:237:scheme=file\n${THREAD}:error:80000002:system library:file_open:No such file or directory:../providers/implementations/storemgmt/file_store.c:266:calling stat(${path})\n`,
    );
    return undefined;
  }
}

/** What OpenSSL puts before an error; a thread's address in memory, here always the same. */
export const THREAD = "40F7B4B6367F0000";

/** Where `-out` leads. */
export async function writeOutput(
  ctx: ProgramContext,
  path: string | undefined,
  text: string,
  mode = 0o644,
): Promise<void> {
  if (path === undefined) await ctx.stdout.write(text);
  else await ctx.files.writeFile(pathIn(ctx, path), new TextEncoder().encode(text), { mode });
}

/** A name in one line as OpenSSL 3.0 prints it: `CN = a, O = b`. */
export function nameLine(name: string): string {
  return name.replace(/\n/g, ", ").replace(/=/g, " = ");
}
