/** Functions as they were typed, for `declare -f` and `type`. bash lays them out anew; this shell keeps the layout. */
import type { FunctionDefNode } from "./syntax-tree.ts";

const typed = new WeakMap<FunctionDefNode, string>();

/** Keep the source of the statement that defines a function. */
export function keepFunctionText(definition: FunctionDefNode, statement: string): void {
  typed.set(definition, statement);
}

/** A definition that the shell reads again as the same function. */
export function functionText(name: string, definition: FunctionDefNode): string {
  const source = typed.get(definition) ?? "";
  const body = source.slice(Math.max(0, source.search(/[({](?!\s*\))/)));
  return `${name} () \n${body || "{ :; }"}`;
}
