/**
 * How corosync-qdevice asks votequorum: every 5 s with its vote, at once when that changes, and not at all while it waits
 * for the server's word. Only beats that matter to somebody are events.
 *
 * @source corosync-qdevice 3.0.3 qdevices/qdevice-net-cast-vote-timer.c
 */
import { schedule } from "../kernel.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import type { QdeviceDaemon, Vote } from "./qdevice-state.ts";
import { answerPoll, missDevice } from "./votequorum.ts";

export const POLL_EVERY_MS = 5_000;

/** When it last asked. */
export function lastPollMs(lab: Readonly<LabState>, { casting, castingSinceMs, polledAtMs }: QdeviceDaemon): number {
  if (casting === null) return polledAtMs;
  const beats = Math.floor((lab.nowMs - castingSinceMs) / POLL_EVERY_MS);
  return Math.max(polledAtMs, castingSinceMs + beats * POLL_EVERY_MS);
}

/** Something came of which it takes its vote. */
export function castVote(lab: LabState, node: string, qdevice: QdeviceDaemon, vote: Vote): void {
  if (vote === "no-change") return;
  if (vote !== "ack" && vote !== "nack") {
    stopCasting(lab, node, qdevice);
    return;
  }
  if (qdevice.casting === null) qdevice.castingSinceMs = lab.nowMs;
  qdevice.casting = vote;
  poll(lab, node, qdevice);
}

function stopCasting(lab: LabState, node: string, qdevice: QdeviceDaemon): void {
  missedLater(lab, node, qdevice);
  qdevice.polledAtMs = lastPollMs(lab, qdevice);
  qdevice.casting = null;
}

/** It asks no more: votequorum will miss it, unless it asks again before. */
export function missedLater(lab: LabState, node: string, qdevice: QdeviceDaemon): void {
  const daemon = lab.nodes[node]!.corosync.daemon;
  if (daemon && qdevice.casting !== null) missDevice(lab, node, daemon, lastPollMs(lab, qdevice));
}

/** The next beat matters: have it happen. While the daemon sleeps it does nothing. */
export function pollAtNextBeat(lab: LabState, node: string, qdevice: QdeviceDaemon): void {
  if (qdevice.casting === null) return;
  const beats = Math.floor((lab.nowMs - qdevice.castingSinceMs) / POLL_EVERY_MS) + 1;
  const beatMs = qdevice.castingSinceMs + beats * POLL_EVERY_MS;
  const dueMs = Math.max(beatMs, qdevice.sleepsUntilMs);
  schedule(lab, dueMs - lab.nowMs, { kind: "qdevice/poll", node, pid: qdevice.pid });
}

/** It asks now, for the ring that it knows. */
function poll(lab: LabState, node: string, qdevice: QdeviceDaemon): void {
  const daemon = lab.nodes[node]!.corosync.daemon;
  qdevice.polledAtMs = lab.nowMs;
  qdevice.vote = qdevice.casting === "ack";
  if (daemon) answerPoll(lab, node, daemon, qdevice.vote);
}

export function onPoll(lab: LabState, event: ScheduledEvent): void {
  const qdevice = lab.nodes[event.node!]?.corosync.qdevice;
  if (qdevice?.pid !== event.pid || !qdevice || qdevice.casting === null) return;
  // One that came late has the next 5 s after it.
  qdevice.castingSinceMs = lab.nowMs;
  poll(lab, event.node!, qdevice);
}
