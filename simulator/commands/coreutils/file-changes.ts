/** Programs that change the tree: `mkdir`, `rm`, `rmdir`, `touch`, `truncate`, `mktemp`; what `copying.ts`, `linking.ts` and `owning.ts` share. */
import { DISK_BYTES_MAX } from "../../cluster/files/files-state.ts";
import { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage, UsageError } from "./arguments.ts";
import { parseDate, stampedDate } from "./date-phrase.ts";
import { changedMode } from "./file-words.ts";
import { wallMs } from "./node-facts.ts";
import { sizeOf } from "./streams.ts";

/** A program that reads its options and works on each operand; what fails for one is told and the others go on. */
function each(
  short: string,
  long: Record<string, string>,
  minimum: number,
  work: (ctx: ProgramContext, args: Arguments, operand: string) => Promise<void>,
  told: (operand: string, reason: string, error: unknown) => string,
): Program {
  return async (ctx) => {
    let args: Arguments;
    try {
      args = readArguments(ctx.argv, short, long);
    } catch (error) {
      return refuseUsage(ctx, error);
    }
    if (args.operands.length < minimum) return missingOperand(ctx, args);
    let status = 0;
    for (const operand of args.operands) {
      try {
        await ctx.breathe();
        await work(ctx, args, operand);
      } catch (error) {
        await complain(ctx, told(error instanceof OtherPath ? error.shown : operand, reasonOf(error), error));
        status = 1;
      }
    }
    return status;
  };
}

/** What failed is another path than the operand. */
class OtherPath extends FileError {
  readonly shown: string;
  constructor(error: FileError, shown: string) {
    super(error.code, error.path);
    this.shown = shown;
  }
}

export async function missingOperand(ctx: ProgramContext, args: Arguments): Promise<number> {
  const [only] = args.operands;
  const text =
    only === undefined
      ? ["mv", "cp", "ln", "touch", "truncate"].includes(ctx.argv[0]!)
        ? "missing file operand"
        : "missing operand"
      : ["mv", "cp"].includes(ctx.argv[0]!)
        ? `missing destination file operand after '${only}'`
        : `missing operand after ‘${only}’`;
  await complain(ctx, text);
  await ctx.stderr.write(`Try '${ctx.argv[0]} --help' for more information.\n`);
  return 1;
}

export async function isDirectory(ctx: ProgramContext, path: string, follow = true): Promise<boolean> {
  return (await ctx.files.stat(path, { follow }).catch(() => undefined))?.type === "directory";
}

export async function exists(ctx: ProgramContext, path: string): Promise<boolean> {
  return (await ctx.files.stat(path, { follow: false }).catch(() => undefined)) !== undefined;
}

export const mkdir = each(
  "pm:v",
  { parents: "p", "mode=": "m", verbose: "v" },
  1,
  async (ctx, { flags }, operand) => {
    const path = pathIn(ctx, operand);
    const mode = flags.has("m") ? changedMode(flags.get("m")!, 0o777, true) : undefined;
    if (flags.has("p")) {
      const parts = operand.replace(/\/+$/, "").split("/");
      for (let depth = 1; depth < parts.length; depth++) {
        const shown = parts.slice(0, depth).join("/");
        if (shown === "") continue;
        await ctx.breathe();
        const parent = pathIn(ctx, shown);
        if (!(await exists(ctx, parent))) {
          await ctx.files.mkdir(parent);
          if (flags.has("v")) await ctx.stdout.write(`mkdir: created directory '${shown}'\n`);
        } else if (!(await isDirectory(ctx, parent))) throw new OtherPath(new FileError("ENOTDIR", parent), shown);
      }
      if (await isDirectory(ctx, path)) return;
    }
    await ctx.files.mkdir(path, mode);
    if (flags.has("v")) await ctx.stdout.write(`mkdir: created directory '${operand}'\n`);
  },
  (operand, reason) => `cannot create directory ‘${operand}’: ${reason}`,
);

