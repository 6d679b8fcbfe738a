/** Whether one node reaches another's sshd over the lab's networks, and what a client sees when it does not. */

import { qnetdReachable } from "../cluster/corosync/qdevice-wire.ts";
import { bridgeOf, networkOfBridge } from "../cluster/guests/bridges.ts";
import { machineAnswers, machineAt } from "../cluster/guests/guest-view.ts";
import type { QemuInstance } from "../cluster/guests/guests-state.ts";
import { addressOfName } from "../cluster/host-network/node-address.ts";
import { reachesHost } from "../cluster/host-network/reaching.ts";
import { departureTo } from "../cluster/host-network/route-choice.ts";
import { tcpFateTo, tcpTarget } from "../cluster/join/reach.ts";
import { nodeOf } from "../cluster/kernel.ts";
import { pathIsUp, pathOf } from "../cluster/network.ts";
import { tcpFateToHost } from "../cluster/packet-filter/passing.ts";
import { unitServes } from "../cluster/services/services.ts";
import type { LabState } from "../cluster/state.ts";
import { SERVER_PORTS, serverAnswers } from "../cluster/storage/storage-servers.ts";

export type SshReach =
  /**
   * `guest`: the sshd is that of a system inside a guest, which `node` carries. `qnetd`: that of the host of
   * corosync-qnetd, whose name is `node`. `storage`: a port of a storage server; `node` is its address, as it has no name.
   */
  | { state: "open"; node: string; address: string; guest?: QemuInstance; qnetd?: true; storage?: true }
  /** `afterMs`: how long a client waits before it is told. */
  | { state: "closed"; reason: string; afterMs: number; address: string }
  | { state: "unknown-host" };

/** Address resolution of the link gives up after three tries, one a second. @source recordings 32, 33: 1 to 4 s with Perl */
const NO_ROUTE_AFTER_MS = 3_050;
/** SYN retries of Linux: 1 + 2 + 4 + 8 + 16 + 32 + 64 s (unverified here). */
const TIMEOUT_AFTER_MS = 127_000;
const REFUSED_AFTER_MS = 20;
const SSH_PORT = 22;

/** How a TCP connection from a node to a host's port 22 fares now. @param host an address or a name of its /etc/hosts */
export function reachSsh(lab: Readonly<LabState>, from: string, host: string): SshReach {
  if (host === "localhost" || host === "127.0.0.1" || host === from)
    return { state: "open", node: from, address: "127.0.0.1" };
  return reachPort(lab, from, host, SSH_PORT, (node) => unitServes(lab, node, "ssh"));
}

/** The same of any port. @param listens whether a node has a listener on it; guests and the device's host have sshd alone */
export function reachPort(
  lab: Readonly<LabState>,
  from: string,
  host: string,
  port: number,
  listens: (node: string, local: boolean) => boolean,
): SshReach {
  const state = lab as LabState;
  if (host === "localhost" || host === from || /^127\./.test(host)) {
    const address = host.startsWith("127.") ? host : "127.0.0.1";
    return listens(from, true)
      ? { state: "open", node: from, address }
      : { state: "closed", reason: "Connection refused", afterMs: 1, address };
  }
  const address = addressOfName(lab, from, host);
  if (address === undefined) return { state: "unknown-host" };
  const closed = (reason: string, afterMs: number): SshReach => ({ state: "closed", reason, afterMs, address });
  const target = tcpTarget(state, from, address);
  if ("reason" in target && target.afterMs > 0) {
    if (lab.storage.servers[address]) return reachServer(lab, from, address, port);
    const other: SshReach =
      lab.qnetd?.address !== address
        ? reachGuest(state, from, address)
        : qnetdReachable(lab, from)
          ? { state: "open", node: lab.qnetd.name, address, qnetd: true }
          : closed("No route to host", NO_ROUTE_AFTER_MS);
    return other.state === "open" && port !== SSH_PORT ? closed("Connection refused", REFUSED_AFTER_MS) : other;
  }
  if ("reason" in target) return closed(target.reason, target.afterMs);
  const { network } = target;
  if (network === undefined) {
    return port === SSH_PORT || listens(from, false)
      ? { state: "open", node: from, address }
      : closed("Connection refused", 1);
  }
  const { power } = nodeOf(state, target.node);
  const ways = [
    [from, target.node],
    [target.node, from],
  ] as const;
  if (power === "off" || !ways.every(([a, b]) => pathIsUp(state, network, a, b))) {
    return closed("No route to host", NO_ROUTE_AFTER_MS);
  }
  const fate = tcpFateTo(lab, from, target, address, port);
  if (typeof fate === "object") return closed(fate.refused, REFUSED_AFTER_MS);
  const silent =
    power === "hung" || fate === "silent" || ways.some(([a, b]) => pathOf(state, network, a, b).lossPercent >= 100);
  if (silent) return closed("Connection timed out", TIMEOUT_AFTER_MS);
  if (!listens(target.node, false)) return closed("Connection refused", REFUSED_AFTER_MS);
  return { state: "open", node: target.node, address };
}

