/**
 * What is refused of a guest's change before a worker is started, in Proxmox's words.
 *
 * @source recordings 20-22, 25, 28, 32, 60; qemu-server 8.3.13 PVE/API2/Qemu.pm for the rest (unverified)
 */

import { haResource, isHaManaged } from "../ha/ha-config.ts";
import { localDisks } from "../migration/preconditions.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { storageDefinition } from "../storage/storage-config.ts";
import { splitVolid, storageTrouble } from "../storage/volumes.ts";
import { isTrue } from "../truth.ts";
import { isOption } from "./config-options.ts";
import type { GuestAction, GuestRequest } from "./guest-actions.ts";
import { disksOf, type GuestConfig, isKept, parseDrive } from "./guest-config.ts";
import { allGuests, guestConfig, guestPath, instanceOf } from "./guest-view.ts";

const invalid = (text: string) => new Refusal("invalid", text);

/** @throws Refusal */
export function refuseByState(lab: Readonly<LabState>, request: GuestRequest): void {
  const { node, vmid, action, params } = request;
  const config = guestConfig(lab, node, vmid);
  if (!config) {
    if (missingToWorker(action, vmid, node)) return;
    throw new Refusal("not-found", missingText(action, vmid, node));
  }
  const instance = instanceOf(lab, node, vmid);
  const running = instance !== undefined;
  const toDisk = action === "resume" && config.keys.lock === "suspended";
  if (!running && !toDisk && ["reboot", "reset", "suspend", "resume"].includes(action)) {
    throw invalid(`VM ${vmid} not running`);
  }
  switch (action) {
    case "shutdown":
    case "reboot":
      // Heard when the machine goes on, it would power it off then.
      if (instance?.status === "paused" && !isTrue(params.forceStop)) throw invalid("VM is paused - cannot shutdown");
      break;
    case "suspend":
      if (isTrue(params.todisk) && isHaManaged(lab, node, vmid)) throw invalid("Cannot suspend HA managed VM to disk");
      break;
    case "stop":
      if (isTrue(params["overrule-shutdown"]) && isHaManaged(lab, node, vmid)) {
        throw new Refusal("parameter", "overrule-shutdown: Not applicable for HA resources.");
      }
      break;
    case "start":
      if (config.keys.template === "1") throw invalid("you can't start a vm if it's a template");
      break;
    case "destroy":
      if (config.keys.protection === "1") throw invalid(`can't remove VM ${vmid} - protection mode enabled`);
      if (!isTrue(params.purge) && haResource(lab, node, `vm:${vmid}`)) {
        throw invalid(`unable to remove VM ${vmid} - used in HA resources and purge parameter not set.`);
      }
      if (running) throw invalid(`VM ${vmid} is running - destroy failed`);
      break;
    case "set":
      refuseSet(params);
      refuseStorage(lab, request);
      break;
    case "snapshot":
      refuseSnapshotName(params.snapname ?? "");
      break;
    case "template":
      if (config.keys.lock) throw new Refusal("busy", `VM is locked (${config.keys.lock})`);
      if (Object.keys(config.snapshots).length > 0) {
        throw invalid("unable to create template, because VM contains snapshots");
      }
      if (config.keys.template === "1") throw invalid("you can't convert a template to a template");
      if (running) throw invalid("you can't convert a VM to template if VM is running");
      break;
    case "clone":
      refuseClone(lab, request, config);
      break;
    case "move-disk":
      refuseMove(lab, request, config);
      break;
    case "migrate":
      if (config.keys.lock) throw new Refusal("busy", `VM is locked (${config.keys.lock})`);
      if (running && !isTrue(params.online)) throw new Refusal("busy", "can't migrate running VM without --online");
      break;
  }
}

/** Actions whose first look for the guest is for its file: the others load the configuration. */
const LOOKED_FOR: readonly GuestAction[] = ["stop", "shutdown", "reboot", "reset", "suspend", "resume", "clone"];

/** That a guest is not there, in the words of what was to be done with it. */
export function missingText(action: GuestAction, vmid: number, node: string): string {
  return LOOKED_FOR.includes(action)
    ? `unable to find configuration file for VM ${vmid} on node '${node}'`
    : `Configuration file '${guestPath(node, vmid)}' does not exist`;
}

/**
 * What the worker of an action says of a guest that is not there, and the exit status of `qm`; undefined where it is said
 * before there is a worker.
 *
 * @source qemu-server 8.4.10 with its pmxcfs: typed, and sent to pveproxy
 */
export function missingToWorker(
  action: GuestAction,
  vmid: number,
  node: string,
): { text: string; status: number } | undefined {
  if (!["start", "stop", "shutdown", "resize"].includes(action)) return undefined;
  // `resize` is a task that `qm` does not wait for.
  return { text: missingText(action, vmid, node), status: action === "resize" ? 0 : 255 };
}

/**
 * @throws Refusal when a new disk is wanted from a storage that is not there, or carries none
 * @source Qemu.pm check_storage_access, sent and typed
 */
