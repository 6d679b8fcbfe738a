/**
 * What an API call answered, in the formats of Proxmox's command lines.
 *
 * @source recordings 05, 10, 29, 32, 33, 41; pve-common PVE/CLIFormatter.pm (yaml is unverified)
 */
import type { ByteWriter } from "../../shell/process.ts";
import { type Column, cellText, sortedJson, sortRows, tableText } from "./text-table.ts";
import { yamlText } from "./yaml-text.ts";

export type OutputFormat = "text" | "json" | "json-pretty" | "yaml";

export interface PrintOptions {
  format: OutputFormat;
  quiet: boolean;
  header: boolean;
  border: boolean;
  /** False: values as they are (`--human-readable 0`). */
  human: boolean;
  /** A table's lines end there; absent: whole. */
  width?: number | undefined;
  /** Instead of the first column. */
  sortKey?: string;
}

/** Options that every command with a result takes, checked before. */
export function takeFormatOptions(values: Record<string, string>): PrintOptions {
  return {
    format: (values["output-format"] ?? "text") as OutputFormat,
    quiet: isOn(values.quiet),
    header: !isOn(values.noheader),
    border: !isOn(values.noborder),
    human: values["human-readable"] === undefined || isOn(values["human-readable"]),
  };
}

/** Print a result. @param columns of an object or of a list of objects, in order; absent: every key that occurs, sorted */
export async function printResult(
  out: ByteWriter,
  data: unknown,
  options: PrintOptions,
  columns?: Column[],
): Promise<void> {
  const text = resultText(data, options, columns);
  if (text !== "" && !options.quiet) await out.write(text);
}

function resultText(data: unknown, options: PrintOptions, columns?: Column[]): string {
  if (data === null || data === undefined) return "";
  if (options.format === "json") return `${sortedJson(data)}\n`;
  if (options.format === "json-pretty") return `${prettyJson(data, 0)}\n`;
  if (options.format === "yaml") return `---${yamlText(data)}\n`;
  if (Array.isArray(data)) return listText(data, options, columns);
  if (typeof data === "object") {
    const object = data as Record<string, unknown>;
    const shown = columns ?? Object.keys(object).map((name): Column => ({ name, kind: "text" }));
    const rows = shown
      .filter(({ name }) => object[name] !== undefined && object[name] !== null)
      .map(({ name, kind }) => ({ key: name, value: cellText(object[name], kind, options.human) }));
    const pair: Column[] = [
      { name: "key", kind: "text" },
      { name: "value", kind: "text" },
    ];
    return tableText(sortRows(rows, "key"), pair, options);
  }
  return `${String(data)}\n`;
}

function listText(list: unknown[], options: PrintOptions, columns?: Column[]): string {
  if (list.length === 0) return "";
  if (typeof list[0] !== "object" || list[0] === null) {
    const values = list.map((value) => ({ value }));
    return tableText(sortRows(values, "value"), [{ name: "value", kind: "text" }], { ...options, header: false });
  }
  const rows = list as Record<string, unknown>[];
  const shown =
    columns ??
    [...new Set(rows.flatMap((row) => Object.keys(row)))]
      .sort()
      .map((name): Column => ({ name, kind: kindOf(rows, name) }));
  return tableText(sortRows(rows, options.sortKey ?? shown[0]!.name), shown, options);
}

function kindOf(rows: Record<string, unknown>[], name: string): Column["kind"] {
  return rows.some((row) => typeof row[name] === "number") ? "integer" : "text";
}

/** Perl's JSON: three spaces, and one on each side of a colon. */
export function prettyJson(value: unknown, depth = 0): string {
  const inner = "   ".repeat(depth + 1);
  const outer = "   ".repeat(depth);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((entry) => inner + prettyJson(entry, depth + 1)).join(",\n")}\n${outer}]`;
  }
  if (typeof value === "object" && value !== null) {
    const object = value as Record<string, unknown>;
    const keys = Object.keys(object)
      .filter((key) => object[key] !== undefined)
      .sort();
    if (keys.length === 0) return "{}";
    const lines = keys.map((key) => `${inner}${JSON.stringify(key)} : ${prettyJson(object[key], depth + 1)}`);
    return `{\n${lines.join(",\n")}\n${outer}}`;
  }
  return JSON.stringify(value ?? null);
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|yes|on|true)$/i.test(value);
}
