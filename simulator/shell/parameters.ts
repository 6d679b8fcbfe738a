/** Parameter expansion: `$x`, `${x:-y}`, `${a[@]}`, `${x//a/b}` and their kin. */

import { boundedMatching } from "./bounded-expression.ts";
import { withCase } from "./case-change.ts";
import { evaluateText, expandParts, expandPattern, expandText, subscriptKey } from "./expansion.ts";
import { EXPANDED_MAX, expansionTooLong, type Sink } from "./fields.ts";
import { hasPattern, patternSource, toRegExp, unescapePattern } from "./pattern.ts";
import { decodePrompt } from "./prompt.ts";
import { doubleQuoted, quoteForShell } from "./quoting.ts";
import { SET_OPTIONS, type SetOption, type Shell } from "./shell.ts";
import { decodeAnsi } from "./syntax/ansi-quotes.ts";
import type { ParameterExpansionPart, ParameterOperation, WordNode } from "./syntax-tree.ts";
import { ShellError, type Variable, Variables } from "./variables.ts";

/** What a parameter is worth: one value or none, or a list. */
export type Worth =
  | { kind: "one"; value: string | undefined }
  | { kind: "list"; values: string[]; star: boolean; positional?: boolean };

type Operation<Type extends ParameterOperation["type"]> = Extract<ParameterOperation, { type: Type }>;

/** Put a parameter's expansion into a sink. @throws ShellError for an unset one under `set -u`, `${x:?}`, bad ones */
export async function expandParameter(
  shell: Shell,
  part: ParameterExpansionPart,
  sink: Sink,
  quoted: boolean,
): Promise<void> {
  const { operation } = part;
  let parameter = part.parameter;
  let inner = operation;
  if (operation?.type === "Indirection") {
    const direct = await worthOf(shell, parameter);
    const pointed = direct.kind === "one" ? direct.value : direct.values.join(" ");
    if (shell.variables.own(parameter)?.nameref)
      return put(shell, { kind: "one", value: shell.variables.target(parameter) }, sink, quoted);
    if (!pointed) throw new ShellError(`${parameter}: invalid indirect expansion`);
    parameter = pointed;
    inner = operation.inner;
  }
  if (inner?.type === "ArrayKeys") {
    const variable = shell.variables.find(inner.array);
    return put(
      shell,
      { kind: "list", values: variable ? Variables.keys(variable) : [], star: inner.star },
      sink,
      quoted,
    );
  }
  if (inner?.type === "VarNamePrefix") {
    const { prefix, star } = inner;
    const names = shell.variables.names().filter((name) => name.startsWith(prefix));
    return put(shell, { kind: "list", values: names, star }, sink, quoted);
  }
  const worth = await worthOf(shell, parameter);
  switch (inner?.type) {
    case "Default":
    case "Assign":
    case "Error":
    case "Alternative": {
      const set = isSet(worth, inner.checkEmpty);
      if (inner.type === "Alternative") {
        if (set) await expandParts(shell, inner.word.parts, sink, quoted, !quoted);
        if (quoted && worth.kind === "one" && (!set || inner.word.parts.length === 0)) sink.quoted("");
        return;
      }
      if (set) return put(shell, worth, sink, quoted);
      if (inner.type === "Default") {
        if (quoted && inner.word.parts.length === 0) sink.quoted("");
        return expandParts(shell, inner.word.parts, sink, quoted, !quoted);
      }
      if (inner.type === "Error") {
        const text = await expandText(shell, inner.word);
        const usual = inner.checkEmpty ? "parameter null or not set" : "parameter not set";
        throw new ShellError(`${parameter}: ${text || usual}`, { fatal: true, status: unboundStatus(shell) });
      }
      if (!/^[A-Za-z_]/.test(parameter)) throw new ShellError(`$${parameter}: cannot assign in this way`);
      const value = await expandText(shell, inner.word);
      await assignText(shell, parameter, value);
      return put(shell, { kind: "one", value }, sink, quoted);
    }
    case "BadSubstitution":
      throw new ShellError(`${part.raw}: bad substitution`, { fatal: true });
  }
  checkBound(shell, parameter, worth);
  return put(shell, inner ? await changed(shell, parameter, worth, inner) : worth, sink, quoted);
}

