/** Programs that change the tree: `mkdir`, `rm`, `rmdir`, `mv`, `cp`, `touch`, `chmod`, `chown`, `ln`, `truncate`, `mktemp`. */
import { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import {
  type Arguments,
  complain,
  pathIn,
  readArguments,
  reasonOf,
  refuseUsage,
  textOf,
  UsageError,
} from "./arguments.ts";
import { parseDate } from "./date-phrase.ts";
import { changedMode, modeText } from "./file-words.ts";
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

async function missingOperand(ctx: ProgramContext, args: Arguments): Promise<number> {
  const [only] = args.operands;
  const text =
    only === undefined
      ? ["mv", "cp", "ln", "touch"].includes(ctx.argv[0]!)
        ? "missing file operand"
        : "missing operand"
      : ["mv", "cp"].includes(ctx.argv[0]!)
        ? `missing destination file operand after '${only}'`
        : `missing operand after ‘${only}’`;
  await complain(ctx, text);
  await ctx.stderr.write(`Try '${ctx.argv[0]} --help' for more information.\n`);
  return 1;
}

async function isDirectory(ctx: ProgramContext, path: string, follow = true): Promise<boolean> {
  return (await ctx.files.stat(path, { follow }).catch(() => undefined))?.type === "directory";
}

async function exists(ctx: ProgramContext, path: string): Promise<boolean> {
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
async function destinations(ctx: ProgramContext, args: Arguments): Promise<[from: string, to: string][] | number> {
  const operands = [...args.operands];
  let target = args.flags.get("t");
  if (target === undefined && operands.length < 2) return missingOperand(ctx, args);
  target ??= operands.pop()!;
  const into = !args.flags.has("T") && (await isDirectory(ctx, pathIn(ctx, target)));
  if (operands.length > 1 && !into) {
    await complain(
      ctx,
      (await exists(ctx, pathIn(ctx, target)))
        ? `target '${target}': Not a directory`
        : `target '${target}': No such file or directory`,
    );
    return 1;
  }
  return operands.map((from) => [from, into ? `${target!.replace(/\/$/, "")}/${baseOf(from)}` : target!]);
}

function baseOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("/") + 1) || "/";
}

export const mv: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "finvut:T", {
      force: "f",
      interactive: "i",
      "no-clobber": "n",
      verbose: "v",
      update: "u",
      "target-directory=": "t",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const pairs = await destinations(ctx, args);
  if (typeof pairs === "number") return pairs;
  let status = 0;
  for (const [from, to] of pairs) {
    try {
      const [source, target] = [pathIn(ctx, from), pathIn(ctx, to)];
      await ctx.files.stat(source, { follow: false });
      if (args.flags.has("n") && (await exists(ctx, target))) continue;
      if (args.flags.has("i") && (await exists(ctx, target)) && !(await confirmed(ctx, `mv: overwrite '${to}'? `)))
        continue;
      if (source === target) {
        await complain(ctx, `'${from}' and '${to}' are the same file`);
        status = 1;
        continue;
      }
      try {
        await ctx.files.rename(source, target);
      } catch (error) {
        if (!(error instanceof FileError && error.code === "EXDEV")) throw error;
        // Another file system, such as /etc/pve: copy, then remove.
        await copyTree(ctx, source, target, true);
        await removeTree(ctx, source);
      }
      if (args.flags.has("v")) await ctx.stdout.write(`renamed '${from}' -> '${to}'\n`);
    } catch (error) {
      const missing = error instanceof FileError && error.code === "ENOENT" && !(await exists(ctx, pathIn(ctx, from)));
      const isInside = pathIn(ctx, to).startsWith(`${pathIn(ctx, from)}/`);
      await complain(
        ctx,
        missing
          ? `cannot stat '${from}': ${reasonOf(error)}`
          : isInside
            ? `cannot move '${from}' to a subdirectory of itself, '${to}'`
            : `cannot move '${from}' to '${to}': ${reasonOf(error)}`,
      );
      status = 1;
    }
  }
  return status;
};

