/**
 * `pvecm qdevice setup` and `remove`: certificates on every node, the section in corosync.conf, the daemons.
 *
 * @source recordings 40, 44 (three nodes, --force); pve-cluster 8 PVE/CLI/pvecm.pm for the order of the refusals
 *   (unverified, as is the even counts' ffsplit with one vote)
 */

import { qdevicesSettled } from "../../cluster/corosync/qdevice.ts";
import { votequorumStatus } from "../../cluster/corosync/view.ts";
import { clusterConf } from "../../cluster/pmxcfs/daemon.ts";
import { pmxcfsWritable } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { isTrue } from "../../cluster/truth.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "./arguments.ts";
import { followRequest } from "./follow-request.ts";
import { exchangeCertificates, isThere, REMOTE_MS, removeTree, STORE } from "./qdevice-certificates.ts";
import { copyKey, Died } from "./qdevice-key.ts";
import { NOT_IN_CLUSTER } from "./status.ts";

const DIED = 255;

export async function setUpQdevice(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node } = context;
  return dying(context, async () => {
    const nodes = await onlineNodes(context);
    const conf = lab.read((state) => clusterConf(state, node))!;
    const forced = isTrue(values.force);
    if (conf.quorum.device && !forced) throw new Died("QDevice already configured!");
    const odd = nodes.length % 2 === 1;
    if (odd && !forced) throw new Died("Clusters with an odd node count are not officially supported!");
    // `--network` is taken, checked, and used for nothing (pvecm.pm).
    const host = values.address!;
    await copyKey(context, host);
    if (await isThere(context.files, STORE)) {
      if (!forced) throw new Died("QDevice certificate store already initialised, set force to delete!");
      await removeTree(context.files, STORE);
    }
    await exchangeCertificates(context, { host, clusterName: conf.clusterName, nodes: nodes.map(({ name }) => name) });
    await context.stdout.write("INFO: add QDevice to cluster configuration\n");
    if (lab.read((state) => clusterConf(state, node))?.quorum.device) {
      throw new Died("Qdevice already configured, must be removed before setting up new one!");
    }
    await write(context, { host, algorithm: odd ? "lms" : "ffsplit" });
    for (const { name } of nodes) {
      await context.stdout.write(`\nINFO: start and enable corosync qdevice daemon on node '${name}'...\n`);
      await enable(context, name, true);
    }
    return reload(context);
  });
}

export async function removeQdevice(context: ProgramContext): Promise<number> {
  const { lab, node } = context;
  return dying(context, async () => {
    const nodes = await onlineNodes(context);
    const writable = lab.read((state) => pmxcfsWritable(state.nodes[node]!.pmxcfs));
    if (writable && !lab.read((state) => clusterConf(state, node))?.quorum.device) {
      throw new Died("No QDevice configured!");
    }
    await write(context, null);
    for (const { name } of nodes) await removeTree(createNodeFiles(lab, name), "/etc/corosync/qdevice");
    for (const { name } of nodes) await enable(context, name, false);
    const status = await reload(context);
    await context.stdout.write("\nRemoved Qdevice.\n");
    return status;
  });
}

async function dying(context: ProgramContext, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    await context.stderr.write(`${error.message}\n`);
    return DIED;
  }
}

/** Every node of the cluster, by name; all of them have to be there. */
async function onlineNodes(context: ProgramContext): Promise<{ name: string; nodeId: number }[]> {
  const { lab, node } = context;
  const conf = lab.read((state) => clusterConf(state, node));
  if (!conf) throw new Died(NOT_IN_CLUSTER.trimEnd());
  const nodes = conf.nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const members = lab.read((state) => votequorumStatus(state, node))?.members.map(({ nodeId }) => nodeId) ?? [];
  const away = nodes.find(({ nodeId }) => !members.includes(nodeId));
  if (away) throw new Died(`All nodes must be online! Node ${away.name} is offline, aborting.`);
  return nodes;
}

async function write(
  context: ProgramContext,
  device: { host: string; algorithm: "ffsplit" | "lms" } | null,
): Promise<void> {
  const { lab, node } = context;
  const { id } = lab.act("cluster/write-qdevice", { node, device });
  const answer = await followRequest(context, id);
  if (answer.state === "failed") throw new Died(answer.message);
}

async function enable(context: ProgramContext, name: string, enabled: boolean): Promise<void> {
  const { lab } = context;
  const verb = enabled ? "enable" : "disable";
  const sysv = "/lib/systemd/systemd-sysv-install";
  await lab.sleep(REMOTE_MS * 2, context.signal);
  await context.stdout.write(
    `Synchronizing state of corosync-qdevice.service with SysV service script with ${sysv}.\n` +
      `Executing: ${sysv} ${verb} corosync-qdevice\n`,
  );
  const wanted = "/etc/systemd/system/multi-user.target.wants/corosync-qdevice.service";
  await context.stdout.write(
    enabled ? `Created symlink ${wanted} -> /lib/systemd/system/corosync-qdevice.service.\n` : `Removed "${wanted}".\n`,
  );
  lab.act("cluster/enable-qdevice", { node: name, enabled });
}

async function reload(context: ProgramContext): Promise<number> {
  const { lab, node } = context;
  const answer = lab.act("corosync/reload", { node });
  await context.stdout.write(answer.output);
  await lab.sleep(REMOTE_MS * 2, context.signal);
  // The daemons that were started have found their server by then, as in recording 41.
  await lab.until((state) => qdevicesSettled(state) || undefined, { signal: context.signal, timeoutMs: 3_000 });
  return answer.exitCode;
}
