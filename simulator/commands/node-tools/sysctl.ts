/** `sysctl` as procps 4.0.2 has it: reads and writes the kernel's settings, one by one or from files. */
import { kernelSetting, kernelSettingNames } from "../../cluster/node-settings/kernel-settings.ts";
import { type SysctlLine, settingName, sysctlFiles, sysctlLines } from "../../cluster/node-settings/sysctl-files.ts";
import { writeKernelSetting } from "../../node-view/kernel-setting-files.ts";
import { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { pathIn, reasonOf } from "../coreutils/arguments.ts";
import { BadOption, getopt } from "../getopt.ts";

const USAGE = `
Usage:
 sysctl [options] [variable[=value] ...]

Options: -a all, -b bare bytes, -e no word of unknown ones, -N names, -n values, -q quiet, -w write,
 -r EXPRESSION those that match, -p [FILE] from a file, --system from all files, --dry-run write nothing
`;

const LONG_NAMES = {
  all: "a",
  deprecated: "D",
  "dry-run": "y",
  binary: "b",
  ignore: "e",
  names: "N",
  values: "n",
  load: "p",
  system: "S",
  pattern: "r",
  quiet: "q",
  write: "w",
  help: "h",
  version: "V",
};

interface Options {
  flags: Set<string>;
  pattern?: RegExp;
}

const DEFAULT_FILE = "/etc/sysctl.conf";

export const sysctl: Program = async (ctx) => {
  const words: string[] = [];
  const options: Options = { flags: new Set() };
  let pattern: string | undefined;
  // The file of the long option stands in it, that of the short one behind it.
  const args = ctx.argv.slice(1).flatMap((word) => (word.startsWith("--load=") ? ["-p", word.slice(7)] : [word]));
  try {
    for (const { option, value } of getopt("sysctl", args, "aAXDybeNnpfSr:qwoxdhV", LONG_NAMES, words)) {
      if (option === "r") pattern = value;
      else options.flags.add("AX".includes(option) ? "a" : option === "f" ? "p" : option === "d" ? "h" : option);
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await ctx.stderr.write(`${error.message}\n`);
    await ctx.stdout.write(USAGE);
    return 0;
  }
  const { flags } = options;
  if (flags.has("h")) {
    await ctx.stdout.write(USAGE);
    return 0;
  }
  if (flags.has("V")) {
    await ctx.stdout.write("sysctl from procps-ng 4.0.2\n");
    return 0;
  }
  if (pattern !== undefined) {
    try {
      options.pattern = new RegExp(pattern);
    } catch {
      await ctx.stderr.write(`sysctl: error parsing regular expression: ${pattern}\n`);
      return 1;
    }
  }
  if (flags.has("S"))
    return fromFiles(ctx, options, ctx.lab.read((lab) => sysctlFiles(lab, ctx.node)).concat(DEFAULT_FILE), true);
  if (flags.has("p")) return fromFiles(ctx, options, words.length > 0 ? words : [DEFAULT_FILE], false);
  if (flags.has("a"))
    return readAll(
      ctx,
      options,
      ctx.lab.read((lab) => kernelSettingNames(lab, ctx.node)),
    );
  if (words.length === 0) {
    if (ctx.argv.length === 1) await ctx.stderr.write(USAGE);
    else await ctx.stderr.write("sysctl: no variables specified\nTry `sysctl --help' for more information.\n");
    return 1;
  }
  let status = 0;
  for (const word of words) {
    const isAssignment = word.includes("=");
    if (!isAssignment && !flags.has("w")) {
      status = (await readOne(ctx, options, settingName(word))) || status;
      continue;
    }
    const [setting] = sysctlLines(word).settings;
    if (isAssignment && setting) status = (await write(ctx, options, setting)) || status;
    else {
      await ctx.stderr.write(isAssignment ? PATHLESS : "sysctl: command line(0): invalid syntax, continuing...\n");
      status = 1;
    }
  }
  return status;
};

const PATHLESS = "sysctl: Path is not under /proc/sys/: /proc/sys/\n";

/** A setting, or all below a folder of them. */
async function readOne(ctx: ProgramContext, options: Options, name: string): Promise<number> {
  const below = ctx.lab.read((lab) => kernelSettingNames(lab, ctx.node).filter((one) => one.startsWith(`${name}.`)));
  if (below.length > 0) return readAll(ctx, options, below);
  if (ctx.lab.read((lab) => kernelSetting(lab, ctx.node, name)) !== undefined) return readAll(ctx, options, [name]);
  return complainOfMissing(ctx, options, name);
}

async function complainOfMissing(ctx: ProgramContext, options: Options, name: string): Promise<number> {
  if (options.flags.has("e")) return 0;
  await ctx.stderr.write(`sysctl: cannot stat /proc/sys/${name.replaceAll(".", "/")}: No such file or directory\n`);
  return 1;
}

async function readAll(ctx: ProgramContext, options: Options, names: readonly string[]): Promise<number> {
  const shown = names.filter((name) => options.pattern?.test(name) ?? true);
  const lines = ctx.lab.read((lab) =>
    shown.map((name) => line(options, name, kernelSetting(lab, ctx.node, name) ?? "")),
  );
  await ctx.stdout.write(lines.join(""));
  return 0;
}

function line({ flags }: Options, name: string, value: string): string {
  if (flags.has("N")) return `${name}\n`;
  return flags.has("b") ? value : flags.has("n") ? `${value}\n` : `${name} = ${value}\n`;
}

async function write(ctx: ProgramContext, options: Options, { name, value, optional }: SysctlLine): Promise<number> {
  const { flags } = options;
  if (options.pattern && !options.pattern.test(name)) return 0;
  if (ctx.lab.read((lab) => kernelSetting(lab, ctx.node, name)) === undefined) {
    const status = await complainOfMissing(ctx, options, name);
    return optional ? 0 : status;
  }
  try {
    if (ctx.user.uid !== 0) throw new FileError("EACCES", name);
    if (!flags.has("y")) writeKernelSetting(ctx, name, value);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    // What is not to be written at all is complained of, and does not count.
    const readOnly = error.code === "EPERM";
    const text = readOnly ? "Invalid argument" : reasonOf(error);
    await ctx.stderr.write(
      error.code === "EACCES"
        ? `sysctl: permission denied on key "${name}"${optional ? ", ignoring" : ""}\n`
        : `sysctl: setting key "${name}"${optional ? ", ignoring" : ""}: ${text}\n`,
    );
    return readOnly || optional ? 0 : 1;
  }
  if (!flags.has("q")) await ctx.stdout.write(line(options, name, value));
  return 0;
}

/** `-p` and `--system`: all files are read before the first setting is written; a later one of a name comes last. */
async function fromFiles(ctx: ProgramContext, options: Options, paths: string[], announce: boolean): Promise<number> {
  let status = 0;
  const settings: SysctlLine[] = [];
  for (const path of paths) {
    let text: string;
    try {
      text = Buffer.from(await ctx.files.readFile(pathIn(ctx, path))).toString("latin1");
    } catch (error) {
      if (announce) continue;
      await ctx.stderr.write(`sysctl: cannot open "${path}": ${reasonOf(error)}\n`);
      status = 1;
      continue;
    }
    if (announce && !options.flags.has("q")) await ctx.stdout.write(`* Applying ${path} ...\n`);
    const read = sysctlLines(text);
    for (const line of read.bad) await ctx.stderr.write(`sysctl: ${path}(${line}): invalid syntax, continuing...\n`);
    settings.push(...read.settings);
  }
  for (const setting of settings) status = (await write(ctx, options, setting)) || status;
  return status;
}
