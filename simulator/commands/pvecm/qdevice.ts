/**
 * `pvecm qdevice setup` and `remove`: certificates on every node, the section in corosync.conf, the daemons.
 *
 * @source recordings 40, 44 (three nodes, --force); the even counts' ffsplit with one vote and the refusals that need
 *   a host that is away are unverified
 */

import { qdevicesSettled } from "../../cluster/corosync/qdevice.ts";
import { qnetdReachable } from "../../cluster/corosync/qnetd.ts";
import { votequorumStatus } from "../../cluster/corosync/view.ts";
import { memberAnswer } from "../../cluster/join/cluster-jobs.ts";
import { clusterConf } from "../../cluster/pmxcfs/daemon.ts";
import { pmxcfsWritable } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "./arguments.ts";
import { InputLines, readAnswer, readHidden } from "./prompt.ts";
import { NOT_IN_CLUSTER } from "./status.ts";

const DIED = 255;
const REMOTE_MS = 250;
const KEY_MS = 2_500;

class Died extends Error {}

export async function setUpQdevice(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node } = context;
  return dying(context, async () => {
    const nodes = await onlineNodes(context);
    const conf = lab.read((state) => clusterConf(state, node))!;
    if (conf.quorum.device && !isTrue(values.force)) throw new Died("QDevice already configured!");
    const odd = nodes.length % 2 === 1;
    if (odd && !isTrue(values.force)) {
      throw new Died("Clusters with an odd node count are not officially supported!");
    }
    const host = values.address!;
    await copyKey(context, host);
    const say = (text: string) => context.stdout.write(text);
    await say("\nINFO: initializing qnetd server\n");
    await lab.sleep(REMOTE_MS, context.signal);
    await say("Certificate database (/etc/corosync/qnetd/nssdb) already exists. Delete it to initialize new db\n");
    await say("\nINFO: copying CA cert and initializing on all nodes\n\n");
    const db = "/etc/corosync/qdevice/net/nssdb";
    for (const { name } of nodes) {
      await lab.sleep(REMOTE_MS * 2, context.signal);
      const line = (text: string) => say(`node '${name}': ${text}\n`);
      await line(`Creating ${db}`);
      await say("password file contains no data\n");
      await line("Creating new key and cert db");
      await line(`Creating new noise file ${db}/noise.txt`);
      await line("Importing CA");
    }
    await say("INFO: generating cert request\nCreating new certificate request\n\n\n");
    await say("Generating key.  This may take a few moments...\n\n");
    await lab.sleep(KEY_MS, context.signal);
    await say(`Certificate request stored in ${db}/qdevice-net-node.crq\n\n`);
    await say("INFO: copying exported cert request to qnetd server\n\n");
    await lab.sleep(REMOTE_MS, context.signal);
    await say("INFO: sign and export cluster cert\nSigning cluster certificate\n");
    await lab.sleep(REMOTE_MS, context.signal);
    await say(`Certificate stored in /etc/corosync/qnetd/nssdb/cluster-${conf.clusterName}.crt\n\n`);
    await say("INFO: copy exported CRT\n\n");
    await lab.sleep(REMOTE_MS, context.signal);
    await say("INFO: import certificate\nImporting signed cluster certificate\n");
    await say("Notice: Trust flag u is set automatically if the private key is present.\n");
    await say(`pk12util: PKCS12 EXPORT SUCCESSFUL\nCertificate stored in ${db}/qdevice-net-node.p12\n\n`);
    await say("INFO: copy and import pk12 cert to all nodes\n\n");
    for (const { name } of nodes) {
      await lab.sleep(REMOTE_MS * 2, context.signal);
      await say(`node '${name}': Importing cluster certificate and key\n`);
      await say(`node '${name}': pk12util: PKCS12 IMPORT SUCCESSFUL\n`);
    }
    await say("INFO: add QDevice to cluster configuration\n");
    await write(context, { host, algorithm: odd ? "lms" : "ffsplit" });
    for (const { name } of nodes) {
      await say(`\nINFO: start and enable corosync qdevice daemon on node '${name}'...\n`);
      await enable(context, name, true);
    }
    return reload(context);
  });
}

