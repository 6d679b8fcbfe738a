/**
 * corosync-cmapctl: the keys of corosync's configuration map, shown, set and deleted.
 *
 * @source recording 30; goldens/n3-cmapctl-config.txt; corosync 3.1.7 tools/corosync-cmapctl.c for the texts of refusals
 */
import { type MapEntry, mapOf } from "../../cluster/corosync/cmap.ts";
import { corosyncAnswers } from "../../cluster/corosync/view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { waitWhileHung } from "./corosync-quorumtool.ts";

const USAGE = `usage: corosync-cmapctl [-b] [-dDghqs] [KEY...]

  without an option: all keys, or those whose names begin with one of the words
    -g KEY...            the value of each key
    -q -g KEY...         the same, values alone
    -s KEY TYPE VALUE    set a key; a type is i8 to i64, u8 to u64, flt, dbl or str
    -d KEY...            delete keys
    -D PREFIX...         delete all keys that begin so
    -b                   show binary values, too
    -h                   this help
`;
/** Options of the real tool that are not modelled: tracking, statistics, files of keys, other maps. */
const OTHERS = /[tTCpm]/;

export async function corosyncCmapctl(context: ProgramContext): Promise<number> {
  const { argv, node } = context;
  const words = argv.slice(1);
  const options = words.filter((word) => /^-[a-zA-Z]+$/.test(word)).join("");
  const params = words.filter((word) => !/^-[a-zA-Z]+$/.test(word));
  const unknown = /[^-bdDghqs]/.exec(options)?.[0];
  if (options.includes("h") || (unknown !== undefined && !OTHERS.test(unknown))) {
    await (options.includes("h") ? context.stdout : context.stderr).write(USAGE);
    return options.includes("h") ? 0 : 1;
  }
  if (unknown !== undefined) return fail(context, notModelled("corosync-cmapctl", `-${unknown}`));
  await waitWhileHung(context);
  const entries = context.lab.read((lab) => {
    const daemon = lab.nodes[node]?.corosync.daemon;
    return daemon && corosyncAnswers(lab, node) ? mapOf(daemon) : undefined;
  });
  if (!entries) return fail(context, "Failed to initialize the cmap API. Error CS_ERR_LIBRARY\n");
  if (options.includes("s")) return setKey(context, params);
  if (options.includes("d")) return deleteKeys(context, params);
  if (options.includes("D")) {
    const keys = entries.map(([key]) => key).filter((key) => params.some((prefix) => key.startsWith(prefix)));
    await deleteKeys(context, keys, true);
    return 0;
  }
  if (options.includes("g")) {
    for (const key of params) {
      const entry = entries.find(([existing]) => existing === key);
      if (!entry) return fail(context, `Can't get key ${key}. Error CS_ERR_NOT_EXIST\n`);
      await context.stdout.write(options.includes("q") ? `${entry[2]}\n` : lineOf(entry));
    }
    return 0;
  }
  const shown = params.length === 0 ? [""] : params;
  const lines = shown.flatMap((prefix) => entries.filter(([key]) => key.startsWith(prefix)).map(lineOf));
  await context.stdout.write(lines.join(""));
  // @source goldens/n3-cmapctl-config.txt: a prefix that nothing has ends with 1
  return lines.length === 0 ? 1 : 0;
}

function lineOf([key, type, value]: MapEntry): string {
  return `${key} (${type}) = ${value}\n`;
}

async function fail(context: ProgramContext, text: string): Promise<number> {
  await context.stderr.write(text);
  return 1;
}

async function setKey(context: ProgramContext, [key, type, value]: string[]): Promise<number> {
  if (key === undefined || type === undefined || value === undefined) {
    return fail(context, "At least 3 parameters are expected for set\n");
  }
  if (!/^(?:[iu](?:8|16|32|64)|flt|dbl|str)$/.test(type)) {
    if (type === "bin") return fail(context, notModelled("corosync-cmapctl", "-s with bin"));
    return fail(context, `Unknown type ${type}\n`);
  }
  if (/^[iu]/.test(type)) {
    if (!/^-?\d+$/.test(value)) return fail(context, `${value} is not valid ${type} type value\n`);
    if (!fits(type, BigInt(value))) return fail(context, `${value} is not valid ${type} integer\n`);
  } else if (type !== "str" && !Number.isFinite(Number.parseFloat(value))) {
    return fail(context, `${value} is not valid ${type} type value\n`);
  }
  const kept = type === "flt" || type === "dbl" ? Number.parseFloat(value).toFixed(6) : value;
  const error = context.lab.act("corosync/set-map", { node: context.node, key, value: { type, value: kept } });
  return error === undefined ? 0 : fail(context, `Failed to set key ${key}. Error ${error}\n`);
}

function fits(type: string, value: bigint): boolean {
  const bits = BigInt(type.slice(1));
  const [least, most] = type[0] === "u" ? [0n, 1n << bits] : [-(1n << (bits - 1n)), 1n << (bits - 1n)];
  return value >= least && value < most;
}

/** The first that cannot be deleted ends it, unless all of a prefix are meant. */
async function deleteKeys(context: ProgramContext, keys: string[], goOn = false): Promise<number> {
  for (const key of keys) {
    const error = context.lab.act("corosync/set-map", { node: context.node, key, value: null });
    if (error === undefined) continue;
    await context.stderr.write(`Can't delete key ${key}. Error ${error}\n`);
    if (!goOn) return 1;
  }
  return 0;
}
