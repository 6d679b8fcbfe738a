/** How files' properties are written: `-rw-r--r--`, `1.5K`, `u+x`. */
import type { FileStat } from "../../shell/node-files.ts";

export function modeText(stat: Pick<FileStat, "type" | "mode">): string {
  const kind = { file: "-", directory: "d", symlink: "l", device: "c" }[stat.type];
  const bits = (shift: number, special: boolean, on: string, off: string) => {
    const part = (stat.mode >> shift) & 7;
    const execute = part & 1 ? (special ? on : "x") : special ? off : "-";
    return `${part & 4 ? "r" : "-"}${part & 2 ? "w" : "-"}${execute}`;
  };
  return (
    kind +
    bits(6, (stat.mode & 0o4000) !== 0, "s", "S") +
    bits(3, (stat.mode & 0o2000) !== 0, "s", "S") +
    bits(0, (stat.mode & 0o1000) !== 0, "t", "T")
  );
}

/** Of those who own files here. @source Debian's base-passwd */
const OWNER_IDS: Record<string, number> = {
  root: 0,
  daemon: 1,
  backup: 34,
  "www-data": 33,
  nobody: 65_534,
  nogroup: 65_534,
};

/** Whether an owner is one that every node has. */
export function isSystemName(name: string): boolean {
  return Object.hasOwn(OWNER_IDS, name);
}

/** The number of a user or a group. */
export function ownerId(name: string): number {
  return OWNER_IDS[name] ?? 0;
}

/** The user or group of a number; the number when nobody has it. */
export function ownerNamed(id: number): string {
  return Object.keys(OWNER_IDS).find((name) => OWNER_IDS[name] === id) ?? String(id);
}

/** `4.0K`, `12M`: rounded up, powers of 1024, as GNU's `-h`; of 1000 with `--si`, whose thousand is a small k. */
export function humanSize(bytes: number, base: 1000 | 1024 = 1024): string {
  if (bytes < base) return String(bytes);
  let value = bytes;
  let unit = "";
  for (const next of base === 1000 ? "kMGTP" : "KMGTP") {
    if (value < base) break;
    value /= base;
    unit = next;
  }
  const tenths = Math.ceil(value * 10) / 10;
  return tenths < 10 ? `${tenths.toFixed(1)}${unit}` : `${Math.ceil(value)}${unit}`;
}

/** The mode that `chmod` makes of an old one; undefined for what is no mode. */
export function changedMode(text: string, before: number, isDirectory: boolean, umask = 0o022): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  let mode = before;
  for (const clause of text.split(",")) {
    const match = /^([ugoa]*)((?:[-+=][rwxXst]*|[-+=][ugo])+)$/.exec(clause);
    if (!match) return undefined;
    const who = match[1] === "" ? "ugo" : match[1]!.includes("a") ? "ugo" : match[1]!;
    for (const action of match[2]!.matchAll(/([-+=])([rwxXst]*|[ugo])/g)) {
      mode = applied(mode, who, action[1]!, action[2]!, isDirectory, match[1] === "" ? umask : 0);
    }
  }
  return mode;
}

const SHIFT: Record<string, number> = { u: 6, g: 3, o: 0 };

function applied(
  mode: number,
  who: string,
  operator: string,
  letters: string,
  isDirectory: boolean,
  masked: number,
): number {
  let out = mode;
  for (const one of who) {
    const shift = SHIFT[one]!;
    let bits = 0;
    if (/^[ugo]$/.test(letters)) bits = (mode >> SHIFT[letters]!) & 7;
    else {
      if (letters.includes("r")) bits |= 4;
      if (letters.includes("w")) bits |= 2;
      if (letters.includes("x") || (letters.includes("X") && (isDirectory || mode & 0o111))) bits |= 1;
    }
    const placed = (bits << shift) & ~masked;
    const special =
      (letters.includes("s") ? (one === "u" ? 0o4000 : one === "g" ? 0o2000 : 0) : 0) |
      (letters.includes("t") ? 0o1000 : 0);
    if (operator === "+") out |= placed | special;
    else if (operator === "-") out &= ~(placed | special);
    else out = (out & ~(7 << shift)) | placed | special;
  }
  return out;
}

/** Rows as a table; columns named are aligned left, and none is narrower than `least` says. */
export function aligned(
  rows: readonly (readonly string[])[],
  left: readonly number[],
  least: readonly number[] = [],
): string {
  const widths = rows[0]!.map((_, column) => Math.max(least[column] ?? 0, ...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        left.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      );
      return `${cells.join(" ").trimEnd()}\n`;
    })
    .join("");
}
