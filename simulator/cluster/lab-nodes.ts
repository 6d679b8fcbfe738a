/** The parts of a node that lie above its hardware and corosync: disk, /etc/pve, services, tasks, accounts. */
import { type HostKeyFiles, installHostKeys, installRsaKeys, randomRsaKeys } from "./accounts/ssh-keys.ts";
import { installedDisk } from "./files/initial-tree.ts";
import { newJobsState } from "./jobs/jobs-state.ts";
import { newClusterJobsState } from "./join/cluster-jobs.ts";
import { requestCertificate } from "./pki/pki.ts";
import { newPmxcfsState } from "./pmxcfs/daemon.ts";
import { installedDatabase, randomBase64 } from "./pmxcfs/initial-database.ts";
import { bootServicesAtOnce, newServicesState } from "./services/services.ts";
import type { LabState, NodeState } from "./state.ts";
import { wallNowMs } from "./wall-clock.ts";

/** The state of a node's software right after installation, for the node that is about to be put into the lab. */
export function installedSoftware(
  lab: LabState,
  options: {
    name: string;
    address: string;
    prefixLength: number;
    gateway: string;
    furtherNics?: { name: string; address: string; prefixLength: number }[];
    peers: { name: string; address: string }[];
    rootPassword: string;
    hostKeys?: HostKeyFiles;
  },
): Pick<NodeState, "files" | "pmxcfs" | "services" | "tasks" | "clusterJobs" | "accounts" | "jobs" | "qemu"> {
  const files = installedDisk(options, wallNowMs(lab));
  const keys = randomRsaKeys(randomBase64(lab, 500));
  installRsaKeys(files, options.name, keys, wallNowMs(lab));
  if (options.hostKeys) installHostKeys(files, options.hostKeys, wallNowMs(lab));
  return {
    files,
    pmxcfs: { ...newPmxcfsState(), database: installedDatabase(lab, options.name, keys) },
    services: newServicesState(),
    tasks: [],
    clusterJobs: newClusterJobsState(),
    jobs: newJobsState(),
    qemu: {},
    accounts: { rootPassword: options.rootPassword, ...(options.hostKeys && { hostKeysOnDisk: true as const }) },
  };
}

/** Bring up a node that has just been put into the lab, as if it had been booted a while ago. */
export function bringUpNode(lab: LabState, node: string): void {
  bootServicesAtOnce(lab, node);
  requestCertificate(lab, { node, kind: "ca", caPem: "", caKeyPem: "", serial: "01", next: null });
}
