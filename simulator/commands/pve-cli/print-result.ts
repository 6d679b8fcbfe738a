/**
 * What an API call answered, in the formats of Proxmox's command lines.
 *
 * @source recordings 05, 10, 29, 32, 33, 41; pve-common PVE/CLIFormatter.pm (yaml is unverified)
 */
import type { ByteWriter } from "../../shell/process.ts";
import { type Column, cellText, sortedJson, sortRows, tableText } from "./text-table.ts";

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

/** Print a result. @param columns of a list of objects, in order; absent: every key that occurs, sorted */
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
  if (options.format === "yaml") return `---${yaml(data, 0)}\n`;
  if (Array.isArray(data)) return listText(data, options, columns);
  if (typeof data === "object") {
    const object = data as Record<string, unknown>;
    const rows = Object.keys(object)
      .filter((key) => object[key] !== undefined && object[key] !== null)
      .sort()
      .map((key) => ({ key, value: cellText(object[key], "text", options.human) }));
    const pair: Column[] = [
      { name: "key", kind: "text" },
      { name: "value", kind: "text" },
    ];
    return tableText(rows, pair, options);
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
function prettyJson(value: unknown, depth: number): string {
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

function yaml(value: unknown, depth: number): string {
  const indent = "  ".repeat(depth);
  if (Array.isArray(value)) {
    if (value.length === 0) return " []";
    return value.map((entry) => `\n${indent}-${yamlItem(entry, depth + 1)}`).join("");
  }
  if (typeof value === "object" && value !== null) {
    const object = value as Record<string, unknown>;
    const keys = Object.keys(object)
      .filter((key) => object[key] !== undefined)
      .sort();
    if (keys.length === 0) return " {}";
    // libyaml does not indent a list below its key.
    return keys
      .map((key) => `\n${indent}${key}:${yaml(object[key], Array.isArray(object[key]) ? depth : depth + 1)}`)
      .join("");
  }
  if (typeof value === "string" && value.includes("\n")) return ` ${yamlLines(value, indent)}`;
  return ` ${yamlScalar(value)}`;
}

/** A long text line by line, a short one in quotes. @source YAML::XS perl_libyaml.c dump_scalar */
function yamlLines(text: string, indent: string): string {
  if (text.length <= 30) return JSON.stringify(text);
  const chomping = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-";
  const lines = text.replace(/\n$/, "").split("\n");
  return `|${chomping}\n${lines.map((line) => (line === "" ? "" : `${indent || "  "}${line}`)).join("\n")}`;
}

/** The first key of an object in a list stands on the line of its dash. */
function yamlItem(value: unknown, depth: number): string {
  const text = yaml(value, depth);
  return text.startsWith("\n") ? ` ${text.slice(1).trimStart()}` : text;
}

function yamlScalar(value: unknown): string {
  if (value === null || value === undefined) return "~";
  const text = String(value);
  if (typeof value !== "string") return text;
  return text === "" || /^[\s\-?:,[\]{}#&*!|>'"%@`]|: |#|\s$|^(?:true|false|null|yes|no|~)$|^[\d.+-]+$/i.test(text)
    ? `'${text.replaceAll("'", "''")}'`
    : text;
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|yes|on|true)$/i.test(value);
}
