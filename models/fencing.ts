/**
 * A node falls silent: what starts its guest elsewhere, when, and whether the guest may then run twice.
 *
 * Times of `watchdog` are those recorded on a real cluster of three nodes with the HA manager (pve/52): lost +8 s, the
 * watchdog resets +64 s, the lock of the lost node is taken +128 s, the guest runs elsewhere +137 s. The others are
 * assumptions that the figure states: an eager standby that waits for 10 s, a power switch that needs 5 s.
 */

/** What happened to the node, which the others cannot tell apart. */
export type Silence = "dead" | "cut" | "slow";
export type Method = "none" | "watchdog" | "power-switch";

export interface FencingEvent {
  atS: number;
  who: "node 1" | "node 2" | "switch";
  what: string;
}

export interface FencingRun {
  events: FencingEvent[];
  /** Spans, in seconds, in which the guest runs on each node. `to` undefined: for good. */
  spans: { node: 1 | 2; fromS: number; toS: number | undefined }[];
  /** The guest runs on both. */
  twice: boolean;
  /** How long it runs nowhere. */
  outageS: number;
}

const NOTICED_S = 8;
const EAGER_S = 10;
const SWITCH_S = 5;
const START_S = 9;
const WATCHDOG_RESET_S = 64;
const LOCK_TAKEN_S = 128;
const WATCHDOG_STARTED_S = 137;
/** A node that was only slow answers again after this. */
const SLOW_S = 30;
/** How far the figure looks. */
export const HORIZON_S = 180;

export function runFencing(silence: Silence, method: Method): FencingRun {
  const events: FencingEvent[] = [{ atS: 0, who: "node 1", what: silenceWords[silence] }];
  events.push({ atS: NOTICED_S, who: "node 2", what: "does not hear node 1 any more, and is still quorate" });
  let firstEndsS: number | undefined = silence === "dead" ? 0 : undefined;
  let startsS: number;
  if (method === "none") {
    startsS = EAGER_S + START_S;
    events.push({ atS: EAGER_S, who: "node 2", what: "believes that node 1 is dead, and starts the guest" });
  } else if (method === "power-switch") {
    const offS = EAGER_S + SWITCH_S;
    firstEndsS ??= offS;
    startsS = offS + START_S;
    events.push({ atS: EAGER_S, who: "node 2", what: "tells the power switch: node 1 off" });
    events.push({ atS: offS, who: "switch", what: "says: node 1 has no power" });
  } else {
    if (silence === "slow") {
      // It comes back before its watchdog is over: nothing was started elsewhere, so nothing is lost.
      events.push({ atS: SLOW_S, who: "node 1", what: "answers again and is back in the cluster" });
      return { events, spans: [{ node: 1, fromS: -10, toS: undefined }], twice: false, outageS: 0 };
    }
    firstEndsS ??= WATCHDOG_RESET_S;
    startsS = WATCHDOG_STARTED_S;
    if (silence !== "dead") {
      events.push({
        atS: WATCHDOG_RESET_S,
        who: "node 1",
        what: "is reset by its own watchdog: no quorum for too long",
      });
    }
    events.push({ atS: LOCK_TAKEN_S, who: "node 2", what: "has waited long enough: takes the lock of node 1" });
  }
  events.push({ atS: startsS, who: "node 2", what: "runs the guest" });
  if (method === "none" && silence === "slow") {
    events.push({ atS: SLOW_S, who: "node 1", what: "answers again, and knows nothing of all this" });
  }
  events.sort((a, b) => a.atS - b.atS);
  const twice = firstEndsS === undefined || firstEndsS > startsS;
  return {
    events,
    spans: [
      { node: 1, fromS: -10, toS: firstEndsS },
      { node: 2, fromS: startsS, toS: undefined },
    ],
    twice,
    outageS: firstEndsS === undefined ? 0 : Math.max(0, startsS - firstEndsS),
  };
}

const silenceWords: Record<Silence, string> = {
  dead: "has lost its power",
  cut: "is cut off from the network, and its guest runs on",
  slow: "is too busy to answer for 30 seconds, and its guest runs on, slowly",
};

export function fencingInWords(run: FencingRun): string {
  if (run.twice) {
    const at = run.spans[1]?.fromS ?? 0;
    return `From second ${at} on the guest runs twice: a split brain.`;
  }
  if (run.spans.length === 1) return "The guest stays where it is. Nothing was started elsewhere, so nothing is lost.";
  return `The guest never runs twice. It runs nowhere for ${run.outageS} seconds: that is the price.`;
}
