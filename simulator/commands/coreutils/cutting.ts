/** Filters that answer line by line: `cut`, `uniq`, `nl`, `expand`, `paste`. */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { type Failure, LineSource, lineBatches } from "./line-batches.ts";

/** Answer each batch of lines with what `answer` makes of them; the last newline is as the input has it, or added. */
async function filter(
  ctx: ProgramContext,
  operands: readonly string[],
  answer: (line: string) => string | undefined,
): Promise<number> {
  const failure: Failure = { failed: false };
  for await (const { lines } of lineBatches(ctx, operands, failure)) {
    let out = "";
    for (const line of lines) {
      const text = answer(line);
      if (text !== undefined) out += `${text}\n`;
    }
    await ctx.stdout.write(out);
  }
  return failure.failed ? 1 : 0;
}

interface Range {
  from: number;
  to: number;
}

export const cut: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "b:c:d:f:nsz", {
      "bytes=": "b",
      "characters=": "c",
      "delimiter=": "d",
      "fields=": "f",
      complement: "complement",
      "only-delimited": "s",
      "output-delimiter=": "output",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const kinds = ["b", "c", "f"].filter((kind) => flags.has(kind));
  const refuse = async (text: string) => {
    await complain(ctx, text);
    await ctx.stderr.write("Try 'cut --help' for more information.\n");
    return 1;
  };
  if (kinds.length === 0) return refuse("you must specify a list of bytes, characters, or fields");
  if (kinds.length > 1) return refuse("only one list may be specified");
  const delimiter = flags.get("d") ?? "\t";
  if ([...delimiter].length > 1) return refuse("the delimiter must be a single character");
  if (flags.has("d") && kinds[0] !== "f")
    return refuse("an input delimiter may be specified only when operating on fields");
  const list = flags.get(kinds[0]!)!;
  const ranges: Range[] = [];
  for (const part of list.split(/[, ]/)) {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (!match || (match[1] === "" && match[3] === "")) {
      return refuse(kinds[0] === "f" ? `invalid field value ‘${part}’` : `invalid byte/character position ‘${part}’`);
    }
    const from = match[1] === "" ? 1 : Number(match[1]);
    const to = match[2] === "" ? from : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (from === 0)
      return refuse(kinds[0] === "f" ? "fields are numbered from 1" : "byte/character positions are numbered from 1");
    if (to < from) return refuse("invalid decreasing range");
    ranges.push({ from, to });
  }
  const chosen = (place: number) =>
    ranges.some((range) => place >= range.from && place <= range.to) !== flags.has("complement");
  const output = flags.get("output") ?? (kinds[0] === "f" ? delimiter : "");
  return filter(ctx, args.operands, (line) => {
    if (kinds[0] !== "f") {
      // What stands side by side stays together; the output delimiter goes between pieces that were apart.
      let out = "";
      let before = -1;
      for (const [at, char] of [...line].entries()) {
        if (!chosen(at + 1)) continue;
        out += before >= 0 && before !== at - 1 ? output + char : char;
        before = at;
      }
      return out;
    }
    const fields = line.split(delimiter);
    if (fields.length === 1) return flags.has("s") ? undefined : line;
    return fields.filter((_, at) => chosen(at + 1)).join(output);
  });
};

