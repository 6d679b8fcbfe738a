/**
 * `pvecm create`: a cluster of one node.
 *
 * @source recording 03 for every line; pve-cluster 8.1 PVE/API2/ClusterConfig.pm create
 */
import { publicKeyOnDisk, RSA_HOST_KEY } from "../accounts/ssh-keys.ts";
import { newClusterConf, serialiseSections } from "../corosync/corosync-conf.ts";
import { changeNodeFiles, writeLocalFile } from "../files/file-changes.ts";
import { readNodeFile } from "../files/node-tree.ts";
import { addressesOf, localAddressOf } from "../host-network/node-address.ts";
import { type EventHandler, nodeOf, schedule } from "../kernel.ts";
import { randomBytes } from "../pmxcfs/initial-database.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import { jobFailed, restartUnit } from "../services/services.ts";
import type { LabState } from "../state.ts";
import { endTask, findTask, startTask, taskEvent, writeTask } from "../tasks/tasks.ts";
import { rememberJob } from "./cluster-jobs.ts";
import { withLock } from "./pvecm-lock.ts";

export const AUTHKEY = "/etc/corosync/authkey";

export interface CreateParameters {
  node: string;
  clusterName: string;
  nodeId?: number;
  votes?: number;
  links?: Record<number, string>;
  /** `priority` of the links that were given one. */
  linkPriorities?: Record<number, number>;
  user?: string;
  /** Who asks, for the logs: `pvecm`, `pvedaemon`. */
  program: string;
}

export type CreateInputs = {
  /**
   * Start to make a cluster; the task tells the rest.
   *
   * @throws Refusal "already-exists" when the node is in a cluster
   */
  "cluster/create": { args: CreateParameters; result: { upid: string } };
};

export const createInputs = {
  "cluster/create": (lab: LabState, args: CreateParameters): { upid: string } => {
    const { node } = args;
    if (pmxcfsFile(lab, node, "corosync.conf") !== undefined) {
      throw new Refusal("already-exists", "cluster config '/etc/pve/corosync.conf' already exists");
    }
    const task = startTask(lab, node, {
      type: "clustercreate",
      id: args.clusterName,
      user: args.user ?? "root@pam",
      program: args.program,
    });
    rememberJob(lab, node, { upid: task.upid, kind: "create", question: null, timeoutEvent: null, join: null });
    schedule(lab, 300, taskEvent(task, "cluster/create-step", { step: "lock", parameters: args }));
    return { upid: task.upid };
  },
};

interface Step {
  upid: string;
  parameters: CreateParameters;
  step: "lock" | "key" | "config" | "restart" | "wait";
}

export const createHandlers: Record<string, EventHandler> = {
  "cluster/create-step": (lab, event) => {
    const data = event.data as Step;
    const { parameters, upid } = data;
    const { node } = parameters;
    const task = findTask(lab, node, upid);
    if (!task?.running) return;
    const say = (text: string) => writeTask(lab, node, upid, `${text}\n`);
    const next = (step: Step["step"], delayMs: number) =>
      schedule(lab, delayMs, taskEvent(task, "cluster/create-step", { step, parameters }));
    switch (data.step) {
      case "lock":
        withLock(lab, task, taskEvent(task, "cluster/create-step", { step: "key", parameters }));
        break;
      case "key": {
        if (readNodeFile(lab, node, AUTHKEY) === undefined) {
          say("Corosync Cluster Engine Authentication key generator.");
          say("Gathering 2048 bits for key from /dev/urandom.");
          say(`Writing corosync key to ${AUTHKEY}.`);
          if (!writeLocalFile(lab, node, AUTHKEY, randomBytes(lab, 256), 0o400)) {
            endTask(lab, node, upid, `Could not write ${AUTHKEY}: No space left on device`);
            return;
          }
        }
        next("config", 400);
        break;
      }
      case "config": {
        say("Writing corosync config to /etc/pve/corosync.conf");
        const links = Object.entries(parameters.links ?? {}).map(([number, address]) => ({
          number: Number(number),
          address,
        }));
        if (links.length === 0) links.push({ number: 0, address: localAddressOf(lab, node) ?? "127.0.0.1" });
        const content = serialiseSections(
          newClusterConf({
            clusterName: parameters.clusterName,
            nodeName: node,
            nodeId: parameters.nodeId ?? 1,
            votes: parameters.votes ?? 1,
            addresses: links,
            ...(parameters.linkPriorities && { linkPriorities: parameters.linkPriorities }),
          }),
        );
        const answer = changeNodeFiles(lab, node, { op: "write", path: "/etc/pve/corosync.conf", content });
        if (answer.state !== "done") {
          endTask(lab, node, upid, "unable to write '/etc/pve/corosync.conf.tmp' - Input/output error");
          return;
        }
        mergeKnownHosts(lab, node);
        next("restart", 150);
        break;
      }
      case "restart":
        say("Restart corosync and cluster filesystem");
        restartUnit(lab, node, "corosync");
        restartUnit(lab, node, "pve-cluster");
        next("wait", 500);
        break;
      case "wait": {
        // `systemctl restart` comes back when both have said that they are ready, so `pvecm status` works at once.
        const { units } = nodeOf(lab, node).services;
        const waitedFor = ["corosync", "pve-cluster"] as const;
        const failed = waitedFor.filter((unit) => units[unit].active === "failed");
        if (waitedFor.every((unit) => units[unit].active === "active")) endTask(lab, node, upid, "OK");
        else if (failed.length > 0) {
          for (const unit of failed) writeTask(lab, node, upid, jobFailed(lab, node, unit));
          endTask(lab, node, upid, "command 'systemctl restart corosync pve-cluster' failed: exit code 1");
        } else next("wait", 200);
        break;
      }
    }
  },
};

/** What is wrong with the addresses given for a node's links, one line each. @source recording 48 */
export function wrongLinks(lab: LabState, node: string, links: Record<number, string>): string[] {
  const own = addressesOf(lab, node);
  return Object.entries(links)
    .filter(([, address]) => !own.includes(address))
    .map(([number, address]) => `link${number}: cannot use IP '${address}', not found on local node!`);
}

/**
 * The cluster's own list of host keys, which whoever makes the cluster begins and reads as the system's.
 *
 * @source recording 06 for its size; PVE/Cluster/Setup.pm ssh_merge_known_hosts
 */
function mergeKnownHosts(lab: LabState, node: string): void {
  const { files } = nodeOf(lab, node);
  const key = publicKeyOnDisk(files, `${RSA_HOST_KEY}.pub`);
  if (key === undefined) return;
  const shared = "/etc/pve/priv/known_hosts";
  const lines = [node, localAddressOf(lab, node) ?? "127.0.0.1"].map((name) => `${name} ${key}\n`);
  const known = readNodeFile(lab, node, shared) ?? "";
  const content = known + lines.filter((line) => !known.includes(line)).join("");
  changeNodeFiles(lab, node, { op: "write", path: shared, content });
  const system = "/etc/ssh/ssh_known_hosts";
  changeNodeFiles(lab, node, { op: "unlink", path: system });
  changeNodeFiles(lab, node, { op: "symlink", path: system, target: shared });
}
