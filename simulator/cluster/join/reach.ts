/** Whether one node reaches another's API over the lab's networks, and what a client sees when it does not. */
import { readNodeFile } from "../files/node-tree.ts";
import { nodeOf } from "../kernel.ts";
import { nodeByAddress, pathIsUp } from "../network.ts";
import { unitServes } from "../services/services.ts";
import type { LabState } from "../state.ts";

export type Reach =
  | { state: "open"; node: string }
  /** `afterMs`: how long a client waits before it is told. */
  | { state: "closed"; reason: string; afterMs: number };

/** Address resolution gives up after three tries, one a second. @source FACTS 5: 0.2 to 3 s */
const NO_ROUTE_AFTER_MS = 3_050;
/** A machine that stands still answers nothing; the kernel keeps on for this long. @source FACTS 5, recording 58: 30 s */
const TIMEOUT_AFTER_MS = 30_000;

/**
 * How a TCP connection from a node to a host's port 8006 fares now.
 *
 * @param host an address, or a name that the node's /etc/hosts knows
 */
export function reachApi(lab: Readonly<LabState>, from: string, host: string): Reach {
  const address = addressOf(lab, from, host);
  if (address === undefined) return { state: "closed", reason: "Name or service not known", afterMs: 20 };
  const target = nodeByAddress(lab as LabState, address);
  if (!target) return { state: "closed", reason: "No route to host", afterMs: NO_ROUTE_AFTER_MS };
  const { power } = nodeOf(lab as LabState, target.node);
  const both =
    pathIsUp(lab as LabState, target.network, from, target.node) &&
    pathIsUp(lab as LabState, target.network, target.node, from);
  if (power === "off" || !both) return { state: "closed", reason: "No route to host", afterMs: NO_ROUTE_AFTER_MS };
  if (power === "hung") return { state: "closed", reason: "Connection timed out", afterMs: TIMEOUT_AFTER_MS };
  if (!unitServes(lab, target.node, "pveproxy")) return { state: "closed", reason: "Connection refused", afterMs: 20 };
  return { state: "open", node: target.node };
}

/** The IPv4 address that a host's name means on a node; undefined when it knows none of that name. */
export function addressOf(lab: Readonly<LabState>, node: string, host: string): string | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return host;
  for (const line of (readNodeFile(lab, node, "/etc/hosts") ?? "").split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (address && names.includes(host)) return address;
  }
  return undefined;
}
