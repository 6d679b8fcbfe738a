/** A guest's memory on a storage: for a snapshot with memory, and for a suspend to disk. @source qm(1), savevm (unverified) */
import type { LabState } from "../state.ts";
import { storageDefinition } from "../storage/storage-config.ts";
import { allocateVolume, splitVolid } from "../storage/volumes.ts";
import { type ConfigKeys, disksOf, memoryMib } from "./guest-config.ts";

const MIB = 1024 ** 2;
/** From memory to disk. Made up, as the copies of disks. */
const SAVE_MIB_PER_S = 220;

/** The kind of machine that goes on from it. */
export const RUNNING_MACHINE = "pc-i440fx-9.2+pve1";

export const usedMemoryMib = (keys: ConfigKeys) => Math.round(memoryMib(keys) * 0.45);
export const stateSeconds = (keys: ConfigKeys) => Math.max(1, Math.round(usedMemoryMib(keys) / SAVE_MIB_PER_S));

/** Where a guest's memory goes unless somebody says where. */
export function stateStorage(keys: ConfigKeys): string {
  return keys.vmstatestorage ?? splitVolid(disksOf(keys)[0]?.volid ?? "")?.storage ?? "local";
}

/** Make the volume. @throws Refusal when the storage cannot take it */
export function allocateState(
  lab: LabState,
  node: string,
  vmid: number,
  keys: ConfigKeys,
  { name, storage = stateStorage(keys) }: { name: string; storage?: string | undefined },
): { volid: string; output: string[] } {
  const thin = storageDefinition(lab, node, storage)?.type === "lvmthin";
  const volume = `vm-${vmid}-state-${name}`;
  return allocateVolume(lab, node, {
    storage,
    vmid,
    name: thin ? volume : `${vmid}/${volume}.raw`,
    // Twice the memory and half a GiB, as Proxmox reckons.
    sizeBytes: (memoryMib(keys) * 2 + 500) * MIB,
    writtenBytes: usedMemoryMib(keys) * MIB,
  });
}
