/**
 * POSIX regular expressions, basic and extended, in JavaScript's syntax, as grep, sed and awk need them.
 *
 * Alternatives are tried in their order and the first that fits is taken, where POSIX takes the longest
 * (docs/fidelity/shell.md).
 */
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { CHARACTER_CLASSES } from "../../shell/character-classes.ts";

/** @throws SyntaxError when it cannot be read */
export function posixExpression(pattern: string, kind: "basic" | "extended", flags = ""): RegExp {
  return boundedExpression(posixSource(pattern, kind), flags);
}

/** The same as a part of a larger expression. @throws SyntaxError when it cannot be read */
export function posixSource(pattern: string, kind: "basic" | "extended"): string {
  const extended = kind === "extended";
  let out = "";
  /** Whether a `*` here has something to repeat. */
  let repeatable = false;
  let depth = 0;
  const opens = (at: number) => (extended ? pattern[at] === "(" : pattern.startsWith("\\(", at));
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === "[") {
      const [text, end] = bracket(pattern, at);
      out += text;
      at = end;
      repeatable = true;
      continue;
    }
    const escaped = char === "\\";
    const token = escaped ? (pattern[++at] ?? "\\") : char;
    const special = "(){}|+?".includes(token) && escaped !== extended;
    if (special) {
      if (token === "{") {
        const interval = (extended ? /^\{(\d*),?(\d*)\}/ : /^\{(\d*),?(\d*)\\\}/).exec(pattern.slice(at));
        if (!interval || (interval[1] === "" && interval[2] === "")) {
          if (!extended) throw new SyntaxError("Unmatched \\{");
          out += "\\{";
          repeatable = true;
          continue;
        }
        const text = interval[0].replace(/\\?\}$/, "}");
        out += text.replace(/^\{,/, "{0,");
        at += interval[0].length - 1;
        continue;
      }
      if (token === "}") {
        out += "\\}";
        continue;
      }
      if ((token === "+" || token === "?") && !repeatable) {
        out += `\\${token}`;
        repeatable = true;
        continue;
      }
      if (token === "(") depth++;
      if (token === ")" && --depth < 0) {
        if (!extended) throw new SyntaxError("Unmatched ) or \\)");
        depth = 0;
        out += "\\)";
        continue;
      }
      out += token;
      repeatable = token !== "(" && token !== "|";
      continue;
    }
    if (escaped) {
      out += escapedToken(token);
      repeatable = true;
    } else if (token === "*") {
      // Twice the same is once.
      if (repeatable && out.endsWith("*") && pattern[at - 1] === "*") continue;
      out += repeatable ? "*" : "\\*";
      repeatable = true;
    } else if (token === "^") {
      const anchors = extended || at === 0 || opens(at - 2) || pattern.slice(at - 2, at) === "\\|";
      out += anchors ? "^" : "\\^";
      repeatable = !anchors;
    } else if (token === "$") {
      const rest = pattern.slice(at + 1);
      const anchors = extended || rest === "" || rest.startsWith("\\)") || rest.startsWith("\\|");
      out += anchors ? "$" : "\\$";
      repeatable = true;
    } else if (token === ".") {
      out += "[^]";
      repeatable = true;
    } else {
      out += "(){}|+?/".includes(token) ? `\\${token}` : token;
      repeatable = true;
    }
  }
  if (depth > 0) throw new SyntaxError("Unmatched ( or \\(");
  return out;
}

function escapedToken(token: string): string {
  if ("wWsSbB".includes(token) || /[1-9]/.test(token)) return `\\${token}`;
  if (token === "<" || token === ">") return "\\b";
  if (token === "`") return "(?<![^])";
  if (token === "'") return "(?![^])";
  if ("ntrfv".includes(token)) return `\\${token}`;
  return /[\w\s]/.test(token) ? token : `\\${token}`;
}

/** A bracket expression from its `[` on. @returns it in JavaScript's syntax, and where it ends */
function bracket(pattern: string, from: number): [text: string, end: number] {
  let at = from + 1;
  let out = "[";
  if (pattern[at] === "^") {
    out += "^";
    at++;
  }
  for (let first = true; ; first = false, at++) {
    const char = pattern[at];
    if (char === undefined) throw new SyntaxError("Unmatched [, [^, [:, [., or [=");
    if (char === "]" && !first) return [`${out}]`, at];
    const named = /^\[([:.=])(.+?)\1\]/.exec(pattern.slice(at));
    if (named) {
      out += named[1] === ":" ? (CHARACTER_CLASSES[named[2]!] ?? "") : named[2]!.replace(/[\\\]^-]/g, "\\$&");
      at += named[0].length - 1;
    } else if (char === "\\" && /[ntrfv\]\\/]/.test(pattern[at + 1] ?? "")) {
      out += `\\${pattern[++at]}`;
    } else out += /[\\[\]^]/.test(char) ? `\\${char}` : char;
  }
}
