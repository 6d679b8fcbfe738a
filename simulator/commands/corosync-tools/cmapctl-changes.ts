/** Changes of corosync's map: `-s`, `-d` and the file of `-p`. @source corosync 3.1.7 tools/corosync-cmapctl.c */
import type { MapEntry } from "../../cluster/corosync/cmap.ts";
import { ERRNO_TEXT, FileError } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { pathIn } from "../coreutils/arguments.ts";

type MapName = "icmap" | "stats";

/** @returns the exit status */
export async function setKey(
  context: ProgramContext,
  map: MapName,
  [key, type, text]: [string, string, string],
): Promise<number> {
  const fail = async (said: string) => {
    await context.stderr.write(said);
    return 1;
  };
  if (!/^(?:[iu](?:8|16|32|64)|flt|dbl|str|bin)$/.test(type)) return fail(`Unknown type ${type}\n`);
  let value = text;
  if (/^[iu]/.test(type)) {
    if (!/^-?\d+$/.test(text)) return fail(`${text} is not valid ${type} type value\n`);
    if (!fits(type, BigInt(text))) return fail(`${text} is not valid ${type} integer\n`);
  } else if (type === "flt" || type === "dbl") {
    if (!Number.isFinite(Number.parseFloat(text))) return fail(`${text} is not valid ${type} type value\n`);
    value = Number.parseFloat(text).toFixed(6);
  } else if (type === "bin") {
    const bytes = await contentOf(context, text);
    if (typeof bytes === "string") return fail(`Can't open input file: ${bytes}\n`);
    value = Buffer.from(bytes).toString("latin1");
  }
  // Statistics are read-only, but for the keys that `-C` sets.
  const error =
    map === "stats"
      ? "CS_ERR_ACCESS"
      : context.lab.act("corosync/set-map", { node: context.node, key, value: { type, value } });
  return error === undefined ? 0 : fail(`Failed to set key ${key}. Error ${error}\n`);
}

/** @returns whether it is gone */
export async function deleteKey(context: ProgramContext, map: MapName, key: string): Promise<boolean> {
  const error =
    map === "stats" ? "CS_ERR_ACCESS" : context.lab.act("corosync/set-map", { node: context.node, key, value: null });
  if (error !== undefined) await context.stderr.write(`Can't delete key ${key}. Error ${error}\n`);
  return error === undefined;
}

/** A file that cannot be opened is told, and no failure. @returns the exit status */
export async function loadFile(
  context: ProgramContext,
  map: MapName,
  file: string,
  entries: () => MapEntry[],
): Promise<number> {
  const bytes = await readable(context, file);
  if (typeof bytes === "string") {
    await context.stderr.write(`Couldn't open file.: ${bytes}\n`);
    return 0;
  }
  for (const line of new TextDecoder().decode(bytes).split("\n")) {
    if (/^[ \t]*(?:#|$)/.test(line)) continue;
    const [key = "", type, value] = line.split(" ").filter((word) => word.trim() !== "");
    if (key.startsWith("^^")) {
      const prefix = key.slice(2);
      for (const [existing] of entries()) if (existing.startsWith(prefix)) await deleteKey(context, map, existing);
    } else if (key.startsWith("^")) await deleteKey(context, map, key.slice(1));
    else if (type === undefined || value === undefined) {
      await context.stderr.write(`Both type and value for key ${key} are required\n`);
      return 1;
    } else if ((await setKey(context, map, [key.trim(), type, value])) !== 0) return 1;
  }
  return 0;
}

function fits(type: string, value: bigint): boolean {
  const bits = BigInt(type.slice(1));
  const [least, most] = type[0] === "u" ? [0n, 1n << bits] : [-(1n << (bits - 1n)), 1n << (bits - 1n)];
  return value >= least && value < most;
}

/** A file's bytes, or those of standard input for `-`; or why not. */
async function contentOf(context: ProgramContext, file: string): Promise<Uint8Array | string> {
  if (file !== "-") return readable(context, file);
  const chunks: Uint8Array[] = [];
  for (let bytes = await context.stdin.read(); bytes; bytes = await context.stdin.read()) {
    chunks.push(bytes);
    // More than a value may hold: it is refused whatever else comes.
    if (chunks.reduce((sum, chunk) => sum + chunk.length, 0) > 65_536) break;
  }
  return Buffer.concat(chunks);
}

async function readable(context: ProgramContext, file: string): Promise<Uint8Array | string> {
  try {
    return await context.files.readFile(pathIn(context, file));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return ERRNO_TEXT[error.code];
  }
}
