/** Programs that change modes and owners: `chmod`, `chown`, `chgrp`. */
import type { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage, textOf } from "./arguments.ts";
import { isDirectory, missingOperand } from "./file-changes.ts";
import { changedMode, isSystemName, modeText } from "./file-words.ts";

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
    if (/chmod$/.test(ctx.argv[0]!) && changedMode(what, 0, false) === undefined) {
      await complain(ctx, `invalid mode: ‘${what}’`);
      await ctx.stderr.write(`Try '${ctx.argv[0]} --help' for more information.\n`);
      return 1;
    }
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
    const mode = changedMode(what, before.mode, before.type === "directory") ?? before.mode;
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
  const found = lines.find(([name, , number]) => name === text || (name && number === text))?.[0];
  // Who is on every node is known without the file, too.
  return found ?? (isSystemName(text) ? text : undefined);
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