export function refuseStorage(lab: Readonly<LabState>, { node, params }: GuestRequest): void {
  for (const [key, value] of Object.entries(params)) {
    if (!/^(?:ide|scsi|virtio|sata|efidisk|tpmstate)\d+$/.test(key)) continue;
    const storage = /^(?:file=)?([a-z][a-z0-9_.-]*):\d+(?:\.\d+)?(?:,|$)/i.exec(value)?.[1];
    if (storage === undefined || parseDrive(key, value).cdrom) continue;
    const definition = storageDefinition(lab, node, storage);
    if (!definition) throw invalid(`storage '${storage}' does not exist`);
    if (!definition.content.includes("images")) {
      throw new Refusal("parameter", `storage: storage '${storage}' does not support vm images`);
    }
  }
}

function refuseSet(params: Record<string, string>): void {
  const { delete: gone = "", revert = "", skiplock: _lock, digest: _digest, force: _force, ...set } = params;
  const split = (text: string) => text.split(/[,;\s]+/).filter((one) => one !== "");
  if (gone === "" && revert === "" && Object.keys(set).length === 0) throw invalid("no options specified");
  for (const key of split(revert)) {
    if (!isOption(key)) throw new Refusal("parameter", `revert: unknown option '${key}'`);
    if (set[key] !== undefined) {
      throw new Refusal("parameter", `delete: you can't use '-${key}' and -revert ${key}' at the same time`);
    }
  }
  for (const key of split(gone)) {
    if (set[key] !== undefined) {
      throw new Refusal("parameter", `delete: you can't use '-${key}' and -delete ${key}' at the same time`);
    }
    if (split(revert).includes(key)) {
      throw new Refusal("parameter", `revert: you can't use '-delete ${key}' and -revert ${key}' at the same time`);
    }
    if (!isOption(key)) throw new Refusal("parameter", `delete: unknown option '${key}'`);
  }
}

function refuseSnapshotName(name: string): void {
  if (!/^[a-z][a-z0-9_-]+$/i.test(name)) {
    throw new Refusal("parameter", `snapname: invalid format - invalid configuration ID '${name}'`);
  }
  if (name.length > 40) throw new Refusal("parameter", "snapname: value may only be 40 characters long");
  if (name === "current") throw invalid("unable to use snapshot name 'current' (reserved name)");
  if (name.toLowerCase() === "pending") throw invalid("unable to use snapshot name 'pending' (reserved name)");
}

function refuseMove(lab: Readonly<LabState>, { node, params }: GuestRequest, config: GuestConfig): void {
  const { disk = "", storage = "", format } = params;
  if (config.keys.lock) throw new Refusal("busy", `VM is locked (${config.keys.lock})`);
  if (config.keys[disk] === undefined) throw invalid(`disk '${disk}' does not exist`);
  const drive = parseDrive(disk, config.keys[disk]);
  if (drive.cdrom) throw invalid("you can't move a cdrom");
  const present = /\.(raw|qcow2|vmdk)$/.exec(drive.volid)?.[1];
  const sameFormat = format === undefined || present === undefined || present === format;
  if (splitVolid(drive.volid)?.storage === storage && sameFormat) {
    throw invalid("you can't move to the same storage with same format");
  }
  const definition = storageDefinition(lab, node, storage);
  const trouble = storageTrouble(lab, node, storage);
  if (trouble && !trouble.endsWith("is not online")) throw invalid(trouble);
  if (!definition!.content.includes("images")) {
    throw new Refusal("parameter", `storage: storage '${storage}' does not support vm images`);
  }
  const kept = Object.values(config.snapshots).some((keys) => isKept(keys, drive.volid));
  if (kept && isTrue(params.delete)) throw invalid("you can't move a disk with snapshots and delete the source");
}

function refuseClone(lab: Readonly<LabState>, { node, vmid, params }: GuestRequest, config: GuestConfig): void {
  const { newid, storage, target, snapname } = params;
  if (target !== undefined && lab.nodes[node]!.pmxcfs.database.entries[`nodes/${target}`] === undefined) {
    throw invalid(`no such cluster node '${target}'`);
  }
  if (storage !== undefined) {
    const definition = storageDefinition(lab, node, storage);
    const trouble = definition ? undefined : storageTrouble(lab, node, storage);
    if (trouble) throw invalid(trouble);
    if (!definition!.content.includes("images")) {
      throw new Refusal("parameter", `storage: storage '${storage}' does not support vm images`);
    }
    if (target !== undefined && target !== node && !definition!.shared) {
      throw invalid(`can't clone to non-shared storage '${storage}'`);
    }
  }
  if (config.keys.lock) throw new Refusal("busy", `VM is locked (${config.keys.lock})`);
  if (snapname !== undefined && !config.snapshots[snapname]) throw invalid(`snapshot '${snapname}' does not exist`);
  const isTemplate = config.keys.template === "1";
  const full = params.full === undefined ? !isTemplate : isTrue(params.full);
  if (!full && storage !== undefined) throw invalid("parameter 'storage' not allowed for linked clones");
  if (!full && params.format !== undefined) throw invalid("parameter 'format' not allowed for linked clones");
  if (
    target !== undefined &&
    target !== node &&
    localDisks(lab, node, vmid).some((disk) => disk.uses.has("attached"))
  ) {
    throw invalid(`can't clone VM to node '${target}' (VM uses local storage)`);
  }
  if (allGuests(lab, node).some((one) => one.vmid === Number(newid))) {
    throw new Refusal("already-exists", `unable to create VM ${newid}: config file already exists`);
  }
  if (full || isTemplate) return;
  const [disk] = disksOf(config.keys);
  if (disk) throw invalid(`Linked clone feature is not supported for '${disk.volid}' (${disk.key})`);
}
