/** Parameters as Proxmox takes them: form-encoded, truths as 1 and 0, links as `linkN=ADDRESS`. */
export type Query = Record<string, string | number | boolean | undefined>;

/** Encode what is defined. */
export function encodeQuery(params: Query): string {
  const encoded = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    encoded.append(name, typeof value === "boolean" ? (value ? "1" : "0") : String(value));
  }
  return encoded.toString();
}

/** `{0: "10.0.0.1"}` as `{link0: "10.0.0.1"}`. */
export function linkParameters(links: Record<number, string> | undefined): Query {
  return Object.fromEntries(Object.entries(links ?? {}).map(([number, address]) => [`link${number}`, address]));
}
