/**
 * What Proxmox's command lines share: words that name a command, its short forms and other names, the usage texts, and
 * arguments checked before a command runs.
 *
 * @source pve-common PVE/CLIHandler.pm resolve_cmd, print_usage_short (recordings 03, 37 for refusals)
 */
import { pmxcfsMounted } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { pmxcfsGoesOn } from "../../node-view/pmxcfs-waits.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import {
  type CommandDefinition,
  type OptionDefinition,
  optionTexts,
  parseArguments,
  usageLine,
  type Values,
} from "../pvecm/arguments.ts";
import { aliasesOf, orderOf, recordedCommand, wordsOf } from "./command-lines.ts";
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
}

type Resolved<Command> =
  | { kind: "command"; command: Command; args: string[] }
  | { kind: "elsewhere"; words: string; args: string[] }
  | { kind: "help"; words: string[] }
  /** `below`: a group's words; `above`: the commands among which the last word names no single one. */
  | { kind: "refused"; problem: string; below?: string; above?: { of: string; typed: string } };

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
    const { problem, below, above } = resolved;
    await context.stderr.write(`ERROR: ${problem}\n${usageOf(line, below ?? above?.typed, above?.of)}`);
    return 255;
  }
  await pmxcfsGoesOn(context);
  if (!context.lab.read((lab) => pmxcfsMounted(lab, context.node))) {
    await context.stderr.write(NO_PMXCFS.text);
    return NO_PMXCFS.status;
  }
  if (resolved.kind === "elsewhere") return refuseElsewhere(context, line.program, resolved);
  return resolved.kind === "help" ? help(context, line, resolved.words) : resolved;
}

/** @returns the exit status */
export async function runCommand(context: ProgramContext, command: CliCommand, args: string[]): Promise<number> {
  const read = await readArguments(context, command, args);
  return typeof read === "number" ? read : command.run(context, read.values, read.extra);
}

/**
 * A command's arguments. Options that a real one has beside those of the model are read as there.
 *
 * @returns the exit status, after saying why on standard error: 255 for arguments that are refused, 1 for an option that
 * the model lacks
 */
export async function readArguments(
  context: ProgramContext,
  command: CommandDefinition,
  args: string[],
): Promise<{ values: Values; extra: string[] } | number> {
  const real = recordedCommand(command.name);
  const whole = real && {
    name: command.name,
    ...real,
    options: Object.fromEntries(
      Object.entries(real.options).map(([name, its]) => [name, narrower(command.options[name], its)]),
    ),
  };
  const parsed = parseArguments(whole ?? command, args);
  if ("refusal" in parsed) {
    await context.stderr.write(parsed.refusal);
    return 255;
  }
  const other = Object.keys(parsed.values).find(
    (name) => !Object.hasOwn(command.options, name) && !command.fixed.includes(name) && name !== "extra-args",
  );
  if (other === undefined) return parsed;
  const [program, ...words] = command.name.split(" ");
  await context.stderr.write(notModelled(program!, `${words.join(" ")} --${other}`));
  return 1;
}

/** The model's own definition, unless it says no more than that there is an option. */
function narrower(own: OptionDefinition | undefined, its: OptionDefinition): OptionDefinition {
  return own && Object.keys(own).some((key) => key !== "type" && key !== "optional") ? own : its;
}

/** A command that a real node has: its arguments are looked at first. */
async function refuseElsewhere(
  context: ProgramContext,
  program: string,
  { words, args }: { words: string; args: string[] },
): Promise<number> {
  const name = `${program} ${words}`;
  const parsed = parseArguments({ name, ...recordedCommand(name)! }, args);
  if ("refusal" in parsed) {
    await context.stderr.write(parsed.refusal);
    return 255;
  }
  await context.stderr.write(notModelled(program, words));
  return 1;
}

/**
 * Every command of a program, a line each.
 *
 * @param below only those whose name begins so
 * @param of with it, those whose name begins with this, and `below` stands in its place, as for `qm s`
 */
function usageOf(line: CommandLine<CommandDefinition>, below?: string, of = below): string {
  const { program } = line;
  const lines = (orderOf(program) ?? []).flatMap((words) => {
    if (words === "") return below === undefined ? ["\n"] : [];
    const name = `${program} ${words}`;
    if (of !== undefined && !name.startsWith(`${of} `)) return [];
    const usage = usageLine({ name, ...(recordedCommand(name) ?? HELP) });
    return [`       ${of === undefined ? usage : `${below}${usage.slice(of.length)}`}\n`];
  });
  return `USAGE: ${program} <COMMAND> [ARGS] [OPTIONS]\n\n${lines.join("")}`;
}

