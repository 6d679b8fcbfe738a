/** The network of a machine that a test makes without installing it. */
import { hardwareStack, type NetworkStack, placeAddress } from "../host-network/network-stack.ts";

/** One bridge `vmbr0` on the network `lan`, with one address of a /24. */
export function bridgedNetwork(address: string): NetworkStack {
  const stack = hardwareStack([{ name: "ens18", network: "lan" }]);
  const port = stack.devices[1]!;
  Object.assign(port, { up: true, master: "vmbr0" });
  stack.devices.push({ name: "vmbr0", index: 3, kind: "bridge", up: true, mtu: 1500, addresses: [] });
  placeAddress(stack, stack.devices[2]!, { address, prefixLength: 24, scope: "global", label: "vmbr0" });
  return { ...stack, nextIndex: 4 };
}
