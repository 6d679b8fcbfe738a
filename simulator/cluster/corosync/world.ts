/**
 * What corosync has to be told before the world around it changes.
 *
 * Links and rings at rest leave out events that would change nothing. Whoever changes a path, a process or a node's power
 * calls `disturb` first, so that those events happen again from where they stand.
 */
import type { LabState } from "../state.ts";
import { wakeLinks } from "./knet.ts";
import { wakeRings } from "./ring.ts";

/** Something is about to change that may matter to any corosync of the lab. */
export function disturb(lab: LabState): void {
  wakeRings(lab);
  wakeLinks(lab);
}
