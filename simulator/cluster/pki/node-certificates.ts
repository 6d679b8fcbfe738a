/** Certificates of a node in their places: in /etc/pve as files, and at the API's door. */
import { nodeOf } from "../kernel.ts";
import { ownName } from "../pmxcfs/own-name.ts";
import type { PmxcfsDatabase } from "../pmxcfs/pmxcfs-state.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import type { IssuedCertificate } from "./pki-state.ts";

/** A fresh node's own CA and certificate, written at once: its pmxcfs has just been made with it. */
export function installFirstCertificates(lab: LabState, node: string, issued: IssuedCertificate): void {
  const { database } = nodeOf(lab, node).pmxcfs;
  const wallS = Math.floor(wallNowMs(lab) / 1000);
  const files: Record<string, string> = {
    "pve-root-ca.pem": issued.caPem ?? "",
    "priv/pve-root-ca.key": issued.caKeyPem ?? "",
    "priv/pve-root-ca.srl": "01\n",
    [`nodes/${node}/pve-ssl.pem`]: issued.certPem,
    [`nodes/${node}/pve-ssl.key`]: issued.keyPem,
  };
  for (const [path, content] of Object.entries(files)) placeInDatabase(database, path, content, wallS);
  serveCertificate(lab, node);
}

/** Put a file into a database that nobody else has yet. */
function placeInDatabase(database: PmxcfsDatabase, path: string, content: string, wallS: number): void {
  database.version += 1;
  database.mtimeS = wallS;
  database.entries[path] = {
    type: "file",
    content,
    mtimeS: wallS,
    version: database.version,
    inode: database.nextInode++,
  };
}

/**
 * pveproxy reads the node's certificate anew, as it does when it starts or is told to reload.
 * One that cannot be read, was not issued here or does not go with the key leaves the old one in place.
 */
export function serveCertificate(lab: LabState, node: string): void {
  const { entries } = nodeOf(lab, node).pmxcfs.database;
  const folder = `nodes/${ownName(lab, node)}`;
  const certPem = entries[`${folder}/pve-ssl.pem`]?.content;
  const keyPem = entries[`${folder}/pve-ssl.key`]?.content;
  const known = lab.pki.fingerprints.find((one) => one.certPem === certPem);
  if (!certPem || !keyPem || !known || (known.keyPem ?? keyPem) !== keyPem) return;
  lab.pki.nodes[node] = {
    certPem,
    keyPem,
    fingerprint: known.fingerprint,
    caPem: entries["pve-root-ca.pem"]?.content ?? "",
  };
}
