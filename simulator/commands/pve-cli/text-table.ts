/** Tables as Proxmox's command lines print them. @source recordings 29, 33, 41; pve-common PVE/CLIFormatter.pm */

import { yamlText } from "./yaml-text.ts";

export type ColumnKind = "text" | "integer" | "fraction" | "bytes" | "duration" | "timestamp" | "boolean" | "yaml";

export interface Column {
  /** Key of the object, and the header unless `title` says another. */
  name: string;
  kind: ColumnKind;
  title?: string;
  /** The most characters of a value that are shown. */
  most?: number;
}

export interface TableOptions {
  /** False: no lines between cells (`--noborder`). */
  border: boolean;
  /** False: no line of titles (`--noheader`). */
  header: boolean;
  /** False: values as they are. */
  human?: boolean;
  /** Characters of a terminal's line, where each line ends; absent: whole. */
  width?: number | undefined;
}

/** One value in the words of a table. */
export function cellText(value: unknown, kind: ColumnKind, human = true): string {
  if (!human) return typeof value === "object" && value !== null ? sortedJson(value) : String(value ?? "");
  if (kind === "boolean") return value === undefined || value === null ? "" : value && value !== "0" ? "1" : "0";
  if (value === undefined || value === null) return "";
  if (kind === "yaml") return yamlText(value).replace(/^[\n ]/, "");
  if (typeof value === "object") return sortedJson(value);
  const number = Number(value);
  if (kind === "fraction") return `${(number * 100).toFixed(2)}%`;
  if (kind === "bytes") return bytesText(number);
  if (kind === "duration") return durationText(number);
  if (kind === "timestamp") return timestampText(number);
  return String(value);
}

/** One row of a table is as high as its highest cell. @source pve-common PVE/CLIFormatter.pm print_text_table */
export function tableText(rows: Record<string, unknown>[], columns: Column[], options: TableOptions): string {
  const cells = rows.map((row) =>
    columns.map((column) => cellText(row[column.name], column.kind, options.human).replace(/\n+$/, "").split("\n")),
  );
  const titles = columns.map((column) => column.title ?? column.name);
  // A title that is not shown counts all the same.
  const widths = columns.map((column, at) =>
    Math.min(
      column.most ?? Number.POSITIVE_INFINITY,
      Math.max(titles[at]!.length, ...cells.flatMap((row) => row[at]!.map((line) => line.length))),
    ),
  );
  const right = columns.map((column) => !["text", "boolean", "yaml"].includes(column.kind));
  const last = columns.length - 1;
  const padded = (texts: string[]) =>
    texts.map((text, at) => {
      if (!options.border && at === last) return text;
      return right[at] ? text.padStart(widths[at]!) : text.padEnd(widths[at]!);
    });
  const lines: string[] = [];
  const rule = (left: string, fill: string, cross: string, end: string) => {
    if (options.border) lines.push(`${left}${widths.map((width) => fill.repeat(width + 2)).join(cross)}${end}`);
  };
  const line = (texts: string[]) =>
    lines.push(options.border ? `│ ${padded(texts).join(" │ ")} │` : padded(texts).join(" "));
  rule("┌", "─", "┬", "┐");
  if (options.header) line(titles);
  for (const [at, row] of cells.entries()) {
    if (at > 0) rule("├", "─", "┼", "┤");
    else if (options.header) rule("╞", "═", "╪", "╡");
    const height = Math.max(...row.map((cell) => cell.length));
    for (let inner = 0; inner < height; inner++)
      line(row.map((cell, column) => (cell[inner] ?? "").slice(0, widths[column])));
  }
  rule("└", "─", "┴", "┘");
  return lines.map((text) => `${options.width ? [...text].slice(0, options.width).join("") : text}\n`).join("");
}

/** Sort rows as tables are: by one key, numbers by value. */
export function sortRows<Row extends Record<string, unknown>>(rows: Row[], key: string): Row[] {
  return [...rows].sort((a, b) => {
    const [left, right] = [a[key] ?? "", b[key] ?? ""];
    if (typeof left === "number" && typeof right === "number") return left - right;
    return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0;
  });
}

/** JSON with its keys in order. */
export function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const object = value as Record<string, unknown>;
    const keys = Object.keys(object)
      .filter((key) => object[key] !== undefined)
      .sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${sortedJson(object[key])}`).join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = 0;
  let rest = bytes;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${rest.toFixed(2)} ${units[unit]}`;
}

function durationText(seconds: number): string {
  let rest = Math.floor(seconds);
  const parts: string[] = [];
  for (const [unit, length] of [
    ["w", 604_800],
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
  ] as const) {
    const count = Math.floor(rest / length);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * length;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

function timestampText(seconds: number): string {
  const iso = new Date(seconds * 1000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}
