/** `echo` and `printf`. */
import { UTC, type Zone } from "../../cluster/node-settings/zone-time.ts";
import { wallOffsetOf } from "../../cluster/wall-clock.ts";
import { assignText } from "../parameters.ts";
import { zoneOfShell } from "../process-zone.ts";
import { backslashQuoted } from "../quoting.ts";
import { NAMED_ESCAPES } from "../syntax/ansi-quotes.ts";
import { type Builtin, complain, print } from "./builtin.ts";
import { fixedPoint, hexFloat } from "./floating.ts";
import { refuseUse } from "./usage.ts";

export const echo: Builtin = async (shell, argv) => {
  let at = 1;
  let newline = true;
  let escapes = shell.shopts.has("xpg_echo");
  for (; at < argv.length && /^-[neE]+$/.test(argv[at]!); at++) {
    for (const letter of argv[at]!.slice(1)) {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
  }
  let text = argv.slice(at).join(" ");
  if (escapes) {
    const decoded = decodeEscapes(text);
    text = decoded.text;
    if (decoded.stop) newline = false;
  }
  return print(shell, "echo", bytesOfText(newline ? `${text}\n` : text));
};

export const printf: Builtin = async (shell, argv) => {
  let at = 1;
  let variable: string | undefined;
  if (argv[at] === "-v") {
    variable = argv[at + 1];
    if (variable === undefined) return refuseUse(shell, "printf", "-v: option requires an argument");
    if (!/^[A-Za-z_]\w*(\[.+\])?$/s.test(variable))
      return complain(shell, "printf", `\`${variable}': not a valid identifier`, 2);
    at += 2;
  }
  if (argv[at] === "--") at++;
  const format = argv[at];
  if (format === undefined) return refuseUse(shell, "printf", "");
  const wallMs = shell.around.port.read((lab) => lab.nowMs + wallOffsetOf(lab, shell.around.node));
  const result = formatAll(format, argv.slice(at + 1), wallMs, zoneOfShell(shell));
  for (const problem of result.problems) await complain(shell, "printf", problem);
  if (variable !== undefined) await assignText(shell, variable, bytesOfText(result.text).toString("utf8"));
  else {
    const status = await print(shell, "printf", bytesOfText(result.text));
    if (status !== 0) return status;
  }
  return result.problems.some((problem) => !problem.startsWith("warning: ")) ? 1 : 0;
};

/** What `printf` prints; the format is used again while arguments are left. */
export function formatAll(
  format: string,
  args: readonly string[],
  wallMs: number,
  zone: Zone,
  /** Whose words problems are told in. */
  teller: "bash" | "coreutils" = "bash",
): { text: string; problems: string[] } {
  const badFormat = (whole: string, letter: string) =>
    teller === "bash"
      ? `\`${/^[hlLjzt]/.test(letter) ? "\\" : letter}': invalid format character`
      : `${whole}: invalid conversion specification`;
  let text = "";
  let at = 0;
  const problems: string[] = [];
  do {
    const before = at;
    let stop = false;
    for (let i = 0; i < format.length && !stop; i++) {
      const char = format[i]!;
      if (char === "\\") {
        const decoded = decodeEscapes(format.slice(i, i + 10), true);
        text += decoded.first;
        i += decoded.length - 1;
        stop = decoded.stop;
        continue;
      }
      if (char !== "%") {
        text += char;
        continue;
      }
      const spec = /^%([-+ 0#']*)(\*|\d+)?(?:\.(\*|\d*))?(\([^)]*\)T|[hlLjzt]*[a-zA-Z%])/.exec(format.slice(i));
      if (!spec) {
        problems.push(
          teller === "bash"
            ? `\`${format.slice(i, i + 2)}': invalid format character`
            : `${format.slice(i, i + 2)}: invalid conversion specification`,
        );
        return { text, problems };
      }
      i += spec[0].length - 1;
      const conversion = spec[4]!.replace(/^[hlLjzt]+(?=[a-zA-Z])/, "");
      if (conversion === "%") {
        text += "%";
        continue;
      }
      let flags = spec[1]!;
      let width = spec[2] === "*" ? Number(args[at++] ?? 0) : Number(spec[2] ?? 0);
      if (width < 0) {
        flags += "-";
        width = -width;
      }
      const precision =
        spec[3] === undefined ? undefined : spec[3] === "*" ? Number(args[at++] ?? 0) : Number(spec[3] || 0);
      const arg = args[at++];
      const found: string[] = [];
      const converted = convert(conversion, arg, flags, Math.min(width, 10_000), precision, wallMs, zone, found);
      problems.push(...(teller === "bash" ? found : found.map(coreutilsProblem)));
      if (converted && teller === "coreutils" && conversion === "q") converted.text = quotedName(arg ?? "");
      if (converted === undefined) {
        problems.push(badFormat(spec[0], conversion));
        return { text, problems };
      }
      text += converted.text;
      stop = converted.stop;
    }
    if (stop || at === before) break;
  } while (at < args.length && text.length < 4 << 20);
  return { text, problems };
}

/** What bash says of a number, as coreutils' own printf says it. */
function coreutilsProblem(text: string): string {
  const [, arg] = /^([\s\S]*): invalid number$/.exec(text) ?? [];
  if (arg === undefined) return text.replace(/^warning: ([\s\S]*): Numerical/, "‘$1’: Numerical");
  return /^\s*[-+]?\d/.test(arg) ? `‘${arg}’: value not completely converted` : `‘${arg}’: expected a numeric value`;
}

/** As `ls` quotes a name for the shell: only when it must. */
function quotedName(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return text.includes("'") && !/["$`\\!]/.test(text) ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`;
}

function convert(
  conversion: string,
  arg: string | undefined,
  flags: string,
  width: number,
  precision: number | undefined,
  wallMs: number,
  zone: Zone,
  problems: string[],
): { text: string; stop: boolean } | undefined {
  const pad = (text: string, numeric = false): string => {
    // bash counts bytes.
    const length = Buffer.byteLength(text);
    if (length >= width) return text;
    if (flags.includes("-")) return text + " ".repeat(width - length);
    if (numeric && flags.includes("0")) {
      const sign = /^[-+ ]|^0[xX]/.exec(text)?.[0] ?? "";
      return sign + "0".repeat(width - length) + text.slice(sign.length);
    }
    return " ".repeat(width - length) + text;
  };
  const signed = (text: string): string =>
    text.startsWith("-") ? text : flags.includes("+") ? `+${text}` : flags.includes(" ") ? ` ${text}` : text;
  switch (conversion) {
    case "s":
      return {
        text: pad(precision === undefined ? (arg ?? "") : [...(arg ?? "")].slice(0, precision).join("")),
        stop: false,
      };
    case "b": {
      const decoded = decodeEscapes(arg ?? "");
      return { text: pad(decoded.text), stop: decoded.stop };
    }
    case "Q":
    case "q":
      return { text: pad(backslashQuoted(arg ?? "")), stop: false };
    case "c":
      return { text: pad((arg ?? "").slice(0, 1)), stop: false };
    case "d":
    case "i":
    case "u": {
      const given = integerOf(arg, problems, conversion === "u");
      const value = conversion === "u" ? BigInt.asUintN(64, given) : given;
      const digits = (value < 0n ? -value : value).toString().padStart(precision ?? 0, "0");
      return { text: pad(signed(value < 0n ? `-${digits}` : digits), precision === undefined), stop: false };
    }
    case "o":
    case "x":
    case "X": {
      const value = BigInt.asUintN(64, integerOf(arg, problems, true));
      let digits = value.toString(conversion === "o" ? 8 : 16).padStart(precision ?? 0, "0");
      if (flags.includes("#") && value !== 0n) digits = (conversion === "o" ? "0" : "0x") + digits;
      return { text: pad(conversion === "X" ? digits.toUpperCase() : digits, precision === undefined), stop: false };
    }
    case "a":
    case "A": {
      const text = hexFloat(Number(arg ?? 0), precision);
      return { text: pad(signed(conversion === "A" ? text.toUpperCase() : text), true), stop: false };
    }
    case "f":
    case "F":
    case "e":
    case "E":
    case "g":
    case "G": {
      const value = Number(arg ?? 0);
      if (Number.isNaN(value) && arg) problems.push(`${arg}: invalid number`);
      const number = Number.isNaN(value) ? 0 : value;
      const lower = conversion.toLowerCase();
      let text =
        lower === "f"
          ? fixedPoint(number, Math.min(precision ?? 6, 100))
          : lower === "e"
            ? number.toExponential(Math.min(precision ?? 6, 100)).replace(/e([-+])(\d)$/, "e$10$2")
            : generalNumber(number, precision ?? 6, flags.includes("#"));
      if (conversion !== lower) text = text.toUpperCase();
      return { text: pad(signed(text), true), stop: false };
    }
  }
  if (conversion.endsWith("T")) {
    const seconds = arg === undefined || arg === "-1" ? Math.floor(wallMs / 1000) : Number(integerOf(arg, problems));
    return { text: pad(formatTime(conversion.slice(1, -2) || "%X", seconds * 1000, zone)), stop: false };
  }
  return undefined;
}

function integerOf(arg: string | undefined, problems: string[], unsigned = false): bigint {
  if (arg === undefined || arg === "") return 0n;
  if (/^["']/.test(arg)) return BigInt(arg.codePointAt(1) ?? 0);
  const text = arg.trim();
  const negative = text.startsWith("-");
  const digits = text.replace(/^[-+]/, "");
  const usable = /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(digits)?.[0];
  if (usable === undefined || usable.length < digits.length) problems.push(`${arg}: invalid number`);
  if (usable === undefined) return 0n;
  const value = /^0[0-7]+$/.test(usable) ? BigInt(`0o${usable.slice(1)}`) : BigInt(usable);
  const limit = negative ? 1n << 63n : (1n << (unsigned ? 64n : 63n)) - 1n;
  if (value > limit) {
    problems.push(`warning: ${arg}: Numerical result out of range`);
    return negative ? (unsigned ? (1n << 64n) - 1n : -limit) : limit;
  }
  return unsigned ? BigInt.asUintN(64, negative ? -value : value) : BigInt.asIntN(64, negative ? -value : value);
}

/** `%g`: as short as it can be, with an exponent when the number is very small or larger than its precision. */
export function generalNumber(number: number, precision: number, keepsZeros = false): string {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number < 0 ? "-inf" : "inf";
  const digits = Math.min(Math.max(precision, 1), 100);
  const exponent = number === 0 ? 0 : Number(number.toExponential(digits - 1).split("e")[1]);
  const text =
    exponent < -4 || exponent >= digits
      ? number.toExponential(digits - 1).replace(/e([-+])(\d)$/, "e$10$2")
      : number.toFixed(Math.max(0, digits - 1 - exponent));
  return keepsZeros || !text.includes(".") ? text : text.replace(/\.?0+(?=e|$)/, "");
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** strftime(3). @param wallMs milliseconds since 1970 */
export function formatTime(format: string, wallMs: number, zone: Zone = UTC): string {
  const { offsetS, abbreviation } = zone.at(wallMs);
  const at = new Date(wallMs + offsetS * 1_000);
  const east = `${offsetS < 0 ? "-" : "+"}${new Date(Math.abs(offsetS) * 1_000).toISOString().slice(11, 19)}`;
  const two = (value: number) => String(value).padStart(2, "0");
  const day = DAYS[at.getUTCDay()]!;
  const month = MONTHS[at.getUTCMonth()]!;
  const hour12 = at.getUTCHours() % 12 || 12;
  const yearStart = Date.UTC(at.getUTCFullYear(), 0, 1);
  const dayOfYear = Math.floor((at.getTime() - yearStart) / 86_400_000);
  const plain: Record<string, () => string> = {
    Y: () => String(at.getUTCFullYear()),
    C: () => two(Math.floor(at.getUTCFullYear() / 100)),
    y: () => two(at.getUTCFullYear() % 100),
    m: () => two(at.getUTCMonth() + 1),
    d: () => two(at.getUTCDate()),
    e: () => String(at.getUTCDate()).padStart(2),
    H: () => two(at.getUTCHours()),
    k: () => String(at.getUTCHours()).padStart(2),
    I: () => two(hour12),
    l: () => String(hour12).padStart(2),
    M: () => two(at.getUTCMinutes()),
    S: () => two(at.getUTCSeconds()),
    N: () => String(at.getUTCMilliseconds() * 1_000_000).padStart(9, "0"),
    s: () => String(Math.floor(wallMs / 1000)),
    j: () => String(dayOfYear + 1).padStart(3, "0"),
    u: () => String(at.getUTCDay() || 7),
    w: () => String(at.getUTCDay()),
    U: () => two(Math.floor((dayOfYear + 7 - at.getUTCDay()) / 7)),
    V: () => two(isoWeek(at)),
    W: () => two(Math.floor((dayOfYear + 7 - ((at.getUTCDay() + 6) % 7)) / 7)),
    G: () => String(isoYear(at)),
    g: () => two(isoYear(at) % 100),
    q: () => String(Math.floor(at.getUTCMonth() / 3) + 1),
    a: () => day.slice(0, 3),
    A: () => day,
    b: () => month.slice(0, 3),
    h: () => month.slice(0, 3),
    B: () => month,
    p: () => (at.getUTCHours() < 12 ? "AM" : "PM"),
    P: () => (at.getUTCHours() < 12 ? "am" : "pm"),
    z: () => `${east.slice(0, 3)}${east.slice(4, 6)}`,
    Z: () => abbreviation,
    n: () => "\n",
    t: () => "\t",
    "%": () => "%",
  };
  const combined: Record<string, string> = {
    F: "%Y-%m-%d",
    T: "%H:%M:%S",
    R: "%H:%M",
    D: "%m/%d/%y",
    x: "%m/%d/%y",
    X: "%H:%M:%S",
    r: "%I:%M:%S %p",
    c: "%a %b %e %H:%M:%S %Y",
  };
  return format.replace(
    /%([-_0^#+]*)(\d*)(:{0,3})([a-zA-Z%])/g,
    (whole, flags: string, width: string, colons: string, letter: string) => {
      if (colons !== "") return letter === "z" ? ["", east.slice(0, 6), east, east.slice(0, 3)][colons.length]! : whole;
      if (letter === "N" && /^\d+$/.test(width)) return plain.N!().slice(0, Number(width));
      let value = combined[letter] ? formatTime(combined[letter], wallMs, zone) : plain[letter]?.();
      if (value === undefined) return whole;
      const isNumber = /^[ 0-9]+$/.test(value);
      if (flags.includes("^")) value = value.toUpperCase();
      if (flags.includes("#")) value = letter === "Z" || letter === "p" ? value.toLowerCase() : value.toUpperCase();
      if (flags.includes("-") && isNumber) return value.replace(/^[0 ]+(?=.)/, "");
      const fill = flags.includes("_") ? " " : flags.includes("0") || (isNumber && !value.startsWith(" ")) ? "0" : " ";
      if (isNumber && /[_0]/.test(flags)) {
        const bare = value.replace(/^[0 ]+(?=.)/, "");
        value = bare.padStart(value.length, fill);
      }
      return value.padStart(Number(width || 0), fill);
    },
  );
}

/** The year that the week of a day belongs to. */
function isoYear(at: Date): number {
  const thursday = new Date(at);
  thursday.setUTCDate(at.getUTCDate() + 4 - (at.getUTCDay() || 7));
  return thursday.getUTCFullYear();
}

function isoWeek(at: Date): number {
  const thursday = new Date(at);
  thursday.setUTCDate(at.getUTCDate() + 4 - (at.getUTCDay() || 7));
  return Math.ceil(((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000 + 1) / 7);
}

/** Also what stands for itself. */
const NAMED: Record<string, string> = { ...NAMED_ESCAPES, "\\": "\\", '"': '"', "'": "'" };

/** A byte that is no character by itself stands as half a surrogate pair until it is written (PEP 383's way). */
const RAW_BYTE = 0xdc00;

function byteText(byte: number): string {
  return String.fromCharCode(byte < 0x80 ? byte : RAW_BYTE + byte);
}

/** What a text with bytes from escapes is on its way out. */
export function bytesOfText(text: string): Buffer {
  // With the flag `u` whole pairs are no match.
  const pieces = text.split(/([\udc80-\udcff]+)/u);
  return Buffer.concat(
    pieces.map((piece, at) =>
      at % 2 === 1 ? Buffer.from([...piece].map((half) => half.charCodeAt(0) - RAW_BYTE)) : Buffer.from(piece),
    ),
  );
}

/**
 * Backslash escapes as `echo -e` and `printf` know them.
 *
 * @param one stop after the first escape: `first` is its text and `length` what it took
 */
export function decodeEscapes(
  text: string,
  one = false,
): { text: string; stop: boolean; first: string; length: number } {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "\\" || i + 1 >= text.length) {
      out += text[i];
      continue;
    }
    const rest = text.slice(i + 1);
    let piece: string;
    let length: number;
    const octal = (one ? /^0?[0-7]{1,3}/ : /^0[0-7]{0,3}/).exec(rest)?.[0];
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest);
    const unicode = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest);
    if (rest[0] === "c") return { text: out, stop: true, first: "", length: 2 };
    if (octal) {
      piece = byteText(Number.parseInt(octal, 8) & 255);
      length = octal.length + 1;
    } else if (hex) {
      piece = byteText(Number.parseInt(hex[1]!, 16));
      length = hex[0].length + 1;
    } else if (unicode) {
      piece = String.fromCodePoint(Math.min(Number.parseInt((unicode[1] ?? unicode[2])!, 16), 0x10ffff));
      length = unicode[0].length + 1;
    } else {
      piece = NAMED[rest[0]!] ?? `\\${rest[0]}`;
      if ((rest[0] === '"' || rest[0] === "'") && !one) piece = `\\${rest[0]}`;
      length = 2;
    }
    if (one) return { text: piece, stop: false, first: piece, length };
    out += piece;
    i += length - 1;
  }
  return { text: out, stop: false, first: text.slice(0, 1), length: 1 };
}
