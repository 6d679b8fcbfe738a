/**
 * `pvecm qdevice setup`, the second step: certificates of the device, made on the host of corosync-qnetd and kept on
 * every node's disk.
 *
 * @source recording 40; corosync-qdevice-net-certutil for what lies in the store (names only, empty files)
 */
import { pmxcfsWritable } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import type { NodeFiles } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { qnetdHostFiles } from "../qnetd-host/qnetd-session.ts";
import { Died } from "./qdevice-key.ts";

export const STORE = "/etc/corosync/qdevice/net/nssdb";
const QNETD_STORE = "/etc/corosync/qnetd/nssdb";
/** A command on another machine, model milliseconds. */
export const REMOTE_MS = 250;
const KEY_MS = 2_500;
const NOTHING = new Uint8Array();

/** @throws Died when the other host is no server of qnetd, or /etc/pve takes nothing */
export async function exchangeCertificates(
  context: ProgramContext,
  { host, clusterName, nodes }: { host: string; clusterName: string; nodes: string[] },
): Promise<void> {
  const { lab, node, stdout } = context;
  const say = (text: string) => stdout.write(text);
  const remote = (times = 1) => lab.sleep(REMOTE_MS * times, context.signal);
  const isServer = lab.read((state) => state.qnetd?.address === host);
  const scp = `'root@[${host}]:${QNETD_STORE}/qnetd-cacert.crt' /etc/pve/qnetd-cacert.crt`;
  const notCopied = new Died(`command 'scp -o 'BatchMode=yes' ${scp}' failed: exit code 1`);
  await say("\nINFO: initializing qnetd server\n");
  await remote();
  if (isServer) await say(`Certificate database (${QNETD_STORE}) already exists. Delete it to initialize new db\n`);
  else await context.stderr.write("bash: line 1: corosync-qnetd-certutil: command not found\n");
  await say("\nINFO: copying CA cert and initializing on all nodes\n");
  if (!isServer) {
    await context.stderr.write(`scp: ${QNETD_STORE}/qnetd-cacert.crt: No such file or directory\n`);
    throw notCopied;
  }
  if (!lab.read((state) => pmxcfsWritable(state.nodes[node]!.pmxcfs))) {
    await context.stderr.write('scp: dest open "/etc/pve/qnetd-cacert.crt": Permission denied\n');
    throw notCopied;
  }
  await say("\n");
  for (const name of nodes) {
    await remote(2);
    const line = (text: string) => say(`node '${name}': ${text}\n`);
    const files = createNodeFiles(lab, name);
    if (await isThere(files, `${STORE}/cert9.db`)) {
      await context.stderr.write("Certificate database already exists. Delete it to continue\n");
      continue;
    }
    await line(`Creating ${STORE}`);
    for (const folder of foldersOf(STORE)) if (!(await isThere(files, folder))) await files.mkdir(folder);
    await say("password file contains no data\n");
    await line("Creating new key and cert db");
    for (const file of ["cert9.db", "key4.db", "pkcs11.txt", "pwdfile.txt"]) await put(files, `${STORE}/${file}`);
    await line(`Creating new noise file ${STORE}/noise.txt`);
    await put(files, `${STORE}/noise.txt`);
    await line("Importing CA");
  }
  await say("INFO: generating cert request\nCreating new certificate request\n\n\n");
  await say("Generating key.  This may take a few moments...\n\n");
  await lab.sleep(KEY_MS, context.signal);
  await put(context.files, `${STORE}/qdevice-net-node.crq`);
  await say(`Certificate request stored in ${STORE}/qdevice-net-node.crq\n\n`);
  await say("INFO: copying exported cert request to qnetd server\n\n");
  await remote();
  const server = qnetdHostFiles(lab);
  await put(server, "/tmp/qdevice-net-node.crq");
  await say("INFO: sign and export cluster cert\nSigning cluster certificate\n");
  await remote();
  await put(server, `${QNETD_STORE}/cluster-${clusterName}.crt`);
  await say(`Certificate stored in ${QNETD_STORE}/cluster-${clusterName}.crt\n\n`);
  await say("INFO: copy exported CRT\n\n");
  await remote();
  await put(context.files, `${STORE}/cluster-${clusterName}.crt`);
  await say("INFO: import certificate\nImporting signed cluster certificate\n");
  await say("Notice: Trust flag u is set automatically if the private key is present.\n");
  await put(context.files, `${STORE}/qdevice-net-node.p12`);
  await say(`pk12util: PKCS12 EXPORT SUCCESSFUL\nCertificate stored in ${STORE}/qdevice-net-node.p12\n\n`);
  await say("INFO: copy and import pk12 cert to all nodes\n\n");
  for (const name of nodes) {
    await remote(2);
    await say(`node '${name}': Importing cluster certificate and key\n`);
    await say(`node '${name}': pk12util: PKCS12 IMPORT SUCCESSFUL\n`);
  }
}

const put = (files: NodeFiles, path: string) => files.writeFile(path, NOTHING, { mode: 0o660 });

/** `/a`, `/a/b`, ... down to a folder. */
function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(1);
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`);
}

export async function isThere(files: NodeFiles, path: string): Promise<boolean> {
  return files.stat(path).then(
    () => true,
    () => false,
  );
}

/** `rm -rf`. */
export async function removeTree(files: NodeFiles, path: string): Promise<void> {
  if (!(await isThere(files, path))) return;
  for (const name of await files.readdir(path)) {
    const inner = `${path}/${name}`;
    if ((await files.stat(inner, { follow: false })).type === "directory") await removeTree(files, inner);
    else await files.unlink(inner);
  }
  await files.rmdir(path);
}
