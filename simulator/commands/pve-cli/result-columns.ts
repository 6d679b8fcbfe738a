/**
 * What Proxmox's command lines show of a result, by the API's path: properties that its description names, the required
 * ones first, each part sorted.
 *
 * @source result-columns.json: read out of the declarations of 8.4 (pve-manager 8.4.21, qemu-server 8.4.10,
 * pve-storage 8.3.8, pve-access-control 8.2.3, pve-cluster 8.1.3, pve-firewall 5.1.2)
 */
import table from "./result-columns.json" with { type: "json" };
import type { Column, ColumnKind } from "./text-table.ts";

const KINDS: Record<string, ColumnKind> = {
  i: "integer",
  f: "fraction",
  b: "bytes",
  d: "duration",
  t: "timestamp",
  o: "boolean",
  y: "yaml",
};

/** `node cpu:f userid<64`: names with the letter of their kind and the most characters that are shown. */
function columns(text: string): Column[] {
  return text.split(" ").map((word) => {
    const [, name, kind, most] = /^([^:<]+)(?::(\w))?(?:<(\d+))?$/.exec(word)!;
    return { name: name!, kind: KINDS[kind ?? ""] ?? "text", ...(most !== undefined && { most: Number(most) }) };
  });
}

/** The columns of a path with its placeholders; undefined: every key that occurs. */
export function columnsOf(template: string): Column[] | undefined {
  const text = (table as Record<string, string>)[template];
  return text === undefined ? undefined : columns(text);
}
