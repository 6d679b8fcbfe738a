/** `join`: lines of two sorted files that have a field in common. @source coreutils 9.1, its own output */
import { FileError } from "../../shell/node-files.ts";
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, reasonOf, refuseUsage, valuesOf } from "../coreutils/arguments.ts";
import { LineSource, lineBatches } from "../coreutils/line-batches.ts";
import { mustBeTwo } from "./two-files.ts";

interface Line {
  text: string;
  fields: string[];
  key: string;
}

/** A field of the output: `0` is the one that both have. */
type Place = { file: 0 } | { file: 1 | 2; field: number };

export const join: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "1:2:a:e:ij:o:t:v:z", {
      ...{ "ignore-case": "i", header: "header", "check-order": "check", "nocheck-order": "nocheck" },
      "zero-terminated": "z",
    });
    mustBeTwo(args.operands, (name) => `'${name}'`);
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const keys = ["1", "2"].map((file) => Number(flags.get(file) ?? flags.get("j") ?? 1));
  const badKey = ["1", "2", "j"].find((one) => flags.has(one) && !/^[1-9]\d*$/.test(flags.get(one)!));
  if (badKey !== undefined) {
    await complain(ctx, `invalid field number: ‘${flags.get(badKey)}’`);
    return 1;
  }
  const tab = flags.get("t")?.replace("\\0", "\0");
  if (tab !== undefined && [...tab].length > 1) {
    await complain(ctx, `multi-character tab ‘${tab}’`);
    return 1;
  }
  const end = flags.has("z") ? "\0" : "\n";
  const split = (text: string) =>
    tab === undefined
      ? text.split(/[ \t\n]+/).filter((part, at) => at > 0 || part !== "")
      : tab === ""
        ? [text]
        : text.split(tab);
  const folded = (text: string) => (flags.has("i") ? text.toLowerCase() : text);
  const shown = new Set(valuesOf(args, "a").concat(valuesOf(args, "v")));
  const pairs = !flags.has("v");
  const order = flags.get("o");
  const places = order === undefined || order === "auto" ? undefined : placesOf(valuesOf(args, "o").join(","));
  if (places && typeof places === "string") {
    await complain(ctx, places);
    return 1;
  }
  const sources = operands.map((operand) => new LineSource(lineBatches(ctx, [operand], "thrown", end)));
  const before: (Line | undefined)[] = [undefined, undefined];
  const numbers = [0, 0];
  const told = [false, false];
  let sawUnpaired = false;
  class Disorder extends Error {}
  const next = async (at: 0 | 1): Promise<Line | undefined> => {
    const text = await sources[at]!.next();
    if (text === undefined) return undefined;
    numbers[at]!++;
    const fields = split(text);
    const line = { text, fields, key: folded(fields[keys[at]! - 1] ?? "") };
    const checks = flags.has("check") || (sawUnpaired && !flags.has("nocheck"));
    if (checks && !told[at] && before[at] && before[at].key > line.key) {
      await complain(ctx, `${operands[at]}:${numbers[at]}: is not sorted: ${text}`);
      told[at] = true;
      if (flags.has("check")) throw new Disorder();
    }
    before[at] = line;
    return line;
  };
  const between = tab === undefined || tab === "" ? " " : tab;
  const empty = flags.get("e") ?? "";
  let wide: [number, number] | undefined;
  const say = async (left: Line | undefined, right: Line | undefined) => {
    const lines = [left, right];
    const rest = (at: 0 | 1): string[] => {
      const own = (lines[at]?.fields ?? []).filter((_, field) => field !== keys[at]! - 1);
      return wide ? Array.from({ length: wide[at] }, (_, field) => own[field] || empty) : own;
    };
    const common = left ? (left.fields[keys[0]! - 1] ?? "") : (right!.fields[keys[1]! - 1] ?? "");
    const cells = places
      ? (places as Place[]).map((place) =>
          place.file === 0 ? common || empty : lines[place.file - 1]?.fields[place.field - 1] || empty,
        )
      : [common || empty, ...rest(0), ...rest(1)];
    await ctx.stdout.write(`${cells.join(between)}${end}`);
  };
  const unpaired = async (file: 1 | 2, line: Line) => {
    sawUnpaired = true;
    if (shown.has(String(file))) await say(file === 1 ? line : undefined, file === 2 ? line : undefined);
  };
  try {
    let [left, right] = [await next(0), await next(1)];
    if (order === "auto") wide = [(left?.fields.length ?? 1) - 1, (right?.fields.length ?? 1) - 1];
    if (flags.has("header")) {
      if (left || right) await say(left, right);
      before[0] = undefined;
      before[1] = undefined;
      [left, right] = [await next(0), await next(1)];
    }
    while (left && right) {
      await ctx.breathe();
      if (left.key < right.key) {
        await unpaired(1, left);
        left = await next(0);
      } else if (left.key > right.key) {
        await unpaired(2, right);
        right = await next(1);
      } else {
        const { key } = left;
        const same: [Line[], Line[]] = [[], []];
        for (; left?.key === key; left = await next(0)) same[0].push(left);
        for (; right?.key === key; right = await next(1)) same[1].push(right);
        if (pairs) for (const one of same[0]) for (const other of same[1]) await say(one, other);
      }
    }
    for (; left; left = await next(0)) await unpaired(1, left);
    for (; right; right = await next(1)) await unpaired(2, right);
  } catch (error) {
    if (error instanceof Disorder) return 1;
    if (!(error instanceof FileError)) throw error;
    const name = operands.find((operand) => error.path.endsWith(operand)) ?? error.path;
    await complain(ctx, `${name}: ${reasonOf(error)}`);
    return 1;
  }
  if (!told.includes(true)) return 0;
  await complain(ctx, "input is not in sorted order");
  return 1;
};

/** `1.2,2.1,0`; a text when it is none. */
function placesOf(list: string): Place[] | string {
  const places: Place[] = [];
  for (const one of list.split(/[, \t]+/)) {
    const found = /^(?:0|([12])\.([1-9]\d*))$/.exec(one);
    if (!found)
      return /^[12]\.?/.test(one)
        ? `invalid field number: ‘${one.slice(2)}’`
        : `invalid file number in field spec: ‘${one}’`;
    places.push(found[1] ? { file: Number(found[1]) as 1 | 2, field: Number(found[2]) } : { file: 0 });
  }
  return places;
}
