/** The keys by which a machine's sshd is known. */
import type { LabState } from "../../cluster/state.ts";
import { seededHostKey } from "../../keys/host-key.ts";
import { type PublicKey, readBlob, readPrivate, readPublicLine } from "../../keys/openssh-key.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import type { SshReach } from "../../node-view/ssh-reach.ts";
import type { ProgramContext } from "../../shell/process.ts";

/** In the order in which OpenSSH's client prefers them. */
const KINDS = ["ed25519", "ecdsa", "rsa"] as const;

/**
 * Host keys of what was reached, the client's favourite first.
 *
 * sshd reads them anew for each connection; a node without any lets nobody in. Guests and the host of corosync-qnetd
 * keep no files of theirs.
 */
export async function serverKeys(
  lab: ProgramContext["lab"],
  reach: Extract<SshReach, { state: "open" }>,
): Promise<PublicKey[]> {
  const seeded = lab.read((state) => seededName(state, reach));
  const keys: PublicKey[] = [];
  if (seeded !== undefined) keys.push(readBlob(lab.read((state) => seededHostKey(state.seed, seeded)))!);
  if (reach.guest || reach.qnetd) return keys;
  const files = createNodeFiles(lab, reach.node);
  for (const kind of KINDS) {
    const path = `/etc/ssh/ssh_host_${kind}_key`;
    const text = (name: string) => files.readFile(name).then((bytes) => Buffer.from(bytes).toString("utf8"));
    const isThere = await files.stat(path).catch(() => undefined);
    if (!isThere) continue;
    const read = readPrivate(await text(path).catch(() => ""));
    // A private file that is not modelled has its public half beside it.
    const key = read.state === "key" ? read.key : readPublicLine(await text(`${path}.pub`).catch(() => ""));
    if (key) keys.push(key);
  }
  return keys;
}

/** The name that a machine without files has its key by; undefined for a node that has files. */
function seededName(state: Readonly<LabState>, { node, guest, qnetd }: Extract<SshReach, { state: "open" }>) {
  if (guest) return `guest ${guest.vmid}`;
  return qnetd || !state.nodes[node]?.accounts.hostKeysOnDisk ? node : undefined;
}
