/** `cp` and `mv`. @source coreutils 9.1, its own output */
import { FileError, type FileStat } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { backupOf, confirmed, destinations, exists, isDirectory } from "./file-changes.ts";

/** What both ask before an old file goes: whether it may be written over. */
async function mayReplace(ctx: ProgramContext, args: Arguments, source: string, target: string, shown: string) {
  const { flags } = args;
  if (!(await exists(ctx, target))) return true;
  if (flags.has("n")) return false;
  if (flags.has("u")) {
    const [from, to] = [await ctx.files.stat(source, { follow: false }), await ctx.files.stat(target)];
    if (from.mtimeMs <= to.mtimeMs) return false;
  }
  return !flags.has("i") || confirmed(ctx, `${ctx.argv[0]}: overwrite '${shown}'? `);
}

export const mv: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "bfinvuS:t:T", {
      ...{ force: "f", interactive: "i", "no-clobber": "n", verbose: "v", update: "u", "target-directory=": "t" },
      ...{ "no-target-directory": "T", "backup?": "b", "suffix=": "S", "strip-trailing-slashes": "strip" },
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const pairs = await destinations(ctx, args);
  if (typeof pairs === "number") return pairs;
  let status = 0;
  const fail = async (text: string) => {
    await complain(ctx, text);
    status = 1;
  };
  for (const [from, to] of pairs) {
    const [source, target] = [pathIn(ctx, from), pathIn(ctx, to)];
    const found = await ctx.files.stat(source, { follow: false }).catch((error: unknown) => reasonOf(error));
    if (typeof found === "string") {
      await fail(`cannot stat '${from}': ${found}`);
      continue;
    }
    try {
      const there = await ctx.files.stat(target, { follow: false }).catch(() => undefined);
      if (to.endsWith("/") && there && there.type !== "directory") {
        await fail(`cannot stat '${to}': Not a directory`);
        continue;
      }
      if (source === target || (there && there.type === found.type && there.inode === found.inode)) {
        await fail(`'${from}' and '${to}' are the same file`);
        continue;
      }
      if (!(await mayReplace(ctx, args, source, target, to))) continue;
      if (there?.type === "directory" && found.type !== "directory") {
        await fail(`cannot overwrite directory '${to}' with non-directory`);
        continue;
      }
      if (there && there.type !== "directory" && found.type === "directory") {
        await fail(`cannot overwrite non-directory '${to}' with directory '${from}'`);
        continue;
      }
      const backup = there && args.flags.has("b") ? await backupOf(ctx, target, args.flags) : undefined;
      if (backup) await ctx.files.rename(target, backup);
      await move(ctx, source, target);
      const kept = backup ? ` (backup: '${to.slice(0, to.lastIndexOf("/") + 1)}${backup.replace(/^.*\//, "")}')` : "";
      if (args.flags.has("v")) await ctx.stdout.write(`renamed '${from}' -> '${to}'${kept}\n`);
    } catch (error) {
      const isInside = target.startsWith(`${source}/`);
      await fail(
        isInside
          ? `cannot move '${from}' to a subdirectory of itself, '${to}'`
          : `cannot move '${from}' to '${to}': ${reasonOf(error)}`,
      );
    }
  }
  return status;
};

async function move(ctx: ProgramContext, source: string, target: string): Promise<void> {
  try {
    await ctx.files.rename(source, target);
  } catch (error) {
    if (!(error instanceof FileError && error.code === "EXDEV")) throw error;
    // Another file system, such as /etc/pve: copy, then remove.
    await new Copy(ctx, { keep: true, follow: false, links: true }).tree(source, target);
    await removeTree(ctx, source);
  }
}

async function removeTree(ctx: ProgramContext, path: string): Promise<void> {
  const stat = await ctx.files.stat(path, { follow: false });
  if (stat.type !== "directory") return ctx.files.unlink(path);
  for (const name of await ctx.files.readdir(path)) await removeTree(ctx, `${path}/${name}`);
  await ctx.files.rmdir(path);
}

