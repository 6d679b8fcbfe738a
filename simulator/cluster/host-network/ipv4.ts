/** IPv4 addresses as text and as numbers. */

/** Whether a text is an address of four numbers. */
export function isAddress(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) < 256);
}

/** @param text a valid address */
export function addressBits(text: string): number {
  return text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function addressText(bits: number): string {
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}

export function networkOf(bits: number, prefixLength: number): number {
  return prefixLength === 0 ? 0 : (bits & ((0xffffffff << (32 - prefixLength)) >>> 0)) >>> 0;
}

/** The network that an address lies in, as text: `10.99.7.0`. */
export function networkText(address: string, prefixLength: number): string {
  return addressText(networkOf(addressBits(address), prefixLength));
}

/** Last address of a network: `10.99.7.255`. */
export function broadcastText(address: string, prefixLength: number): string {
  return addressText((networkOf(addressBits(address), prefixLength) + (2 ** (32 - prefixLength) - 1)) >>> 0);
}

export function inSameNetwork(one: string, other: string, prefixLength: number): boolean {
  return networkOf(addressBits(one), prefixLength) === networkOf(addressBits(other), prefixLength);
}

/**
 * `10.0.0.0/8`, `10.0/16`, `10.1.2.3`, `10.0.0.0/255.0.0.0`.
 *
 * @param short whether missing numbers at the end are zeros, as iproute2 takes networks
 * @returns undefined for anything else; without a length it is 32
 */
export function parsePrefix(
  text: string,
  short = false,
): { address: string; prefixLength: number; given: boolean } | undefined {
  const [head = "", length, more] = text.split("/");
  if (more !== undefined) return undefined;
  const parts = head.split(".");
  if (parts.length > 4 || (!short && parts.length !== 4)) return undefined;
  if (!parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  const address = [...parts, "0", "0", "0"].slice(0, 4).map(Number).join(".");
  if (length === undefined) return { address, prefixLength: 32, given: false };
  const prefixLength = /^\d+$/.test(length) ? Number(length) : isAddress(length) ? maskLength(length) : undefined;
  if (prefixLength === undefined || prefixLength > 32) return undefined;
  return { address, prefixLength, given: true };
}

/** `255.255.255.0` is 24; undefined for numbers that are no mask. */
export function maskLength(mask: string): number | undefined {
  const bits = addressBits(mask).toString(2).padStart(32, "0");
  return /^1*0*$/.test(bits) ? bits.lastIndexOf("1") + 1 : undefined;
}

export function maskText(prefixLength: number): string {
  return addressText(networkOf(0xffffffff, prefixLength));
}
