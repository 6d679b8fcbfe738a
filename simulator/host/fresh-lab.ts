/** A new lab of an identity: stand-alone nodes, as they are right after their installation. */
import { createLab, type FurtherNetwork } from "../cluster/lab.ts";
import type { LabState } from "../cluster/state.ts";
import { hostKeyFiles } from "../keys/host-key.ts";
import type { LabIdentity } from "./lab-identity.ts";

/** A second card in every node, on a switch of its own. Nothing uses it until a learner gives it to corosync. */
const CLUSTER_NETWORK: FurtherNetwork = { name: "cluster", nic: "ens19", subnet: "10.10.20.0" };

/**
 * Its certificates are asked for and not issued yet.
 *
 * @param wallMs what the nodes' clocks show
 */
export function freshLab(identity: LabIdentity, wallMs = Date.now()): LabState {
  const qnetdAddress = freeAddress(identity.nodes.map(({ address }) => address));
  return createLab({
    seed: identity.seed,
    nodes: identity.nodes.map(({ name, address, hostKey }) => ({
      name,
      address,
      // Empty in tests of labs that older versions saved.
      ...(hostKey !== "" && { hostKeys: hostKeyFiles(hostKey, name) }),
    })),
    networks: [CLUSTER_NETWORK],
    ...(qnetdAddress !== undefined && { qnetdAddress }),
    rootPassword: identity.password,
    wallMs,
  });
}

/** Where the host with corosync-qnetd is: .20 beside the nodes; none when a node has that address. */
function freeAddress(taken: readonly string[]): string | undefined {
  const address = taken[0]?.replace(/\.\d+$/, ".20");
  return address !== undefined && !taken.includes(address) ? address : undefined;
}
