/** What a migration remembers between its steps, and how it reaches the other node. */

import type { DowntimeCounter, PrecopyPlan, PrecopyState } from "../../../models/precopy.ts";
import { localAddressOf } from "../host-network/node-address.ts";
import { arrivalAt } from "../host-network/reaching.ts";
import { isRunning } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { tcpFateTo } from "../join/reach.ts";
import { pathIsUp, pathOf } from "../network.ts";
import { kernelSetting } from "../node-settings/kernel-settings.ts";
import { unitServes } from "../services/services.ts";
import type { LabState } from "../state.ts";
import type { MigrationSettings } from "./migration-settings.ts";

/** A local volume that goes along. */
export interface MovedVolume {
  from: string;
  to: string;
  key: string;
  sizeBytes: number;
  /** Of a running guest, and yet copied before: no disk that it uses. */
  offline?: true;
}

export interface MigrateData {
  params: Record<string, string>;
  startedAtMs: number;
  online: boolean;
  /** An operator had paused it: it is not resumed on the target. */
  wasPaused?: true;
  /** How it travels; the card of the target that the way leads to when a network was asked for. */
  settings?: MigrationSettings;
  card?: { address: string };
  /** Boot of the target when the transfer began: a later one has forgotten the connection. */
  targetBoot: number;
  /** Port on the target of a transfer in the clear. */
  port?: number;
  /** Pid of the target's QEMU; 0 while there is none. */
  targetPid: number;
  /** Local volumes by their present and their new id. */
  volumes: MovedVolume[];
  /** Which of them is copied just now, and how far that has come. */
  copying: { index: number; sentBytes: number; startedAtMs: number };
  precopy?: PrecopyState;
  plan?: PrecopyPlan;
  counter: DowntimeCounter;
  /** Model time up to which the transfer has been counted. */
  countedToMs: number;
  /** Since when nothing gets through, and when it went through again. */
  stall?: { sinceMs: number; healedAtMs?: number };
  /** Text of what ended phase 2; empty for none. */
  failure: string;
  /** Since when the target is to be cleaned up. */
  cleaningSinceMs?: number;
}

export const dataOf = (job: JobState) => job.data as MigrateData;
export const targetOf = (job: JobState) => dataOf(job).params.target!;

/** The migration that a node carries out for a guest now, for QEMU's monitor. */
export function migrationOf(lab: Readonly<LabState>, node: string, vmid: number): MigrateData | undefined {
  const job = lab.nodes[node]?.jobs.jobs.findLast(
    (one) => one.kind === "migrate" && one.vmid === vmid && isRunning(lab, one),
  );
  return job && dataOf(job);
}

/** Address of the target that a migration talks to. */
export function targetAddress(lab: Readonly<LabState>, job: JobState): string {
  return dataOf(job).card?.address ?? addressOfNode(lab, targetOf(job));
}

/** Address of a node on its main network. */
export function addressOfNode(lab: Readonly<LabState>, node: string): string {
  return localAddressOf(lab, node) ?? "";
}

/** Whether packets get from one node to the other and back. */
export function connected(lab: Readonly<LabState>, from: string, to: string, card?: { address: string }): boolean {
  const network = networkBetween(lab, from, to, card);
  if (network === undefined || lab.nodes[to]!.power !== "on" || lab.nodes[from]!.power !== "on") return false;
  return (
    pathIsUp(lab as LabState, network, from, to) &&
    pathIsUp(lab as LabState, network, to, from) &&
    tcpFateTo(lab, from, { node: to, network }, card?.address ?? addressOfNode(lab, to), 22, "established") ===
      "open" &&
    !lossy(lab, network, from, to)
  );
}

/** The network over which a node's packets get to another's address, and back. */
function networkBetween(
  lab: Readonly<LabState>,
  from: string,
  to: string,
  card: { address: string } | undefined,
): string | undefined {
  const arrival = arrivalAt(lab, from, card?.address ?? addressOfNode(lab, to));
  return arrival.kind === "node" && arrival.node === to ? arrival.network : undefined;
}

/** Whether everything is lost on the way: the addresses are known, and nobody is told that nothing arrives. */
function lossy(lab: Readonly<LabState>, network: string, from: string, to: string): boolean {
  const lost = (a: string, b: string) => pathOf(lab as LabState, network, a, b).lossPercent >= 100;
  return lost(from, to) || lost(to, from);
}

export type SshAnswer = { ok: true } | { ok: false; text: string; afterMs: number };

/** A machine that stands still, and a way that loses everything, leave ssh waiting for the kernel's own limit. */
const SSH_HUNG_MS = 130_000;
/** Recorded: 12 s until the worker gives up a node that is cut off (61). */
const SSH_NO_ROUTE_MS = 12_000;

/** How `ssh root@target true` ends now. */
export function sshTo(lab: Readonly<LabState>, from: string, to: string, card?: { address: string }): SshAnswer {
  const address = card?.address ?? addressOfNode(lab, to);
  const text = (why: string) => `ssh: connect to host ${address} port 22: ${why}`;
  const network = networkBetween(lab, from, to, card);
  const fate = network === undefined ? "open" : tcpFateTo(lab, from, { node: to, network }, address, 22);
  if (typeof fate === "object") return { ok: false, text: text(fate.refused), afterMs: 100 };
  const lost = fate === "silent" || (network !== undefined && lossy(lab, network, from, to));
  const silent = lab.nodes[to]!.power === "hung" || lost;
  if (silent) return { ok: false, text: text("Connection timed out"), afterMs: SSH_HUNG_MS };
  if (!connected(lab, from, to, card)) return { ok: false, text: text("No route to host"), afterMs: SSH_NO_ROUTE_MS };
  if (!unitServes(lab, to, "ssh")) return { ok: false, text: text("Connection refused"), afterMs: 100 };
  return { ok: true };
}

/** Retransmissions are twice as far apart each time, up to this. @source tcp(7) */
const LONGEST_RETRY_MS = 120_000;

/**
 * When a node's kernel gives a silent connection up: 924.6 s with Linux's 15 retransmissions.
 *
 * @source tcp(7) tcp_retries2; guests/54: some 13 s with 5
 */
export function tcpGivesUpMs(lab: Readonly<LabState>, node: string): number {
  const retries = Number(kernelSetting(lab, node, "net.ipv4.tcp_retries2"));
  let waitMs = 0;
  for (let retry = 0; retry <= retries; retry++) waitMs += Math.min(FIRST_RETRY_MS * 2 ** retry, LONGEST_RETRY_MS);
  return waitMs;
}

const FIRST_RETRY_MS = 200;
const LONGEST_AFTER_HEAL_MS = 6_000;

/**
 * When a connection that was silent goes on: at TCP's next attempt, which is twice as far each time.
 *
 * @source guests/52: a cut of 20 s leaves a gap of 26 s; 53: one of 60 s leaves 62 s, so that the wait is bounded here
 */
export function resumesAtMs(sinceMs: number, healedAtMs: number): number {
  let attempt = FIRST_RETRY_MS;
  let next = sinceMs + attempt;
  while (next < healedAtMs) {
    attempt *= 2;
    next += attempt;
  }
  return Math.min(next, healedAtMs + LONGEST_AFTER_HEAL_MS);
}

/** Percent of its time that auto-converge keeps a guest's processor from running just now; 0 for none. */
export function throttleOf(lab: Readonly<LabState>, node: string, vmid: number): number {
  const precopy = migrationOf(lab, node, vmid)?.precopy;
  return precopy && !precopy.completed ? precopy.throttlePercent : 0;
}
