/** What is known before a migration begins: where a guest may go, what it has on local disks. @source recordings 25, 26, 28, 61 */
import { type ConfigKeys, drivesOf } from "../guests/guest-config.ts";
import { guestConfig } from "../guests/guest-view.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { definedOn, storageDefinition } from "../storage/storage-config.ts";
import { findVolume, splitVolid } from "../storage/volumes.ts";

/** How a configuration names a volume. */
export type VolumeUse = "attached" | "unused" | "snapshot" | "pending" | "vmstate";

export interface LocalDisk {
  key: string;
  volid: string;
  cdrom: boolean;
  sizeBytes: number;
  uses: Set<VolumeUse>;
}

/** Names of the cluster's members as a node knows them; itself alone outside any cluster. */
export function memberNames(lab: Readonly<LabState>, node: string): string[] {
  const { clusterInfo, mode } = nodeOf(lab as LabState, node).pmxcfs;
  return clusterInfo && mode !== "local" ? clusterInfo.nodes.map((member) => member.name) : [node];
}

/** Volumes of a guest that other nodes cannot read where they lie, by name. @source QemuServer.pm foreach_volid */
export function localDisks(lab: Readonly<LabState>, node: string, vmid: number): LocalDisk[] {
  const config = guestConfig(lab, node, vmid);
  const found = new Map<string, LocalDisk>();
  const note = (key: string, volid: string, cdrom: boolean, use: VolumeUse) => {
    const parts = splitVolid(volid);
    const definition = parts && storageDefinition(lab, node, parts.storage);
    if (!definition || definition.shared) return;
    const sizeBytes = findVolume(lab, node, volid)?.sizeBytes ?? 0;
    const disk = found.get(volid) ?? { key, volid, cdrom, sizeBytes, uses: new Set<VolumeUse>() };
    found.set(volid, { ...disk, uses: disk.uses.add(use) });
  };
  const noteAll = (keys: ConfigKeys, use: VolumeUse) => {
    for (const drive of drivesOf(keys)) {
      note(drive.key, drive.volid, drive.cdrom, drive.key.startsWith("unused") ? "unused" : use);
    }
    if (keys.vmstate !== undefined) note("vmstate", keys.vmstate, false, "vmstate");
  };
  noteAll(config?.keys ?? {}, "attached");
  noteAll(config?.pending ?? {}, "pending");
  for (const keys of Object.values(config?.snapshots ?? {})) noteAll(keys, "snapshot");
  return [...found.values()].sort((a, b) => (a.volid < b.volid ? -1 : 1));
}

/** Devices of the node itself that a guest uses. */
export function localResources(lab: Readonly<LabState>, node: string, vmid: number): string[] {
  const keys = guestConfig(lab, node, vmid)?.keys ?? {};
  return Object.keys(keys).filter(
    (key) =>
      (/^usb\d+$/.test(key) && /(?:^|,)host=/.test(keys[key]!)) ||
      (/^hostpci\d+$/.test(key) && !/mapping=/.test(keys[key]!)) ||
      /^parallel\d+$/.test(key) ||
      (/^serial\d+$/.test(key) && keys[key] !== "socket"),
  );
}

/** Storages of a guest that are not defined on another node. Whether that node lives is not asked. */
export function unavailableStorages(lab: Readonly<LabState>, node: string, vmid: number, target: string): string[] {
  const keys = guestConfig(lab, node, vmid)?.keys ?? {};
  const names = new Set<string>();
  for (const drive of drivesOf(keys)) {
    const storage = splitVolid(drive.volid)?.storage;
    if (storage === undefined) continue;
    const definition = storageDefinition(lab, node, storage);
    if (!definition || !definedOn(definition, target)) names.add(storage);
  }
  return [...names];
}

/** Why a migration is refused before it becomes a task; undefined when it is not. */
export function migrateRefusal(
  lab: Readonly<LabState>,
  node: string,
  vmid: number,
  params: Record<string, string>,
): string | undefined {
  const target = params.target ?? "";
  if (params.targetstorage !== undefined && params.targetstorage !== "1") {
    for (const storage of params.targetstorage.split(",").map((pair) => pair.split(":").at(-1)!)) {
      const definition = storageDefinition(lab, node, storage);
      if (!definition) return `storage '${storage}' does not exist`;
      if (!definedOn(definition, target)) return `storage '${storage}' is not available on node '${target}'`;
      if (!definition.content.includes("images")) return `storage '${storage}' does not support vm images`;
    }
    return undefined;
  }
  const missing = unavailableStorages(lab, node, vmid, target)[0];
  return missing === undefined ? undefined : `storage '${missing}' is not available on node '${target}'`;
}

/** Where a local volume of some storage goes: `--targetstorage NAME`, `1` for the same, or `FROM:TO,...`. @source qm(1) */
export function targetStorageOf(params: Record<string, string>, storage: string): string {
  const { targetstorage = "1" } = params;
  if (targetstorage === "1") return storage;
  let all: string | undefined;
  for (const pair of targetstorage.split(",")) {
    const [from, to] = pair.split(":");
    if (to === undefined) all = from;
    else if (from === storage) return to;
  }
  return all ?? storage;
}