/** Assign to `name` or `name[subscript]`. */
export async function assignText(shell: Shell, target: string, value: string): Promise<void> {
  const element = /^([A-Za-z_][A-Za-z0-9_]*)\[([\s\S]*)\]$/.exec(shell.variables.target(target));
  if (element) shell.variables.setElement(element[1]!, await subscriptKey(shell, element[1]!, element[2]!), value);
  else shell.variables.set(target, value);
  if (shell.options.has("allexport")) shell.variables.declare(element?.[1] ?? target).exported = true;
}

/** What a parameter is worth, by its text between the braces. */
export async function worthOf(shell: Shell, parameter: string): Promise<Worth> {
  const one = (value: string | number | undefined): Worth => ({
    kind: "one",
    value: value === undefined ? undefined : String(value),
  });
  switch (parameter) {
    case "@":
    case "*":
      return { kind: "list", values: shell.positional, star: parameter === "*", positional: true };
    case "#":
      return one(shell.positional.length);
    case "?":
      return one(shell.lastStatus);
    case "$":
      return one(shell.shellPid);
    case "!":
      return one(shell.lastBackground);
    case "0":
      return one(shell.name);
    case "-":
      return one(flags(shell));
  }
  if (/^\d+$/.test(parameter)) return one(shell.positional[Number(parameter) - 1]);
  const element = /^([A-Za-z_][A-Za-z0-9_]*)\[([\s\S]*)\]$/.exec(shell.variables.target(parameter));
  if (!element) {
    if (parameter === "PIPESTATUS") return one(shell.pipeStatus[0]);
    if (parameter === "BASH_SOURCE") return one(shell.frames.at(-1)?.source);
    if (parameter === "BASH_LINENO") return one(shell.frames.at(-1)?.line);
    return one(shell.variables.get(parameter));
  }
  const [, name, subscript] = element as unknown as [string, string, string];
  const variable = arrayOf(shell, name);
  if (subscript === "@" || subscript === "*") {
    return { kind: "list", values: variable ? Variables.values(variable) : [], star: subscript === "*" };
  }
  const key = await subscriptKey(shell, name, subscript);
  if (!variable) return one(key === "0" ? shell.variables.get(name) : undefined);
  return one(variable.array ? variable.array.get(key) : key === "0" ? variable.value : undefined);
}

/** Arrays that the shell computes, and some that stay empty here. */
export const COMPUTED_ARRAYS = "BASH_ARGC BASH_ARGV BASH_LINENO BASH_SOURCE DIRSTACK FUNCNAME GROUPS PIPESTATUS".split(
  " ",
);

/** An array variable, or one that the shell computes. */
export function arrayOf(shell: Shell, name: string): Variable | undefined {
  const listed = (values: string[], unassigned = false): Variable =>
    ({
      array: new Map(values.map((value, index) => [String(index), value])),
      associative: false,
      unassigned,
    }) as Variable;
  if (name === "PIPESTATUS") return listed(shell.pipeStatus.map(String));
  if (name === "FUNCNAME")
    return listed(
      shell.calls.length ? shell.frames.map((frame) => frame.name).reverse() : [],
      shell.calls.length === 0,
    );
  if (name === "BASH_LINENO") return listed(shell.frames.map((frame) => String(frame.line)).reverse());
  if (name === "BASH_SOURCE") return listed(shell.frames.map((frame) => frame.source).reverse());
  if (name === "DIRSTACK") return listed([shell.cwd, ...shell.directoryStack]);
  const found = shell.variables.find(name);
  if (name === "GROUPS" && !found) return listed(["0"]);
  return found ?? (COMPUTED_ARRAYS.includes(name) ? listed([]) : undefined);
}

/** `$-`. */
export function flags(shell: Shell): string {
  const letters: string[] = (Object.keys(SET_OPTIONS) as SetOption[])
    .filter((option) => shell.options.has(option))
    .map((option) => SET_OPTIONS[option]);
  if (shell.interactive) letters.push("i");
  // Small letters come before capitals.
  const swapped = (letter: string) => (letter >= "a" ? letter.toUpperCase() : letter.toLowerCase());
  letters.sort((one, other) => (swapped(one) < swapped(other) ? -1 : 1));
  return `${letters.join("")}${shell.source === "text" ? "c" : shell.source === "input" || shell.interactive ? "s" : ""}`;
}

function isSet(worth: Worth, checkEmpty: boolean): boolean {
  if (worth.kind === "list") return worth.values.length > 0 && (!checkEmpty || worth.values.join("") !== "");
  return worth.value !== undefined && (!checkEmpty || worth.value !== "");
}

