/** Shell patterns (`*`, `?`, `[a-z]`, extended ones) as regular expressions. A backslash makes the next one literal. */
import { boundedExpression } from "./bounded-expression.ts";
import { CHARACTER_CLASSES } from "./character-classes.ts";
import { KeptReadings } from "./kept-readings.ts";

/** bash knows one class more. */
const CLASSES: Readonly<Record<string, string>> = { ...CHARACTER_CLASSES, word: "\\w" };

const kept = new KeptReadings<RegExp>(1_000);

/** A pattern's source for a regular expression, without anchors. `path` keeps `*` and `?` from matching a slash. */
export function patternSource(pattern: string, options: { path?: boolean; extglob?: boolean } = {}): string {
  const any = options.path ? "[^/]" : "[\\s\\S]";
  let out = "";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const extended = options.extglob && "?*+@!".includes(char) && pattern[i + 1] === "(" ? closing(pattern, i + 1) : -1;
    if (extended > 0) {
      const inner = alternatives(pattern.slice(i + 2, extended))
        .map((part) => patternSource(part, options))
        .join("|");
      if (char === "!") out += `(?:(?!(?:${inner})(?:${patternSource(pattern.slice(extended + 1), options)})$)${any}*)`;
      else out += `(?:${inner})${char === "@" ? "" : char}`;
      i = extended;
    } else if (char === "*") out += `${any}*`;
    else if (char === "?") out += any;
    else if (char === "\\" && i + 1 < pattern.length) out += literal(pattern[++i]!);
    else if (char === "[") {
      const bracket = bracketSource(pattern, i);
      if (bracket) {
        out += bracket.source;
        i = bracket.end;
      } else out += "\\[";
    } else out += literal(char);
  }
  return out;
}

/** Whether the whole text matches. */
export function matchesPattern(
  text: string,
  pattern: string,
  options: { path?: boolean; ignoreCase?: boolean; extglob?: boolean } = {},
): boolean {
  const stretches = options.path || options.ignoreCase ? undefined : stretchesBetweenStars(pattern);
  if (stretches) return matchesStretches(text, stretches);
  const key = `${options.path ? "p" : ""}${options.ignoreCase ? "i" : ""}${options.extglob ? "e" : ""}:${pattern}`;
  const expression = kept.of(key, () =>
    toRegExp(`^(?:${patternSource(pattern, options)})$`, options.ignoreCase ? "iu" : "u", pattern),
  );
  return expression.test(text);
}

/** The texts between the stars of a pattern in which nothing else is special; undefined for other patterns. */
function stretchesBetweenStars(pattern: string): string[] | undefined {
  const stretches = [""];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === "*" && pattern[at + 1] !== "(") {
      stretches.push("");
      continue;
    }
    if ("?[+@!*".includes(char)) return undefined;
    stretches[stretches.length - 1] += char === "\\" && at + 1 < pattern.length ? pattern[++at]! : char;
  }
  return stretches;
}

/** The first at the beginning, the last at the end, those between them as early as can be: no other choice finds more. */
function matchesStretches(text: string, stretches: readonly string[]): boolean {
  const [first = "", last = ""] = [stretches[0], stretches.at(-1)];
  if (stretches.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const stretch of stretches.slice(1, -1)) {
    const found = text.indexOf(stretch, at);
    if (found < 0) return false;
    at = found + stretch.length;
  }
  return at <= text.length - last.length;
}

/** A regular expression of a pattern's source; a pattern that makes none is taken literally. */
export function toRegExp(source: string, flags: string, pattern: string): RegExp {
  try {
    return boundedExpression(source, flags);
  } catch {
    return new RegExp(`^${[...pattern].map(literal).join("")}$`, "u");
  }
}

/** Text in which nothing is special any more. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]()|+@!^-]/g, "\\$&");
}

export function hasPattern(pattern: string, extglob = false): boolean {
  return (extglob ? /(^|[^\\])(\\\\)*([*?[]|[+@!]\()/ : /(^|[^\\])(\\\\)*[*?[]/).test(pattern);
}

/** Undo `escapePattern`. */
export function unescapePattern(pattern: string): string {
  return pattern.replace(/\\([\s\S])/g, "$1");
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

function closing(pattern: string, open: number): number {
  let depth = 0;
  for (let i = open; i < pattern.length; i++) {
    if (pattern[i] === "\\") i++;
    else if (pattern[i] === "(") depth++;
    else if (pattern[i] === ")" && --depth === 0) return i;
  }
  return -1;
}

function alternatives(text: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "(") depth++;
    else if (text[i] === ")") depth--;
    else if (text[i] === "|" && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function bracketSource(pattern: string, open: number): { source: string; end: number } | undefined {
  let i = open + 1;
  let source = "[";
  if (pattern[i] === "!" || pattern[i] === "^") {
    source += "^";
    i++;
  }
  for (let first = true; i < pattern.length; i++, first = false) {
    const char = pattern[i]!;
    if (char === "]" && !first) return { source: `${source}]`, end: i };
    const named = char === "[" && pattern[i + 1] === ":" ? /^\[:(\w+):\]/.exec(pattern.slice(i)) : null;
    if (named && CLASSES[named[1]!]) {
      source += CLASSES[named[1]!];
      i += named[0].length - 1;
    } else if (char === "\\" && i + 1 < pattern.length) {
      const next = pattern[++i]!;
      source += /[\\\]^[-]/.test(next) ? `\\${next}` : next;
    } else if (char === "-" && !first && pattern[i + 1] !== "]") source += "-";
    else source += /[\\\]^[-]/.test(char) ? `\\${char}` : char;
  }
  return undefined;
}
