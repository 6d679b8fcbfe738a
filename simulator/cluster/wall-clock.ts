/** The nodes' wall clocks: model time plus the lab's offset, set anew when a lab wakes, plus how far a node's is ahead. */
import { clockAheadMs } from "./node-settings/clock.ts";
import type { LabState } from "./state.ts";

export type WallClockInputs = {
  /** Set the wall clock of all nodes; milliseconds since 1970. Model time does not move. */
  "clock/set-wall": { args: { wallMs: number }; result: undefined };
};

export const wallClockInputs = {
  "clock/set-wall": (lab: LabState, args: { wallMs: number }): undefined => {
    lab.wallOffsetMs = args.wallMs - lab.nowMs;
    return undefined;
  },
};

/** A node's wall clock now, milliseconds since 1970; without a node the clock that is right. */
export function wallNowMs(lab: Readonly<LabState>, node?: string): number {
  return Math.floor(lab.nowMs + lab.wallOffsetMs + (node === undefined ? 0 : clockAheadMs(lab, node)));
}

/** What a model instant lacks to be an instant of a node's wall clock, milliseconds. */
export function wallOffsetOf(lab: Readonly<LabState>, node: string): number {
  return lab.wallOffsetMs + clockAheadMs(lab, node);
}