export const rmdir = each(
  "pv",
  { parents: "p", "ignore-fail-on-non-empty": "ignore" },
  1,
  async (ctx, { flags }, operand) => {
    try {
      await ctx.files.rmdir(pathIn(ctx, operand));
    } catch (error) {
      if (!(flags.has("ignore") && error instanceof FileError && error.code === "ENOTEMPTY")) throw error;
    }
    for (let parent = operand; flags.has("p") && parent.includes("/"); ) {
      parent = parent.slice(0, parent.lastIndexOf("/"));
      if (parent !== "") await ctx.files.rmdir(pathIn(ctx, parent));
    }
  },
  (operand, reason) => `failed to remove '${operand}': ${reason}`,
);

export const rm: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "rRfidvI", {
      recursive: "r",
      force: "f",
      interactive: "i",
      dir: "d",
      verbose: "v",
      "no-preserve-root": "no-preserve-root",
      "preserve-root": "preserve-root",
      "one-file-system": "x",
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await complain(ctx, error.message);
    const dashed = ctx.argv.slice(1).find((word) => /^-./.test(word));
    if (dashed !== undefined && (await exists(ctx, pathIn(ctx, dashed))))
      await ctx.stderr.write(`Try 'rm ./${dashed}' to remove the file '${dashed}'.\n`);
    await ctx.stderr.write("Try 'rm --help' for more information.\n");
    return 1;
  }
  const { flags, operands } = args;
  if (operands.length === 0) return flags.has("f") ? 0 : missingOperand(ctx, args);
  const recursive = flags.has("r") || flags.has("R");
  let status = 0;
  const fail = async (text: string) => {
    await complain(ctx, text);
    status = 1;
  };
  const remove = async (path: string, shown: string): Promise<void> => {
    await ctx.breathe();
    try {
      const stat = await ctx.files.stat(path, { follow: false });
      if (stat.type === "directory") {
        if (!recursive && !flags.has("d")) return await fail(`cannot remove '${shown}': Is a directory`);
        if (recursive)
          for (const name of await ctx.files.readdir(path))
            await remove(`${path === "/" ? "" : path}/${name}`, `${shown.replace(/\/$/, "")}/${name}`);
        await ctx.files.rmdir(path);
        if (flags.has("v")) await ctx.stdout.write(`removed directory '${shown}'\n`);
        return;
      }
      if (
        flags.has("i") &&
        !(await confirmed(
          ctx,
          `rm: remove ${stat.size ? "" : "regular empty "}${stat.size ? "regular file" : "file"} '${shown}'? `,
        ))
      )
        return;
      await ctx.files.unlink(path);
      if (flags.has("v")) await ctx.stdout.write(`removed '${shown}'\n`);
    } catch (error) {
      if (flags.has("f") && error instanceof FileError && (error.code === "ENOENT" || error.code === "ENOTDIR")) return;
      await fail(`cannot remove '${shown}': ${reasonOf(error)}`);
    }
  };
  for (const operand of operands) {
    const path = pathIn(ctx, operand);
    if (recursive && /(^|\/)\.\.?\/?$/.test(operand))
      await fail(`refusing to remove '.' or '..' directory: skipping '${operand}'`);
    else if (path === "/" && recursive && !flags.has("no-preserve-root")) {
      await fail("it is dangerous to operate recursively on '/'");
      await complain(ctx, "use --no-preserve-root to override this failsafe");
    } else if (operand === "") {
      if (!flags.has("f")) await fail("cannot remove '': No such file or directory");
    } else await remove(path, operand);
  }
  return status;
};

/** Whether the answer to a question on the terminal, or the next input, is yes. */
export async function confirmed(ctx: ProgramContext, question: string): Promise<boolean> {
  await ctx.stderr.write(question);
  const answer =
    ctx.isTty.stdin && ctx.tty
      ? await ctx.tty.readLine()
      : Buffer.from((await ctx.stdin.read()) ?? []).toString("utf8");
  return /^[yY]/.test(answer ?? "");
}

