/** What a node knows of guests: configurations, running processes, who answers at an address. Reads only. */
import { nodeOf } from "../kernel.ts";
import { guestConfigs, pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import { serverReachable } from "../storage/storage-servers.ts";
import { findVolume } from "../storage/volumes.ts";
import { disksOf, type GuestConfig, memoryMib, parseGuestConfig } from "./guest-config.ts";
import type { GuestMachine, QemuInstance } from "./guests-state.ts";
import { maxProcessors } from "./processors.ts";

/** A guest's file below /etc/pve. */
export function guestPath(node: string, vmid: number): string {
  return `nodes/${node}/qemu-server/${vmid}.conf`;
}

/** Text of a guest's configuration in one node's folder, as `viewer` sees it; undefined when it is not there. */
export function guestText(lab: Readonly<LabState>, node: string, vmid: number, viewer = node): string | undefined {
  return pmxcfsFile(lab, viewer, guestPath(node, vmid));
}

/** The same, read. */
export function guestConfig(
  lab: Readonly<LabState>,
  node: string,
  vmid: number,
  viewer = node,
): GuestConfig | undefined {
  const text = guestText(lab, node, vmid, viewer);
  return text === undefined ? undefined : parseGuestConfig(text);
}

/** Guests whose configuration lies in any node's folder, as a node sees them. */
export function allGuests(lab: Readonly<LabState>, viewer: string): { vmid: number; node: string }[] {
  const state = nodeOf(lab as LabState, viewer).pmxcfs;
  return guestConfigs(state.database).filter((one) => one.type === "qemu");
}

/** The QEMU process of a guest on a node, if it lives. */
export function instanceOf(lab: Readonly<LabState>, node: string, vmid: number): QemuInstance | undefined {
  const instance = lab.nodes[node]?.qemu[vmid];
  return instance && lab.nodes[node]!.processes[instance.pid] ? instance : undefined;
}

/** All living QEMU processes of the lab. */
export function allInstances(lab: Readonly<LabState>): { node: string; instance: QemuInstance }[] {
  return Object.keys(lab.nodes).flatMap((node) =>
    // Tests of the shell have nodes without any guests' part.
    Object.values(lab.nodes[node]!.qemu ?? {})
      .filter((instance) => lab.nodes[node]!.processes[instance.pid])
      .map((instance) => ({ node, instance })),
  );
}

/** The process that is the guest just now: that runs, or stands still as its only copy. */
export function machineAt(
  lab: Readonly<LabState>,
  address: string,
): { node: string; instance: QemuInstance } | undefined {
  const found = allInstances(lab).filter(({ instance }) => instance.machine.address === address);
  return found.find(({ instance }) => instance.status === "running") ?? found[0];
}

/** Where one boot of a guest's system is now: it runs, or stands still; undefined once that boot has ended. */
export function machineOfBoot(
  lab: Readonly<LabState>,
  vmid: number,
  bootId: string,
): { node: string; instance: QemuInstance } | undefined {
  const found = allInstances(lab).filter(
    ({ instance }) => instance.vmid === vmid && instance.machine.bootId === bootId,
  );
  return found.find(({ instance }) => instance.status === "running") ?? found[0];
}

/** Whether the system in a guest answers packets now. */
export function machineAnswers(lab: Readonly<LabState>, instance: QemuInstance): boolean {
  return instance.status === "running" && instance.machine.answersAtMs <= lab.nowMs;
}

/**
 * Whether a machine's disks can be read and written now. Without its server the machine runs on, and whatever in it
 * touches the disk waits: an NFS mount is "hard". @source nfs(5) (unverified: recorded storage never disappeared)
 */
export function disksAnswer(lab: Readonly<LabState>, node: string, instance: QemuInstance): boolean {
  return disksOf(parseGuestConfig(instance.config).keys).every((disk) => {
    const server = /^nfs:([^/]+)/.exec(findVolume(lab, node, disk.volid)?.place ?? "")?.[1];
    return server === undefined || serverReachable(lab, node, server);
  });
}

/** Seconds that the guest's own clock has counted since its boot. */
export function guestUptimeS(lab: Readonly<LabState>, machine: GuestMachine): number {
  return Math.max(0, (lab.nowMs - machine.bootedAtMs - stoodStillMs(lab, machine)) / 1000);
}

/** Milliseconds since its boot that a machine did not run: its clock is behind by them. */
export function stoodStillMs(lab: Readonly<LabState>, machine: GuestMachine): number {
  return machine.pausedMs + (machine.pausedSinceMs === undefined ? 0 : lab.nowMs - machine.pausedSinceMs);
}

/**
 * A process elsewhere that has a disk of this guest open on the very same place: QEMU's locks reach as far as the
 * storage does. A node that cannot reach the server has lost its locks there.
 */
export function holderOfDisks(lab: Readonly<LabState>, node: string, keys: Record<string, string>): string | undefined {
  const mine = disksOf(keys)
    .map((disk) => findVolume(lab, node, disk.volid))
    .filter((volume) => volume !== undefined);
  for (const { node: other, instance } of allInstances(lab)) {
    if (other === node || lab.nodes[other]!.power !== "on") continue;
    for (const disk of disksOf(parseGuestConfig(instance.config).keys)) {
      const volume = findVolume(lab, other, disk.volid);
      if (!volume || !mine.includes(volume)) continue;
      const server = /^nfs:([^/]+)/.exec(volume.place)?.[1];
      if (server === undefined || lockAlive(lab, other, server)) return other;
    }
  }
  return undefined;
}

function lockAlive(lab: Readonly<LabState>, node: string, address: string): boolean {
  const server = lab.storage.servers[address];
  if (!server?.up || server.cutFrom.includes(node)) return false;
  return !lab.network.unplugged[`${server.network}/${node}`];
}

export interface GuestSummary {
  vmid: number;
  name: string;
  status: "running" | "stopped";
  qmpStatus: string;
  memoryMib: number;
  /** Size of the disk it boots from, bytes; 0 without one. */
  bootDiskBytes: number;
  pid: number;
  uptimeS: number;
  cpus: number;
  lock: string;
  template: boolean;
  tags: string;
}

/** What `qm list` and the API say of a guest on its node; undefined when it is not there. */
export function guestSummary(
  lab: Readonly<LabState>,
  node: string,
  vmid: number,
  viewer = node,
): GuestSummary | undefined {
  const text = guestText(lab, node, vmid, viewer);
  if (text === undefined) return undefined;
  const { keys } = parseGuestConfig(text);
  const instance = instanceOf(lab, node, vmid);
  const disks = disksOf(keys);
  const order = /order=([^,]*)/.exec(keys.boot ?? "")?.[1]?.split(";") ?? [];
  const first = order.map((key) => disks.find((disk) => disk.key === key)).find((disk) => disk !== undefined);
  return {
    vmid,
    name: keys.name ?? `VM ${vmid}`,
    status: instance ? "running" : "stopped",
    qmpStatus: instance?.status ?? "stopped",
    memoryMib: memoryMib(keys),
    bootDiskBytes: sizeOf(first?.options.size),
    pid: instance?.pid ?? 0,
    uptimeS: instance ? Math.max(1, Math.floor((lab.nowMs - instance.startedAtMs) / 1000)) : 0,
    cpus: maxProcessors(keys),
    lock: keys.lock ?? "",
    template: keys.template === "1",
    tags: keys.tags ?? "",
  };
}

function sizeOf(text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text ?? "");
  if (!match) return 0;
  return Math.round(Number(match[1]) * 1024 ** " KMGT".indexOf(match[2] || " "));
}
