/** NFS servers of a lab: machines on its network that export folders, can fail, and can be cut off from a node. */
import { reachesHost } from "../host-network/reaching.ts";
import { log } from "../journal.ts";
import { type EventHandler, schedule } from "../kernel.ts";
import { tcpPassesToHost } from "../packet-filter/passing.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { storageDefinitions } from "./storage-config.ts";
import type { StorageServer, StorageState, VolumeFormat } from "./storage-state.ts";
import { allocateVolume, findVolume, freeVolume, splitVolid, storageTrouble, volumePath } from "./volumes.ts";

const GIB = 1024 ** 3;

/** The export that every lab has, ready for `pvesm add nfs`. */
const DEFAULT_EXPORT = "/export/guests";

/** The lab's own NFS server, at .5 of its main network. */
export function defaultServer(network: string, subnet: string): StorageServer {
  return {
    address: subnet.replace(/\.0$/, ".5"),
    network,
    up: true,
    cutFrom: [],
    exports: [{ path: DEFAULT_EXPORT, totalBytes: 200 * GIB }],
  };
}

/** What a new lab has: no volumes, one server. */
export function newStorageState(network: string, subnet: string): StorageState {
  const server = defaultServer(network, subnet);
  return { volumes: [], servers: { [server.address]: server } };
}

const NFS_PORT = 2049;

/** What a server listens on: sshd is not among it. @source nfs-kernel-server of Debian 12: rpcbind, nfsd; mountd (port unverified) */
export const SERVER_PORTS: readonly number[] = [111, NFS_PORT, 20_048];

/** Whether a node uses a server's exports now: it answers there, and no packet filter is in the way. */
export function serverReachable(lab: Readonly<LabState>, node: string, address: string): boolean {
  return serverAnswers(lab, node, address) && tcpPassesToHost(lab, node, address, NFS_PORT);
}

/** Whether a server answers a node's packets: both powered, the node's card up and plugged, the way not cut. */
export function serverAnswers(lab: Readonly<LabState>, node: string, address: string): boolean {
  const server = lab.storage.servers[address];
  const machine = lab.nodes[node];
  if (!server?.up || machine?.power !== "on" || server.cutFrom.includes(node)) return false;
  if (lab.network.unplugged[`${server.network}/${node}`]) return false;
  return reachesHost(lab, node, server);
}

export type StorageInputs = {
  /** Switch a storage server on or off. @throws Refusal "not-found" */
  "storage/server": { args: { address: string; up: boolean }; result: undefined };
  /** `pvesm alloc`: a volume by hand. @returns its id and what is printed @throws Refusal as storages refuse */
  "storage/alloc": {
    args: { node: string; storage: string; vmid: number; name?: string; sizeBytes: number; format?: VolumeFormat };
    result: { volid: string; output: string[] };
  };
  /** `pvesm free`: nobody asks whether a guest uses it. @throws Refusal "not-found" */
  "storage/free": { args: { node: string; volid: string }; result: undefined };
  /** Cut or heal a node's way to a storage server. @throws Refusal "not-found", "unknown-node" */
  "storage/cut": { args: { address: string; node: string; cut: boolean }; result: undefined };
};

export const storageInputs = {
  "storage/server": (lab: LabState, args: { address: string; up: boolean }): undefined => {
    serverOf(lab, args.address).up = args.up;
    watchServer(lab, args.address);
    return undefined;
  },
  "storage/alloc": (lab: LabState, args: StorageInputs["storage/alloc"]["args"]) => {
    const { node, name, format, ...spec } = args;
    return allocateVolume(lab, node, { ...spec, ...(name !== undefined && { name }), ...(format && { format }) });
  },
  "storage/free": (lab: LabState, args: { node: string; volid: string }): undefined => {
    const parts = splitVolid(args.volid);
    if (!parts) throw new Refusal("invalid", `unable to parse volume ID '${args.volid}'`);
    const trouble = storageTrouble(lab, args.node, parts.storage);
    if (trouble) throw new Refusal("not-found", trouble);
    if (!findVolume(lab, args.node, args.volid)) {
      const path = volumePath(lab, args.node, args.volid);
      throw new Refusal(
        "not-found",
        path.startsWith("/dev/") ? `no such logical volume ${path.slice(5)}` : `disk image '${path}' does not exist`,
      );
    }
    freeVolume(lab, args.node, args.volid);
    return undefined;
  },
  "storage/cut": (lab: LabState, args: { address: string; node: string; cut: boolean }): undefined => {
    const server = serverOf(lab, args.address);
    if (!lab.nodes[args.node]) throw new Refusal("unknown-node", `there is no node ${args.node} in this lab`);
    server.cutFrom = server.cutFrom.filter((name) => name !== args.node);
    if (args.cut) server.cutFrom.push(args.node);
    watchServer(lab, args.address);
    return undefined;
  },
};

/** Retransmissions until the kernel says that a server is silent. @source nfs(5) timeo=600, retrans=2 (unverified) */
const SILENT_MS = 180_000;

/** A server came or went: nodes whose guests have their disks there miss it after a while, and find it again at once. */
function watchServer(lab: LabState, address: string): void {
  const server = serverOf(lab, address);
  for (const node of Object.keys(lab.nodes)) {
    if (!serverReachable(lab, node, address)) {
      schedule(lab, SILENT_MS, { kind: "storage/silent", node, data: { address } });
    } else if (server.missedBy?.includes(node)) {
      server.missedBy = server.missedBy.filter((name) => name !== node);
      logKernel(lab, node, `nfs: server ${address} OK`);
    }
  }
}

export const storageHandlers: Record<string, EventHandler> = {
  "storage/silent": (lab, event) => {
    const node = event.node!;
    const { address } = event.data as { address: string };
    const server = lab.storage.servers[address];
    if (!server || serverReachable(lab, node, address) || server.missedBy?.includes(node)) return;
    const owner = lab.nodes[node];
    const names = storageDefinitions(lab, node).filter((one) => one.keys.server === address);
    const used = Object.values(owner?.qemu ?? {}).some(({ config }) =>
      names.some(({ storage }) => config.includes(` ${storage}:`)),
    );
    if (owner?.power !== "on" || !used) return;
    server.missedBy = [...(server.missedBy ?? []), node];
    logKernel(lab, node, `nfs: server ${address} not responding, still trying`);
  },
};

function logKernel(lab: LabState, node: string, text: string): void {
  log(lab, node, { unit: "", identifier: "kernel", pid: 0, text, priority: 4 });
}

function serverOf(lab: LabState, address: string): StorageServer {
  const server = lab.storage.servers[address];
  if (!server) throw new Refusal("not-found", `there is no storage server at ${address} in this lab`);
  return server;
}