interface CopyRules {
  /** Modes, owners and times. */
  keep: boolean;
  /** Symbolic links below are followed. */
  follow: boolean;
  /** Several names of a file stay names of one file. */
  links: boolean;
  as?: "symbolic" | "hard";
}

interface CopyPlace {
  follow?: boolean;
  below?: string;
  copied?: (below: string) => Promise<void>;
}

class Copy {
  readonly #ctx: ProgramContext;
  readonly #rules: CopyRules;
  /** By inode: where the first name of a file went. */
  readonly #placed = new Map<number, string>();

  constructor(ctx: ProgramContext, rules: CopyRules) {
    this.#ctx = ctx;
    this.#rules = rules;
  }

  /** @param copied told of everything that was copied, by the end of its path below where the copy began */
  async tree(
    from: string,
    to: string,
    { follow = this.#rules.follow, below = "", copied }: CopyPlace = {},
  ): Promise<void> {
    const { files } = this.#ctx;
    await this.#ctx.breathe();
    const stat = await files.stat(from, { follow });
    if (stat.type === "directory") {
      const isNew = !(await isDirectory(this.#ctx, to));
      if (isNew) await files.mkdir(to, stat.mode & 0o777);
      if (isNew) await copied?.(below);
      for (const name of await files.readdir(from))
        await this.tree(`${from}/${name}`, `${to}/${name}`, { below: `${below}/${name}`, ...(copied && { copied }) });
    } else {
      await this.#one(stat, from, to);
      await copied?.(below);
      if (stat.type === "symlink" || this.#rules.as) return;
    }
    if (!this.#rules.keep) return;
    // What the target's file system does not keep (owners in /etc/pve) is left as it gives it.
    const ignore = (error: unknown) => {
      if (!(error instanceof FileError)) throw error;
    };
    await files.chmod(to, stat.mode).catch(ignore);
    await files.chown(to, stat.owner, stat.group).catch(ignore);
    await files.utimes(to, stat.mtimeMs).catch(ignore);
  }

  async #one(stat: FileStat, from: string, to: string): Promise<void> {
    const { files } = this.#ctx;
    const first = this.#rules.links && stat.links > 1 ? this.#placed.get(stat.inode) : undefined;
    const replaced = stat.type === "symlink" || this.#rules.as === "hard" || first !== undefined;
    if (replaced && (await exists(this.#ctx, to))) await files.unlink(to);
    this.#placed.set(stat.inode, to);
    if (first !== undefined) return files.link(first, to);
    if (this.#rules.as === "hard") return files.link(from, to);
    if (this.#rules.as === "symbolic") return files.symlink(from, to);
    if (stat.type === "symlink") return files.symlink(await files.readlink(from), to);
    await files.writeFile(to, await files.readFile(from), { mode: stat.mode & 0o777 });
  }
}

export const cp: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "abdfHilLnPprRsS:t:Tuvx", {
      ...{ archive: "a", force: "f", interactive: "i", "no-clobber": "n", verbose: "v", update: "u", link: "l" },
      ...{
        recursive: "r",
        "preserve?": "p",
        "no-preserve=": "no-preserve",
        "target-directory=": "t",
        dereference: "L",
      },
      ...{ "no-target-directory": "T", "no-dereference": "P", "symbolic-link": "s", "backup?": "b", "suffix=": "S" },
      ...{ "one-file-system": "x", "reflink?": "reflink", "sparse=": "sparse", "remove-destination": "remove" },
      ...{ parents: "parents" },
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const pairs = await destinations(ctx, args, { parents: flags.has("parents") });
  if (typeof pairs === "number") return pairs;
  const recursive = flags.has("r") || flags.has("R") || flags.has("a");
  const follows = !flags.has("P") && !flags.has("d") && (!recursive || flags.has("L"));
  let status = 0;
  const fail = async (text: string) => {
    await complain(ctx, text);
    status = 1;
  };
  const as = flags.has("s") ? "symbolic" : flags.has("l") ? "hard" : undefined;
  const copy = new Copy(ctx, {
    keep: (flags.has("p") && flags.get("p") !== "links") || flags.has("a"),
    links: flags.has("a") || flags.has("d") || /links|all/.test(flags.get("p") ?? ""),
    follow: recursive && flags.has("L"),
    ...(as && { as }),
  });
  for (const [from, to] of pairs) {
    const [source, target] = [pathIn(ctx, from), pathIn(ctx, to)];
    const shown = { from: from.replace(/(?<=.)\/+$/, ""), to: to.replace(/(?<=.)\/+$/, "") };
    const tell = async (below: string) => {
      if (flags.has("v")) await ctx.stdout.write(`'${shown.from}${below}' -> '${shown.to}${below}'\n`);
    };
    const stat = await ctx.files.stat(source, { follow: follows }).catch((error: unknown) => reasonOf(error));
    if (typeof stat === "string") {
      await fail(`cannot stat '${from}': ${stat}`);
      continue;
    }
    try {
      if (stat.type === "directory" && !recursive) {
        await fail(`-r not specified; omitting directory '${from}'`);
        continue;
      }
      const problem = await whyNot(ctx, { stat, source, target, from, to });
      if (problem !== undefined) {
        await fail(problem);
        continue;
      }
      if (stat.type !== "directory" && !(await mayReplace(ctx, args, source, target, to))) continue;
      if (flags.has("parents")) await makeParents(ctx, target);
      if (as === "symbolic" && !from.startsWith("/") && (await exists(ctx, target)) && flags.has("f"))
        await ctx.files.unlink(target);
      if (flags.has("b") && stat.type !== "directory" && (await exists(ctx, target)))
        await ctx.files.rename(target, await backupOf(ctx, target, flags));
      if (as === "symbolic" && stat.type !== "directory") {
        await ctx.files.symlink(from, target);
        await tell("");
      } else await copy.tree(source, target, { follow: follows, copied: tell });
    } catch (error) {
      await fail(whyFailed(error, { from, to, source, isFolder: stat.type === "directory" }, as));
    }
  }
  return status;
};

async function whyNot(
  ctx: ProgramContext,
  { stat, source, target, from, to }: { stat: FileStat; source: string; target: string; from: string; to: string },
): Promise<string | undefined> {
  const there = await ctx.files.stat(target).catch(() => undefined);
  if (there && (source === target || (there.inode === stat.inode && there.type === stat.type)))
    return `'${from}' and '${to}' are the same file`;
  if (stat.type === "directory" && target.startsWith(`${source}/`))
    return `cannot copy a directory, '${from}', into itself, '${to}'`;
  if (stat.type === "directory" && there && there.type !== "directory")
    return `cannot overwrite non-directory '${to}' with directory '${from}'`;
  if (stat.type !== "directory" && there?.type === "directory")
    return `cannot overwrite directory '${to}' with non-directory`;
  if (stat.type !== "directory" && to.endsWith("/")) return `cannot create regular file '${to}': Not a directory`;
  return undefined;
}

function whyFailed(
  error: unknown,
  { from, to, source, isFolder }: { from: string; to: string; source: string; isFolder: boolean },
  as?: string,
): string {
  const reason = reasonOf(error);
  if (as === "symbolic") return `cannot create symbolic link '${to}' to '${from}': ${reason}`;
  if (as === "hard") return `cannot create hard link '${to}' to '${from}': ${reason}`;
  if (error instanceof FileError && error.path.startsWith(source)) {
    const shown = `${from}${error.path.slice(source.length)}`;
    return `cannot open '${shown}' for reading: ${reason}`;
  }
  return `cannot create ${isFolder ? "directory" : "regular file"} '${to}': ${reason}`;
}

async function makeParents(ctx: ProgramContext, path: string): Promise<void> {
  const parent = path.slice(0, path.lastIndexOf("/"));
  if (parent === "" || (await exists(ctx, parent))) return;
  await makeParents(ctx, parent);
  await ctx.files.mkdir(parent);
}
