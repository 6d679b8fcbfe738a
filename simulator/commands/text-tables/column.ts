/** `column`: lists in columns, fields as a table. @source util-linux 2.38, its own output */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { widthOf } from "../../shell/text-width.ts";
import { type Arguments, complain, readArguments, reasonOf, refuseUsage } from "../coreutils/arguments.ts";
import { collect, openInput } from "../coreutils/streams.ts";

const INPUT_BYTES_MAX = 1 << 20;
const MISSING = ["d", "E", "H", "i", "O", "p", "r", "T", "W", "m"];

export const column: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "c:dE:eH:i:JLl:mN:n:O:o:p:R:r:s:T:tW:x", {
      ...{ table: "t", "table-columns=": "N", "table-right=": "R", "separator=": "s", "output-separator=": "o" },
      ...{ "output-width=": "c", fillrows: "x", json: "J", "table-name=": "n", "table-columns-limit=": "l" },
      ...{ "keep-empty-lines": "L", "table-noheadings": "d", "table-hide=": "H", "table-order=": "O", "tree=": "r" },
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const missing = MISSING.find((letter) => flags.has(letter));
  if (missing) {
    await complain(ctx, `-${missing} is not modelled in this simulated node yet`);
    return 1;
  }
  if (flags.has("J") && !flags.has("N")) {
    await complain(ctx, "option --table-columns required for --json");
    return 1;
  }
  let text = "";
  for (const operand of operands.length ? operands : ["-"]) {
    try {
      const bytes = await collect(ctx, openInput(ctx, operand));
      text += bytes.toString("utf8");
      if (!text.endsWith("\n") && text !== "") text += "\n";
    } catch (error) {
      await complain(ctx, `${operand}: ${reasonOf(error)}`);
      return 1;
    }
  }
  if (text.length > INPUT_BYTES_MAX) {
    await complain(ctx, "input of more than 1 MiB is not modelled in this simulated node");
    return 1;
  }
  const lines = text
    .split("\n")
    .slice(0, -1)
    .filter((line) => flags.has("L") || line.trim() !== "");
  if (flags.has("t") || flags.has("J")) await ctx.stdout.write(table(lines, flags));
  else await ctx.stdout.write(filled(lines, screenOf(ctx, flags), flags.has("x")));
  return 0;
};

function screenOf(ctx: ProgramContext, flags: ReadonlyMap<string, string>): number {
  return Number(flags.get("c") ?? ctx.env.get("COLUMNS") ?? (ctx.isTty.stdout && ctx.tty?.columns)) || 80;
}

/** Columns as wide as the longest, at tab stops; filled downwards, or row by row. */
function filled(lines: readonly string[], screen: number, byRow: boolean): string {
  const longest = Math.max(0, ...lines.map(widthOf));
  const wide = (longest + 8) & ~7;
  const columns = Math.max(1, Math.floor(screen / wide));
  const rows = Math.ceil(lines.length / columns);
  if (longest >= screen || columns === 1) return lines.map((line) => `${line}\n`).join("");
  let out = "";
  for (let row = 0; row < rows; row++) {
    const places = Array.from({ length: columns }, (_, at) => (byRow ? row * columns + at : at * rows + row));
    const cells = places.filter((place) => place < lines.length).map((place) => lines[place]!);
    for (const [at, cell] of cells.entries())
      out += at === cells.length - 1 ? cell : cell + "\t".repeat(Math.ceil((wide - widthOf(cell)) / 8));
    out += "\n";
  }
  return out;
}

function table(lines: readonly string[], flags: ReadonlyMap<string, string>): string {
  const separators = flags.get("s");
  const limit = Number(flags.get("l") ?? 0);
  const rows = lines.map((line) => fieldsOf(line, separators, limit));
  const names = flags.get("N")?.split(",");
  if (flags.has("J")) return json(rows, names!, flags.get("n") ?? "table");
  const all = names ? [names, ...rows] : rows;
  const count = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) => Math.max(...all.map((row) => widthOf(row[at] ?? ""))));
  const right = new Set(
    (flags.get("R")?.split(",") ?? []).map((one) =>
      /^\d+$/.test(one) ? Number(one) - 1 : (names?.indexOf(one) ?? -1),
    ),
  );
  const between = flags.get("o") ?? "  ";
  return all
    .map((row) => {
      const cells = widths.map((width, at) => {
        const cell = row[at] ?? "";
        const blanks = " ".repeat(width - widthOf(cell));
        return right.has(at) ? blanks + cell : at === count - 1 ? cell : cell + blanks;
      });
      return `${cells.join(between)}\n`;
    })
    .join("");
}

function fieldsOf(line: string, separators: string | undefined, limit: number): string[] {
  if (limit === 1) return [line];
  const isSeparator = (char: string) => (separators === undefined ? " \t".includes(char) : separators.includes(char));
  const fields: string[] = [];
  let field = "";
  for (const [at, char] of [...line].entries()) {
    if (limit > 0 && fields.length === limit - 1) return [...fields, [...line].slice(at).join("")];
    if (!isSeparator(char)) field += char;
    else {
      // Blanks count once, separators that were named each.
      if (separators !== undefined || field !== "") fields.push(field);
      field = "";
    }
  }
  return separators !== undefined || field !== "" ? [...fields, field] : fields;
}

function json(rows: readonly string[][], names: readonly string[], name: string): string {
  const objects = rows.map((row) => {
    const members = names.map(
      (key, at) => `         ${JSON.stringify(key)}: ${row[at] === undefined ? "null" : JSON.stringify(row[at])}`,
    );
    return `      {\n${members.join(",\n")}\n      }`;
  });
  return `{\n   ${JSON.stringify(name)}: [\n${objects.join(",")}\n   ]\n}\n`;
}
