/** Expansions of words, in bash's order: braces, tilde, parameters, commands, arithmetic, splitting, pathnames. */
import { evaluate } from "./arithmetic.ts";
import { expandBraces } from "./braces.ts";
import { FieldSink, type Sink, TextSink } from "./fields.ts";
import { expandGlob } from "./glob.ts";
import { expandParameter, unboundStatus } from "./parameters.ts";
import { matchesPattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { captureOutput, substituteProcess } from "./substitution.ts";
import { parseQuotedText, parseWordText } from "./syntax.ts";
import type { ArithmeticExpressionNode, WordNode, WordPart } from "./syntax-tree.ts";
import { ShellError } from "./variables.ts";

/** The fields of a list of words: what a command gets as its arguments. */
export async function expandWords(shell: Shell, words: readonly WordNode[]): Promise<string[]> {
  const out: string[] = [];
  for (const word of words) {
    const only = word.parts.length === 1 ? word.parts[0]! : undefined;
    if (only?.type === "Literal") out.push(only.value.replace(/^~\+(?=\/|$)/, shell.cwd));
    else out.push(...(await expandWord(shell, word)));
  }
  return out;
}

async function expandWord(shell: Shell, word: WordNode): Promise<string[]> {
  const braces = shell.options.has("braceexpand") && word.parts.some((part) => part.type === "BraceExpansion");
  const out: string[] = [];
  for (const one of braces ? expandBraces(word.parts) : [word.parts]) {
    const parts = withTildes(one);
    const sink = new FieldSink(shell.variables.get("IFS") ?? " \t\n");
    await expandParts(shell, parts, sink, false);
    for (const field of sink.done()) {
      if (field.pattern === undefined || shell.options.has("noglob")) out.push(field.text);
      else {
        const paths = withoutIgnored(shell, await expandGlob(shell, field.pattern));
        if (paths.length > 0) out.push(...paths);
        else if (shell.shopts.has("failglob")) throw new ShellError(`no match: ${field.text}`, { discard: true });
        else if (!shell.shopts.has("nullglob")) out.push(field.text);
      }
    }
  }
  return out;
}

/** Inside a word a tilde stands for a home in `name=~/x` alone, not in `--option=~/x`. */
function withTildes(parts: readonly WordPart[]): readonly WordPart[] {
  if (!parts.some((part) => part.type === "TildeExpansion")) return parts;
  const [first] = parts;
  if (first?.type !== "Literal" || /^[A-Za-z_]\w*\+?=/.test(first.value)) return parts;
  return parts.map((part) =>
    part.type === "TildeExpansion" ? { type: "Literal" as const, value: `~${part.user ?? ""}` } : part,
  );
}

/** What `GLOBIGNORE` leaves. */
function withoutIgnored(shell: Shell, paths: string[]): string[] {
  const ignored = shell.variables.get("GLOBIGNORE");
  if (!ignored) return paths;
  const patterns = ignored.split(":");
  return paths.filter((path) => !patterns.some((pattern) => matchesPattern(path, pattern)));
}

/** A word as one text, without splitting or pathnames. */
export async function expandText(shell: Shell, word: WordNode | null | undefined): Promise<string> {
  if (!word) return "";
  const sink = new TextSink();
  await expandParts(shell, word.parts, sink, false);
  return sink.text;
}

/** A word as a pattern: what stood in quotes is literal. */
export async function expandPattern(shell: Shell, word: WordNode | null | undefined): Promise<string> {
  if (!word) return "";
  const sink = new TextSink();
  await expandParts(shell, word.parts, sink, false);
  return sink.asPattern;
}

/** A word as a regular expression for `=~`: what stood in quotes is literal. */
export async function expandRegex(shell: Shell, word: WordNode): Promise<string> {
  let out = "";
  for (const part of word.parts) {
    if (part.type === "Literal") out += part.value;
    else if (part.type === "Glob") out += part.pattern;
    else if (part.type === "Escaped") out += `\\${part.value}`;
    else {
      const sink = new TextSink();
      await expandParts(shell, [part], sink, false);
      const quoted = part.type === "SingleQuoted" || part.type === "DoubleQuoted";
      out += quoted ? sink.text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&") : sink.text;
    }
  }
  return out;
}

/** Put the expansion of a word's parts into a sink. */
export async function expandParts(
  shell: Shell,
  parts: readonly WordPart[],
  sink: Sink,
  quoted: boolean,
): Promise<void> {
  for (const part of parts) {
    switch (part.type) {
      case "Literal":
        // An empty default outside of quotes makes no field.
        if (part.value !== "" || quoted) sink.quoted(part.value);
        break;
      case "SingleQuoted":
      case "Escaped":
        sink.quoted(part.value);
        break;
      case "DoubleQuoted":
        if (part.parts.length === 0) sink.quoted("");
        await expandParts(shell, part.parts, sink, true);
        break;
      case "Glob":
        if (quoted) sink.quoted(part.pattern);
        else sink.pattern(await globPart(shell, part.pattern));
        break;
      case "TildeExpansion":
        sink.quoted(tilde(shell, part.user));
        break;
      case "ParameterExpansion":
        await expandParameter(shell, part, sink, quoted);
        break;
      case "CommandSubstitution": {
        const text = await captureOutput(shell, part.body);
        if (quoted) sink.quoted(text);
        else sink.split(text);
        break;
      }
      case "ArithmeticExpansion": {
        const text = await arithmeticText(shell, part.expression);
        if (quoted) sink.quoted(text);
        else sink.split(text);
        break;
      }
      case "ProcessSubstitution":
        sink.quoted(await substituteProcess(shell, part));
        break;
      case "BraceExpansion":
        // In texts without brace expansion (assignments), the braces stay as they were.
        sink.quoted(await braceText(shell, part.items));
        break;
    }
  }
}

/** A mistake in `$(( ))` gives up the whole line. */
async function arithmeticText(shell: Shell, expression: ArithmeticExpressionNode): Promise<string> {
  try {
    return (await evaluateNode(shell, expression)).toString();
  } catch (error) {
    if (!(error instanceof ShellError) || error.fatal) throw error;
    throw new ShellError(error.message, { discard: true });
  }
}

/** A pattern such as `[$x]*` may hold expansions of its own. */
async function globPart(shell: Shell, pattern: string): Promise<string> {
  if (!/[$`]/.test(pattern)) return pattern;
  const sink = new TextSink();
  await expandParts(shell, parseQuotedText(pattern).parts, sink, false);
  return sink.text;
}

async function braceText(shell: Shell, items: Extract<WordPart, { type: "BraceExpansion" }>["items"]): Promise<string> {
  const out: string[] = [];
  for (const item of items) {
    if (item.type === "Word") out.push(await expandText(shell, item.word));
    else return `{${item.startStr ?? item.start}..${item.endStr ?? item.end}${item.step ? `..${item.step}` : ""}}`;
  }
  return `{${out.join(",")}}`;
}

function tilde(shell: Shell, user: string | null | undefined): string {
  if (user === "+") return shell.cwd;
  if (user === "-") return shell.variables.get("OLDPWD") ?? "~-";
  return home(shell, user ?? null);
}

function home(shell: Shell, user: string | null): string {
  if (user === null) return shell.variables.get("HOME") ?? "/root";
  return user === "root" ? "/root" : `~${user}`;
}

/** Evaluate the expression of `$(( ))` or `(( ))`. @throws ShellError */
export async function evaluateNode(shell: Shell, node: ArithmeticExpressionNode): Promise<bigint> {
  // The parser parts operators where it did not see that they belong together (`((` inside quotes).
  return evaluateText(shell, (node.originalText ?? "0").replace(/(>>|<<|[<>|&]) =(?!=)/g, "$1="));
}

/** Evaluate arithmetic text, `$` expansions first. @throws ShellError */
export async function evaluateText(shell: Shell, text: string): Promise<bigint> {
  const expanded = /[$`\\"]/.test(text) ? (await expandText(shell, parseQuotedText(text))).replaceAll('"', "") : text;
  return evaluate(expanded, arithmeticScope(shell));
}

function arithmeticScope(shell: Shell) {
  const keyOf = (name: string, key: string) => {
    if (shell.variables.find(name)?.associative) return key.replace(/^(["'])(.*)\1$/s, "$2");
    return indexOf(shell, name, evaluate(key, arithmeticScope(shell)));
  };
  return {
    get: (name: string, key: string | undefined): string | undefined => {
      if (key === undefined) {
        const value = shell.variables.get(name);
        if (value === undefined && shell.options.has("nounset")) {
          throw new ShellError(`${name}: unbound variable`, { fatal: true, status: unboundStatus(shell) });
        }
        return value;
      }
      const variable = shell.variables.find(name);
      const at = keyOf(name, key);
      return variable?.array ? variable.array.get(at) : at === "0" ? variable?.value : undefined;
    },
    set: (name: string, key: string | undefined, value: string): void => {
      if (key === undefined) shell.variables.set(name, value);
      else shell.variables.setElement(name, keyOf(name, key), value);
    },
  };
}

/** An array's key for a subscript as written: a number, or the text itself in an associative array. */
export async function subscriptKey(shell: Shell, name: string, subscript: string): Promise<string> {
  if (shell.variables.find(name)?.associative) {
    return expandText(shell, /["'\\]/.test(subscript) ? parseWordText(subscript) : parseQuotedText(subscript));
  }
  try {
    return indexOf(shell, name, await evaluateText(shell, subscript));
  } catch (error) {
    // A subscript that cannot be read gives up the whole line.
    if (!(error instanceof ShellError) || error.fatal) throw error;
    throw new ShellError(error.message, { discard: true });
  }
}

function indexOf(shell: Shell, name: string, index: bigint): string {
  if (index >= 0n) return index.toString();
  const keys = [...(shell.variables.find(name)?.array?.keys() ?? [])].map(Number);
  const from = BigInt(Math.max(-1, ...keys) + 1) + index;
  if (from < 0n) throw new ShellError(`${name}: bad array subscript`);
  return from.toString();
}