/** Where each source goes: into a directory under its own name, or to the name given. */
export async function destinations(
  ctx: ProgramContext,
  args: Arguments,
  { follow = true, parents = false }: { follow?: boolean; parents?: boolean } = {},
): Promise<[from: string, to: string][] | number> {
  const operands = [...args.operands];
  let target = args.flags.get("t");
  if (operands.length === 0 || (target === undefined && operands.length < 2)) return missingOperand(ctx, args);
  target ??= operands.pop()!;
  const into = !args.flags.has("T") && (await isDirectory(ctx, pathIn(ctx, target), follow || target.endsWith("/")));
  if (operands.length > 1 && args.flags.has("T")) {
    await complain(ctx, `extra operand '${operands[1]}'`);
    await ctx.stderr.write(`Try '${ctx.argv[0]} --help' for more information.\n`);
    return 1;
  }
  if ((operands.length > 1 || args.flags.has("t")) && !into) {
    const what = args.flags.has("t") ? "target directory" : "target";
    const there = await exists(ctx, pathIn(ctx, target));
    await complain(ctx, `${what} '${target}': ${there ? "Not a directory" : "No such file or directory"}`);
    return 1;
  }
  const below = (from: string) => (parents ? from.replace(/^\/+/, "") : baseOf(from));
  return operands.map((from) => [from, into ? `${target!.replace(/\/$/, "")}/${below(from)}` : target!]);
}

/** Where an old file is kept that `-b` or `--backup` saves. */
export async function backupOf(ctx: ProgramContext, path: string, flags: ReadonlyMap<string, string>): Promise<string> {
  const how = flags.get("b") || ctx.env.get("VERSION_CONTROL") || "existing";
  const simple = `${path}${flags.get("S") ?? ctx.env.get("SIMPLE_BACKUP_SUFFIX") ?? "~"}`;
  if (how === "simple" || how === "never") return simple;
  let number = 0;
  while (await exists(ctx, `${path}.~${number + 1}~`)) number++;
  return number > 0 || how === "numbered" || how === "t" ? `${path}.~${number + 1}~` : simple;
}

function baseOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("/") + 1) || "/";
}

export const touch = each(
  "acfmd:r:t:h",
  { "no-create": "c", "date=": "d", "reference=": "r", "no-dereference": "h", "time=": "time" },
  1,
  async (ctx, { flags }, operand) => {
    const path = pathIn(ctx, operand);
    const nowMs = wallMs(ctx);
    const text = flags.get("d") ?? flags.get("t");
    const given = flags.has("d")
      ? parseDate(text!, nowMs, zoneOfProgram(ctx))
      : flags.has("t")
        ? stampedDate(text!, "first", nowMs, zoneOfProgram(ctx))
        : nowMs;
    if (given === undefined) throw new DateRefused(text!);
    const atMs = flags.has("r") ? (await ctx.files.stat(pathIn(ctx, flags.get("r")!))).mtimeMs : given;
    if (await exists(ctx, path)) {
      // When a file was last read is not kept.
      if (flags.has("a") && !flags.has("m")) return;
      try {
        return await ctx.files.utimes(path, atMs, { follow: !flags.has("h") });
      } catch (error) {
        throw error instanceof FileError ? new SettingTimesRefused(error.code, error.path) : error;
      }
    }
    if (flags.has("c")) return;
    await ctx.files.writeFile(path, new Uint8Array(0), { append: true });
    await ctx.files.utimes(path, atMs);
  },
  (operand, reason, error) =>
    error instanceof DateRefused
      ? `invalid date format ‘${error.text}’`
      : error instanceof SettingTimesRefused
        ? `setting times of '${operand}': ${reason}`
        : `cannot touch '${operand}': ${reason}`,
);

/** A time that nobody can read. */
class DateRefused extends FileError {
  readonly text: string;
  constructor(text: string) {
    super("EINVAL", text);
    this.text = text;
  }
}

/** The file is there and opens; its times may not be set. */
class SettingTimesRefused extends FileError {}

/** A size of `truncate -s`: as it is, or changed by so many bytes, at most, at least, a multiple. */
const SIZE_CHANGE = /^([-+<>/%]?)(\d+)([A-Za-z]*)$/;

