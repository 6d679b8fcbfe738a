/** Whether one node reaches another's API over the lab's networks, and what a client sees when it does not. */
import { addressOfName } from "../host-network/node-address.ts";
import { arrivalAt } from "../host-network/reaching.ts";
import { departureTo } from "../host-network/route-choice.ts";
import { nodeOf } from "../kernel.ts";
import { pathIsUp } from "../network.ts";
import { type TcpFate, tcpFate } from "../packet-filter/passing.ts";
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
  const address = addressOfName(lab, from, host);
  if (address === undefined) return { state: "closed", reason: "Name or service not known", afterMs: 20 };
  const target = tcpTarget(lab, from, address);
  if ("reason" in target) return { state: "closed", ...target };
  const { power } = nodeOf(lab as LabState, target.node);
  const { network } = target;
  const both =
    network === undefined ||
    (pathIsUp(lab as LabState, network, from, target.node) && pathIsUp(lab as LabState, network, target.node, from));
  if (power === "off" || !both) return { state: "closed", reason: "No route to host", afterMs: NO_ROUTE_AFTER_MS };
  const fate = tcpFateTo(lab, from, target, address, 8006);
  if (typeof fate === "object") return { state: "closed", reason: fate.refused, afterMs: 20 };
  if (power === "hung" || fate === "silent") {
    return { state: "closed", reason: "Connection timed out", afterMs: TIMEOUT_AFTER_MS };
  }
  if (!unitServes(lab, target.node, "pveproxy")) return { state: "closed", reason: "Connection refused", afterMs: 20 };
  return { state: "open", node: target.node };
}

/**
 * Whom a connection from a node to an address meets, or what its kernel says; cables and power are not looked at.
 *
 * `network` is undefined for the node itself.
 */
export function tcpTarget(
  lab: Readonly<LabState>,
  from: string,
  address: string,
): { node: string; network: string | undefined } | { reason: string; afterMs: number } {
  const arrival = arrivalAt(lab, from, address);
  switch (arrival.kind) {
    case "self":
      return { node: from, network: undefined };
    case "node":
      return { node: arrival.node, network: arrival.network };
    case "no-route":
      return { reason: "Network is unreachable", afterMs: 0 };
    case "refused":
      return { reason: REFUSED[arrival.how], afterMs: 0 };
    case "nobody":
      return { reason: "No route to host", afterMs: NO_ROUTE_AFTER_MS };
  }
}

/** What packet filters on the way make of a connection to a target of `tcpTarget`. */
export function tcpFateTo(
  lab: Readonly<LabState>,
  from: string,
  target: { node: string; network: string | undefined },
  address: string,
  port: number,
  state: "new" | "established" = "new",
): TcpFate {
  const departure = departureTo(nodeOf(lab as LabState, from).net, address);
  const source = departure.kind === "device" ? departure.source : address;
  return tcpFate(lab, { node: from, address: source ?? address }, { node: target.node, address }, port, state);
}

/** @source Linux net/ipv4/fib_semantics.c fib_props */
const REFUSED = { blackhole: "Invalid argument", unreachable: "No route to host", prohibit: "Permission denied" };
