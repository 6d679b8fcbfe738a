/** Assignments: `x=1`, `x+=1`, `a[2]=x`, `a=(1 2)`, and those inside `declare`. */
import { evaluate } from "./arithmetic.ts";
import { evaluateText, expandText, expandWords, subscriptKey } from "./expansion.ts";
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

export async function runAssignment(shell: Shell, node: AssignmentNode): Promise<void> {
  if (node.array) {
    await storeList(shell, { name: node.name, append: node.append, words: node.array });
    if (shell.options.has("allexport")) shell.variables.declare(node.name).exported = true;
    return;
  }
  await assignValue(shell, node.name, await expandText(shell, node.value), node.append);
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

export async function storeList(shell: Shell, list: ListValue): Promise<void> {
  const variable = shell.variables.find(list.name);
  const associative = variable?.associative ?? false;
  const entries: [string, string][] = [];
  const keys = variable?.array ? [...variable.array.keys()].map(Number) : variable?.value !== undefined ? [0] : [];
  let next = list.append && !associative ? Math.max(-1, ...keys) + 1 : 0;
  for (const word of list.words) {
    const keyed = keyOf(word);
    if (keyed) {
      const key = associative
        ? await subscriptKey(shell, list.name, keyed.key)
        : (await evaluateText(shell, keyed.key)).toString();
      entries.push([key, await expandText(shell, keyed.value)]);
      next = Number(key) + 1;
      continue;
    }
    for (const value of await expandWords(shell, [word])) entries.push([String(next++), value]);
  }
  if (list.append) for (const [key, value] of entries) shell.variables.setElement(list.name, key, value);
  else shell.variables.setArray(list.name, entries);
}

/** `[key]=value` inside a list. */
function keyOf(word: WordNode): { key: string; value: WordNode } | undefined {
  const [first, second] = word.parts;
  if (first?.type === "Glob") {
    const whole = /^\[([^\]]*)\]=?/.exec(first.pattern);
    if (!whole) return undefined;
    if (whole[0].endsWith("=")) {
      return {
        key: whole[1]!,
        value: { ...word, parts: [literal(first.pattern.slice(whole[0].length)), ...word.parts.slice(1)] },
      };
    }
    if (whole[0].length !== first.pattern.length || second?.type !== "Literal" || !second.value.startsWith("=")) {
      return undefined;
    }
    return { key: whole[1]!, value: { ...word, parts: [literal(second.value.slice(1)), ...word.parts.slice(2)] } };
  }
  if (first?.type !== "Literal" || !first.value.startsWith("[")) return undefined;
  const whole = /^\[([^\]]*)\]=/.exec(first.value);
  if (!whole) return undefined;
  return {
    key: whole[1]!,
    value: { ...word, parts: [literal(first.value.slice(whole[0].length)), ...word.parts.slice(1)] },
  };
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
