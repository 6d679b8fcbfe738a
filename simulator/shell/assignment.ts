/** Assignments: `x=1`, `x+=1`, `a[2]=x`, `a=(1 2)`, and those inside `declare`. */
import { evaluate } from "./arithmetic.ts";
import { expandText, expandWords, subscriptKey } from "./expansion.ts";
import { quoteIfNeeded } from "./quoting.ts";
import type { Shell } from "./shell.ts";
import type { AssignmentNode, WordNode, WordPart } from "./syntax-tree.ts";
import { Variables } from "./variables.ts";

/** The value of an array as written between parentheses; entries may name their key. */
export interface ListValue {
  name: string;
  append: boolean;
  words: WordNode[];
}

/** Lists of the present `declare`, by the text that stands for them in its arguments. */
const lists = new WeakMap<Shell, Map<string, ListValue>>();

/** @returns what was assigned, as `set -x` shows it */
export async function runAssignment(shell: Shell, node: AssignmentNode): Promise<string> {
  const sign = node.append ? "+=" : "=";
  if (node.array) {
    const entries = await storeList(shell, { name: node.name, append: node.append, words: node.array });
    if (shell.options.has("allexport")) shell.variables.declare(node.name).exported = true;
    return `${node.name}${sign}(${entries.map((value) => quoteIfNeeded(value)).join(" ")})`;
  }
  const value = await expandText(shell, node.value);
  await assignValue(shell, node.name, value, node.append);
  return `${node.name}${sign}${quoteIfNeeded(value)}`;
}

/** Assign text to `name` or `name[subscript]`, at its end with `append`. */
export async function assignValue(shell: Shell, target: string, value: string, append: boolean): Promise<void> {
  const element = /^([A-Za-z_][A-Za-z0-9_]*)\[([\s\S]*)\]$/.exec(shell.variables.target(target));
  const name = element?.[1] ?? target;
  const variable = shell.variables.find(name);
  const sum = (before: string | undefined) => {
    if (!append || before === undefined) return value;
    if (!variable?.integer) return before + value;
    return `(${before || 0})+(${value || 0})`;
  };
  if (element) {
    const key = await subscriptKey(shell, name, element[2]!);
    shell.variables.setElement(name, key, sum(variable?.array?.get(key)));
  } else shell.variables.set(name, sum(variable?.array ? variable.array.get("0") : variable?.value));
  if (name === "OPTIND") shell.optionOffset = 0;
  if (shell.options.has("allexport")) shell.variables.declare(name).exported = true;
}

/** What makes integer variables integers. */
export function integerText(shell: Shell, text: string): string {
  return evaluate(text, {
    get: (name) => shell.variables.get(name),
    set: (name, _key, value) => shell.variables.set(name, value),
  }).toString();
}

/** @returns its values */
export async function storeList(shell: Shell, list: ListValue): Promise<string[]> {
  const variable = shell.variables.find(list.name);
  const associative = variable?.associative ?? false;
  const entries: [string, string][] = [];
  const keys = variable?.array ? [...variable.array.keys()].map(Number) : variable?.value !== undefined ? [0] : [];
  let next = list.append && !associative ? Math.max(-1, ...keys) + 1 : 0;
  let half: string | undefined;
  for (const word of list.words) {
    const keyed = keyOf(word);
    if (keyed) {
      const expanded = typeof keyed.key !== "string";
      const text = typeof keyed.key === "string" ? keyed.key : await expandText(shell, keyed.key);
      const key = associative && expanded ? text : await subscriptKey(shell, list.name, text);
      entries.push([key, await expandText(shell, keyed.value)]);
      next = Number(key) + 1;
      continue;
    }
    for (const value of await expandWords(shell, [word])) {
      if (!associative) entries.push([String(next++), value]);
      // Keys and values by turns.
      else if (half === undefined) half = value;
      else {
        entries.push([half, value]);
        half = undefined;
      }
    }
  }
  if (half !== undefined) entries.push([half, ""]);
  if (list.append) for (const [key, value] of entries) shell.variables.setElement(list.name, key, value);
  else shell.variables.setArray(list.name, entries);
  return entries.map(([, value]) => value);
}

/** `[key]=value` inside a list. */
function keyOf(word: WordNode): { key: WordNode | string; value: WordNode } | undefined {
  const [first] = word.parts;
  const opens =
    (first?.type === "Glob" && first.pattern[0] === "[") || (first?.type === "Literal" && first.value[0] === "[");
  if (!opens) return undefined;
  // The bracket ends in the first text that has `]=` outside of quotes.
  for (const [at, part] of word.parts.entries()) {
    const text = textOf(part);
    const next = word.parts[at + 1];
    const joined = text?.endsWith("]") && next?.type === "Literal" && next.value[0] === "=";
    if (text === undefined) continue;
    const end = joined ? text.length - 1 : text.indexOf("]=");
    if (end < 0) continue;
    const keyParts = [...word.parts.slice(0, at), literal(text.slice(0, end))];
    keyParts[0] = literal((textOf(keyParts[0]!) ?? "").slice(1));
    const value = joined
      ? [literal(next.value.slice(1)), ...word.parts.slice(at + 2)]
      : [literal(text.slice(end + 2)), ...word.parts.slice(at + 1)];
    const plain = keyParts.every((one) => one.type === "Literal");
    return {
      key: plain ? keyParts.map((one) => textOf(one)).join("") : { type: "Word", parts: keyParts },
      value: { ...word, parts: value },
    };
  }
  return undefined;
}

function textOf(part: WordPart): string | undefined {
  return part.type === "Glob" ? part.pattern : part.type === "Literal" ? part.value : undefined;
}

function literal(value: string): WordPart {
  return { type: "Literal", value };
}

/** `name=(a b)` as an argument of `declare`: kept aside, and a text that stands for it. */
export async function assignList(shell: Shell, word: WordNode): Promise<string> {
  const first = word.parts[0];
  const head = first?.type === "Literal" ? /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=\(/.exec(first.value) : null;
  if (!head || first?.type !== "Literal") return expandText(shell, word);
  const parts: WordPart[] = [literal(first.value.slice(head[0].length)), ...word.parts.slice(1)];
  const last = parts.at(-1);
  if (last?.type === "Literal") parts[parts.length - 1] = literal(last.value.replace(/\)$/, ""));
  const held = lists.get(shell) ?? new Map<string, ListValue>();
  lists.set(shell, held);
  const text = `${head[1]}${head[2]}=\u0000${held.size}`;
  held.set(text, { name: head[1]!, append: head[2] === "+", words: splitAtBlanks(parts) });
  return text;
}

/** Take back what `assignList` kept. */
export function takeList(shell: Shell, text: string): ListValue | undefined {
  const held = lists.get(shell);
  const list = held?.get(text);
  held?.delete(text);
  return list;
}

/** The parser leaves such a list as one word; blanks outside quotes separate its words. */
function splitAtBlanks(parts: readonly WordPart[]): WordNode[] {
  const words: WordNode[] = [];
  let current: WordPart[] = [];
  const close = () => {
    if (current.length > 0) words.push({ type: "Word", parts: current });
    current = [];
  };
  for (const part of parts) {
    if (part.type !== "Literal") {
      current.push(part);
      continue;
    }
    for (const [index, piece] of part.value.split(/\s+/).entries()) {
      if (index > 0) close();
      if (piece !== "") current.push(literal(piece));
    }
  }
  close();
  return words;
}

/** Values of an array variable in order. */
export function listOf(shell: Shell, name: string): string[] {
  const variable = shell.variables.find(name);
  return variable ? Variables.values(variable) : [];
}
