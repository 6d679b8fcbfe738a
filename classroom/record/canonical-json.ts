/**
 * One text for one value, so that a signature holds whatever a program did to white space and order of keys.
 *
 * @source RFC 8785 (JSON Canonicalization Scheme); JavaScript's own numbers and strings are what it asks for
 */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** Keys without a value are left out, as `JSON.stringify` does. @throws TypeError on a number that JSON cannot hold */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonicalJson).join(",")}]`;
  const members = Object.entries(value as { readonly [key: string]: JsonValue | undefined }).flatMap(([key, member]) =>
    member === undefined ? [] : [[key, member] as const],
  );
  // By UTF-16 code units, which is how JavaScript compares.
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
}