/** A storage server. */
function reachServer(lab: Readonly<LabState>, from: string, address: string, port: number): SshReach {
  const closed = (reason: string, afterMs: number): SshReach => ({ state: "closed", reason, afterMs, address });
  const fate = tcpFateToHost(lab, from, address, port);
  if (typeof fate === "object") return closed(fate.refused, REFUSED_AFTER_MS);
  if (!serverAnswers(lab, from, address)) return closed("No route to host", NO_ROUTE_AFTER_MS);
  if (fate === "silent") return closed("Connection timed out", TIMEOUT_AFTER_MS);
  return SERVER_PORTS.includes(port)
    ? { state: "open", node: address, address, storage: true }
    : closed("Connection refused", REFUSED_AFTER_MS);
}

/** The system of a guest at an address: through the first card of the node that carries it. */
function reachGuest(lab: LabState, from: string, address: string): SshReach {
  const closed = (reason: string, afterMs: number): SshReach => ({ state: "closed", reason, afterMs, address });
  const found = machineAt(lab, address);
  if (!found || !guestPathIsUp(lab, from, found.node, address)) return closed("No route to host", NO_ROUTE_AFTER_MS);
  const { node, instance } = found;
  if (machineAnswers(lab, instance)) return { state: "open", node, address, guest: instance };
  // One that stands still keeps its place in the tables of neighbours; one that boots has not answered there yet.
  return instance.status === "running"
    ? closed("No route to host", NO_ROUTE_AFTER_MS)
    : closed("Connection timed out", TIMEOUT_AFTER_MS);
}

/** Whether packets get from a node to a guest of another (or its own) at an address, and back. */
export function guestPathIsUp(lab: LabState, from: string, carrier: string, address: string): boolean {
  if (lab.nodes[carrier]?.power !== "on") return false;
  const bridge = bridgeOfGuest(lab, address);
  if (bridge === undefined) return false;
  if (from === carrier) {
    // On its own bridge a guest is reached whether a cable hangs on that or not.
    const departure = departureTo(lab.nodes[from]!.net, address);
    const device = lab.nodes[carrier]!.net.devices.find((one) => one.name === bridge);
    return departure.kind === "device" && departure.device === bridge && device?.up === true;
  }
  const network = networkOfBridge(lab, carrier, bridge);
  if (network === undefined || !reachesHost(lab, from, { address, network })) return false;
  return pathIsUp(lab, network, from, carrier) && pathIsUp(lab, network, carrier, from);
}

/** The bridge of the first card of the guest at an address. */
function bridgeOfGuest(lab: LabState, address: string): string | undefined {
  const config = machineAt(lab, address)?.instance.config ?? "";
  return bridgeOf(/^net0:\s*(.*)$/m.exec(config)?.[1] ?? "");
}
