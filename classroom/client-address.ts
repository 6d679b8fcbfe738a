/** Where a request comes from: the gateway writes there the address that it believes, and nothing of the browser's own. */
export function clientAddress(headers: Headers | undefined): string {
  return headers?.get("x-forwarded-for") ?? "unknown";
}
