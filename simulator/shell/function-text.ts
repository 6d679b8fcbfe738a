/** Functions as they were typed, for `declare -f` and `type`. bash lays them out anew; this shell keeps the layout. */
import type { Shell } from "./shell.ts";
import type { FunctionDefNode } from "./syntax-tree.ts";

const typed = new WeakMap<FunctionDefNode, string>();

/** Keep the source of the statement that defines a function. */
export function keepFunctionText(definition: FunctionDefNode, statement: string): void {
  typed.set(definition, statement);
}

const files = new WeakMap<FunctionDefNode, string>();

/** Keep the file that a function is defined in, if there is one. */
export function keepSource(shell: Shell, definition: FunctionDefNode): void {
  const source = shell.frames.at(-1)?.source;
  if (source !== undefined) files.set(definition, source);
}

/** The file that holds a function, or bash's word for none. */
export function definedIn(shell: Shell, definition: FunctionDefNode): string {
  return files.get(definition) ?? (shell.typed ? "main" : "environment");
}

/** A definition that the shell reads again as the same function. */
export function functionText(name: string, definition: FunctionDefNode): string {
  const source = typed.get(definition) ?? "";
  const body = source.slice(Math.max(0, source.search(/[({](?!\s*\))/)));
  return `${name} () \n${body || "{ :; }"}`;
}
