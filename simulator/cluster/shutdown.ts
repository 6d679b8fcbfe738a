/**
 * Switching a node off in good order: `reboot`, `poweroff` and `shutdown` as a state machine.
 *
 * What runs on the node is told to end: guests first, then the services that need the cluster file system, then
 * corosync (so that the others see it leave and lose no token), pmxcfs and the rest; then the power goes, and comes back
 * after a reboot. The command that asked for it may long be dead. A plug pulled meanwhile ends all of this.
 * Source: systemd.special(7), order of Proxmox's units. Times are from memory (docs/fidelity/shell.md).
 */

import { requestGuestAction } from "./guests/guest-actions.ts";
import { isHaManaged } from "./ha/ha-config.ts";
import { log } from "./journal.ts";
import { type EventHandler, nodeOf, schedule } from "./kernel.ts";
import { powerOff, powerOn } from "./power.ts";
import { Refusal } from "./refusal.ts";
import { stopUnit } from "./services/services.ts";
import type { UnitName } from "./services/services-state.ts";
import { UNIT_NAMES, UNITS } from "./services/units.ts";
import type { LabState } from "./state.ts";

export interface ShutdownState {
  /** Which of the node's shutdowns this is: an event of one that was cancelled finds another number. */
  id: number;
  reboot: boolean;
  /** Announced for later, or under way; one that is under way cannot be cancelled. */
  stage: "announced" | "under-way";
  /** Model instant at which it begins. */
  atMs: number;
}

export type ShutdownInputs = {
  /**
   * Begin to shut a node down in `delayMs`; a later announcement replaces an earlier one.
   *
   * @param args.force the power goes at once, as with `reboot -ff`: nothing is told to end
   * @throws Refusal "powered-off"; "busy" when one is under way
   */
  "power/shutdown": { args: { node: string; reboot: boolean; delayMs: number; force?: boolean }; result: undefined };
  /** Take an announced shutdown back; without one nothing happens. */
  "power/shutdown-cancel": { args: { node: string }; result: undefined };
};

/** Guests are given so long together. @source pve-manager: 180 s for each, started together here */
const GUESTS_MAX_MS = 185_000;
/** How often it looks whether what it waits for is done. */
const POLL_MS = 250;
/** Everything that has not stopped by then is killed. */
const UNITS_MAX_MS = 100_000;
/** File systems, device mapper, the last lines. */
const LAST_MS = 900;
/** From the reset to the power being back. */
const OFF_MS = 1_500;

/** Later ones stop first; a group begins when the one before is gone. */
const GROUPS: readonly (readonly UnitName[])[] = [
  UNIT_NAMES.filter((unit) => needsClusterFiles(unit)),
  ["corosync"],
  ["pve-cluster"],
  ["cron", "ssh", "watchdog-mux"],
  ["networking"],
];

function needsClusterFiles(unit: UnitName): boolean {
  return UNITS[unit].after.some((before) => before === "pve-cluster" || needsClusterFiles(before));
}

export const shutdownInputs = {
  "power/shutdown": (lab: LabState, args: ShutdownInputs["power/shutdown"]["args"]): undefined => {
    const node = nodeOf(lab, args.node);
    if (node.power !== "on") throw new Refusal("powered-off", `node ${args.node} does not run`);
    if (args.force) {
      node.shutdown = { id: nextId(lab, args.node), reboot: args.reboot, stage: "under-way", atMs: lab.nowMs };
      cutPower(lab, args.node);
      return undefined;
    }
    if (node.shutdown?.stage === "under-way") return undefined;
    const id = nextId(lab, args.node);
    node.shutdown = { id, reboot: args.reboot, stage: "announced", atMs: lab.nowMs + args.delayMs };
    schedule(lab, args.delayMs, { kind: "power/shutdown-due", node: args.node, data: { id } });
    return undefined;
  },
  "power/shutdown-cancel": (lab: LabState, args: { node: string }): undefined => {
    const node = nodeOf(lab, args.node);
    if (node.shutdown?.stage === "announced") {
      delete node.shutdown;
      say(lab, args.node, "systemd-logind", "System shutdown has been cancelled");
    }
    return undefined;
  },
};

