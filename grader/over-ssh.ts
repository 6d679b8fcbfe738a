/**
 * Facts that Proxmox's API does not tell, read on a node over SSH: the state of corosync's links, and files.
 *
 * One connection for a look, opened only when a chapter's checks ask for such a fact. Nothing here writes.
 */
import { createHash } from "node:crypto";
import type { LabNode } from "../labs/lab-description.ts";
import { execOverSsh } from "../labs/ssh-command.ts";

/** A file is compared by its first bytes; what a learner writes into /etc/pve is small. */
const FILE_BYTES_MAX = 64 * 1024;
const MARK = "-----quorate-----";

export interface LinkSeen {
  link: number;
  nodeId: number;
  connected: boolean;
  /** The address that this node itself uses on the link. */
  ownAddress?: string;
}

export interface FileSeen {
  path: string;
  /** `null` when there is no such file. */
  sha256: string | null;
  bytes: number;
}

/** @throws Error when the node is not reached, or its corosync does not run */
export async function linksOverSsh(node: LabNode, timeoutMs: number): Promise<LinkSeen[]> {
  return parseLinks(await execOverSsh(node, "corosync-cfgtool -s", timeoutMs));
}

/**
 * The output of `corosync-cfgtool -s`: a `LINK ID n` heading, the node's own `addr = ...`, then `nodeid: 2: connected` for
 * each member.
 *
 * The node's own line says `localhost` and is left out. Corosync 3.1 writes a space before the status' colon.
 */
export function parseLinks(output: string): LinkSeen[] {
  const links: LinkSeen[] = [];
  let link: number | undefined;
  let ownAddress: string | undefined;
  for (const line of output.split("\n")) {
    const heading = /^\s*LINK ID (\d+)/i.exec(line);
    if (heading) [link, ownAddress] = [Number(heading[1]), undefined];
    ownAddress = /^\s*addr\s*=\s*(\S+)/i.exec(line)?.[1] ?? ownAddress;
    const peer = /^\s*nodeid:\s*(\d+)\s*:\s*(\S+)/i.exec(line);
    if (!peer || link === undefined || peer[2] === "localhost") continue;
    const connected = peer[2] === "connected";
    links.push({ link, nodeId: Number(peer[1]), connected, ...(ownAddress !== undefined && { ownAddress }) });
  }
  if (link === undefined) throw new Error("corosync says nothing of its links; it may not run");
  return links;
}

/** @throws Error when the node is not reached */
export async function filesOverSsh(node: LabNode, paths: readonly string[], timeoutMs: number): Promise<FileSeen[]> {
  const script = paths
    .map((path) => `echo ${MARK}; test -f ${quoted(path)} && echo yes && head -c ${FILE_BYTES_MAX} ${quoted(path)}`)
    .join("; ");
  const output = await execOverSsh(node, script, timeoutMs);
  const parts = output.split(`${MARK}\n`).slice(1);
  if (parts.length !== paths.length) throw new Error("the node's answer about files breaks off");
  return paths.map((path, index) => {
    const part = parts[index]!;
    if (!part.startsWith("yes\n")) return { path, sha256: null, bytes: 0 };
    const text = part.slice(4);
    return { path, sha256: createHash("sha256").update(text).digest("hex"), bytes: Buffer.byteLength(text) };
  });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
