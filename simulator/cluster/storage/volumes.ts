/** Volumes on storages: names, places, sizes, space; making and freeing them. */
import { NODE_ROOT_BYTES } from "../files/synthetic.ts";
import { nodeOf } from "../kernel.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { definedOn, type StorageDefinition, storageDefinition, storageDefinitions } from "./storage-config.ts";
import { serverReachable } from "./storage-servers.ts";
import { VOLUMES_MAX, type Volume, type VolumeFormat } from "./storage-state.ts";

const GIB = 1024 ** 3;

/** A simulated node's disks. Made up: a small appliance (docs/fidelity/guests.md). */
const ROOT_USED_BYTES = Math.round(3.4 * GIB);
const THIN_POOL_BYTES = 60 * GIB;

/** Where a storage's content lies for a node; undefined for types that the model does not have. */
export function placeOf(definition: StorageDefinition, node: string): string | undefined {
  const { keys } = definition;
  switch (definition.type) {
    case "dir":
      return `node:${node}${keys.path ?? ""}`;
    case "lvmthin":
      return `node:${node}/lvm/${keys.vgname}/${keys.thinpool}`;
    case "nfs":
      return `nfs:${keys.server}${keys.export}`;
    default:
      return undefined;
  }
}

/**
 * Why a storage cannot be used on a node, in Proxmox's words; undefined when it can.
 *
 * @source pve-storage PVE/Storage.pm storage_check_enabled, activate_storage; recording 28 for "not available"
 */
export function storageTrouble(lab: Readonly<LabState>, node: string, name: string): string | undefined {
  const definition = storageDefinition(lab, node, name);
  if (!definition) return `storage '${name}' does not exist`;
  if (definition.disabled) return `storage '${name}' is disabled`;
  if (!definedOn(definition, node)) return `storage '${name}' is not available on node '${node}'`;
  return storageOnline(lab, node, definition) ? undefined : `storage '${name}' is not online`;
}

/** A server that is away is asked for so long. @source pve-storage NFSPlugin.pm check_connection (unverified) */
export const STORAGE_CHECK_MS = 10_000;

/** How long it takes to find out that a storage cannot be used. */
export function storageCheckMs(trouble: string): number {
  return trouble.endsWith("is not online") ? STORAGE_CHECK_MS : 0;
}

/** Whether a node can read and write a storage's content now. */
export function storageOnline(lab: Readonly<LabState>, node: string, definition: StorageDefinition): boolean {
  if (definition.type !== "nfs") return placeOf(definition, node) !== undefined;
  const { server, export: path } = definition.keys;
  return (
    serverReachable(lab, node, server ?? "") && lab.storage.servers[server!]!.exports.some((one) => one.path === path)
  );
}

/** `STORAGE:NAME` in its two parts; undefined for text that is no volume id. */
export function splitVolid(volid: string): { storage: string; name: string } | undefined {
  const match = /^([a-zA-Z][\w.-]*):(.+)$/.exec(volid);
  return match ? { storage: match[1]!, name: match[2]! } : undefined;
}

/** A volume by its id as a node sees it; undefined when nothing is there. */
export function findVolume(lab: Readonly<LabState>, node: string, volid: string): Volume | undefined {
  const parts = splitVolid(volid);
  const definition = parts && storageDefinition(lab, node, parts.storage);
  if (!definition) return undefined;
  const place = placeOf(definition, node);
  if (place === undefined) return undefined;
  return (
    lab.storage.volumes.find((volume) => volume.place === place && volume.name === parts.name) ??
    deliveredOn(place).find((volume) => volume.name === parts.name)
  );
}

