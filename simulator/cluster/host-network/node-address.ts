/** The addresses by which a node is known: what its own name means to it, and what it has. */
import { readNodeFile } from "../files/node-tree.ts";
import { nodeOf } from "../kernel.ts";
import { ownName } from "../pmxcfs/own-name.ts";
import type { LabState } from "../state.ts";
import { isAddress } from "./ipv4.ts";
import { globalAddresses } from "./network-stack.ts";

/** The IPv4 address that a host's name means on a node, by its /etc/hosts; undefined when it knows none of that name. */
export function addressOfName(lab: Readonly<LabState>, node: string, host: string): string | undefined {
  return isAddress(host) ? host : addressesOfName(lab, node, host)[0];
}

/** Every IPv4 address that /etc/hosts of a node has for a name. */
export function addressesOfName(lab: Readonly<LabState>, node: string, host: string): string[] {
  return (readNodeFile(lab, node, "/etc/hosts") ?? "").split("\n").flatMap((line) => {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return address && isAddress(address) && names.includes(host) ? [address] : [];
  });
}

/** Every name that /etc/hosts of a node has for an address, the one that it is called by first. */
export function namesOfAddress(lab: Readonly<LabState>, node: string, address: string): string[] {
  return (readNodeFile(lab, node, "/etc/hosts") ?? "").split("\n").flatMap((line) => {
    const [first, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return first === address ? names : [];
  });
}

/** The address that a node's own name means to it. */
export function resolvedAddress(lab: Readonly<LabState>, node: string): string | undefined {
  return addressOfName(lab, node, node);
}

/** All addresses that others may send to, in the order of the devices. */
export function addressesOf(lab: Readonly<LabState>, node: string): string[] {
  return globalAddresses(nodeOf(lab as LabState, node).net).map((one) => one.address);
}

/** The address of a node that everything takes which does not say another: its name's, else the first that it has. */
export function mainAddressOf(lab: Readonly<LabState>, node: string): string | undefined {
  if (!lab.nodes[node]) return undefined;
  return resolvedAddress(lab, node) ?? addressesOf(lab, node)[0];
}

/** The address that a node's pmxcfs found when it started, and tells others; without one what its name means now. */
export function localAddressOf(lab: Readonly<LabState>, node: string): string | undefined {
  return lab.nodes[node]?.pmxcfs.knownAddresses[ownName(lab, node)] ?? mainAddressOf(lab, node);
}
