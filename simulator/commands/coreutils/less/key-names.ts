import type { Key } from "../../../shell/keys.ts";

/** Keys as the pagers tell them apart: a letter for itself, `^c`, `M-v`, `page-down`. */
export function keyNames(key: Key): string[] {
  if (key.kind === "text" || key.kind === "paste") return [...key.text];
  return [key.kind === "alt" ? `M-${key.name}` : key.kind === "control" ? `^${key.name}` : key.name];
}
