/** QEMU processes and the machines in them: starting, stopping, standing still, going on. */
import { changeDisk } from "../files/disk.ts";
import { removeLocalFile, writeLocalFile } from "../files/file-changes.ts";
import { nodeOf, random } from "../kernel.ts";
import { reap, spawn } from "../processes.ts";
import type { LabState } from "../state.ts";
import { findVolume } from "../storage/volumes.ts";
import { wallNowMs } from "../wall-clock.ts";
import { type ConfigKeys, disksOf, macOf, parseGuestConfig } from "./guest-config.ts";
import { instanceOf } from "./guest-view.ts";
import type { GuestMachine, QemuInstance, Workload } from "./guests-state.ts";
import { watchForCopies } from "./two-copies.ts";

/** From the start of QEMU to an answer of the guest's system. Made up: a small Linux on a real host. */
const BOOT_MS = 12_000;

const WORKLOADS: Record<Workload, { dirtyMibPerS: number; workingSetMib: number }> = {
  idle: { dirtyMibPerS: 0.2, workingSetMib: 8 },
  web: { dirtyMibPerS: 8, workingSetMib: 120 },
  database: { dirtyMibPerS: 45, workingSetMib: 400 },
  "memory-hog": { dirtyMibPerS: 160, workingSetMib: 4_096 },
};

export const WORKLOAD_NAMES = Object.keys(WORKLOADS) as Workload[];

/** How fast a guest writes to its memory now, and over how much of it. */
export function dirtyingOf(
  lab: Readonly<LabState>,
  vmid: number,
  keys: ConfigKeys,
  totalMib: number,
): { dirtyMibPerS: number; workingSetMib: number } {
  const system = lab.guestSystems[vmid];
  const tagged = WORKLOAD_NAMES.find((name) => (keys.tags ?? "").split(/[;,\s]+/).includes(name));
  const load = WORKLOADS[system?.workload ?? tagged ?? "idle"];
  return {
    dirtyMibPerS: system?.dirtyMibPerS ?? load.dirtyMibPerS,
    workingSetMib: Math.min(system?.workingSetMib ?? load.workingSetMib, totalMib * 0.8),
  };
}

/** Start a QEMU process for a guest. @param incoming waits for memory from another node */
export function startQemu(
  lab: LabState,
  node: string,
  vmid: number,
  config: string,
  incoming?: GuestMachine,
): QemuInstance {
  const pid = spawn(lab, node, "kvm", `${vmid}.scope`);
  const { keys } = parseGuestConfig(config);
  const instance: QemuInstance = {
    vmid,
    pid,
    startedAtMs: lab.nowMs,
    status: incoming ? "inmigrate" : "running",
    config,
    machine: incoming ? { ...incoming } : bootedMachine(lab, vmid, keys),
  };
  nodeOf(lab, node).qemu[vmid] = instance;
  changeDisk(nodeOf(lab, node).files, { op: "mkdir", path: "/run/qemu-server" }, wallNowMs(lab, node));
  writeLocalFile(lab, node, pidFile(vmid), `${pid}\n`);
  if (!incoming) watchForCopies(lab, vmid);
  for (const disk of disksOf(keys)) {
    const volume = findVolume(lab, node, disk.volid);
    // A system that has run has written something.
    if (volume && volume.writtenBytes === 0) volume.writtenBytes = Math.min(volume.sizeBytes, 900 * 1024 ** 2);
  }
  return instance;
}

function bootedMachine(lab: LabState, vmid: number, keys: ConfigKeys): GuestMachine {
  const bootId = Array.from({ length: 8 }, () => Math.floor(random(lab) * 16).toString(16)).join("");
  const system = hasSystem(keys);
  return {
    bootId,
    bootedAtMs: lab.nowMs,
    pausedMs: 0,
    answersAtMs: lab.nowMs + BOOT_MS,
    address: system ? addressOf(lab, vmid, keys) : "",
    mac: macOf(keys.net0),
  };
}

/** Whether a guest has a system that hears the power button: every guest with a disk is taken to have a small Linux. */
export function hasSystem(keys: ConfigKeys): boolean {
  return disksOf(keys).length > 0;
}

/** A guest's address: `ipconfig0`, or the lab's own convention of .VMID for 100 to 250. */
function addressOf(lab: Readonly<LabState>, vmid: number, keys: ConfigKeys): string {
  if (keys.net0 === undefined || /link_down=1/.test(keys.net0)) return "";
  const configured = /ip=(\d+\.\d+\.\d+\.\d+)/.exec(keys.ipconfig0 ?? "")?.[1];
  if (configured) return configured;
  const subnet = Object.values(lab.network.networks)[0]?.subnet;
  return subnet && vmid >= 100 && vmid <= 250 ? subnet.replace(/\.0$/, `.${vmid}`) : "";
}

/** The system in a guest starts anew within its QEMU process. */
export function rebootMachine(lab: LabState, instance: QemuInstance): void {
  endSystem(lab, instance);
  resetMachine(lab, instance);
}

/** The reset button: the process stays, nobody inside is told. */
export function resetMachine(lab: LabState, instance: QemuInstance): void {
  instance.machine = bootedMachine(lab, instance.vmid, parseGuestConfig(instance.config).keys);
}

/** The system in a guest shuts down in good order: it ends its sessions. */
export function endSystem(lab: LabState, instance: QemuInstance): void {
  lab.guestSystems[instance.vmid] = { ...lab.guestSystems[instance.vmid], endedBootId: instance.machine.bootId };
}

/** End a guest's QEMU process. */
export function endQemu(lab: LabState, node: string, vmid: number): void {
  const instance = instanceOf(lab, node, vmid);
  if (instance) reap(lab, node, instance.pid, { exitCode: 0 });
  delete nodeOf(lab, node).qemu[vmid];
  removeLocalFile(lab, node, pidFile(vmid));
}

/** Let a machine stand still. */
export function holdMachine(lab: LabState, instance: QemuInstance, status: "paused" | "postmigrate"): void {
  instance.status = status;
  instance.machine.pausedSinceMs ??= lab.nowMs;
}

/** Let a machine go on. */
export function resumeMachine(lab: LabState, instance: QemuInstance): void {
  const { machine } = instance;
  if (machine.pausedSinceMs !== undefined) machine.pausedMs += lab.nowMs - machine.pausedSinceMs;
  delete machine.pausedSinceMs;
  instance.status = "running";
}

export function pidFile(vmid: number): string {
  return `/run/qemu-server/${vmid}.pid`;
}