async function copyTree(ctx: ProgramContext, from: string, to: string, keep: boolean, follow = false): Promise<void> {
  await ctx.breathe();
  const stat = await ctx.files.stat(from, { follow });
  if (stat.type === "symlink") {
    if (await exists(ctx, to)) await ctx.files.unlink(to);
    await ctx.files.symlink(await ctx.files.readlink(from), to);
    return;
  }
  if (stat.type === "directory") {
    if (!(await isDirectory(ctx, to))) await ctx.files.mkdir(to, stat.mode & 0o777);
    for (const name of await ctx.files.readdir(from)) await copyTree(ctx, `${from}/${name}`, `${to}/${name}`, keep);
  } else await ctx.files.writeFile(to, await ctx.files.readFile(from), { mode: stat.mode & 0o777 });
  if (!keep) return;
  // What the target's file system does not keep (owners in /etc/pve) is left as it gives it.
  const ignore = (error: unknown) => {
    if (!(error instanceof FileError)) throw error;
  };
  await ctx.files.chmod(to, stat.mode).catch(ignore);
  await ctx.files.chown(to, stat.owner, stat.group).catch(ignore);
  await ctx.files.utimes(to, stat.mtimeMs).catch(ignore);
}

async function removeTree(ctx: ProgramContext, path: string): Promise<void> {
  const stat = await ctx.files.stat(path, { follow: false });
  if (stat.type !== "directory") return ctx.files.unlink(path);
  for (const name of await ctx.files.readdir(path)) await removeTree(ctx, `${path}/${name}`);
  await ctx.files.rmdir(path);
}

export const cp: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "rRapfinvuTt:dLPlsx", {
      recursive: "r",
      archive: "a",
      force: "f",
      interactive: "i",
      "no-clobber": "n",
      verbose: "v",
      "preserve?": "p",
      update: "u",
      "target-directory=": "t",
      dereference: "L",
      "no-dereference": "P",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const pairs = await destinations(ctx, args);
  if (typeof pairs === "number") return pairs;
  const { flags } = args;
  const recursive = flags.has("r") || flags.has("R") || flags.has("a");
  let status = 0;
  for (const [from, to] of pairs) {
    const [source, target] = [pathIn(ctx, from), pathIn(ctx, to)];
    const fail = async (text: string) => {
      await complain(ctx, text);
      status = 1;
    };
    try {
      const stat = await ctx.files.stat(source, { follow: !recursive }).catch(async (error: unknown) => {
        await fail(`cannot stat '${from}': ${reasonOf(error)}`);
        return undefined;
      });
      if (!stat) continue;
      if (stat.type === "directory" && !recursive) {
        await fail(`-r not specified; omitting directory '${from}'`);
        continue;
      }
      if (source === target) {
        await fail(`'${from}' and '${to}' are the same file`);
        continue;
      }
      if (stat.type === "directory" && target.startsWith(`${source}/`)) {
        await fail(`cannot copy a directory, '${from}', into itself, '${to}'`);
        continue;
      }
      if (flags.has("n") && (await exists(ctx, target))) continue;
      if (flags.has("i") && (await exists(ctx, target)) && !(await confirmed(ctx, `cp: overwrite '${to}'? `))) continue;
      await copyTree(ctx, source, target, flags.has("p") || flags.has("a"), !recursive || flags.has("L"));
      if (flags.has("v")) await ctx.stdout.write(`'${from}' -> '${to}'\n`);
    } catch (error) {
      const where = error instanceof FileError && error.path.startsWith(source) ? from : to;
      await fail(`cannot create ${stat(where)} '${to}': ${reasonOf(error)}`);
    }
  }
  return status;
};

function stat(path: string): string {
  return path.endsWith("/") ? "directory" : "regular file";
}

