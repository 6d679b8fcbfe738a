/** The formats of `printf`, bash's own and coreutils'. */
import type { Zone } from "../cluster/node-settings/zone-time.ts";
import { fixedPoint, hexFloat } from "./builtins/floating.ts";
import { decodeEscapes } from "./escape-text.ts";
import { backslashQuoted } from "./quoting.ts";
import { formatTime } from "./time-text.ts";

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
      const unended = /^%[-+ 0#']*(?:\*|\d+)?(?:\.(?:\*|\d*))?[hlLjzt]*$/.exec(format.slice(i, i + 100))?.[0];
      if (unended !== undefined && teller === "bash") {
        problems.push(`\`${unended}': missing format character`);
        return { text, problems };
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
function generalNumber(number: number, precision: number, keepsZeros = false): string {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number < 0 ? "-inf" : "inf";
  const digits = Math.min(Math.max(precision, 1), 100);
  const exponent = number === 0 ? 0 : Number(number.toExponential(digits - 1).split("e")[1]);
  const text =
    exponent < -4 || exponent >= digits
      ? number.toExponential(digits - 1).replace(/e([-+])(\d)$/, "e$10$2")
      : number.toFixed(Math.max(0, digits - 1 - exponent));
  return keepsZeros || !text.includes(".") ? text : text.replace(/\.?0+(?=e|$)/, "");
}
