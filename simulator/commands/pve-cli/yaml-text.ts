/** YAML as Perl's YAML::XS writes it. @source YAML::XS perl_libyaml.c; typed on Proxmox's own programs */

/** A value as it stands behind a key or `---`: with a space before it, or on lines of its own. */
export function yamlText(value: unknown, depth = 0): string {
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
      .map((key) => `\n${indent}${key}:${yamlText(object[key], Array.isArray(object[key]) ? depth : depth + 1)}`)
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
  const text = yamlText(value, depth);
  return text.startsWith("\n") ? ` ${text.slice(1).trimStart()}` : text;
}

function yamlScalar(value: unknown): string {
  if (value === null || value === undefined) return "~";
  const text = String(value);
  if (typeof value !== "string") return text;
  return text === "" ||
    /^[\s\-?:,[\]{}#&*!|>'"%@`]|: |#|\s$|^(?:true|false|null|yes|no|~)$|^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(
      text,
    )
    ? `'${text.replaceAll("'", "''")}'`
    : text;
}
