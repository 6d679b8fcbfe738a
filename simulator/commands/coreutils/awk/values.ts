/**
 * awk's values: numbers, strings, and input that looks like a number and is both.
 *
 * mawk knows bytes alone: inside, a string has a character for each of them, whatever they mean.
 */

/** Text of this program's surroundings as awk's bytes. */
export function asBytes(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** awk's bytes as text again: for messages, names of files and commands. */
export function asText(bytes: string): string {
  return /^[\x00-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

/** Text from the input: compared as a number when it looks like one. */
export class InputText {
  readonly text: string;
  readonly number: number | undefined;
  constructor(text: string) {
    this.text = text;
    this.number = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(text) ? Number(text) : undefined;
  }
}

/** Undefined: never set, both "" and 0. */
export type Cell = number | string | InputText | undefined;

export function toNumber(cell: Cell): number {
  if (typeof cell === "number") return cell;
  if (cell === undefined) return 0;
  if (cell instanceof InputText && cell.number !== undefined) return cell.number;
  const text = cell instanceof InputText ? cell.text : cell;
  return leadingNumber(text);
}

/** As strtod(3) reads it, which takes hexadecimal numbers and names as well. */
function leadingNumber(text: string): number {
  const decimal = /^\s*([-+]?)(?:0x([0-9a-f]+)|(inf)(?:inity)?|(nan)|(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)/i.exec(text);
  if (!decimal) return 0;
  const [, sign, hexadecimal, infinite, none, digits, exponent = ""] = decimal;
  const value = hexadecimal
    ? Number.parseInt(hexadecimal, 16)
    : infinite
      ? Number.POSITIVE_INFINITY
      : none
        ? Number.NaN
        : Number(digits + exponent);
  return sign === "-" ? -value : value;
}

/** @param format CONVFMT or OFMT, for numbers that are not whole */
export function toText(cell: Cell, format = "%.6g"): string {
  if (typeof cell === "string") return cell;
  if (cell === undefined) return "";
  if (cell instanceof InputText) return cell.text;
  return numberText(cell, format);
}

/** @source mawk 1.3.4, maximum-integer of `-W version` */
const INT_MAX = 2_147_483_647;
const UNSIGNED_MAX = 4_294_967_295;

function numberText(value: number, format = "%.6g"): string {
  // mawk's whole numbers are ints; larger ones are written as any other.
  if (Number.isInteger(value) && Math.abs(value) <= INT_MAX) return String(value);
  // What a processor of this kind makes of log(-1) has its sign set.
  if (Number.isNaN(value)) return "-nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  return formatText(format, [value]);
}

export function isTrue(cell: Cell): boolean {
  if (typeof cell === "number") return cell !== 0;
  if (cell instanceof InputText && cell.number !== undefined) return cell.number !== 0;
  return toText(cell) !== "";
}

/** Below, at or above 0. */
export function compare(left: Cell, right: Cell, format: string): number {
  const numeric = (cell: Cell) =>
    typeof cell === "number" || cell === undefined || (cell instanceof InputText && cell.number !== undefined);
  if (numeric(left) && numeric(right)) return toNumber(left) - toNumber(right);
  const [a, b] = [toText(left, format), toText(right, format)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A format that cannot be followed; what stands before its directive is written. */
export class FormatError extends Error {
  readonly partial: string;
  constructor(message: string, partial: string) {
    super(message);
    this.partial = partial;
  }
}

/** What sprintf may make of one directive, characters. */
const WIDTH_MAX = 100_000;

const DIRECTIVE = /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([hlLqjzt]*)([diouxXcsfFeEgGaA%])/g;

/** Where the directive stands that wants more arguments than there are, or that is none. */
function faultIn(
  format: string,
  given: number,
): { at: number; what: "missing" | "improper"; number: number } | undefined {
  let [wanted, number] = [0, 0];
  for (const found of format.matchAll(/%%|%[-+ #0]*(\*?)\d*\.?(\*?)\d*[hlLqjzt]*([^%]|$)/g)) {
    if (found[0] === "%%") continue;
    number++;
    if (!/[diouxXcsfFeEgGaA]/.test(found[3]!)) return { at: found.index, what: "improper", number };
    wanted += 1 + Number(found[1] === "*") + Number(found[2] === "*");
    if (wanted > given) return { at: found.index, what: "missing", number };
  }
  return undefined;
}

/** sprintf. @throws FormatError */
export function formatText(format: string, args: readonly Cell[], name = "sprintf"): string {
  let next = 0;
  const fault = faultIn(format, args.length);
  if (fault) {
    // Only printf had written something by then.
    const partial = name === "printf" ? formatText(format.slice(0, fault.at), args, name) : "";
    const what =
      fault.what === "missing"
        ? `not enough arguments passed to ${name}("${format}")`
        : `improper conversion(number ${fault.number}) in ${name}("${format}")`;
    throw new FormatError(what, partial);
  }
  return format.replace(DIRECTIVE, (whole, flags: string, width, precision, _size, kind: string) => {
    if (kind === "%") return "%";
    const size = (given: string | undefined) =>
      given === undefined
        ? undefined
        : Math.max(-WIDTH_MAX, Math.min(WIDTH_MAX, given === "*" ? Math.trunc(toNumber(args[next++])) : Number(given)));
    let wide = size(width) ?? 0;
    const exact = whole.includes(".") ? Math.max(0, size(precision) ?? 0) : undefined;
    const left = flags.includes("-") || wide < 0;
    wide = Math.abs(wide);
    const arg = args[next++];
    if (kind === "s" || kind === "c") {
      let text = toText(arg);
      if (kind === "c")
        text = typeof arg === "number" ? String.fromCharCode(Math.trunc(arg) & 0xff) : (text[0] ?? "\0");
      else if (exact !== undefined) text = text.slice(0, exact);
      return left ? text.padEnd(wide) : text.padStart(wide);
    }
    const given = toNumber(arg);
    const value =
      kind === "d" || kind === "i"
        ? Math.max(-INT_MAX, Math.min(INT_MAX, Number.isNaN(given) ? -INT_MAX : given))
        : "ouxX".includes(kind)
          ? Math.max(0, Math.min(UNSIGNED_MAX, given))
          : given;
    let body = digits(Math.abs(value), kind, exact, flags.includes("#"));
    const sign =
      value < 0 || Object.is(value, -0)
        ? body.replace(/[0.]/g, "") === "" && "di".includes(kind)
          ? ""
          : "-"
        : flags.includes("+")
          ? "+"
          : flags.includes(" ")
            ? " "
            : "";
    if (flags.includes("0") && !left && !(exact !== undefined && "diouxX".includes(kind)))
      body = body.padStart(wide - sign.length, "0");
    const text = sign + body;
    return left ? text.padEnd(wide) : text.padStart(wide);
  });
}

function digits(value: number, kind: string, precision: number | undefined, alternative: boolean): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "-nan" : "inf";
  switch (kind) {
    case "d":
    case "i":
    case "u":
      return BigInt(Math.trunc(value))
        .toString()
        .padStart(precision ?? 0, "0");
    case "o":
      return `${alternative ? "0" : ""}${BigInt(Math.trunc(value)).toString(8)}`.padStart(precision ?? 0, "0");
    case "x":
      return `${alternative ? "0x" : ""}${BigInt(Math.trunc(value))
        .toString(16)
        .padStart(precision ?? 0, "0")}`;
    case "X":
      return `${alternative ? "0X" : ""}${BigInt(Math.trunc(value))
        .toString(16)
        .toUpperCase()
        .padStart(precision ?? 0, "0")}`;
    case "f":
    case "F":
      if (value < 1e21) return value.toFixed(Math.min(100, precision ?? 6));
      return `${BigInt(value)}${precision === 0 ? "" : `.${"0".repeat(Math.min(100, precision ?? 6))}`}`;
    case "e":
    case "E": {
      const text = exponent(value.toExponential(Math.min(100, precision ?? 6)));
      return kind === "E" ? text.toUpperCase() : text;
    }
    default: {
      const places = precision === 0 ? 1 : (precision ?? 6);
      const scale = value === 0 ? 0 : Number(value.toExponential(Math.min(100, places - 1)).split("e")[1]);
      let text =
        scale < -4 || scale >= places
          ? exponent(value.toExponential(Math.min(100, places - 1)))
          : value.toFixed(Math.max(0, Math.min(100, places - 1 - scale)));
      if (!alternative) text = text.replace(/(\.\d*?)0+(e|$)/, "$1$2").replace(/\.(e|$)/, "$1");
      return kind === "G" ? text.toUpperCase() : text;
    }
  }
}

function exponent(text: string): string {
  return text.replace(/e([-+])(\d)$/, "e$10$2");
}