function nextId(lab: LabState, node: string): number {
  // Event ids never come twice, and this takes one.
  return nodeOf(lab, node).bootCount * 1_000_000 + lab.nextEventId;
}

interface Under {
  id: number;
  /** Index of the group that is stopping; -1 while guests are. */
  group: number;
  sinceMs: number;
}

/** The node's shutdown that an event belongs to, if it is still the one and the node still runs. */
function present(lab: LabState, name: string, id: number): ShutdownState | undefined {
  const node = nodeOf(lab, name);
  return node.power === "on" && node.shutdown?.id === id ? node.shutdown : undefined;
}

export const shutdownHandlers: Record<string, EventHandler> = {
  "power/shutdown-due": (lab, event) => {
    const name = event.node!;
    const { id } = event.data as { id: number };
    const state = present(lab, name, id);
    if (!state) return;
    state.stage = "under-way";
    say(lab, name, "systemd-logind", state.reboot ? "System is rebooting." : "System is powering down.");
    // HA's guests are HA's: pve-guests leaves them alone, and the LRM ends first.
    if (runs(lab, name, "pve-ha-lrm")) stopUnit(lab, name, "pve-ha-lrm");
    shutGuestsDown(lab, name);
    next(lab, name, { id, group: -1, sinceMs: lab.nowMs });
  },
  "power/shutdown-step": (lab, event) => {
    const name = event.node!;
    const under = event.data as Under;
    if (!present(lab, name, under.id)) return;
    const node = nodeOf(lab, name);
    const waitedMs = lab.nowMs - under.sinceMs;
    const busy =
      under.group < 0
        ? (Object.keys(node.qemu).length > 0 || runs(lab, name, "pve-ha-lrm")) && waitedMs < GUESTS_MAX_MS
        : GROUPS[under.group]!.some((unit) => runs(lab, name, unit)) && waitedMs < UNITS_MAX_MS;
    if (busy) {
      next(lab, name, under);
      return;
    }
    const group = under.group + 1;
    const units = GROUPS[group];
    if (units) {
      for (const unit of units) if (runs(lab, name, unit)) stopUnit(lab, name, unit);
      next(lab, name, { id: under.id, group, sinceMs: lab.nowMs });
      return;
    }
    say(lab, name, "systemd", "Reached target shutdown.target - System Shutdown.");
    say(lab, name, "systemd-journald", "Journal stopped");
    schedule(lab, LAST_MS, { kind: "power/shutdown-done", node: name, data: { id: under.id } });
  },
  "power/shutdown-done": (lab, event) => {
    if (present(lab, event.node!, (event.data as { id: number }).id)) cutPower(lab, event.node!);
  },
  "power/restart": (lab, event) => {
    const name = event.node!;
    // Somebody may have been quicker with the button.
    if (nodeOf(lab, name).power === "off") powerOn(lab, name);
  },
};

function cutPower(lab: LabState, name: string): void {
  const { reboot } = nodeOf(lab, name).shutdown!;
  powerOff(lab, name);
  if (reboot) schedule(lab, OFF_MS, { kind: "power/restart", node: name });
}

function next(lab: LabState, node: string, under: Under): void {
  schedule(lab, POLL_MS, { kind: "power/shutdown-step", node, data: under });
}

function runs(lab: LabState, node: string, unit: UnitName): boolean {
  const { active } = nodeOf(lab, node).services.units[unit];
  return active !== "inactive" && active !== "failed";
}

/** What pve-guests does when it stops. */
function shutGuestsDown(lab: LabState, name: string): void {
  const node = nodeOf(lab, name);
  for (const vmid of Object.keys(node.qemu).map(Number)) {
    if (isHaManaged(lab, name, vmid)) continue;
    try {
      const params = { forceStop: "1", timeout: "180" };
      requestGuestAction(lab, { node: name, vmid, action: "shutdown", params, program: "pvesh" });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      say(lab, name, "pve-guests", error.message);
    }
  }
}

function say(lab: LabState, node: string, identifier: string, text: string): void {
  const unit = identifier === "systemd-logind" ? "systemd-logind.service" : "";
  log(lab, node, { unit, identifier, pid: identifier === "systemd" ? 1 : 640, text });
}
