/** Expansions of words, in bash's order: braces, tilde, parameters, commands, arithmetic, splitting, pathnames. */

import { evaluate } from "./arithmetic.ts";
import { expandBraces } from "./braces.ts";
import { FieldSink, type Sink, TextSink } from "./fields.ts";
import { expandGlob } from "./glob.ts";
import { accountOf } from "./node-user.ts";
import { expandParameter, unboundStatus } from "./parameters.ts";
import { matchesPattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { placeInStack } from "./stack-place.ts";
import { captureOutput, substituteProcess } from "./substitution.ts";
import { parseArgument, parseQuotedText, parseWordText } from "./syntax.ts";
import type { WordNode, WordPart } from "./syntax-tree.ts";
import { ShellError } from "./variables.ts";

/** What makes more of a literal text than that text. */
const SPECIAL = /[*?[{+@!]/;

/** The fields of a list of words: what a command gets as its arguments. */
export async function expandWords(shell: Shell, words: readonly WordNode[]): Promise<string[]> {
  const out: string[] = [];
  for (const word of words) {
    const only = word.parts.length === 1 ? word.parts[0]! : undefined;
    if (only?.type === "Literal" && !SPECIAL.test(only.value)) out.push(only.value);
    else for (const text of await expandWord(shell, word)) out.push(text);
  }
  return out;
}

/** So many words of braces are made at a stretch. */
const WORDS_AT_A_STRETCH = 256;
/** What a word may consist of that is nothing but its letters. */
const PLAIN_WORD = /^[\w.,:%+-]+$/;

async function expandWord(shell: Shell, word: WordNode): Promise<string[]> {
  const extglob = shell.shopts.has("extglob");
  const braces = word.raw?.includes("{") && shell.options.has("braceexpand") ? expandBraces(word.raw) : undefined;
  const out: string[] = [];
  for (let at = 0; at < (braces?.length ?? 1); at++) {
    if (at % WORDS_AT_A_STRETCH === WORDS_AT_A_STRETCH - 1) await shell.step();
    const text = braces?.[at];
    if (text !== undefined && PLAIN_WORD.test(text)) {
      out.push(text);
      continue;
    }
    const { parts } = text === undefined ? word : parseArgument(text, extglob);
    const sink = new FieldSink(shell.variables.get("IFS") ?? " \t\n", extglob);
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

/**
 * Put the expansion of a word's parts into a sink.
 *
 * @param splitLiterals text without quotes is split as results of expansions are: the word of `${x:-a b}`
 */
export async function expandParts(
  shell: Shell,
  parts: readonly WordPart[],
  sink: Sink,
  quoted: boolean,
  splitLiterals = false,
): Promise<void> {
  for (const part of parts) {
    switch (part.type) {
      case "Literal":
        if (quoted) sink.quoted(part.value);
        else if (splitLiterals) sink.split(part.value);
        else sink.pattern(part.value);
        break;
      case "SingleQuoted":
      case "Escaped":
        sink.quoted(part.value);
        break;
      case "DoubleQuoted":
        if (part.parts.length === 0) sink.quoted("");
        await expandParts(shell, part.parts, sink, true);
        break;
      case "TildeExpansion":
        sink.quoted(await tilde(shell, part.user));
        break;
      case "ParameterExpansion":
        await expandParameter(shell, part, sink, quoted);
        break;
      case "CommandSubstitution": {
        const text = await captureOutput(shell, part);
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
    }
  }
}

/** A mistake in `$(( ))` gives up the whole line. */
async function arithmeticText(shell: Shell, expression: string): Promise<string> {
  try {
    return (await evaluateText(shell, expression)).toString();
  } catch (error) {
    if (!(error instanceof ShellError) || error.fatal) throw error;
    throw new ShellError(error.message, { discard: true });
  }
}

/** What `~` and a word behind it stand for; as typed when they stand for nothing. */
export async function tilde(shell: Shell, user: string): Promise<string> {
  if (user === "+") return shell.cwd;
  if (user === "-") return shell.variables.get("OLDPWD") ?? "~-";
  const place = placeInStack(/^\d+$/.test(user) ? `+${user}` : user, shell.directoryStack.length + 1);
  if (typeof place === "number") return [shell.cwd, ...shell.directoryStack][place]!;
  if (user === "") return shell.variables.get("HOME") ?? "/root";
  return (await accountOf(shell.around.allFiles, user))?.home ?? `~${user}`;
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
