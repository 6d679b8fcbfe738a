/**
 * Who asks, under which name and over which scheme, when proxies may stand in between.
 *
 * Only proxies that are named are believed; what anybody else claims in `X-Forwarded-*` is thrown away.
 */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

export interface RequestOrigin {
  /** Address of the browser, or of the last proxy that is not trusted. */
  address: string;
  /** As the browser asked: name and port. */
  host: string;
  secure: boolean;
  /** The request came from this machine itself, through no proxy. */
  loopback: boolean;
}

/** @throws Error naming the entry that is neither an address, nor ADDRESS/BITS, nor `loopback` */
export function trustedProxies(names: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const name of names.flatMap((entry) => (entry === "loopback" ? ["127.0.0.0/8", "::1"] : [entry]))) {
    const [address = "", bits] = name.split("/");
    const family = isIP(address);
    const prefix = Number(bits ?? (family === 6 ? 128 : 32));
    if (!family || !Number.isInteger(prefix) || prefix < 0 || prefix > (family === 6 ? 128 : 32)) {
      throw new Error(`TRUST_PROXY: "${name}" is neither an address, nor ADDRESS/BITS, nor loopback`);
    }
    list.addSubnet(address, prefix, family === 6 ? "ipv6" : "ipv4");
  }
  return (address) => {
    const plain = unmapped(address);
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 6 ? "ipv6" : "ipv4");
  };
}

export function requestOrigin(
  request: IncomingMessage,
  options: { tls: boolean; trusted: (address: string) => boolean },
): RequestOrigin {
  const direct = unmapped(request.socket.remoteAddress ?? "");
  const host = request.headers.host ?? "";
  const forwardedFor = list(request.headers["x-forwarded-for"]);
  if (!options.trusted(direct)) {
    // Somebody relays for others without being named: no request through it counts as local.
    const loopback = isLoopback(direct) && forwardedFor.length === 0;
    return { address: direct, host, secure: options.tls, loopback };
  }
  // From the nearest outwards, the first that is not a trusted proxy is the client.
  const hops = forwardedFor.map(unmapped).reverse();
  const client = hops.find((hop) => !options.trusted(hop)) ?? hops.at(-1) ?? direct;
  const proto = list(request.headers["x-forwarded-proto"])[0];
  return {
    address: client,
    host: list(request.headers["x-forwarded-host"])[0] ?? host,
    secure: proto === undefined ? options.tls : proto === "https",
    loopback: isLoopback(client) && hops.length === 0,
  };
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** IPv4 as a dual-stack socket shows it: `::ffff:127.0.0.1`. */
function unmapped(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

function list(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(",") : (header ?? "");
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
