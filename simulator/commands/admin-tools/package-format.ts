/**
 * The format of `dpkg-query -W -f`: fields of packages, each in a width.
 *
 * @source dpkg-query(1) and dpkg 1.21.22, its own output: a width also cuts off, as `printf` does with `%*.*s`
 */
import { type InstalledPackage, sourceOf } from "../../node-view/packages/package-table.ts";
import type { ProgramContext } from "../../shell/process.ts";

/** A text, or a field; of its width the sign says on which side the blanks are, and 0 stands for none. */
type Part = { text: string } | { field: string; width: number };

const WIDEST = 2 ** 31 - 1;
/** So much is written at a time where a width is large. */
const PIECE = 16_384;
const ESCAPED: Record<string, string> = { n: "\n", t: "\t", r: "\r" };

/** @returns a text when it cannot be read: dpkg-query's own */
export function parseFormat(format: string): Part[] | string {
  if (format === "") return "may not be empty string";
  const parts: Part[] = [];
  const pieces = /\\([\s\S]?)|\$\{([^}]*)(\}?)|[^\\$]+|\$/g;
  for (const [all, escaped, inner, closed] of format.matchAll(pieces)) {
    if (escaped !== undefined) {
      parts.push({ text: Object.hasOwn(ESCAPED, escaped) ? ESCAPED[escaped]! : escaped });
      continue;
    }
    if (inner === undefined) {
      parts.push({ text: all });
      continue;
    }
    if (closed === "") return "missing closing brace";
    const semicolon = inner.indexOf(";");
    const width = semicolon < 0 ? 0 : widthIn(inner.slice(semicolon + 1));
    if (typeof width === "string") return width;
    parts.push({ field: (semicolon < 0 ? inner : inner.slice(0, semicolon)).toLowerCase(), width });
  }
  return parts;
}

/** As strtol of base 0 reads it: `010` is eight. */
function widthIn(text: string): number | string {
  if (text === "") return 0;
  const [, sign = "", digits = "", rest = ""] = /^\s*([+-]?)(0x[\da-f]+|0[0-7]*|[1-9]\d*)?(.*)$/is.exec(text)!;
  if (digits === "") return `invalid character '${text[0]}' in field width`;
  if (rest !== "") return `invalid character '${rest[0]}' in field width`;
  const size = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  if (size > WIDEST) return "field width is out of range";
  return sign === "-" ? -size : size;
}

/** Write one package's row; a string stands for a name that is only spoken of. Gives way where the row is long. */
export async function writeFormatted(ctx: ProgramContext, parts: readonly Part[], one: InstalledPackage | string) {
  let row = "";
  for (const part of parts) {
    if ("text" in part) {
      row += part.text;
      continue;
    }
    const size = Math.abs(part.width);
    const whole = fieldOf(one, part.field);
    if (whole === undefined) continue;
    const value = size === 0 ? whole : whole.slice(0, size);
    if (part.width < 0) row += value;
    for (let blanks = size - value.length; blanks > 0; blanks -= PIECE) {
      row += " ".repeat(Math.min(blanks, PIECE));
      if (row.length < PIECE) continue;
      await ctx.stdout.write(row);
      await ctx.breathe();
      row = "";
    }
    if (part.width >= 0) row += value;
  }
  await ctx.stdout.write(row);
}

/** What `${...}` stands for; undefined where nobody knows the field: it has no width then. @param name in small letters */
function fieldOf(one: InstalledPackage | string, name: string): string | undefined {
  const empty = ALWAYS.has(name) || MADE.has(name) ? "" : undefined;
  if (typeof one === "string") return ONLY_NAMED.get(name)?.(one) ?? empty;
  const made = MADE.get(name);
  if (made) return made(one);
  for (const [field, value] of one.fields) {
    // A field of several lines begins with an empty one in the status file alone.
    if (field.toLowerCase() === name) return value.replace(/^\n/, "");
  }
  return empty;
}

/** Fields that dpkg knows itself, whether a package has them or not. */
const ALWAYS = new Set(
  (
    "package essential protected status priority section installed-size origin maintainer bugs architecture multi-arch source " +
    "version config-version replaces provides depends pre-depends recommends suggests breaks conflicts enhances conffiles " +
    "filename size md5sum description triggers-pending triggers-awaited"
  ).split(" "),
);

const ONLY_NAMED = new Map<string, (name: string) => string>([
  ["package", (name) => name],
  ["binary:package", (name) => name],
  ["status", () => "unknown ok not-installed"],
  ["db:status-abbrev", () => "un "],
  ["db:status-status", () => "not-installed"],
]);

const MADE = new Map<string, (one: InstalledPackage) => string>([
  ["binary:package", (one) => one.shownName],
  ["binary:summary", (one) => one.summary],
  ["binary:synopsis", (one) => one.summary],
  ["db:status-abbrev", () => "ii "],
  ["db:status-want", () => "install"],
  ["db:status-status", () => "installed"],
  ["db:status-eflag", () => "ok"],
  ["source:package", (one) => sourceOf(one).source],
  ["source:version", (one) => sourceOf(one).sourceVersion],
]);
