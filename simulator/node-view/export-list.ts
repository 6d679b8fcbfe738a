/**
 * What an NFS server tells a node that it exports, or what `showmount` says of one that does not answer.
 *
 * @source showmount of nfs-utils 2.6.2, asked of a host without rpcbind, of none at the address, over no route, and of one
 * that drops the packets: texts and times
 */
import type { LabState } from "../cluster/state.ts";
import { reachPort } from "./ssh-reach.ts";

export type ExportList =
  | { kind: "exports"; exports: { path: string; clients: string }[] }
  | { kind: "silent"; problem: string; afterMs: number };

const RPCBIND = 111;
const MOUNTD = 20_048;
/** UDP first, then TCP: each waits for the neighbour that does not answer. */
const NOBODY_MS = 6_200;
const DROPPED_MS = 195_000;

/** @param address an IPv4 address */
export function exportList(lab: Readonly<LabState>, node: string, address: string): ExportList {
  for (const port of [RPCBIND, MOUNTD]) {
    // A lab's nodes and guests have no rpcbind.
    const reach = reachPort(lab, node, address, port, () => false);
    if (reach.state !== "closed") continue;
    const silent = (problem: string, afterMs: number): ExportList => ({ kind: "silent", problem, afterMs });
    if (reach.reason === "Connection refused") return silent("RPC: Unable to receive", 20);
    if (reach.reason === "Connection timed out") return silent("RPC: Timed out", DROPPED_MS);
    return reach.afterMs > 0 ? silent("RPC: Unable to receive", NOBODY_MS) : silent("RPC: Unable to send", 0);
  }
  const exports = lab.storage.servers[address]?.exports ?? [];
  return { kind: "exports", exports: exports.map(({ path }) => ({ path, clients: "*" })) };
}
