/** Ports of a node: what its services listen on, and the names that /etc/services has for some. */
import type { UnitName } from "../cluster/services/services-state.ts";

export interface ServiceListener {
  unit: UnitName;
  process: string;
  /** As `ss` shows it: `*` is both families. */
  address: string;
  port: number;
  fd: number;
  queue: number;
}

export const SERVICE_LISTENERS: readonly ServiceListener[] = [
  { unit: "ssh", process: "sshd", address: "0.0.0.0", port: 22, fd: 3, queue: 128 },
  { unit: "ssh", process: "sshd", address: "[::]", port: 22, fd: 4, queue: 128 },
  { unit: "pveproxy", process: "pveproxy", address: "*", port: 8006, fd: 6, queue: 4096 },
  { unit: "pvedaemon", process: "pvedaemon", address: "127.0.0.1", port: 85, fd: 6, queue: 4096 },
  { unit: "spiceproxy", process: "spiceproxy", address: "*", port: 3128, fd: 6, queue: 4096 },
];

/** By number. */
export const PORT_NAMES: Readonly<Record<string, string>> = {
  "22": "ssh",
  "25": "smtp",
  "53": "domain",
  "80": "http",
  "111": "sunrpc",
  "123": "ntp",
  "443": "https",
};

/** The port that has a name; undefined for none. */
export function portNamed(name: string): number | undefined {
  const found = Object.keys(PORT_NAMES).find((port) => PORT_NAMES[port] === name);
  return found === undefined ? undefined : Number(found);
}