function checkBound(shell: Shell, parameter: string, worth: Worth): void {
  if (!shell.options.has("nounset") || worth.kind === "list" || worth.value !== undefined) return;
  const name = /^(?:\d+|!)$/.test(parameter) ? `$${parameter}` : parameter;
  throw new ShellError(`${name}: unbound variable`, { fatal: true, status: unboundStatus(shell) });
}

/** What a shell ends with at a name that has no value: one that was given its commands as text says otherwise. */
export function unboundStatus(shell: Shell): number {
  return shell.source === "text" && shell.subshellDepth === 0 && !shell.options.has("errexit") ? 127 : 1;
}

function put(shell: Shell, worth: Worth, sink: Sink, quoted: boolean): void {
  if (worth.kind === "one") {
    if (quoted) sink.quoted(worth.value ?? "");
    else sink.split(worth.value ?? "");
    return;
  }
  if (worth.star && quoted) {
    const separator = shell.variables.get("IFS") === undefined ? " " : (shell.variables.get("IFS")![0] ?? "");
    sink.quoted(worth.values.join(separator));
    return;
  }
  for (const [index, value] of worth.values.entries()) {
    if (index > 0) sink.next();
    if (quoted) sink.quoted(value);
    else sink.split(value);
  }
}

async function changed(shell: Shell, parameter: string, worth: Worth, operation: ParameterOperation): Promise<Worth> {
  if (operation.type === "Length") {
    const length = worth.kind === "list" ? worth.values.length : charactersIn(worth.value ?? "").length;
    return { kind: "one", value: String(length) };
  }
  if (operation.type === "Substring") return substring(shell, parameter, worth, operation);
  if (operation.type === "Transform" && "AaKk".includes(operation.operator)) {
    const whole = wholeTransform(shell, parameter, operation.operator);
    if (whole) return whole;
  }
  if (worth.kind === "one" && worth.value === undefined && operation.type === "Transform") return worth;
  const change = await changeOf(shell, parameter, operation);
  if (worth.kind === "list") return { ...worth, values: worth.values.map(change) };
  return { kind: "one", value: change(worth.value ?? "") };
}

async function substring(
  shell: Shell,
  parameter: string,
  worth: Worth,
  operation: Operation<"Substring">,
): Promise<Worth> {
  const number = async (text: string) => {
    try {
      return Number(await evaluateText(shell, text));
    } catch (error) {
      if (!(error instanceof ShellError) || error.fatal) throw error;
      throw new ShellError(`${parameter}: ${error.message}`, { discard: true });
    }
  };
  let offset = await number(operation.offset);
  const length = operation.length ? await number(operation.length) : undefined;
  if (worth.kind === "list") {
    const values = worth.positional ? [shell.name, ...worth.values] : worth.values;
    if (offset < 0) offset += values.length;
    if (offset < 0) return { ...worth, values: [] };
    if (length !== undefined && length < 0)
      throw new ShellError(`${operation.length?.trim()}: substring expression < 0`, { discard: true });
    const from = worth.positional && offset === 0 && length === undefined ? 0 : offset;
    return { ...worth, values: values.slice(from, length === undefined ? undefined : from + length) };
  }
  const characters = charactersIn(worth.value ?? "");
  if (offset < 0) offset += characters.length;
  if (offset < 0) return { kind: "one", value: "" };
  const end = length === undefined ? characters.length : length < 0 ? characters.length + length : offset + length;
  if (end < offset && length !== undefined && length < 0)
    throw new ShellError(`${operation.length?.trim()}: substring expression < 0`, { discard: true });
  const part = characters.slice(offset, end);
  return { kind: "one", value: typeof part === "string" ? part : part.join("") };
}

/** What is cut and counted by characters: a text in which each is one unit, or the list of them. */
function charactersIn(text: string): string | string[] {
  return /[\ud800-\udfff]/.test(text) ? [...text] : text;
}

