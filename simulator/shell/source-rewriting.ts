/**
 * What just-bash's parser does not read as bash does, written so that it does: `(( ))` (operators lose their blanks or
 * their meaning), `select` and `coproc`. What was written for the parser's sake is taken back in its tree.
 */
import type { CommandNode, ScriptNode } from "./syntax-tree.ts";

/** Where a command may begin. */
const BEGINNING = "(?:^|[\\n;&|({)!]|\\b(?:do|then|else|elif|if|while|until|time)\\s)\\s*";

/** The expressions of `(( ))` commands, each with a name in its place. */
export function hideArithmetic(source: string): { text: string; hidden: Map<string, string> } {
  const hidden = new Map<string, string>();
  if (!source.includes("((")) return { text: source, hidden };
  const opening = new RegExp(`${BEGINNING}\\(\\(`, "g");
  let text = "";
  let from = 0;
  for (let found = opening.exec(source); found; found = opening.exec(source)) {
    const start = found.index + found[0].length;
    const end = arithmeticEnd(source, start);
    if (end === undefined) continue;
    const expression = source.slice(start, end);
    const name = `__arithmetic_${hidden.size}__`;
    hidden.set(name, expression);
    text += `${source.slice(from, start)}${name}${expression.replace(/[^\n]/g, "")}`;
    from = end;
    opening.lastIndex = end;
  }
  return { text: text + source.slice(from), hidden };
}

/** Where the `))` stands that ends an expression; undefined when the parentheses are those of subshells. */
function arithmeticEnd(source: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const char = source[at]!;
    if (char === "\\") at++;
    else if (char === "'" || char === '"') {
      const close = source.indexOf(char, at + 1);
      if (close < 0) return undefined;
      at = close;
    } else if (char === "(") depth++;
    else if (char === ")" && depth > 0) depth--;
    else if (char === ")") return source[at + 1] === ")" ? at : undefined;
  }
  return undefined;
}

/** Put the expressions back, wherever in the tree their names stand. */
export function showArithmetic(script: ScriptNode, hidden: ReadonlyMap<string, string>): void {
  if (hidden.size > 0) restore(script, hidden);
}

function restore(node: unknown, hidden: ReadonlyMap<string, string>): void {
  if (typeof node !== "object" || node === null) return;
  const record = node as Record<string, unknown>;
  for (const [key, value] of Object.entries(record)) {
    if (typeof value === "string") {
      if (value.includes("__arithmetic_")) {
        record[key] = value.replace(/(__arithmetic_\d+__)(\n*)/g, (all, name: string, lines: string) => {
          const expression = hidden.get(name);
          if (expression === undefined) return all;
          return expression + lines.slice((expression.match(/\n/g) ?? []).length);
        });
      }
    } else restore(value, hidden);
  }
}

const SELECT_MARK = "__select__";
const COPROC_MARK = "__coproc__";
const QUOTED = `'[^']*'|"(?:\\\\.|[^"\\\\])*"|\\\\.|#[^\\n]*`;
const COMPOUND = "(?=[{(]|\\[\\[\\s|(?:while|until|if|for|case)\\b)";

/** Whether a `for` is a `select` that was written so; answers its variable. */
export function selectVariable(variable: string): string | undefined {
  return variable.startsWith(SELECT_MARK) ? variable.slice(SELECT_MARK.length) : undefined;
}

/** The name of a coprocess that was written as a function or as a command; undefined for what is none. */
export function coprocessName(command: CommandNode): string | undefined {
  if (command.type === "FunctionDef")
    return command.name.startsWith(COPROC_MARK) ? command.name.slice(COPROC_MARK.length) : undefined;
  const first = command.type === "SimpleCommand" ? command.name?.parts[0] : undefined;
  return first?.type === "Literal" && first.value === COPROC_MARK ? "COPROC" : undefined;
}

/** Text to be left as it is, or the place of a command with what stands before it. */
const PLACE = `${QUOTED}|(^|[\\n;&|({]|\\b(?:do|then|else)\\s)(\\s*)`;
const SELECTS = new RegExp(`${PLACE}select(\\s+)(?=[A-Za-z_]\\w*\\s*(?:;|\\n|in\\b))`, "g");
const COPROCS = new RegExp(`${PLACE}coproc\\s+(?:(?:([A-Za-z_]\\w*)\\s+)?(${COMPOUND})|(?=\\S))`, "g");

/**
 * The source with every `select NAME` in the place of a command written as `for`, and every `coproc` as a function or a
 * command; what stands in quotes stays.
 */
export function rewriteKeywords(source: string): string {
  return source
    .replace(SELECTS, (whole, before: string | undefined, blank = "", gap = "") =>
      before === undefined ? whole : `${before}${blank}for${gap}${SELECT_MARK}`,
    )
    .replace(COPROCS, (whole, before: string | undefined, blank = "", name = "COPROC", compound?: string) => {
      if (before === undefined) return whole;
      return compound === undefined ? `${before}${blank}${COPROC_MARK} ` : `${before}${blank}${COPROC_MARK}${name}() `;
    });
}

/** Put a rewritten text back for messages. */
export function shownKeywords(text: string): string {
  return text.replaceAll(`for ${SELECT_MARK}`, "select ").replaceAll(COPROC_MARK, "coproc");
}
