/** A new lab: stand-alone Proxmox nodes on one network, powered on and booted a while ago. */
import type { HostKeyFiles } from "./accounts/ssh-keys.ts";
import { initialCorosyncState } from "./corosync/corosync-state.ts";
import { setQnetd } from "./corosync/qnetd.ts";
import { cardName, hardwareStack } from "./host-network/network-stack.ts";
import { random } from "./kernel.ts";
import { bringUpNode, installedSoftware } from "./lab-nodes.ts";
import { newPkiState } from "./pki/pki.ts";
import { seedRandom } from "./random.ts";
import { LAB_FORMAT, type LabState, type NodeState } from "./state.ts";
import { advance } from "./stepping.ts";
import { newStorageState } from "./storage/storage-servers.ts";

/** The network of vmbr0; a lab may have more. */
export const MAIN_NETWORK = "lan";

/** Model time at which the nodes' services run, and at which a new lab is handed out: they were booted a while ago. */
const SERVICES_AT_MS = 20_000;
const BEGINS_AT_MS = 300_000;

/** A further network: each node has a NIC on it, with the host part of its main address. */
export interface FurtherNetwork {
  /** `cluster`. */
  name: string;
  /** `ens19`. */
  nic: string;
  /** First address of a /24: `10.98.7.0`. */
  subnet: string;
}

/**
 * Make a lab of stand-alone nodes.
 *
 * Each node asks for its certificate (`lab.pki.requests`); until it is issued its API has none.
 *
 * @param options.seed the same seed and inputs give the same lab
 * @param options.nodes names and IPv4 addresses, all in one /24, and SSH host keys if somebody has made them
 * @param options.networks further networks, without a gateway
 * @param options.qnetdAddress a further host on the main network that runs corosync-qnetd; absent: there is none
 * @param options.rootPassword root's on every node
 * @param options.wallMs what the nodes' clocks show, milliseconds since 1970
 */
export function createLab(options: {
  seed: string;
  nodes: { name: string; address: string; hostKeys?: HostKeyFiles }[];
  networks?: FurtherNetwork[];
  qnetdAddress?: string;
  rootPassword: string;
  wallMs: number;
}): LabState {
  const further = options.networks ?? [];
  const subnet = (options.nodes[0]?.address ?? "10.99.7.11").replace(/\.\d+$/, ".0");
  const lab: LabState = {
    format: LAB_FORMAT,
    seed: options.seed,
    rng: seedRandom(options.seed),
    nowMs: SERVICES_AT_MS,
    wallOffsetMs: options.wallMs - BEGINS_AT_MS,
    nextEventId: 1,
    queue: [],
    network: { networks: networksOf(subnet, further), faults: {}, unplugged: {} },
    nodes: {},
    pki: newPkiState(),
    storage: newStorageState(MAIN_NETWORK, subnet),
    guestSystems: {},
  };
  for (const [index, { name, address, hostKeys }] of options.nodes.entries()) {
    const hardware = {
      name,
      power: "on" as const,
      bootedAtMs: Math.floor(random(lab) * 8_000),
      bootCount: 1,
      net: hardwareStack([
        { name: cardName(0), network: MAIN_NETWORK },
        ...further.map((network) => ({ name: network.nic, network: network.name })),
      ]),
      nextPid: 620 + index * 7,
      processes: {},
      journal: [],
      corosync: initialCorosyncState(),
    };
    const gateway = subnet.replace(/\.0$/, ".1");
    const node = hardware as Partial<NodeState> as NodeState;
    lab.nodes[name] = node;
    Object.assign(
      node,
      installedSoftware(lab, {
        name,
        address,
        prefixLength: 24,
        gateway,
        furtherNics: further.map((network) => ({
          name: network.nic,
          address: addressIn(network, address),
          prefixLength: 24,
        })),
        peers: options.nodes,
        rootPassword: options.rootPassword,
        ...(hostKeys && { hostKeys }),
      }),
    );
    bringUpNode(lab, name);
  }
  if (options.qnetdAddress !== undefined) {
    setQnetd(lab, { address: options.qnetdAddress });
    lab.qnetd!.rootPassword = options.rootPassword;
  }
  advance(lab, BEGINS_AT_MS);
  return lab;
}

function networksOf(subnet: string, further: FurtherNetwork[]): LabState["network"]["networks"] {
  const others = further.map(({ name, subnet: other }) => [name, { subnet: other, prefixLength: 24 }] as const);
  return { [MAIN_NETWORK]: { subnet, prefixLength: 24 }, ...Object.fromEntries(others) };
}

/** A node's address on a further network. */
function addressIn(network: FurtherNetwork, mainAddress: string): string {
  return network.subnet.replace(/\d+$/, mainAddress.slice(mainAddress.lastIndexOf(".") + 1));
}
