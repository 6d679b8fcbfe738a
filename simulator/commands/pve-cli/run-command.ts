/**
 * What Proxmox's command lines share: words that name a command, its short forms and other names, the usage texts, and
 * arguments checked before a command runs.
 *
 * @source pve-common PVE/CLIHandler.pm resolve_cmd, print_usage_short (recordings 03, 37 for refusals)
 */
import { pmxcfsMounted } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { type CommandDefinition, optionTexts, parseArguments, usageLine, type Values } from "../pvecm/arguments.ts";
import { NO_PMXCFS, START_MS } from "./no-pmxcfs.ts";

/** What one word of a command line does. */
export interface CliCommand extends CommandDefinition {
  /** @param extra words behind the others, for a command that takes them */
  run(context: ProgramContext, values: Values, extra: string[]): Promise<number>;
}

export interface CommandLine<Command extends CommandDefinition> {
  /** `qm`. */
  program: string;
  /** Names are the program's and the words that are typed: `qm disk move`. */
  commands: readonly Command[];
  /** Other words for a command's: `move_disk` for `disk move`. */
  aliases?: Record<string, string>;
  /** Words of commands that a real node has: refused as not modelled, and in no usage text. */
  elsewhere?: readonly string[];
}

type Resolved<Command> =
  | { kind: "command"; command: Command; args: string[] }
  | { kind: "elsewhere"; words: string }
  | { kind: "help"; words: string[] }
  | { kind: "refused"; problem: string; below?: string };

/** Choose a command by its words, check its arguments and run it. @returns the exit status */
export async function runCommandLine(context: ProgramContext, line: CommandLine<CliCommand>): Promise<number> {
  const chosen = await chooseCommand(context, line);
  if (typeof chosen === "number") return chosen;
  return runCommand(context, chosen.command, chosen.args);
}

/** @returns the command that the words name, or the exit status after saying why there is none */
export async function chooseCommand<Command extends CommandDefinition>(
  context: ProgramContext,
  line: CommandLine<Command>,
): Promise<{ command: Command; args: string[] } | number> {
  await context.lab.sleep(START_MS, context.signal);
  const resolved = resolve(line, context.argv.slice(1));
  if (resolved.kind === "refused") {
    await context.stderr.write(`ERROR: ${resolved.problem}\n${usageOf(line, resolved.below)}`);
    return 255;
  }
  if (!context.lab.read((lab) => pmxcfsMounted(lab, context.node))) {
    await context.stderr.write(NO_PMXCFS.text);
    return NO_PMXCFS.status;
  }
  if (resolved.kind === "elsewhere") {
    await context.stderr.write(notModelled(line.program, resolved.words));
    return 1;
  }
  return resolved.kind === "help" ? help(context, line, resolved.words) : resolved;
}

/** @returns the exit status: 255 for arguments that are refused, whose text is written to standard error */
export async function runCommand(context: ProgramContext, command: CliCommand, args: string[]): Promise<number> {
  const parsed = parseArguments(command, args);
  if ("refusal" in parsed) {
    await context.stderr.write(parsed.refusal);
    return 255;
  }
  return command.run(context, parsed.values, parsed.extra);
}

/** Every command of a program, a line each. @param below only those whose name begins so */
export function usageOf(line: CommandLine<CommandDefinition>, below?: string): string {
  const { program, commands } = line;
  const shown = commands
    .filter(({ name }) => below === undefined || name.startsWith(`${below} `))
    .sort((a, b) => depth(b) - depth(a) || (a.name < b.name ? -1 : 1));
  const lines = shown.map((command) => `       ${usageLine(command)}\n`);
  const help = below === undefined ? `\n       ${program} help [<extra-args>] [OPTIONS]\n` : "";
  return `USAGE: ${program} <COMMAND> [ARGS] [OPTIONS]\n\n${lines.join("")}${help}`;
}

/** Commands that stand in a group come first. */
function depth({ name }: CommandDefinition): number {
  return name.split(" ").length > 2 ? 1 : 0;
}

/** Word by word; one that begins a single name is that name. */
function resolve<Command extends CommandDefinition>(
  line: CommandLine<Command>,
  words: string[],
  isAlias = false,
): Resolved<Command> {
  const { program, commands, aliases = {}, elsewhere = [] } = line;
  if (words.length === 0) return { kind: "refused", problem: "no command specified" };
  const wordsOf = (name: string) => name.split(" ");
  const own = commands.map(({ name }) => wordsOf(name).slice(1));
  const names = [...own, ...elsewhere.map(wordsOf), ["help"]];
  const so: string[] = [];
  for (const [at, word] of words.entries()) {
    const begins = (name: string[]) => so.every((one, index) => name[index] === one);
    const next = new Set(names.filter((name) => begins(name) && name.length > at).map((name) => name[at]!));
    const other = Object.keys(aliases)
      .map(wordsOf)
      .filter((name) => begins(name) && name.length > at);
    const exact = next.has(word) || other.some((name) => name[at] === word);
    const fitting = exact ? [word] : [...next].filter((name) => name.startsWith(word));
    so.push(fitting.length === 1 ? fitting[0]! : word);
    const typed = so.join(" ");
    const alias = aliases[typed];
    if (alias !== undefined && !isAlias) return resolve(line, [...wordsOf(alias), ...words.slice(at + 1)], true);
    if (typed === "help") return { kind: "help", words: words.slice(1) };
    const command = commands.find(({ name }) => name === `${program} ${typed}`);
    if (command) return { kind: "command", command, args: words.slice(at + 1) };
    if (elsewhere.includes(typed)) return { kind: "elsewhere", words: typed };
    if (fitting.length === 0) return { kind: "refused", problem: `unknown command '${program} ${typed}'` };
    if (fitting.length > 1) return { kind: "refused", problem: `incomplete command '${program} ${typed}'` };
  }
  const typed = `${program} ${so.join(" ")}`;
  return { kind: "refused", problem: `incomplete command '${typed}'`, below: typed };
}

/** `qm help migrate`: how it is used, with its options; what each means is in the manual page. */
async function help<Command extends CommandDefinition>(
  context: ProgramContext,
  line: CommandLine<Command>,
  args: string[],
): Promise<number> {
  const words = args.filter((word) => !/^--?verbose/.test(word));
  const verbose = words.length > 0 || words.length < args.length;
  const resolved = words.length === 0 ? undefined : resolve(line, words);
  if (resolved?.kind === "refused" && resolved.below === undefined) {
    await context.stderr.write(`ERROR: ${resolved.problem}\n${usageOf(line)}`);
    return 255;
  }
  if (resolved?.kind === "elsewhere") {
    await context.stderr.write(notModelled(line.program, resolved.words));
    return 1;
  }
  if (resolved?.kind === "command") {
    await context.stdout.write(`USAGE: ${usageLine(resolved.command)}\n\n${optionTexts(resolved.command)}`);
    return 0;
  }
  const below = resolved?.kind === "refused" ? resolved.below : undefined;
  if (!verbose || below !== undefined) {
    await context.stdout.write(usageOf(line, below));
    return 0;
  }
  const texts = line.commands.map((command) => `USAGE: ${usageLine(command)}\n\n${optionTexts(command)}`);
  await context.stdout.write(`USAGE: ${line.program} <COMMAND> [ARGS] [OPTIONS]\n\n${texts.join("")}`);
  return 0;
}
