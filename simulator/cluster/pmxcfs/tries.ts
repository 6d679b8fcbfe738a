/** When the daemon tries corosync again. */
import { nodeOf, schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";

/** When so many of its ticks have passed since it last did. @source recordings 03 and 07 */
const TICKS_APART = 6;
/** Its loop looks at what is not connected once in this time, milliseconds. @source pve-cluster 8.1 loop.c */
const TICK_MS = 1_000;

/** At the first tick that is long enough after the last try. @param kind of the event of the daemon that tries */
export function scheduleTry(lab: LabState, node: string, kind: string, data?: object): void {
  const { pid, triedAtMs = lab.nowMs } = nodeOf(lab, node).pmxcfs;
  const ticks = Math.max(TICKS_APART, Math.ceil((lab.nowMs - triedAtMs) / TICK_MS));
  schedule(lab, triedAtMs + ticks * TICK_MS - lab.nowMs, { kind, node, pid, ...(data && { data }) });
}