async function changeOf(
  shell: Shell,
  parameter: string,
  operation: ParameterOperation,
): Promise<(value: string) => string> {
  switch (operation.type) {
    case "PatternRemoval":
      return removal(shell, await expandPattern(shell, operation.pattern), operation.side, operation.greedy);
    case "PatternReplacement": {
      const pattern = await expandPattern(shell, operation.pattern);
      const replacement = await replacementText(shell, operation.replacement);
      if (pattern === "" && !operation.anchor) return (value) => value;
      const plain = plainText(pattern);
      if (plain !== undefined && !operation.anchor) {
        return (value) => {
          const bounded = boundedGrowth(replacement);
          return operation.all ? value.replaceAll(plain, bounded) : value.replace(plain, bounded);
        };
      }
      const source = patternSource(pattern, { extglob: shell.shopts.has("extglob") });
      const anchored =
        operation.anchor === "start" ? `^(?:${source})` : operation.anchor === "end" ? `(?:${source})$` : source;
      const expression = toRegExp(anchored, operation.all ? "gu" : "u", pattern);
      // Nothing is found behind the last character.
      const always = operation.anchor !== null;
      return (value) => {
        const bounded = boundedGrowth(replacement);
        const found = (match: string) => (match === "" && value !== "" && !always ? "" : bounded(match));
        return boundedMatching(pattern, () => value.replace(expression, found));
      };
    }
    case "CaseModification": {
      const pattern = operation.pattern ? await expandPattern(shell, operation.pattern) : "?";
      const matches = toRegExp(
        `^(?:${patternSource(pattern, { extglob: shell.shopts.has("extglob") })})$`,
        "u",
        pattern,
      );
      const { direction, all } = operation;
      const how = { direction, all, matches: (char: string) => matches.test(char) };
      if (pattern === "?") return (value) => withCase(value, how);
      return (value) => boundedMatching(pattern, () => withCase(value, how));
    }
    case "Transform":
      return transform(shell, parameter, operation.operator);
    default:
      throw new ShellError(`\${${parameter}}: bad substitution`, { fatal: true });
  }
}

/** What is put in for matches, all of one text together as long as an expansion may be. @throws ShellError */
function boundedGrowth(replacement: (match: string) => string): (match: string) => string {
  let length = 0;
  return (match) => {
    const text = replacement(match);
    length += text.length;
    if (length > EXPANDED_MAX) throw expansionTooLong();
    return text;
  };
}

/** What stands in for a match: `&` that is not quoted is the match itself (patsub_replacement). */
async function replacementText(shell: Shell, word: WordNode | null): Promise<(match: string) => string> {
  const pieces: (string | undefined)[] = [];
  if (!shell.shopts.has("patsub_replacement")) {
    const text = await expandText(shell, word);
    return () => text;
  }
  for (const part of word?.parts ?? []) {
    const text = await expandText(shell, { type: "Word", parts: [part] });
    const plain = part.type === "Literal" || part.type === "ParameterExpansion";
    if (!plain || !text.includes("&")) pieces.push(text);
    else for (const [at, piece] of text.split("&").entries()) pieces.push(...(at > 0 ? [undefined, piece] : [piece]));
  }
  return (match) => pieces.map((piece) => piece ?? match).join("");
}

function removal(shell: Shell, pattern: string, side: "prefix" | "suffix", greedy: boolean): (value: string) => string {
  const simple = simpleRemoval(pattern, side, greedy);
  if (simple) return simple;
  const source = patternSource(pattern, { extglob: shell.shopts.has("extglob") });
  const expression = toRegExp(`^(?:${source})$`, "u", pattern);
  const search = (value: string) => {
    const cuts = Array.from({ length: value.length + 1 }, (_, at) => at);
    const ordered = (side === "prefix") === greedy ? cuts.reverse() : cuts;
    for (const cut of ordered) {
      const candidate = side === "prefix" ? value.slice(0, cut) : value.slice(cut);
      if (expression.test(candidate)) return side === "prefix" ? value.slice(cut) : value.slice(0, cut);
    }
    return value;
  };
  return (value) => boundedMatching(pattern, () => search(value));
}

/** A pattern that is a text, with a star at most before a prefix or behind a suffix: found without trying every cut. */
function simpleRemoval(
  pattern: string,
  side: "prefix" | "suffix",
  greedy: boolean,
): ((value: string) => string) | undefined {
  const hasStar = side === "prefix" ? pattern.startsWith("*") : /(?:^|[^\\])\*$/.test(pattern);
  const text = plainText(hasStar ? (side === "prefix" ? pattern.slice(1) : pattern.slice(0, -1)) : pattern);
  if (text === undefined || text === "") return undefined;
  if (side === "prefix") {
    return (value) => {
      if (!hasStar) return value.startsWith(text) ? value.slice(text.length) : value;
      const at = greedy ? value.lastIndexOf(text) : value.indexOf(text);
      return at < 0 ? value : value.slice(at + text.length);
    };
  }
  return (value) => {
    if (!hasStar) return value.endsWith(text) ? value.slice(0, -text.length) : value;
    const at = greedy ? value.indexOf(text) : value.lastIndexOf(text);
    return at < 0 ? value : value.slice(0, at);
  };
}

