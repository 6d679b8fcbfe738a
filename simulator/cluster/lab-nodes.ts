/** The parts of a node that lie above its hardware and corosync: disk, /etc/pve, services, tasks, accounts. */
import { installedDisk } from "./files/initial-tree.ts";
import { newJobsState } from "./jobs/jobs-state.ts";
import { newClusterJobsState } from "./join/cluster-jobs.ts";
import { requestCertificate } from "./pki/pki.ts";
import { newPmxcfsState } from "./pmxcfs/daemon.ts";
import { installedDatabase } from "./pmxcfs/initial-database.ts";
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
  },
): Pick<NodeState, "files" | "pmxcfs" | "services" | "tasks" | "clusterJobs" | "accounts" | "jobs" | "qemu"> {
  return {
    files: installedDisk(options, wallNowMs(lab)),
    pmxcfs: { ...newPmxcfsState(), database: installedDatabase(lab, options.name) },
    services: newServicesState(),
    tasks: [],
    clusterJobs: newClusterJobsState(),
    jobs: newJobsState(),
    qemu: {},
    accounts: { rootPassword: options.rootPassword },
  };
}

/** Bring up a node that has just been put into the lab, as if it had been booted a while ago. */
export function bringUpNode(lab: LabState, node: string): void {
  bootServicesAtOnce(lab, node);
  requestCertificate(lab, { node, kind: "ca", caPem: "", caKeyPem: "", serial: 1, next: null });
}
