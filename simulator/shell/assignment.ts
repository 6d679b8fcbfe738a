/** Assignments: `x=1`, `x+=1`, `a[2]=x`, `a=(1 2)`, and those inside `declare`. */
import { evaluate } from "./arithmetic.ts";
import { assignmentText } from "./command-text.ts";
import { expandText, expandWords, subscriptKey } from "./expansion.ts";
import { quoteIfNeeded } from "./quoting.ts";
import type { Shell } from "./shell.ts";
import type { AssignmentNode, WordNode } from "./syntax-tree.ts";
import { chooseTraceDescriptor } from "./tracing.ts";
import { ShellError, Variables } from "./variables.ts";

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
    await storeList(shell, { name: node.name, append: node.append, words: node.array });
    if (shell.options.has("allexport")) shell.variables.declare(node.name).exported = true;
    return assignmentText(node);
  }
  const value = await expandText(shell, node.value);
  await assignValue(shell, node.name, value, node.append);
  if (node.name === "BASH_XTRACEFD") await chooseTraceDescriptor(shell, value);
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
    if (element[2] === "") throw new ShellError(`${target}: bad array subscript`, { discard: true });
    const key = await subscriptOf(shell, name, element[2]!, target);
    shell.variables.setElement(name, key, sum(variable?.array?.get(key)));
  } else shell.variables.set(name, sum(variable?.array ? variable.array.get("0") : variable?.value));
  if (name === "OPTIND") shell.optionOffset = 0;
  if (shell.options.has("allexport")) shell.variables.declare(name).exported = true;
}

/** A subscript that is assigned to; one before the array's beginning is named with it. */
async function subscriptOf(shell: Shell, name: string, subscript: string, target: string): Promise<string> {
  try {
    return await subscriptKey(shell, name, subscript);
  } catch (error) {
    if (error instanceof ShellError && error.message === `${name}: bad array subscript`)
      throw new ShellError(`${target}: bad array subscript`, { discard: error.discard });
    throw error;
  }
}

/** What makes integer variables integers. */
export function integerText(shell: Shell, text: string): string {
  try {
    return evaluate(text, {
      get: (name) => shell.variables.get(name),
      set: (name, _key, value) => shell.variables.set(name, value),
    }).toString();
  } catch (error) {
    // What cannot be computed gives up the line.
    if (!(error instanceof ShellError) || error.fatal) throw error;
    throw new ShellError(error.message, { discard: true });
  }
}

export async function storeList(shell: Shell, list: ListValue): Promise<void> {
  const variable = shell.variables.find(list.name);
  const associative = variable?.associative ?? false;
  const entries: [string, string][] = [];
  const keys = variable?.array ? [...variable.array.keys()].map(Number) : variable?.value !== undefined ? [0] : [];
  let next = list.append && !associative ? Math.max(-1, ...keys) + 1 : 0;
  let half: string | undefined;
  for (const word of list.words) {
    const { assignment } = word;
    if (assignment) {
      const key = await subscriptKey(shell, list.name, assignment.name.slice(1, -1));
      const value = await expandText(shell, assignment.value);
      const before = entries.findLast(([other]) => other === key)?.[1] ?? variable?.array?.get(key) ?? "";
      entries.push([key, assignment.append ? before + value : value]);
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
}

/** `name=(a b)` as an argument of `declare`: kept aside, and a text that stands for it. */
export function assignList(shell: Shell, node: AssignmentNode): string {
  const held = lists.get(shell) ?? new Map<string, ListValue>();
  lists.set(shell, held);
  const text = `${node.name}${node.append ? "+" : ""}=\u0000${held.size}`;
  held.set(text, { name: node.name, append: node.append, words: node.array ?? [] });
  return text;
}

/** Take back what `assignList` kept. */
export function takeList(shell: Shell, text: string): ListValue | undefined {
  const held = lists.get(shell);
  const list = held?.get(text);
  held?.delete(text);
  return list;
}

/** Values of an array variable in order. */
export function listOf(shell: Shell, name: string): string[] {
  const variable = shell.variables.find(name);
  return variable ? Variables.values(variable) : [];
}