export const uniq: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "cdDuif:s:w:z", {
      count: "c",
      repeated: "d",
      unique: "u",
      "ignore-case": "i",
      "skip-fields=": "f",
      "skip-chars=": "s",
      "check-chars=": "w",
      "group?": "group",
      "all-repeated?": "D",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  if (operands.length > 2) {
    await complain(ctx, `extra operand ‘${operands[2]}’`);
    await ctx.stderr.write("Try 'uniq --help' for more information.\n");
    return 1;
  }
  let kept = "";
  const write = async (text: string) => {
    if (operands[1] === undefined || operands[1] === "-") return ctx.stdout.write(text);
    ctx.hold(text.length);
    kept += text;
  };
  const skipFields = Number(flags.get("f") ?? 0);
  const key = (line: string) => {
    let text = line;
    for (let left = skipFields; left > 0; left--) text = text.replace(/^[ \t]*[^ \t]*/, "");
    text = text.slice(Number(flags.get("s") ?? 0));
    if (flags.has("w")) text = text.slice(0, Number(flags.get("w")));
    return flags.has("i") ? text.toLowerCase() : text;
  };
  let before: { line: string; key: string; count: number; shown: boolean } | undefined;
  const shown = (): string => {
    if (!before || before.shown) return "";
    if (flags.has("d") && before.count === 1) return "";
    if (flags.has("u") && before.count > 1) return "";
    return `${flags.has("c") ? `${String(before.count).padStart(7)} ` : ""}${before.line}\n`;
  };
  // Without a count a line may be shown as soon as it is there.
  const method = flags.get("D");
  let groups = 0;
  const early = !flags.has("c") && !flags.has("d") && !flags.has("u") && !flags.has("D");
  const failure: Failure = { failed: false };
  for await (const { lines } of lineBatches(ctx, operands.slice(0, 1), failure)) {
    let out = "";
    for (const line of lines) {
      const own = key(line);
      if (before?.key === own) {
        before.count++;
        if (flags.has("D")) {
          const opens = before.count === 2;
          if (opens && (method === "prepend" || (method === "separate" && groups > 0))) out += "\n";
          if (opens) groups++;
          out += opens ? `${before.line}\n${line}\n` : `${line}\n`;
        } else if (flags.has("group")) out += `${line}\n`;
        continue;
      }
      if (!flags.has("D")) out += shown();
      if (flags.has("group") && before) out += "\n";
      before = { line, key: own, count: 1, shown: false };
      if (early) {
        out += `${line}\n`;
        before.shown = true;
      }
    }
    await write(out);
  }
  if (!flags.has("D")) await write(shown());
  if (operands[1] !== undefined && operands[1] !== "-" && !failure.failed) {
    try {
      await ctx.files.writeFile(pathIn(ctx, operands[1]), Buffer.from(kept));
    } catch (error) {
      await complain(ctx, `${operands[1]}: ${reasonOf(error)}`);
      return 1;
    }
  }
  return failure.failed ? 1 : 0;
};

export const nl: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "b:s:v:w:i:n:", {
      "body-numbering=": "b",
      "number-separator=": "s",
      "number-width=": "w",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const width = Number(flags.get("w") ?? 6);
  const all = flags.get("b") === "a";
  let number = Number(flags.get("v") ?? 1);
  return filter(ctx, args.operands, (line) => {
    if (flags.get("b") === "n" || (line === "" && !all)) return `${" ".repeat(width + 1)}${line}`;
    const text = String(number);
    number += Number(flags.get("i") ?? 1);
    const placed =
      flags.get("n") === "ln" ? text.padEnd(width) : text.padStart(width, flags.get("n") === "rz" ? "0" : " ");
    return `${placed}${flags.get("s") ?? "\t"}${line}`;
  });
};

export const expand: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "it:", { initial: "i", "tabs=": "t" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const stop = Math.max(1, Number(args.flags.get("t") ?? 8) || 8);
  return filter(ctx, args.operands, (line) => {
    let out = "";
    for (const char of line) out += char === "\t" ? " ".repeat(stop - (out.length % stop)) : char;
    return out;
  });
};

export const paste: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "sd:z", { serial: "s", "delimiters=": "d", "zero-terminated": "z" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const delimiters = [
    ...(args.flags.get("d") ?? "\t").replaceAll("\\n", "\n").replaceAll("\\t", "\t").replaceAll("\\0", "\0"),
  ];
  const between = (at: number) => (delimiters.length ? delimiters[at % delimiters.length]!.replace("\0", "") : "");
  const operands = args.operands.length ? args.operands : ["-"];
  const failure: Failure = { failed: false };
  const end = args.flags.has("z") ? "\0" : "\n";
  if (args.flags.has("s")) {
    for (const operand of operands) {
      let at = 0;
      for await (const { lines } of lineBatches(ctx, [operand], failure, end)) {
        let out = "";
        for (const line of lines) out += `${at++ > 0 ? between(at - 2) : ""}${line}`;
        await ctx.stdout.write(out);
      }
      await ctx.stdout.write(end);
    }
    return failure.failed ? 1 : 0;
  }
  // The same `-` twice takes turns at one input.
  const shared = new LineSource(lineBatches(ctx, ["-"], failure, end));
  const sources = operands.map((operand) =>
    operand === "-" ? shared : new LineSource(lineBatches(ctx, [operand], failure, end)),
  );
  for (;;) {
    const cells: (string | undefined)[] = [];
    for (const source of sources) cells.push(await source.next());
    if (cells.every((cell) => cell === undefined)) return failure.failed ? 1 : 0;
    await ctx.stdout.write(
      `${cells.map((cell, at) => (cell ?? "") + (at < cells.length - 1 ? between(at) : "")).join("")}${end}`,
    );
  }
};
