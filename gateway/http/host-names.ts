/**
 * Which names this server answers to, and which pages may use it.
 *
 * In self-paced mode whoever reaches the server is the learner, so a page of another site must not reach it through the
 * learner's browser: neither under a name of its own that resolves to 127.0.0.1, nor by posting across sites.
 */
const LOCAL_NAMES = ["localhost", "127.0.0.1", "[::1]"];

export interface HostNames {
  readonly names: readonly string[];
  accepts(host: string): boolean;
}

/** @param configured names beside the local ones; a port in them is ignored */
export function localHostNames(configured: readonly string[]): HostNames {
  const names = [...LOCAL_NAMES, ...configured.map(nameOf).filter((name) => name !== "")];
  return { names, accepts: (host) => names.includes(nameOf(host)) };
}

/** Shared mode: people sign in, so the name says nothing. */
export const anyHostName: HostNames = { names: [], accepts: (host) => host !== "" };

/** Without port and trailing dot, in lower case; an IPv6 address keeps its brackets. */
function nameOf(host: string): string {
  const match = /^(\[[0-9a-f:.]+\]|[^:/\s]+?)\.?(?::\d+)?$/i.exec(host.trim());
  return match?.[1]?.toLowerCase() ?? "";
}

/**
 * Whether a request that changes something, or opens a socket, comes from a page of this server.
 *
 * Names are compared, not schemes: a proxy that ends TLS need not be named for this. Programs send no Origin.
 */
export function sameOrigin(
  headers: { origin?: string | undefined; "sec-fetch-site"?: string | undefined },
  host: string,
): boolean {
  if (headers.origin === undefined) {
    const site = headers["sec-fetch-site"];
    return site === undefined || site === "same-origin" || site === "none";
  }
  const origin = /^https?:\/\/([^/]+)$/i.exec(headers.origin)?.[1];
  return origin !== undefined && origin.toLowerCase() === host.toLowerCase();
}