/** What a storage holds for a node, in order of name; nothing while it is not online. */
export function volumesOn(lab: Readonly<LabState>, node: string, definition: StorageDefinition): Volume[] {
  if (!storageOnline(lab, node, definition)) return [];
  const place = placeOf(definition, node) ?? "";
  return [...lab.storage.volumes, ...deliveredOn(place)]
    .filter((volume) => volume.place === place)
    .filter((volume) => definition.content.includes(volume.format === "iso" ? "iso" : "images"))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A small Linux that every node has in `local`: what `qm importdisk` and `import-from` make guests of. */
export const TINY_IMAGE = "iso/tiny-cloud.img";
const TINY_BYTES = 320 * 1024 ** 2;

/** Images that came with a node; they cost nothing in the lab's state. */
export function deliveredOn(place: string): Volume[] {
  if (!/^node:[^/]+\/var\/lib\/vz$/.test(place)) return [];
  const format = "iso" as const;
  return [
    {
      place,
      name: TINY_IMAGE,
      vmid: 0,
      format,
      sizeBytes: TINY_BYTES,
      writtenBytes: TINY_BYTES,
      createdS: 1_731_000_000,
    },
  ];
}

/** A volume by its id or by its path on the node. */
export function findImage(lab: Readonly<LabState>, node: string, source: string): Volume | undefined {
  if (!source.startsWith("/")) return findVolume(lab, node, source);
  for (const definition of storageDefinitions(lab, node)) {
    const found = volumesOn(lab, node, definition).find(
      (volume) => volumePath(lab, node, `${definition.storage}:${volume.name}`) === source,
    );
    if (found) return found;
  }
  return undefined;
}

/** Path of a volume in the node's file system, as messages show it. */
export function volumePath(lab: Readonly<LabState>, node: string, volid: string): string {
  const parts = splitVolid(volid);
  const definition = parts && storageDefinition(lab, node, parts.storage);
  if (!parts || !definition) return volid;
  if (definition.type === "lvmthin") return `/dev/${definition.keys.vgname}/${parts.name}`;
  const root = storagePath(definition);
  return parts.name.startsWith("iso/") ? `${root}/template/${parts.name}` : `${root}/images/${ownFile(parts.name)}`;
}

/** A volume's own file: a linked clone's name has its base in front, `100/base-100-disk-0.raw/101/vm-101-disk-0.qcow2`. */
export function ownFile(name: string): string {
  return name.split("/").slice(-2).join("/");
}

/** Where a file storage is mounted. */
export function storagePath(definition: StorageDefinition): string {
  return definition.keys.path ?? `/mnt/pve/${definition.storage}`;
}

/**
 * The next free name for a guest's disk on a storage.
 *
 * @source recordings 21, 26 for `dir`; LVM-thin from the storage plugin's source (unverified)
 */
export function nextVolumeName(
  lab: Readonly<LabState>,
  node: string,
  definition: StorageDefinition,
  vmid: number,
  format: VolumeFormat,
): string {
  const place = placeOf(definition, node);
  const used = new Set(lab.storage.volumes.filter((one) => one.place === place).map((one) => ownFile(one.name)));
  for (let number = 0; ; number++) {
    const base = `vm-${vmid}-disk-${number}`;
    const taken = [base, ...["raw", "qcow2", "vmdk"].map((suffix) => `${vmid}/${base}.${suffix}`)];
    if (taken.some((name) => used.has(name))) continue;
    return definition.type === "lvmthin" ? base : `${vmid}/${base}.${format}`;
  }
}

/**
 * Make a volume.
 *
 * @returns its id and what the tools print meanwhile
 * @throws Refusal when the storage cannot take it
 */
export function allocateVolume(
  lab: LabState,
  node: string,
  spec: {
    storage: string;
    vmid: number;
    sizeBytes: number;
    format?: VolumeFormat;
    name?: string;
    writtenBytes?: number;
  },
): { volid: string; output: string[] } {
  const trouble = storageTrouble(lab, node, spec.storage);
  if (trouble) throw new Refusal("not-found", trouble);
  const definition = storageDefinition(lab, node, spec.storage)!;
  if (!definition.content.includes("images")) {
    throw new Refusal("invalid", `storage '${spec.storage}' does not support vm images`);
  }
  const format = definition.type === "lvmthin" ? "raw" : (spec.format ?? "raw");
  const name = spec.name ?? nextVolumeName(lab, node, definition, spec.vmid, format);
  const place = placeOf(definition, node)!;
  if (lab.storage.volumes.length >= VOLUMES_MAX) throw new Refusal("invalid", "too many volumes in this lab");
  if (lab.storage.volumes.some((one) => one.place === place && one.name === name)) {
    throw new Refusal("already-exists", `volume '${spec.storage}:${name}' already exists`);
  }
  lab.storage.volumes.push({
    place,
    name,
    vmid: spec.vmid,
    format,
    sizeBytes: spec.sizeBytes,
    writtenBytes: spec.writtenBytes ?? 0,
    // An NFS server has a clock of its own, which is right.
    createdS: Math.floor(wallNowMs(lab, definition.type === "nfs" ? undefined : node) / 1000),
  });
  const volid = `${spec.storage}:${name}`;
  return { volid, output: formattingText(lab, node, volid, definition, format, spec.sizeBytes) };
}

/** @source recordings 21 and 26 for files; `lvcreate`'s words for LVM-thin are unverified */
function formattingText(
  lab: LabState,
  node: string,
  volid: string,
  definition: StorageDefinition,
  format: VolumeFormat,
  sizeBytes: number,
): string[] {
  if (definition.type === "lvmthin") return [`  Logical volume "${splitVolid(volid)!.name}" created.`];
  const path = volumePath(lab, node, volid);
  if (format === "qcow2") {
    return [
      `Formatting '${path}', fmt=qcow2 cluster_size=65536 extended_l2=off preallocation=metadata compression_type=zlib size=${sizeBytes} lazy_refcounts=off refcount_bits=16`,
    ];
  }
  return [`Formatting '${path}', fmt=${format} size=${sizeBytes} preallocation=off`];
}

/** Volumes that were linked to a base and need it. */
export function linkedClones(lab: Readonly<LabState>, node: string, volid: string): number {
  const base = findVolume(lab, node, volid);
  return lab.storage.volumes.filter((one) => one.base === base?.name && one.place === base?.place).length;
}

/** Remove a volume; one that is not there is no error. @throws Refusal when its storage cannot be reached */
export function freeVolume(lab: LabState, node: string, volid: string): void {
  const parts = splitVolid(volid);
  if (!parts) return;
  const trouble = storageTrouble(lab, node, parts.storage);
  if (trouble) throw new Refusal("not-found", trouble);
  const volume = findVolume(lab, node, volid);
  if (volume) lab.storage.volumes.splice(lab.storage.volumes.indexOf(volume), 1);
}

export interface StorageSpace {
  totalBytes: number;
  usedBytes: number;
  availableBytes: number;
}

/** Space of a storage as a node sees it; nothing of one that is not online. */
export function storageSpace(lab: Readonly<LabState>, node: string, definition: StorageDefinition): StorageSpace {
  if (!storageOnline(lab, node, definition)) return { totalBytes: 0, usedBytes: 0, availableBytes: 0 };
  const place = placeOf(definition, node);
  const written = lab.storage.volumes
    .filter((one) => one.place === place)
    .reduce((sum, one) => sum + one.writtenBytes, 0);
  if (definition.type === "lvmthin") return space(THIN_POOL_BYTES, written);
  if (definition.type === "nfs") {
    const { server, export: path } = definition.keys;
    const total = lab.storage.servers[server!]!.exports.find((one) => one.path === path)!.totalBytes;
    return space(total, written);
  }
  // Every folder lies on the root file system, with all images of all such storages.
  const onRoot = lab.storage.volumes
    .filter((one) => one.place.startsWith(`node:${node}/`) && !one.place.startsWith(`node:${node}/lvm/`))
    .reduce((sum, one) => sum + one.writtenBytes, 0);
  const used = ROOT_USED_BYTES + nodeOf(lab as LabState, node).files.usedBytes + onRoot;
  return {
    totalBytes: NODE_ROOT_BYTES,
    usedBytes: used,
    availableBytes: Math.max(0, Math.floor(NODE_ROOT_BYTES * 0.95) - used),
  };
}

function space(totalBytes: number, usedBytes: number): StorageSpace {
  return { totalBytes, usedBytes, availableBytes: Math.max(0, totalBytes - usedBytes) };
}

/** What a node says of a storage: one that is disabled or kept to other nodes is not enabled there, and has no figures. */
export function storageHere(
  lab: Readonly<LabState>,
  node: string,
  definition: StorageDefinition,
): { enabled: boolean; online: boolean; space: StorageSpace } {
  const enabled = definedOn(definition, node);
  const online = enabled && storageOnline(lab, node, definition);
  return { enabled, online, space: online ? storageSpace(lab, node, definition) : space(0, 0) };
}

/**
 * Storages that a node shows: all of the file.
 *
 * @param content only those for one of these kinds, and then only the enabled ones
 * @source pve-storage PVE/Storage.pm storage_info
 */
export function storagesOf(
  lab: Readonly<LabState>,
  node: string,
  content?: readonly string[],
): ({ definition: StorageDefinition } & ReturnType<typeof storageHere>)[] {
  return storageDefinitions(lab, node)
    .map((definition) => ({ definition, ...storageHere(lab, node, definition) }))
    .filter(
      ({ definition, enabled }) => !content || (enabled && content.some((kind) => definition.content.includes(kind))),
    );
}

/** `8G`, `512M`, `1024K` or bytes in bytes; undefined for other text. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  if (!match) return undefined;
  const factor = { "": 1, K: 1024, M: 1024 ** 2, G: GIB, T: 1024 ** 4 }[match[2] as "" | "K" | "M" | "G" | "T"];
  return Math.round(Number(match[1]) * factor);
}

/** A size as configurations write it: in the largest unit that fits whole. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of [
    ["T", 1024 ** 4],
    ["G", GIB],
    ["M", 1024 ** 2],
    ["K", 1024],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}
