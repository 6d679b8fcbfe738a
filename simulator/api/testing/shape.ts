/** The shape of a JSON answer: which keys are where, and of which type, whatever the values and the order. */

/**
 * Every key and its type, sorted: `data[node].maxcpu number`. Entries of lists are told apart by their `type`.
 *
 * @param value a parsed answer
 */
export function shapeOf(value: unknown): string[] {
  const found = new Set<string>();
  collect(value, "", found);
  return [...found].sort();
}

function collect(value: unknown, path: string, found: Set<string>): void {
  if (Array.isArray(value)) {
    found.add(`${path} list`);
    for (const item of value) {
      const type = (item as { type?: unknown } | null)?.type;
      collect(item, `${path}[${typeof type === "string" ? type : ""}]`, found);
    }
  } else if (typeof value === "object" && value !== null) {
    found.add(`${path} object`);
    for (const [key, inner] of Object.entries(value)) collect(inner, path === "" ? key : `${path}.${key}`, found);
  } else found.add(`${path} ${value === null ? "null" : typeof value}`);
}
