/**
 * The host keys in /etc/ssh of a lab's nodes are those of the terminals' doors, so that who comes from outside and who
 * comes from another node see one machine.
 */
import { installHostKeys, publicKeyOnDisk } from "../cluster/accounts/ssh-keys.ts";
import type { LabState, NodeState } from "../cluster/state.ts";
import { wallNowMs } from "../cluster/wall-clock.ts";
import { hostKeyFiles, seededHostKey } from "../keys/host-key.ts";
import type { LabIdentity } from "./lab-identity.ts";

/**
 * Put an identity's keys on the disks of a lab that was made for another one. Whoever trusted the keys of before trusts
 * these: their lines in known_hosts change with them.
 *
 * @param lab of which nothing runs yet; call it before the lab gets another seed
 */
export function giveHostKeys(lab: LabState, identity: LabIdentity): void {
  for (const { name, hostKey } of identity.nodes) {
    const node = lab.nodes[name];
    if (node && hostKey !== "") give(lab, node, hostKey);
  }
}

/** The same for nodes that have none: of labs that older versions saved. @returns whether there was one */
export function giveMissingHostKeys(lab: LabState, identity: LabIdentity): boolean {
  const missing = identity.nodes.filter(({ name }) => lab.nodes[name] && !lab.nodes[name].accounts.hostKeysOnDisk);
  giveHostKeys(lab, { ...identity, nodes: missing });
  return missing.length > 0;
}

function give(lab: LabState, node: NodeState, hostKey: string): void {
  const path = "/etc/ssh/ssh_host_ed25519_key.pub";
  const before = node.accounts.hostKeysOnDisk
    ? publicKeyOnDisk(node.files, path)
    : `ssh-ed25519 ${seededHostKey(lab.seed, node.name).toString("base64")}`;
  installHostKeys(node.files, hostKeyFiles(hostKey, node.name), wallNowMs(lab));
  node.accounts.hostKeysOnDisk = true;
  const after = publicKeyOnDisk(node.files, path);
  if (before === undefined || after === undefined) return;
  // Both are of one length: nothing grows.
  for (const { files, pmxcfs } of Object.values(lab.nodes)) {
    for (const table of [files.entries, pmxcfs.database.entries]) {
      for (const entry of Object.values(table)) {
        if (entry.content.includes(before)) entry.content = entry.content.replaceAll(before, after);
      }
    }
  }
}