/** The text that a pattern stands for when nothing in it is special. */
function plainText(pattern: string): string | undefined {
  const text = unescapePattern(pattern);
  return hasPattern(pattern) || /[?*[\]()|!@+]/.test(pattern.replace(/\\[\s\S]/g, "")) ? undefined : text;
}

/** Transformations that look at a whole array: its declaration, its attributes, its keys with their values. */
function wholeTransform(shell: Shell, parameter: string, operator: string): Worth | undefined {
  const name = parameter.replace(/\[.*$/s, "");
  const variable = arrayOf(shell, name);
  const isList = /\[[@*]\]$/.test(parameter);
  const star = parameter.endsWith("[*]");
  if (operator === "a" && variable && (isList || variable.array)) {
    const letters = attributes(variable);
    return isList
      ? { kind: "list", values: Variables.values(variable).map(() => letters), star }
      : { kind: "one", value: letters };
  }
  if (!isList || !variable) return undefined;
  const keys = Variables.keys(variable);
  const valueAt = (key: string) => variable.array?.get(key) ?? variable.value ?? "";
  if (operator === "A") return { kind: "one", value: variable.array ? declaration(name, variable) : undefined };
  if (operator === "k") return { kind: "list", values: keys.flatMap((key) => [key, valueAt(key)]), star };
  if (operator === "K") {
    const pairs = keys.map((key) => `${variable.associative ? quotedKey(key) : key} ${doubleQuoted(valueAt(key))}`);
    return { kind: "one", value: pairs.join(" ") + (variable.associative && pairs.length > 0 ? " " : "") };
  }
  return undefined;
}

function attributes(variable: Variable): string {
  return [
    variable.array && !variable.associative && "a",
    variable.associative && "A",
    variable.integer && "i",
    variable.lower && "l",
    variable.nameref && "n",
    variable.readonly && "r",
    variable.upper && "u",
    variable.exported && "x",
  ]
    .filter(Boolean)
    .join("");
}

/** A key as `declare -p` shows it. */
function quotedKey(key: string): string {
  return /^[A-Za-z0-9_./:@%+,-]+$/.test(key) ? key : doubleQuoted(key);
}

/** A variable as `declare -p` shows it. */
export function declaration(name: string, variable: Variable): string {
  const head = `declare -${attributes(variable) || "-"} ${name}`;
  if (variable.array) {
    const entries = Variables.keys(variable).map(
      (key) => `[${variable.associative ? quotedKey(key) : key}]=${doubleQuoted(variable.array!.get(key)!)}`,
    );
    if (variable.unassigned) return head;
    return `${head}=(${entries.join(" ")}${variable.associative && entries.length ? " " : ""})`;
  }
  return variable.value === undefined ? head : `${head}=${doubleQuoted(variable.value)}`;
}

function transform(shell: Shell, parameter: string, operator: string): (value: string) => string {
  switch (operator) {
    case "U":
      return (value) => value.toUpperCase();
    case "u":
      return (value) => value.slice(0, 1).toUpperCase() + value.slice(1);
    case "L":
      return (value) => value.toLowerCase();
    case "Q":
      return quoteForShell;
    case "P":
      return (value) => decodePrompt(shell, value);
    case "E":
      return decodeAnsi;
    case "A": {
      const variable = shell.variables.find(parameter.replace(/\[.*/s, ""));
      const letters = variable ? attributes(variable) : "";
      return (value) => `${letters ? `declare -${letters} ` : ""}${parameter}=${quoteForShell(value)}`;
    }
    case "a": {
      const variable = shell.variables.find(parameter.replace(/\[.*/s, ""));
      return () => (variable ? attributes(variable) : "");
    }
    case "K":
    case "k":
      return quoteForShell;
    default:
      throw new ShellError(`\${${parameter}@${operator}}: bad substitution`, {
        fatal: true,
        status: unboundStatus(shell),
      });
  }
}
