/** JSON as iproute2 writes it: in one line, or laid out in its own way with `-p`. */

export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

const STEP = "    ";

export function jsonText(value: readonly Json[], pretty: boolean): string {
  return `${pretty ? laidOut(value, "") : JSON.stringify(value)}\n`;
}

function laidOut(value: Json, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return "[ ]";
    if (value.every((item) => typeof item !== "object"))
      return `[ ${value.map((item) => JSON.stringify(item)).join(",")} ]`;
    return `[ ${value.map((item: Json) => laidOut(item, indent + STEP)).join(",")} ]`;
  }
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = indent + STEP;
  const fields = Object.entries(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${laidOut(item, inner)}`);
  return `{\n${fields.join(",\n")}\n${indent}}`;
}
