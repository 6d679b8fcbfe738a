/** Totem's timers: one of each kind at a time, owned by the daemon's process so that they die and hang with it. */
import { cancel, random, schedule } from "../kernel.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import type { CorosyncDaemon, TotemTimer } from "./corosync-state.ts";
import { activeDaemon } from "./packets.ts";
import { TIMER_LATE_MS_MAX, TOKEN_WARNING_SHARE, tokenTimeoutMs } from "./timing.ts";

/** Start a timer, or start it anew. */
export function setTimer(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  timer: TotemTimer,
  delayMs: number,
): void {
  const { timers } = daemon.totem;
  cancel(lab, timers[timer]);
  timers[timer] = schedule(lab, Math.max(0, delayMs) + random(lab) * TIMER_LATE_MS_MAX, {
    kind: `totem/${timer}-timer`,
    node,
    pid: daemon.pid,
  });
}

export function clearTimer(lab: LabState, daemon: CorosyncDaemon, ...timers: TotemTimer[]): void {
  for (const timer of timers) {
    cancel(lab, daemon.totem.timers[timer]);
    delete daemon.totem.timers[timer];
  }
}

export const ALL_TIMERS: TotemTimer[] = ["token", "warning", "retransmit", "release", "join", "consensus", "merge"];

/** The token was seen at `daemon.totem.lastTokenMs`: from then on its absence counts. */
export function watchForToken(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const sinceMs = lab.nowMs - daemon.totem.lastTokenMs;
  const timeoutMs = tokenTimeoutMs(daemon.config);
  setTimer(lab, node, daemon, "token", timeoutMs - sinceMs);
  const warningMs = timeoutMs * TOKEN_WARNING_SHARE - sinceMs;
  if (warningMs >= 0) setTimer(lab, node, daemon, "warning", warningMs);
  else clearTimer(lab, daemon, "warning");
}

/** The daemon whose timer this event is; undefined when the timer was stopped or set anew in the meantime. */
export function dueDaemon(lab: LabState, event: ScheduledEvent, timer: TotemTimer): CorosyncDaemon | undefined {
  const daemon = activeDaemon(lab, event.node!);
  if (!daemon || daemon.totem.timers[timer] !== event.id) return undefined;
  delete daemon.totem.timers[timer];
  return daemon;
}
