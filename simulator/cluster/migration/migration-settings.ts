/**
 * How a migration travels: over which network, through ssh or in the clear, how fast. What the command says wins over
 * `datacenter.cfg`.
 *
 * @source datacenter.cfg(5) `migration`, `bwlimit`; guests/02 for `insecure`; the rest unverified
 */
import { inSameNetwork, parsePrefix } from "../host-network/ipv4.ts";
import { addressesOf } from "../host-network/node-address.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";

export interface MigrationSettings {
  insecure: boolean;
  /** Text of the network asked for (`10.10.20.0/24`); absent for the cluster's own addresses. */
  network?: string;
  /** MiB/s; 0 for no limit. */
  limitMibPerS: number;
}

export function migrationSettings(
  lab: Readonly<LabState>,
  node: string,
  params: Record<string, string>,
): MigrationSettings {
  const text = pmxcfsFile(lab, node, "datacenter.cfg") ?? "";
  const line = (key: string) => new RegExp(`^${key}:\\s*(.*?)\\s*$`, "m").exec(text)?.[1] ?? "";
  const parts = (value: string, first: string) =>
    Object.fromEntries(
      value
        .split(",")
        .filter((part) => part !== "")
        .map((part) => (part.includes("=") ? part.split("=", 2) : [first, part]) as [string, string]),
    );
  const migration = parts(line("migration"), "type");
  const network = params.migration_network ?? migration.network;
  const limitKib =
    params.bwlimit ?? parts(line("bwlimit"), "default").migration ?? parts(line("bwlimit"), "default").default;
  return {
    insecure: (params.migration_type ?? migration.type) === "insecure",
    ...(network !== undefined && { network }),
    limitMibPerS: Number(limitKib ?? 0) / 1024 || 0,
  };
}

/** A node's own card in a network written as CIDR; undefined when it has none there. */
export function cardIn(lab: Readonly<LabState>, node: string, cidr: string): { address: string } | undefined {
  const network = parsePrefix(cidr);
  if (!network?.given) return undefined;
  const address = addressesOf(lab, node).find((one) => inSameNetwork(one, network.address, network.prefixLength));
  return address === undefined ? undefined : { address };
}
