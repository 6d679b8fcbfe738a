/** What is known before a migration begins: where a guest may go, what it has on local disks. @source recordings 25, 26, 28, 61 */
import { drivesOf } from "../guests/guest-config.ts";
import { guestConfig } from "../guests/guest-view.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { definedOn, storageDefinition } from "../storage/storage-config.ts";
import { findVolume, splitVolid } from "../storage/volumes.ts";

export interface LocalDisk {
  key: string;
  volid: string;
  cdrom: boolean;
  sizeBytes: number;
  unused: boolean;
}

/** Names of the cluster's members as a node knows them; itself alone outside any cluster. */
export function memberNames(lab: Readonly<LabState>, node: string): string[] {
  const { clusterInfo, mode } = nodeOf(lab as LabState, node).pmxcfs;
  return clusterInfo && mode !== "local" ? clusterInfo.nodes.map((member) => member.name) : [node];
}

/** Volumes of a guest that other nodes cannot read where they lie. */
export function localDisks(lab: Readonly<LabState>, node: string, vmid: number): LocalDisk[] {
  const keys = guestConfig(lab, node, vmid)?.keys ?? {};
  return drivesOf(keys).flatMap((drive) => {
    const parts = splitVolid(drive.volid);
    const definition = parts && storageDefinition(lab, node, parts.storage);
    if (!definition || definition.shared) return [];
    const sizeBytes = findVolume(lab, node, drive.volid)?.sizeBytes ?? 0;
    return [
      { key: drive.key, volid: drive.volid, cdrom: drive.cdrom, sizeBytes, unused: drive.key.startsWith("unused") },
    ];
  });
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
  if (!memberNames(lab, node).includes(target)) return `no such cluster node '${target}'`;
  if (params.targetstorage !== undefined) {
    const definition = storageDefinition(lab, node, params.targetstorage);
    if (!definition) return `storage '${params.targetstorage}' does not exist`;
    return definedOn(definition, target)
      ? undefined
      : `storage '${params.targetstorage}' is not available on node '${target}'`;
  }
  const missing = unavailableStorages(lab, node, vmid, target)[0];
  return missing === undefined ? undefined : `storage '${missing}' is not available on node '${target}'`;
}
