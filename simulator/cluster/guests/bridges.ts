/** The bridges that a guest's cards hang on: whether its node has them, and where they lead. */
import { networkOfSegment, segmentsOf } from "../host-network/segments.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import type { ConfigKeys } from "./guest-config.ts";

/** `vmbr0` of `virtio=BC:24:11:...,bridge=vmbr0`. */
export function bridgeOf(card: string): string | undefined {
  return /(?:^|,)bridge=([-_.\w]+)/.exec(card)?.[1];
}

/** The first card of a guest whose bridge a node does not have, with its number. */
export function cardWithoutBridge(
  lab: Readonly<LabState>,
  node: string,
  keys: ConfigKeys,
): { number: number; bridge: string; virtio: boolean } | undefined {
  const { devices } = nodeOf(lab as LabState, node).net;
  for (const [key, value = ""] of Object.entries(keys)) {
    const number = /^net(\d+)$/.exec(key)?.[1];
    const bridge = number === undefined ? undefined : bridgeOf(value);
    if (bridge === undefined || devices.some((device) => device.name === bridge && device.kind === "bridge")) continue;
    return { number: Number(number), bridge, virtio: value.startsWith("virtio") };
  }
  return undefined;
}

/**
 * What QEMU says when the script that ties a card to its bridge finds none.
 *
 * @source qemu-server 8 pve-bridge, PVE/QemuServer.pm print_netdev_full (unverified)
 */
export function missingBridgeText(
  vmid: number,
  { number, bridge, virtio }: { number: number; bridge: string; virtio: boolean },
) {
  const scripts = "script=/var/lib/qemu-server/pve-bridge,downscript=/var/lib/qemu-server/pve-bridgedown";
  const netdev = `type=tap,id=net${number},ifname=tap${vmid}i${number},${scripts}${virtio ? ",vhost=on" : ""}`;
  return {
    first: `bridge '${bridge}' does not exist`,
    last: `kvm: -netdev ${netdev}: network script /var/lib/qemu-server/pve-bridge failed with status 512`,
  };
}

/** The network of the lab that a bridge of a node leads to; undefined when it leads nowhere or is down. */
export function networkOfBridge(lab: Readonly<LabState>, node: string, bridge: string): string | undefined {
  const net = lab.nodes[node]?.net;
  const segment = net && segmentsOf(net, bridge).find((one) => !one.includes("."));
  return segment && networkOfSegment(segment);
}
