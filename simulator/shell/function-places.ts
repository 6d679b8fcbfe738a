/** Where functions were defined, for `BASH_SOURCE` and `declare -F` with `extdebug`. */
import type { Shell } from "./shell.ts";
import type { FunctionDefNode } from "./syntax-tree.ts";

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
