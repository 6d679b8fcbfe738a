/**
 * What Proxmox's daemons without workers say of their start and of their end in good order.
 *
 * @source recording 52 for pvestatd's start; pve-common PVE/Daemon.pm, pve-firewall PVE/Service/pve_firewall.pm
 * @differs pvedaemon, pveproxy and spiceproxy, which have workers, say it at a reload alone (docs/fidelity.md)
 */
import { log } from "../journal.ts";
import type { LabState } from "../state.ts";
import type { UnitName } from "./services-state.ts";

const LAST_WORDS: Partial<Record<UnitName, readonly string[]>> = {
  pvestatd: ["server closing"],
  pvescheduler: ["server closing"],
  "pve-firewall": ["server shutting down", "clear PVE-generated firewall rules"],
};

export function sayServerStarts(lab: LabState, node: string, unit: UnitName, pid: number): void {
  say(lab, node, unit, pid, ["starting server"]);
}

/** It was told to end. */
export function sayServerStops(lab: LabState, node: string, unit: UnitName, pid: number): void {
  say(lab, node, unit, pid, ["received signal TERM", ...(LAST_WORDS[unit] ?? []), "server stopped"]);
}

function say(lab: LabState, node: string, unit: UnitName, pid: number, lines: readonly string[]): void {
  if (!LAST_WORDS[unit]) return;
  for (const text of lines) log(lab, node, { unit: `${unit}.service`, identifier: unit, pid, priority: 6, text });
}
