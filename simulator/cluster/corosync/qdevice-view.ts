/** What a node's quorum device says of itself. @source recording 41 */
import type { LabState } from "../state.ts";
import { qdeviceOf } from "./qdevice.ts";
import { heuristicsText } from "./qdevice-heuristics.ts";
import { lastPollMs } from "./qdevice-poll.ts";
import type { DeviceTieBreaker, QdeviceDaemon } from "./qdevice-state.ts";
import { qnetdReachable } from "./qdevice-wire.ts";

/** In the words that corosync-qdevice-tool and the API print. */
export interface QdeviceFacts {
  algorithm: "LMS" | "Fifty-Fifty split";
  host: string;
  /** A server that cannot be reached is still being connected to; one that is down has refused. */
  state: "Connected" | "Connecting" | "Connect failed";
  /** `2026-11-23T01:59:53 (cast vote)`; absent before the first poll. */
  lastPoll: string;
  tieBreaker: string;
  /** Whether a part that had the vote keeps it. */
  keepActivePartition: "Enabled" | "Disabled" | "Algorithm hard-coded";
  heuristicsMode: "Disabled" | "Enabled" | "Sync";
  /** Absent where they are off. */
  heuristics?: Record<"last" | "regular" | "membership" | "connect", string>;
}

/** @returns undefined when the daemon does not run here */
export function qdeviceFacts(lab: Readonly<LabState>, node: string): QdeviceFacts | undefined {
  const qdevice = qdeviceOf(lab, node);
  const device = lab.nodes[node]?.corosync.daemon?.config.quorum.device;
  if (!qdevice || !device) return undefined;
  return {
    algorithm: device.algorithm === "lms" ? "LMS" : "Fifty-Fifty split",
    host: `${device.host}:5403`,
    state: qdevice.connected ? "Connected" : qnetdReachable(lab, node) ? "Connect failed" : "Connecting",
    lastPoll: `${qdeviceStamp(lab, lastPollMs(lab, qdevice))}${qdevice.vote ? " (cast vote)" : ""}`,
    tieBreaker: tieBreakerText(device.tieBreaker ?? "lowest"),
    keepActivePartition:
      device.algorithm === "lms"
        ? "Algorithm hard-coded"
        : device.keepActivePartition === false
          ? "Disabled"
          : "Enabled",
    heuristicsMode: device.heuristics ? (device.heuristics.mode === "on" ? "Enabled" : "Sync") : "Disabled",
    ...(device.heuristics && { heuristics: heuristicsTexts(qdevice) }),
  };
}

function heuristicsTexts({ heuristics = {} }: QdeviceDaemon): NonNullable<QdeviceFacts["heuristics"]> {
  return {
    last: heuristicsText(heuristics.last),
    regular: heuristicsText(heuristics.regular),
    membership: heuristicsText(heuristics.membership),
    connect: heuristicsText(heuristics.connect),
  };
}

/** As both tools print it. */
export function tieBreakerText(tieBreaker: DeviceTieBreaker): string {
  return typeof tieBreaker === "number" ? `Node with node ID ${tieBreaker}` : `Node with ${tieBreaker} node ID`;
}

/** An instant of model time as the tool prints it: `2026-11-23T01:59:53`. */
export function qdeviceStamp(lab: Readonly<LabState>, atMs: number): string {
  return new Date(Math.floor(atMs + lab.wallOffsetMs)).toISOString().slice(0, 19);
}
