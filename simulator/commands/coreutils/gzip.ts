/** `gzip`, `gunzip`, `zcat`: in one piece, which is therefore bounded. @source gzip 1.12: its messages */
import type { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { collect, openInput } from "./streams.ts";

/** More than a node's disk takes. */
const PLAIN_BYTES_MAX = 8 << 20;

export function compressed(bytes: Uint8Array): Buffer {
  return gzipSync(bytes);
}

export function isCompressed(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** @returns undefined for what is not gzip's, or is broken, or more than is modelled */
export function expanded(bytes: Uint8Array): Buffer | undefined {
  try {
    return isCompressed(bytes) ? gunzipSync(bytes, { maxOutputLength: PLAIN_BYTES_MAX }) : undefined;
  } catch {
    return undefined;
  }
}

const SUFFIX = /\.(?:gz|z)$|-gz$|-z$/i;

/** What is left when the suffix is taken: `a.tgz` gives `a.tar`. */
function plainName(name: string): string | undefined {
  if (/\.t[ag]z$/i.test(name)) return name.replace(/\.t[ag]z$/i, ".tar");
  return SUFFIX.test(name) ? name.replace(SUFFIX, "") : undefined;
}

function ratioText(plain: number, packed: number): string {
  return `${plain === 0 ? "0.0" : (((plain - packed) * 100) / plain).toFixed(1)}%`;
}

export const gzip: Program = async (ctx) => {
  const name = ctx.argv[0]!.replace(/^.*\//, "");
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "cdfhklLnNqrS:tvV123456789", {
      stdout: "c",
      "to-stdout": "c",
      decompress: "d",
      uncompress: "d",
      force: "f",
      keep: "k",
      list: "l",
      "no-name": "n",
      quiet: "q",
      recursive: "r",
      test: "t",
      verbose: "v",
      fast: "1",
      best: "9",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const unpacks = flags.has("d") || name === "gunzip" || name === "zcat";
  const toStdout = flags.has("c") || name === "zcat";
  let status = 0;
  const warn = async (text: string, code: number) => {
    await ctx.stderr.write(`gzip: ${text}\n`);
    status = status === 1 ? 1 : code;
  };
  const convert = async (bytes: Buffer, shown: string): Promise<Buffer | undefined> => {
    if (!unpacks) return compressed(bytes);
    const plain = expanded(bytes);
    if (!plain) {
      const isBroken = isCompressed(bytes);
      await ctx.stderr.write(`\ngzip: ${shown}: ${isBroken ? "unexpected end of file" : "not in gzip format"}\n`);
      status = 1;
    }
    return plain;
  };
  if (flags.has("l")) await ctx.stdout.write("         compressed        uncompressed  ratio uncompressed_name\n");
  for (const operand of args.operands.length ? args.operands : ["-"]) {
    if (operand === "-") {
      const out = await convert(await collect(ctx, ctx.stdin), "stdin");
      if (out && !flags.has("t")) await ctx.stdout.write(out);
      continue;
    }
    let path = operand;
    const reads = unpacks || flags.has("l") || flags.has("t");
    if (reads && !(await isThere(ctx, path)) && plainName(path) === undefined) path = `${path}.gz`;
    try {
      const stat = await ctx.files.stat(pathIn(ctx, path));
      if (stat.type === "directory") {
        await warn(`${operand} is a directory -- ignored`, 2);
        continue;
      }
      const bytes = await collect(ctx, openInput(ctx, path));
      if (flags.has("l")) {
        const plain = expanded(bytes);
        if (!plain) await warn(`${path}: not in gzip format`, 1);
        else
          await ctx.stdout.write(
            `${String(bytes.length).padStart(19)} ${String(plain.length).padStart(19)} ${ratioText(plain.length, bytes.length).padStart(6)} ${plainName(path) ?? path}\n`,
          );
        continue;
      }
      if (flags.has("t")) {
        if (!expanded(bytes)) await warn(`${path}: not in gzip format`, 1);
        continue;
      }
      if (toStdout) {
        const out = await convert(bytes, path);
        if (out) await ctx.stdout.write(out);
        continue;
      }
      const target = unpacks ? plainName(path) : `${path}.gz`;
      if (target === undefined) {
        await warn(`${path}: unknown suffix -- ignored`, 2);
        continue;
      }
      if (!unpacks && SUFFIX.test(path) && !flags.has("f")) {
        await warn(`${path} already has ${/\.[^.]*$/.exec(path)?.[0]} suffix -- unchanged`, 2);
        continue;
      }
      if ((await isThere(ctx, target)) && !flags.has("f")) {
        await warn(`${target} already exists;\tnot overwritten`, 2);
        continue;
      }
      const out = await convert(bytes, path);
      if (!out) continue;
      const full = pathIn(ctx, target);
      await ctx.files.writeFile(full, out, { mode: stat.mode });
      await ctx.files.utimes(full, stat.mtimeMs);
      if (flags.has("v")) {
        const [plain, packed] = unpacks ? [out.length, bytes.length] : [bytes.length, out.length];
        const how = flags.has("k") ? "created" : "replaced with";
        await ctx.stderr.write(`${path}:\t${ratioText(plain, packed).padStart(5)} -- ${how} ${target}\n`);
      }
      if (!flags.has("k")) await ctx.files.unlink(pathIn(ctx, path));
    } catch (error) {
      await warn(`${path}: ${reasonOf(error)}`, 1);
    }
  }
  return status;
};

async function isThere(ctx: ProgramContext, operand: string): Promise<boolean> {
  return ctx.files.stat(pathIn(ctx, operand)).then(
    () => true,
    () => false,
  );
}