export const touch = each(
  "acmd:r:t:h",
  { "no-create": "c", "date=": "d", "reference=": "r" },
  1,
  async (ctx, { flags }, operand) => {
    const path = pathIn(ctx, operand);
    const nowMs = wallMs(ctx);
    const text = flags.get("d") ?? flags.get("t");
    const given = flags.has("d") ? parseDate(text!, nowMs) : flags.has("t") ? stampedDate(text!, nowMs) : nowMs;
    if (given === undefined) throw new DateRefused(text!);
    const atMs = flags.has("r") ? (await ctx.files.stat(pathIn(ctx, flags.get("r")!))).mtimeMs : given;
    if (await exists(ctx, path)) {
      try {
        return await ctx.files.utimes(path, atMs);
      } catch (error) {
        throw error instanceof FileError ? new SettingTimesRefused(error.code, error.path) : error;
      }
    }
    if (flags.has("c")) return;
    await ctx.files.writeFile(path, new Uint8Array(0), { append: true });
    if (flags.has("d") || flags.has("r") || flags.has("t")) await ctx.files.utimes(path, atMs);
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

/** `[[CC]YY]MMDDhhmm[.ss]` of `touch -t`. */
function stampedDate(text: string, nowMs: number): number | undefined {
  const parts = /^(\d{2}|\d{4})?(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{2}))?$/.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second = "0"] = parts;
  const full = !year ? new Date(nowMs).getUTCFullYear() : Number(year.length === 4 ? year : `20${year}`);
  const atMs = Date.UTC(full, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return new Date(atMs).getUTCMonth() === Number(month) - 1 && Number(hour) < 24 ? atMs : undefined;
}

/** The file is there and opens; its times may not be set. */
class SettingTimesRefused extends FileError {}

/** `--reference=FILE` as an option of every one of these. */
function withReference(ctx: ProgramContext): string[] {
  return ctx.argv.flatMap((word) => (word.startsWith("--reference=") ? ["--reference", word.slice(12)] : [word]));
}

/** For `chmod` and `chown`: the first operand says what, the others whom. */
function changing(
  short: string,
  long: Record<string, string>,
  work: (
    ctx: ProgramContext,
    what: string,
    path: string,
    asked: { operand: string; flags: ReadonlyMap<string, string> },
  ) => Promise<string | undefined>,
  told: (operand: string, reason: string) => string,
): Program {
  return async (ctx) => {
    let args: Arguments;
    try {
      args = readArguments(
        withReference(ctx).map((arg) => (/^-[rwxXst]+$/.test(arg) && ctx.argv[0]!.endsWith("chmod") ? `a${arg}` : arg)),
        short,
        long,
      );
    } catch (error) {
      return refuseUsage(ctx, error);
    }
    if (args.flags.has("reference")) {
      const reference = args.flags.get("reference")!;
      try {
        const model = await ctx.files.stat(pathIn(ctx, reference));
        const name = ctx.argv[0]!.replace(/^.*\//, "");
        args.operands.unshift(
          name === "chmod" ? model.mode.toString(8) : name === "chgrp" ? model.group : `${model.owner}:${model.group}`,
        );
      } catch (error) {
        await complain(ctx, `failed to get attributes of '${reference}': ${reasonOf(error)}`);
        return 1;
      }
    }
    const [what, ...operands] = args.operands;
    if (what === undefined || operands.length === 0) return missingOperand(ctx, args);
    let status = 0;
    const visit = async (operand: string): Promise<void> => {
      const path = pathIn(ctx, operand);
      await ctx.breathe();
      try {
        const problem = await work(ctx, what, path, { operand, flags: args.flags });
        if (problem) {
          await complain(ctx, problem);
          status = 1;
          return;
        }
        if (args.flags.has("R") && (await isDirectory(ctx, path, false))) {
          for (const name of await ctx.files.readdir(path)) await visit(`${operand.replace(/\/$/, "")}/${name}`);
        }
      } catch (error) {
        const reason = reasonOf(error);
        await complain(
          ctx,
          (error as FileError).code === "ENOENT" ? `cannot access '${operand}': ${reason}` : told(operand, reason),
        );
        status = 1;
      }
    };
    for (const operand of operands) await visit(operand);
    return status;
  };
}

export const chmod = changing(
  "Rvcf",
  { recursive: "R", verbose: "v", changes: "c", "reference=": "reference" },
  async (ctx, what, path, { operand, flags }) => {
    const before = await ctx.files.stat(path);
    const mode = changedMode(what, before.mode, before.type === "directory");
    if (mode === undefined) return `invalid mode: ‘${what}’`;
    await ctx.files.chmod(path, mode);
    const shown = (bits: number) =>
      `${bits.toString(8).padStart(4, "0")} (${modeText({ type: before.type, mode: bits }).slice(1)})`;
    const isSame = mode === before.mode;
    if (flags.has("v") || (flags.has("c") && !isSame))
      await ctx.stdout.write(
        isSame
          ? `mode of '${operand}' retained as ${shown(mode)}\n`
          : `mode of '${operand}' changed from ${shown(before.mode)} to ${shown(mode)}\n`,
      );
    return undefined;
  },
  (operand, reason) => `changing permissions of '${operand}': ${reason}`,
);

/** The name of a user or a group of the node, by name or number; undefined when there is none. */
async function nameIn(
  ctx: ProgramContext,
  file: "/etc/passwd" | "/etc/group",
  text: string,
): Promise<string | undefined> {
  const lines = (await textOf(ctx, file)).split("\n").map((line) => line.split(":"));
  return lines.find(([name, , number]) => name === text || (name && number === text))?.[0];
}

/** The group that a user has from the start. */
async function loginGroup(ctx: ProgramContext, user: string): Promise<string | undefined> {
  const line = (await textOf(ctx, "/etc/passwd")).split("\n").find((one) => one.startsWith(`${user}:`));
  return nameIn(ctx, "/etc/group", line?.split(":")[3] ?? "");
}

export const chown = changing(
  "RvcfhP",
  { recursive: "R", verbose: "v", changes: "c", "no-dereference": "h", "reference=": "reference" },
  async (ctx, what, path, { operand, flags }) => {
    const before = await ctx.files.stat(path);
    const [owner, group] = what.split(/[:.]/) as [string, string | undefined];
    const user = owner ? await nameIn(ctx, "/etc/passwd", owner) : before.owner;
    if (user === undefined) return `invalid user: ‘${what}’`;
    const team =
      group === undefined
        ? before.group
        : group === ""
          ? await loginGroup(ctx, user)
          : await nameIn(ctx, "/etc/group", group);
    if (team === undefined) return `invalid group: ‘${what}’`;
    await ctx.files.chown(path, user, team);
    const isSame = user === before.owner && team === before.group;
    const pair = (one: string, two: string) => (group === undefined ? one : `${one}:${two}`);
    if (flags.has("v") || (flags.has("c") && !isSame))
      await ctx.stdout.write(
        isSame
          ? `ownership of '${operand}' retained as ${pair(user, team)}\n`
          : `changed ownership of '${operand}' from ${pair(before.owner, before.group)} to ${pair(user, team)}\n`,
      );
    return undefined;
  },
  (operand, reason) => `changing ownership of '${operand}': ${reason}`,
);

export const chgrp = changing(
  "Rvcfh",
  { recursive: "R", "reference=": "reference" },
  async (ctx, what, path) => {
    const group = await nameIn(ctx, "/etc/group", what);
    if (group === undefined) return `invalid group: ‘${what}’`;
    await ctx.files.chown(path, (await ctx.files.stat(path)).owner, group);
    return undefined;
  },
  (operand, reason) => `changing group of '${operand}': ${reason}`,
);

export const ln: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "sfnvTrt:", {
      symbolic: "s",
      force: "f",
      "no-dereference": "n",
      verbose: "v",
      relative: "r",
      "target-directory=": "t",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  if (!args.flags.has("s")) {
    await complain(ctx, "hard links are not modelled in this simulated node yet; use ln -s");
    return 1;
  }
  if (args.operands.length === 1) args.operands.push(".");
  const pairs = await destinations(ctx, args);
  if (typeof pairs === "number") return pairs;
  let status = 0;
  for (const [from, to] of pairs) {
    try {
      const target = pathIn(ctx, to);
      if (args.flags.has("f") && (await exists(ctx, target))) await ctx.files.unlink(target);
      await ctx.files.symlink(from, target);
      if (args.flags.has("v")) await ctx.stdout.write(`'${to}' -> '${from}'\n`);
    } catch (error) {
      await complain(ctx, `failed to create symbolic link '${to}': ${reasonOf(error)}`);
      status = 1;
    }
  }
  return status;
};

export const truncate = each(
  "s:c",
  { "size=": "s" },
  1,
  async (ctx, { flags }, operand) => {
    const size = sizeOf(flags.get("s") ?? "0") ?? 0;
    const path = pathIn(ctx, operand);
    const before = await ctx.files.readFile(path).catch(() => new Uint8Array(0));
    if (size > 64 << 20) throw new FileError("EFBIG", operand);
    const bytes = new Uint8Array(size);
    bytes.set(before.subarray(0, size));
    await ctx.files.writeFile(path, bytes);
  },
  (operand, reason) => `cannot open '${operand}' for writing: ${reason}`,
);

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
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let seed = ctx.pid * 48_271 + ctx.lab.read((lab) => Math.floor(lab.nowMs));
  for (let tries = 0; tries < 100; tries++) {
    const name = template.replace(/X{3,}(?=[^/X]*$)/, (run) =>
      [...run]
        .map(() => {
          seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
          return letters[(seed >> 8) % letters.length];
        })
        .join(""),
    );
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
