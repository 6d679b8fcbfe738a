/** What lies on storages, and the servers of shared ones: plain data of the lab as a whole. */
import type { NodeFilesState } from "../files/files-state.ts";

export interface StorageState {
  volumes: Volume[];
  /** NFS servers by address: machines of the lab that are no Proxmox nodes. */
  servers: Record<string, StorageServer>;
}

export type VolumeFormat = "raw" | "qcow2" | "vmdk" | "iso";

export interface Volume {
  /**
   * Where the bytes really are: `node:pve1/var/lib/vz`, `node:pve1/lvm/pve/data`, `nfs:10.99.7.5/export/guests`. Two
   * storages of one server and export show the same content, and one `dir` storage has another content on each node.
   */
  place: string;
  /** As the storage names it: `100/vm-100-disk-0.raw`, `vm-100-disk-0`, `iso/debian.iso`. */
  name: string;
  /** The guest that owns it; 0 for none (an ISO image). */
  vmid: number;
  format: VolumeFormat;
  sizeBytes: number;
  /** Bytes that were ever written: what a thin volume takes, what an offline copy has to read is the size. */
  writtenBytes: number;
  /** Wall clock, whole seconds. */
  createdS: number;
  /** Of a linked clone: the base's volume name, on the same place. */
  base?: string;
  /** Two machines wrote to it at once: its file systems are broken. */
  damaged?: boolean;
  /** Wall clock, milliseconds: the start of the later one of the two. */
  twoWritersSinceMs?: number;
  /** What a guest's system wrote to it; absent while that is nothing. */
  files?: NodeFilesState;
  /** By snapshot: what it held then. */
  kept?: Record<string, Pick<Volume, "files" | "damaged" | "twoWritersSinceMs">>;
}

export interface StorageServer {
  address: string;
  network: string;
  up: boolean;
  /** Nodes whose way to the server is cut. */
  cutFrom: string[];
  /** Nodes whose kernel said that the server does not respond. */
  missedBy?: string[];
  /** `files`: what people put there beside images; absent while that is nothing. */
  exports: { path: string; totalBytes: number; files?: NodeFilesState }[];
}

/** A lab keeps so many volumes; more is a fault of a script. */
export const VOLUMES_MAX = 500;
