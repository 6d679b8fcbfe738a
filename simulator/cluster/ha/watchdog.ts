/**
 * watchdog-mux and the device behind it: who holds a lock feeds it, and a node that is not fed is reset.
 *
 * Sixty seconds after a client last fed it the daemon stops to write to the device, which fires ten seconds later. A
 * client that ends without saying goodbye, a daemon that ends while it has clients, and a kernel that stands still come to
 * the same. The lab can take the device away (`watchdogTaken`): then all is said, and nothing resets.
 *
 * @source recordings 42, 52: +60.9 s and +11 s; pve-ha-manager src/watchdog-mux.c
 */
import { log } from "../journal.ts";
import { cancel, type EventHandler, nodeOf, randomBetween, schedule } from "../kernel.ts";
import { powerOff } from "../power.ts";
import { unitServes } from "../services/services.ts";
import type { LabState } from "../state.ts";
import { haOf } from "./ha-state.ts";

export const CLIENT_TIMEOUT_MS = 60_000;
export const DEVICE_TIMEOUT_MS = 10_000;
/** Off and on again. */
const RESET_MS = 1_500;

type Client = "crm" | "lrm";

/** Feed it; the first time opens it. @returns false when watchdog-mux does not run: a client then may not go on */
export function feedWatchdog(lab: LabState, node: string, client: Client): boolean {
  if (!unitServes(lab, node, "watchdog-mux")) return false;
  const { watchdog } = haOf(lab, node);
  if (watchdog.fedAtMs[client] === undefined) {
    sayOfClient(lab, node, client, "watchdog active");
  }
  watchdog.fedAtMs[client] = lab.nowMs;
  watchdog.checkId ??= check(lab, node, CLIENT_TIMEOUT_MS);
  return true;
}

/** Say goodbye in good order: nobody is reset for it. */
export function closeWatchdog(lab: LabState, node: string, client: Client): void {
  const { watchdog } = haOf(lab, node);
  if (watchdog.fedAtMs[client] === undefined) return;
  delete watchdog.fedAtMs[client];
  sayOfClient(lab, node, client, "watchdog closed (disabled)");
}

/** A client's process is gone, or the daemon itself. */
export function watchdogAbandoned(lab: LabState, node: string, who: Client | "mux"): void {
  const { watchdog } = haOf(lab, node);
  const open = who === "mux" ? Object.keys(watchdog.fedAtMs).length > 0 : watchdog.fedAtMs[who] !== undefined;
  if (!open) return;
  expire(
    lab,
    node,
    who === "mux"
      ? "exit watchdog-mux with active connections"
      : "client did not stop watchdog - disable watchdog updates",
  );
}

/** The kernel stands still: nobody writes to the device any more. */
export function kernelStands(lab: LabState, node: string): void {
  const { watchdog } = haOf(lab, node);
  if (Object.keys(watchdog.fedAtMs).length > 0 && !watchdog.expired) fire(lab, node, DEVICE_TIMEOUT_MS);
}

/** Power went: nothing is fed, nothing is due. */
export function forgetWatchdog(lab: LabState, node: string): void {
  const { watchdog } = haOf(lab, node);
  cancel(lab, watchdog.checkId);
  haOf(lab, node).watchdog = { fedAtMs: {}, expired: false };
}

function check(lab: LabState, node: string, delayMs: number): number {
  return schedule(lab, delayMs, { kind: "ha/watchdog-check", node });
}

function expire(lab: LabState, node: string, text: string): void {
  const { watchdog } = haOf(lab, node);
  if (watchdog.expired) return;
  watchdog.expired = true;
  log(lab, node, {
    unit: "watchdog-mux.service",
    identifier: "watchdog-mux",
    pid: nodeOf(lab, node).services.units["watchdog-mux"].mainPid,
    text,
    priority: 3,
  });
  fire(lab, node, DEVICE_TIMEOUT_MS + randomBetween(lab, 0, 1_000));
}

function fire(lab: LabState, node: string, delayMs: number): void {
  schedule(lab, delayMs, { kind: "ha/watchdog-fires", node, data: { bootCount: nodeOf(lab, node).bootCount } });
}

export const watchdogHandlers: Record<string, EventHandler> = {
  "ha/watchdog-check": (lab, event) => {
    const node = event.node!;
    const { watchdog } = haOf(lab, node);
    delete watchdog.checkId;
    const fed = Object.values(watchdog.fedAtMs);
    if (nodeOf(lab, node).power !== "on" || watchdog.expired || fed.length === 0) return;
    const dueMs = Math.min(...fed) + CLIENT_TIMEOUT_MS;
    if (dueMs > lab.nowMs) watchdog.checkId = check(lab, node, dueMs - lab.nowMs);
    // It looks once a second; the first look after the time is up counts.
    else if ((event.data as { late?: true } | undefined)?.late) {
      expire(lab, node, "client watchdog expired - disable watchdog updates");
    } else {
      watchdog.checkId = schedule(lab, randomBetween(lab, 100, 1_000), {
        kind: "ha/watchdog-check",
        node,
        data: { late: true },
      });
    }
  },
  "ha/watchdog-fires": (lab, event) => {
    const node = event.node!;
    const owner = nodeOf(lab, node);
    if (owner.power === "off" || owner.bootCount !== (event.data as { bootCount: number }).bootCount) return;
    if (lab.watchdogTaken) return;
    // A machine that goes on before the device's time is up is saved.
    if (!haOf(lab, node).watchdog.expired && owner.power !== "hung") return;
    powerOff(lab, node);
    schedule(lab, RESET_MS, { kind: "power/restart", node });
  },
};

function sayOfClient(lab: LabState, node: string, client: Client, text: string): void {
  const unit = `pve-ha-${client}` as const;
  const pid = nodeOf(lab, node).services.units[unit].mainPid;
  log(lab, node, { unit: `${unit}.service`, identifier: unit, pid, text });
}
