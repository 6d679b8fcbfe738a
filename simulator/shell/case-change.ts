/** `${x^}`, `${x,,}` and their kin. */

/** A value in another case: its first character, or all that match. */
export function withCase(
  value: string,
  how: { direction: "upper" | "lower" | "toggle"; all: boolean; matches: (char: string) => boolean },
): string {
  const changed = memoized((char) => (how.matches(char) ? turned(char, how.direction) : char));
  if (how.all) return mapped(value, changed);
  const [first = ""] = value;
  return changed(first) + value.slice(first.length);
}

/** One character in the other case; one whose other case is not one character stays, as in `towupper`. */
function turned(char: string, direction: "upper" | "lower" | "toggle"): string {
  const [upper, lower] = [char.toUpperCase(), char.toLowerCase()];
  const now = direction === "upper" || (direction === "toggle" && char !== upper) ? upper : lower;
  return now.length === char.length ? now : char;
}

function memoized(change: (char: string) => string): (char: string) => string {
  const known = new Map<string, string>();
  return (char) => {
    const now = known.get(char) ?? change(char);
    known.set(char, now);
    return now;
  };
}

/** Every character changed by itself; a value of millions of plain letters goes through a table. */
function mapped(value: string, change: (char: string) => string): string {
  if (!/^[\x00-\x7f]*$/.test(value)) return [...value].map(change).join("");
  const table = Array.from({ length: 128 }, (_, code) => change(String.fromCharCode(code)).charCodeAt(0));
  const bytes = Buffer.from(value, "latin1");
  for (let at = 0; at < bytes.length; at++) bytes[at] = table[bytes[at]!]!;
  return bytes.toString("latin1");
}
