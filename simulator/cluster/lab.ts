/** A new lab: stand-alone Proxmox nodes on one network, powered on and booted a while ago. */
import { initialCorosyncState } from "./corosync/corosync-state.ts";
import { advance, random } from "./kernel.ts";
import { bringUpNode, installedSoftware } from "./lab-nodes.ts";
import { newPkiState } from "./pki/pki.ts";
import { seedRandom } from "./random.ts";
import { LAB_FORMAT, type LabState, type NodeState } from "./state.ts";
import { newStorageState } from "./storage/storage-servers.ts";

/** The lab's only network unless a chapter makes more. */
export const MAIN_NETWORK = "lan";

/** Model time at which the nodes' services run, and at which a new lab is handed out: they were booted a while ago. */
const SERVICES_AT_MS = 20_000;
const BEGINS_AT_MS = 300_000;

/**
 * Make a lab of stand-alone nodes.
 *
 * Each node asks for its certificate (`lab.pki.requests`); until it is issued its API has none.
 *
 * @param options.seed the same seed and inputs give the same lab
 * @param options.nodes names and IPv4 addresses, all in one /24
 * @param options.rootPassword root's on every node
 * @param options.wallMs what the nodes' clocks show, milliseconds since 1970
 */
export function createLab(options: {
  seed: string;
  nodes: { name: string; address: string }[];
  rootPassword: string;
  wallMs: number;
}): LabState {
  const subnet = (options.nodes[0]?.address ?? "10.99.7.11").replace(/\.\d+$/, ".0");
  const lab: LabState = {
    format: LAB_FORMAT,
    seed: options.seed,
    rng: seedRandom(options.seed),
    nowMs: SERVICES_AT_MS,
    wallOffsetMs: options.wallMs - BEGINS_AT_MS,
    nextEventId: 1,
    queue: [],
    network: { networks: { [MAIN_NETWORK]: { subnet, prefixLength: 24 } }, faults: {}, unplugged: {} },
    nodes: {},
    pki: newPkiState(),
    storage: newStorageState(MAIN_NETWORK, subnet),
    guestSystems: {},
  };
  for (const [index, { name, address }] of options.nodes.entries()) {
    const hardware = {
      name,
      power: "on" as const,
      bootedAtMs: Math.floor(random(lab) * 8_000),
      bootCount: 1,
      nics: [{ name: "vmbr0", network: MAIN_NETWORK, address, prefixLength: 24, adminUp: true }],
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
        peers: options.nodes,
        rootPassword: options.rootPassword,
      }),
    );
    bringUpNode(lab, name);
  }
  advance(lab, BEGINS_AT_MS);
  return lab;
}