export const truncate: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "s:cor:", {
      ...{ "size=": "s", "no-create": "c", "io-blocks": "o", "reference=": "r" },
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const refuse = async (text: string) => {
    await complain(ctx, text);
    await ctx.stderr.write(`Try '${ctx.argv[0]} --help' for more information.\n`);
    return 1;
  };
  const { flags, operands } = args;
  const text = flags.get("s");
  if (text === undefined && !flags.has("r")) return refuse("you must specify either ‘--size’ or ‘--reference’");
  const change = SIZE_CHANGE.exec(text?.trim() ?? "0");
  const amount = change ? sizeOf(change[2]! + change[3]!) : undefined;
  if (!change || amount === undefined) {
    await complain(ctx, `Invalid number: ‘${text}’`);
    return 1;
  }
  if (operands.length === 0) return missingOperand(ctx, args);
  let status = 0;
  for (const operand of operands) {
    const path = pathIn(ctx, operand);
    let [size, there] = [0, false];
    try {
      there = await exists(ctx, path);
      if (!there && flags.has("c")) continue;
      const before = there ? await ctx.files.readFile(path) : new Uint8Array(0);
      const base = flags.has("r") ? (await ctx.files.stat(pathIn(ctx, flags.get("r")!))).size : before.length;
      size = text === undefined ? base : sizeAfter(base, change[1]!, amount);
      // Holes take room here, so that no more can be on the disk.
      if (size > DISK_BYTES_MAX) throw new FileError("EFBIG", operand);
      const bytes = new Uint8Array(size);
      bytes.set(before.subarray(0, size));
      await ctx.files.writeFile(path, bytes, { resize: true });
    } catch (error) {
      // Root opens what pmxcfs then refuses to cut.
      const opened =
        error instanceof FileError &&
        (["EFBIG", "ENOSPC"].includes(error.code) ||
          (there && error.code === "EACCES" && path.startsWith("/etc/pve/")));
      const what = opened ? `failed to truncate '${operand}' at ${size} bytes` : `cannot open '${operand}' for writing`;
      await complain(ctx, `${what}: ${reasonOf(error)}`);
      status = 1;
    }
  }
  return status;
};

function sizeAfter(before: number, how: string, amount: number): number {
  switch (how) {
    case "+":
      return before + amount;
    case "-":
      return Math.max(0, before - amount);
    case "<":
      return Math.min(before, amount);
    case ">":
      return Math.max(before, amount);
    case "/":
      return Math.floor(before / amount) * amount;
    case "%":
      return Math.ceil(before / amount) * amount;
    default:
      return amount;
  }
}

/** Letters of names that nobody has yet: another one at each call. */
export function temporaryLetters(ctx: ProgramContext): () => string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let seed = ctx.pid * 48_271 + ctx.lab.read((lab) => Math.floor(lab.nowMs));
  return () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return letters[(seed >> 8) % letters.length]!;
  };
}

export const mktemp: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "dqtup:", { directory: "d", quiet: "q", "tmpdir?": "p", "dry-run": "u" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const template = args.operands[0] ?? "/tmp/tmp.XXXXXXXXXX";
  const kind = args.flags.has("d") ? "directory" : "file";
  if (!/X{3,}[^/X]*$/.test(template)) {
    await complain(ctx, `too few X's in template ‘${template}’`);
    return 1;
  }
  const letter = temporaryLetters(ctx);
  for (let tries = 0; tries < 100; tries++) {
    const name = template.replace(/X{3,}(?=[^/X]*$)/, (run) => [...run].map(letter).join(""));
    const path = pathIn(
      ctx,
      args.flags.has("p") && !name.includes("/") ? `${args.flags.get("p") || "/tmp"}/${name}` : name,
    );
    if (await exists(ctx, path)) continue;
    // The name is shown as the template has it.
    const shown = name.startsWith("/") || args.flags.has("p") ? path : name;
    if (args.flags.has("u")) {
      await ctx.stdout.write(`${shown}\n`);
      return 0;
    }
    try {
      if (args.flags.has("d")) await ctx.files.mkdir(path, 0o700);
      else await ctx.files.writeFile(path, new Uint8Array(0), { mode: 0o600 });
    } catch (error) {
      await complain(
        ctx,
        `failed to create ${kind} via template ‘${args.flags.has("p") && !template.includes("/") ? `${args.flags.get("p") || "/tmp"}/${template}` : template}’: ${reasonOf(error)}`,
      );
      return 1;
    }
    await ctx.stdout.write(`${shown}\n`);
    return 0;
  }
  return 1;
};