/** Every program has it. */
const HELP: Omit<CommandDefinition, "name"> = { fixed: [], rest: true, options: { verbose: { type: "boolean" } } };

/** Word by word; one that begins a single name is that name. */
function resolve<Command extends CommandDefinition>(
  line: CommandLine<Command>,
  words: string[],
  isAlias = false,
): Resolved<Command> {
  const { program, commands } = line;
  const aliases = aliasesOf(program);
  const elsewhere = wordsOf(program).filter((words) => !commands.some(({ name }) => name === `${program} ${words}`));
  if (words.length === 0) return { kind: "refused", problem: "no command specified" };
  const split = (name: string) => name.split(" ");
  const own = commands.map(({ name }) => split(name).slice(1));
  const names = [...own, ...elsewhere.map(split), ["help"]];
  const so: string[] = [];
  for (const [at, word] of words.entries()) {
    const begins = (name: string[]) => so.every((one, index) => name[index] === one);
    const next = new Set(names.filter((name) => begins(name) && name.length > at).map((name) => name[at]!));
    const other = Object.keys(aliases)
      .map(split)
      .filter((name) => begins(name) && name.length > at);
    const exact = next.has(word) || other.some((name) => name[at] === word);
    const fitting = exact ? [word] : [...next].filter((name) => name.startsWith(word));
    so.push(fitting.length === 1 ? fitting[0]! : word);
    const typed = so.join(" ");
    const alias = aliases[typed];
    if (alias !== undefined && !isAlias) return resolve(line, [...split(alias), ...words.slice(at + 1)], true);
    if (typed === "help") return { kind: "help", words: words.slice(1) };
    const command = commands.find(({ name }) => name === `${program} ${typed}`);
    if (command) return { kind: "command", command, args: words.slice(at + 1) };
    if (elsewhere.includes(typed)) return { kind: "elsewhere", words: typed, args: words.slice(at + 1) };
    if (fitting.length === 0) return { kind: "refused", problem: `unknown command '${program} ${typed}'` };
    if (fitting.length > 1) {
      const above = { of: [program, ...so.slice(0, -1)].join(" "), typed: `${program} ${typed}` };
      return { kind: "refused", problem: `incomplete command '${above.typed}'`, above };
    }
  }
  const typed = `${program} ${so.join(" ")}`;
  return { kind: "refused", problem: `incomplete command '${typed}'`, below: typed };
}

/**
 * `qm help migrate`: how it is used, with its options; what each means is in the manual page. Without words every command
 * is told so; `--verbose 0` gives lines alone.
 */
async function help<Command extends CommandDefinition>(
  context: ProgramContext,
  line: CommandLine<Command>,
  args: string[],
): Promise<number> {
  const { program } = line;
  const parsed = parseArguments({ name: `${program} help`, ...HELP }, args);
  if ("refusal" in parsed) {
    await context.stderr.write(parsed.refusal);
    return 255;
  }
  const words = parsed.extra;
  const resolved: Resolved<Command> | undefined = words.length === 0 ? undefined : resolve(line, words);
  if (resolved?.kind === "refused" && resolved.below === undefined) {
    await context.stderr.write(`ERROR: unknown command '${words[0]}'\n${usageOf(line)}`);
    return 255;
  }
  const names = namesMeant(program, resolved);
  const brief = parsed.values.verbose !== undefined && /^(?:0|no|off|false)$/i.test(parsed.values.verbose);
  const usage = (name: string) => usageLine({ name, ...(recordedCommand(name) ?? HELP) });
  const told = brief
    ? `USAGE: ${names.map((name) => `       ${usage(name)}\n`).join("")}`.replace(/^USAGE: +/, "USAGE: ")
    : names.map((name) => `USAGE: ${usage(name)}\n\n${optionTexts({ name, ...HELP })}`).join("");
  await context.stdout.write(`${told}\n`);
  return 0;
}

/** Whole names, in the order of their words. */
function namesMeant(program: string, resolved: Resolved<CommandDefinition> | undefined): string[] {
  if (resolved?.kind === "command") return [resolved.command.name];
  if (resolved?.kind === "elsewhere") return [`${program} ${resolved.words}`];
  if (resolved?.kind === "help") return [`${program} help`];
  const below = resolved?.kind === "refused" ? resolved.below : undefined;
  const all = [...wordsOf(program), "help"].sort().map((words) => `${program} ${words}`);
  return below === undefined ? all : all.filter((name) => name.startsWith(`${below} `));
}
