/**
 * Locks of the cluster's files: a folder in /etc/pve/priv/lock that only one node can make, asked for once a second.
 *
 * @source recording 32; pve-cluster PVE/Cluster.pm cfs_lock
 */

import { pmxcfsWritable } from "../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabPort } from "../cluster/port.ts";
import { createNodeFiles } from "../node-view/node-files-adapter.ts";
import { FileError, type NodeFiles } from "../shell/node-files.ts";
import { ApiRefusal, failure } from "./answer.ts";

/** Where and for whom something of the cluster's files is changed. */
export interface CfsSite {
  lab: LabPort;
  node: string;
  signal: AbortSignal;
  /** Lines that a command line shows and a daemon leaves in its journal. */
  note?: (line: string) => Promise<void>;
}

/** The whole wait. Recorded: 9.7 s with the command's start. */
const TIMEOUT_MS = 9_500;
const RETRY_MS = 1_000;
/**
 * Do something while holding a lock.
 *
 * @param name `file-user_cfg`
 * @param what begins the text of a refusal: `create user failed`
 * @throws ApiRefusal 500 when the lock cannot be had or the work fails
 */
export async function withCfsLock<T>(
  site: CfsSite,
  name: string,
  what: string,
  work: (files: NodeFiles) => Promise<T>,
): Promise<T> {
  const files = createNodeFiles(site.lab, site.node);
  const folder = `/etc/pve/priv/lock/${name}`;
  await acquire(site, files, folder, name, what);
  try {
    return await work(files);
  } catch (error) {
    if (error instanceof FileError) throw refusal(what, `unable to open file '${error.path}' - ${strerror(error)}`);
    throw error;
  } finally {
    await files.rmdir(folder).catch(() => undefined);
  }
}

async function acquire(site: CfsSite, files: NodeFiles, folder: string, name: string, what: string): Promise<void> {
  const { lab, node, signal } = site;
  const start = lab.read((state) => state.nowMs);
  for (;;) {
    try {
      return await files.mkdir(folder);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      if (error.code === "ENOENT") {
        await files.mkdir("/etc/pve/priv/lock").catch(() => undefined);
      } else if (error.code === "EEXIST") {
        // Refused, and asks for the end of a lock whose owner is gone.
        await files.utimes(folder, 0).catch(() => undefined);
      }
    }
    const leftMs = start + TIMEOUT_MS - lab.read((state) => state.nowMs);
    await lab.sleep(Math.min(RETRY_MS, Math.max(leftMs, 0)), signal);
    if (leftMs <= RETRY_MS) break;
    await site.note?.(`trying to acquire cfs lock '${name}' ...`);
  }
  const quorate = lab.read((state) => pmxcfsWritable(state.nodes[node]!.pmxcfs));
  throw refusal(what, `cfs-lock '${name}' error: ${quorate ? "got lock request timeout" : "no quorum!"}`);
}

/** Replace a file of /etc/pve as Proxmox does: written beside it, then renamed. */
export async function replaceFile(files: NodeFiles, path: string, text: string): Promise<void> {
  const beside = `${path}.tmp.${1_000 + Math.floor(Math.random() * 30_000)}`;
  await files.writeFile(beside, new TextEncoder().encode(text));
  await files.rename(beside, path);
}

function refusal(what: string, why: string): ApiRefusal {
  return new ApiRefusal(failure(500, what === "" ? why : `${what}: ${why}`));
}

function strerror(error: FileError): string {
  return error.message.split(":")[0] ?? error.message;
}
