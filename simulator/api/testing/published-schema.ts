/**
 * Compares an answer with what the Proxmox project publishes about its API: the map of path to method to description
 * that its API viewer is made of. That text is not part of this repository; its path is an argument.
 */

export interface PublishedSchema {
  type?: string;
  optional?: 0 | 1;
  properties?: Record<string, PublishedSchema>;
  additionalProperties?: unknown;
  items?: PublishedSchema;
  enum?: string[];
  pattern?: string;
}

export type PublishedApi = Record<
  string,
  Record<string, { returns?: PublishedSchema; parameters?: { properties?: Record<string, PublishedSchema> } }>
>;

/** Every place where a value does not fit: `data[].nodeid: string, published as integer`. */
export function differences(value: unknown, schema: PublishedSchema, path = "data"): string[] {
  const seen = typeOf(value);
  if (schema.type && !fits(value, schema.type)) return [`${path}: ${seen}, published as ${schema.type}`];
  if (Array.isArray(value)) {
    const found = new Set(value.flatMap((item) => differences(item, schema.items ?? {}, `${path}[]`)));
    return [...found];
  }
  if (typeof value === "object" && value !== null) {
    const properties = schema.properties ?? {};
    const missing = Object.entries(properties)
      .filter(([key, inner]) => !inner.optional && !/[{[]/.test(key) && !(key in value))
      .map(([key]) => `${path}.${key}: missing`);
    const wrong = Object.entries(value).flatMap(([key, inner]) =>
      properties[key] ? differences(inner, properties[key], `${path}.${key}`) : [],
    );
    return [...missing, ...wrong];
  }
  if (schema.enum && !schema.enum.includes(String(value))) return [`${path}: ${String(value)} is not published`];
  return [];
}

function fits(value: unknown, type: string): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "boolean":
      return value === 0 || value === 1 || typeof value === "boolean";
    case "string":
      // Perl does not tell numbers from their text.
      return typeof value === "string" || typeof value === "number";
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && !Array.isArray(value);
    default:
      return true;
  }
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