export async function removeQdevice(context: ProgramContext): Promise<number> {
  const { lab, node } = context;
  return dying(context, async () => {
    await refuseWithoutQuorum(context);
    if (!lab.read((state) => clusterConf(state, node))?.quorum.device) throw new Died("No QDevice configured!");
    const nodes = await onlineNodes(context);
    await write(context, null);
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

async function refuseWithoutQuorum(context: ProgramContext): Promise<void> {
  const { lab, node } = context;
  if (!lab.read((state) => clusterConf(state, node))) throw new Died(NOT_IN_CLUSTER.trimEnd());
  if (!lab.read((state) => pmxcfsWritable(state.nodes[node]!.pmxcfs))) {
    throw new Died("cluster not ready - no quorum?");
  }
}

/** Every node of the cluster, by name; all of them have to be there. */
async function onlineNodes(context: ProgramContext): Promise<{ name: string; nodeId: number }[]> {
  await refuseWithoutQuorum(context);
  const { lab, node } = context;
  const nodes = lab.read((state) => clusterConf(state, node))!.nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const members = lab.read((state) => votequorumStatus(state, node))?.members.map(({ nodeId }) => nodeId) ?? [];
  const away = nodes.find(({ nodeId }) => !members.includes(nodeId));
  if (away) throw new Died(`All nodes must be online! Node ${away.name} is offline, aborting.`);
  return nodes;
}

/** ssh-copy-id to the qnetd host, with its questions. */
async function copyKey(context: ProgramContext, host: string): Promise<void> {
  const { lab, node } = context;
  const copier = "/bin/ssh-copy-id: INFO: ";
  const say = (text: string) => context.stdout.write(text);
  await say(`${copier}Source of key(s) to be installed: "/root/.ssh/id_rsa.pub"\n`);
  const qnetd = lab.read((state) => (state.qnetd?.address === host ? { ...state.qnetd } : undefined));
  if (!qnetd || !lab.read((state) => qnetdReachable(state, node))) {
    await lab.sleep(3_050, context.signal);
    await context.stderr.write(`\n/bin/ssh-copy-id: ERROR: ssh: connect to host ${host} port 22: No route to host\n\n`);
    throw new Died(`command 'ssh-copy-id -i /root/.ssh/id_rsa root@${host}' failed: exit code 1`);
  }
  const failed = () => new Died(`command 'ssh-copy-id -i /root/.ssh/id_rsa root@${host}' failed: exit code 1`);
  if (qnetd.trusted?.includes(node)) {
    await say(`${copier}attempting to log in with the new key(s), to filter out any that are already installed\n\n`);
    await say("/bin/ssh-copy-id: WARNING: All keys were skipped because they already exist on the remote system.\n");
    await say("\t\t(if you think this is a mistake, you may want to use -f option)\n\n");
    return;
  }
  const lines = new InputLines(context);
  const answer = await readAnswer(
    context,
    lines,
    `\rThe authenticity of host '${host} (${host})' can't be established.\n` +
      `ED25519 key fingerprint is SHA256:${qnetd.hostKey ?? ""}.\n` +
      "This key is not known by any other names.\n" +
      "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
  );
  if (!/^\s*yes\s*$/i.test(answer ?? "")) {
    await context.stderr.write("\n/bin/ssh-copy-id: ERROR: Host key verification failed.\n\n");
    throw failed();
  }
  await say(`${copier}attempting to log in with the new key(s), to filter out any that are already installed\n`);
  await say(`${copier}1 key(s) remain to be installed -- if you are prompted now it is to install the new keys\n`);
  for (let tries = 0; ; tries++) {
    const password = await readHidden(context, lines, `\rroot@${host}'s password: `);
    if (password !== undefined && password === qnetd.rootPassword) break;
    await lab.sleep(2_000, context.signal);
    if (password === undefined || tries === 2) {
      await context.stderr.write(`root@${host}: Permission denied (publickey,password).\n`);
      throw failed();
    }
    await context.stderr.write("Permission denied, please try again.\n");
  }
  lab.act("cluster/trust-on-qnetd", { node });
  await say(`\nNumber of key(s) added: 1\n\nNow try logging into the machine, with:   "ssh 'root@${host}'"\n`);
  await say("and check to make sure that only the key(s) you wanted were added.\n\n");
}

async function write(
  context: ProgramContext,
  device: { host: string; algorithm: "ffsplit" | "lms" } | null,
): Promise<void> {
  const { lab, node } = context;
  const { id } = lab.act("cluster/write-qdevice", { node, device });
  const answer = await lab.until((state) => memberAnswer(state, node, id), { signal: context.signal });
  if (answer?.state === "failed") throw new Died(answer.message);
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
