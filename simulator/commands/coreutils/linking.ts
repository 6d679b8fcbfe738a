/** Programs that give files further names or take one: `ln`, `link`, `unlink`. @source coreutils 9.1, its own output */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { backupOf, destinations, exists } from "./file-changes.ts";
import { relativePath } from "./relative-path.ts";

export const ln: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "sbdfFiLnPrS:t:Tv", {
      ...{ symbolic: "s", force: "f", interactive: "i", "no-dereference": "n", verbose: "v", relative: "r" },
      ...{ "target-directory=": "t", "no-target-directory": "T", logical: "L", physical: "P", directory: "d" },
      ...{ "backup?": "b", "suffix=": "S" },
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  if (args.operands.length === 1 && !flags.has("t")) args.operands.push(".");
  const pairs = await destinations(ctx, args, { follow: !flags.has("n") });
  if (typeof pairs === "number") return pairs;
  const symbolic = flags.has("s");
  let status = 0;
  for (const [from, to] of pairs) {
    const fail = async (text: string) => {
      await complain(ctx, text);
      status = 1;
    };
    const [source, target] = [pathIn(ctx, from), pathIn(ctx, to)];
    try {
      const original = symbolic ? undefined : await statOf(ctx, source, flags.has("L"));
      if (typeof original === "string") {
        await fail(`failed to access '${from}': ${original}`);
        continue;
      }
      if (original?.type === "directory") {
        await fail(`${from}: hard link not allowed for directory`);
        continue;
      }
      if (await exists(ctx, target)) {
        const there = await ctx.files.stat(target, { follow: false });
        if (flags.has("b")) await ctx.files.rename(target, await backupOf(ctx, target, flags));
        else if (flags.has("f") && there.type !== "directory") {
          if (original && there.inode === original.inode) {
            if (source === target) await fail(`'${from}' and '${to}' are the same file`);
            continue;
          }
          await ctx.files.unlink(target);
        }
      }
      const pointed = flags.has("r") ? await relativePath(ctx, source, target) : from;
      if (symbolic) await ctx.files.symlink(pointed, target);
      else await ctx.files.link(flags.has("L") ? await ctx.files.realpath(source) : source, target);
      if (flags.has("v")) await ctx.stdout.write(`'${to}' ${symbolic ? "->" : "=>"} '${pointed}'\n`);
    } catch (error) {
      const reason = reasonOf(error);
      await fail(
        symbolic
          ? `failed to create symbolic link '${to}': ${reason}`
          : reason === "File exists"
            ? `failed to create hard link '${to}': ${reason}`
            : `failed to create hard link '${to}' => '${from}': ${reason}`,
      );
    }
  }
  return status;
};

/** The file as it is, or why it cannot be looked at. */
async function statOf(ctx: ProgramContext, path: string, follow: boolean) {
  return ctx.files.stat(path, { follow }).catch((error: unknown) => reasonOf(error));
}

async function usage(ctx: ProgramContext, text: string): Promise<number> {
  await complain(ctx, text);
  await ctx.stderr.write(`Try '${ctx.argv[0]} --help' for more information.\n`);
  return 1;
}

export const link: Program = async (ctx) => {
  const [from, to, more] = ctx.argv.slice(1).filter((word, at) => !(at === 0 && word === "--"));
  if (from === undefined) return usage(ctx, "missing operand");
  if (to === undefined) return usage(ctx, `missing operand after ‘${from}’`);
  if (more !== undefined) return usage(ctx, `extra operand ‘${more}’`);
  try {
    await ctx.files.link(pathIn(ctx, from), pathIn(ctx, to));
    return 0;
  } catch (error) {
    await complain(ctx, `cannot create link '${to}' to '${from}': ${reasonOf(error)}`);
    return 1;
  }
};

export const unlink: Program = async (ctx) => {
  const [name, more] = ctx.argv.slice(1).filter((word, at) => !(at === 0 && word === "--"));
  if (name === undefined) return usage(ctx, "missing operand");
  if (more !== undefined) return usage(ctx, `extra operand ‘${more}’`);
  try {
    await ctx.files.unlink(pathIn(ctx, name));
    return 0;
  } catch (error) {
    await complain(ctx, `cannot unlink '${name}': ${reasonOf(error)}`);
    return 1;
  }
};
