/** /etc/pve of a freshly installed node: what the installer and the first `pvecm updatecerts` leave. */

import type { RsaPublicKeys } from "../accounts/ssh-keys.ts";
import { random } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { emptyDatabase } from "./database.ts";
import type { PmxcfsDatabase } from "./pmxcfs-state.ts";

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const STORAGE_CFG = `dir: local
	path /var/lib/vz
	content iso,vztmpl,backup

lvmthin: local-lvm
	thinpool data
	vgname pve
	content rootdir,images

`;

/** Folders of the files that Proxmox watches. @source PVE/Cluster.pm prepare_observed_file_basedirs */
export const OBSERVED_FOLDERS = ["firewall", "ha", "mapping", "priv/acme", "sdn", "virtual-guest"];

/** The schedule of backups before there is any, the misspelling included. @source PVE/Cluster/Setup.pm */
export const VZDUMP_CRON =
  '# cluster wide vzdump cron schedule\n# Atomatically generated file - do not edit\n\nPATH="/usr/sbin:/usr/bin:/sbin:/bin"\n\n';

/** The folders that pmxcfs and the node's scripts make. @source recording 03 */
export function nodeFolders(node: string): string[] {
  const folder = `nodes/${node}`;
  return [folder, `${folder}/lxc`, `${folder}/openvz`, `${folder}/priv`, `${folder}/qemu-server`];
}

/**
 * A new node's database; its certificates follow when they are issued.
 *
 * Keys that nothing checks (the API's ticket key) are of the right form and random.
 *
 * @param keys of the node's host and of its root
 */
export function installedDatabase(lab: LabState, node: string, keys: RsaPublicKeys): PmxcfsDatabase {
  const database = emptyDatabase();
  const wallS = Math.floor(wallNowMs(lab) / 1000);
  const place = (path: string, type: "file" | "directory", content: string) => {
    database.version += 1;
    database.mtimeS = wallS;
    database.entries[path] = { type, content, mtimeS: wallS, version: database.version, inode: database.nextInode++ };
  };
  const folders = ["firewall", "ha", "mapping", "nodes", "priv", "priv/acme", "priv/lock", "sdn", "virtual-guest"];
  for (const path of [...folders, ...nodeFolders(node)]) place(path, "directory", "");
  const files: Record<string, string> = {
    "authkey.pub": pemText(lab, "PUBLIC KEY", 392),
    "datacenter.cfg": "keyboard: en-us\n",
    "priv/authkey.key": pemText(lab, "PRIVATE KEY", 1624),
    "priv/authorized_keys": `${keys.root} root@${node}\n`,
    "priv/known_hosts": "",
    "pve-www.key": pemText(lab, "PRIVATE KEY", 1624),
    "storage.cfg": STORAGE_CFG,
    "user.cfg": "user:root@pam:1:0:::admin@lab.internal::\n",
    "vzdump.cron": VZDUMP_CRON,
    [`nodes/${node}/ssh_known_hosts`]: `${node} ${keys.host}`,
  };
  for (const [path, content] of Object.entries(files)) place(path, "file", content);
  return database;
}

/** Random bytes (see files/bytes.ts): what corosync-keygen writes. */
export function randomBytes(lab: LabState, length: number): string {
  let bytes = "";
  for (let i = 0; i < length; i++) bytes += String.fromCharCode(Math.floor(random(lab) * 256));
  return bytes;
}

/** A key in PEM that nothing checks: of the right form, and random. @param length of its base64 */
export function pemText(lab: LabState, label: string, length: number): string {
  const lines = randomBase64(lab, length).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** Letters and digits of base64. */
export function randomBase64(lab: LabState, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += BASE64[Math.floor(random(lab) * 64)];
  return text;
}
