/** The nodes' wall clock: model time plus an offset that is set anew when a lab wakes. */
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

/** A node's wall clock now, milliseconds since 1970. */
export function wallNowMs(lab: Readonly<LabState>): number {
  return Math.floor(lab.nowMs + lab.wallOffsetMs);
}
