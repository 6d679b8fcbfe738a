/**
 * Corosync's timeouts, as they follow from the configuration in effect. All in milliseconds.
 *
 * They depend on the number of nodes in the nodelist, not on how many of them live.
 */
import type { CorosyncConf } from "./corosync-conf.ts";

/** The token timeout with its addition for the number of nodes. @source corosync.conf(5) token_coefficient */
export function tokenTimeoutMs(config: CorosyncConf): number {
  return config.tokenMs + Math.max(0, config.nodes.length - 2) * config.tokenCoefficientMs;
}

/** How long a gathering node waits for the others to say the same. @source corosync.conf(5) consensus */
export function consensusTimeoutMs(config: CorosyncConf): number {
  return config.consensusMs ?? Math.floor(tokenTimeoutMs(config) * 1.2);
}

/** A node that has sent the token and hears nothing sends it again after this. @source exec/totemconfig.c, 4 tries */
export function tokenRetransmitMs(config: CorosyncConf): number {
  return tokenTimeoutMs(config) / 4.2;
}

/** How long the representative keeps the token of a silent ring. @source exec/totemconfig.c */
export function tokenHoldMs(config: CorosyncConf): number {
  return tokenRetransmitMs(config) * 0.8 - 10;
}

/** Part of the token timeout after which its absence is written to the log. */
export const TOKEN_WARNING_SHARE = 0.75;

/** A gathering node repeats its join message this often. */
export const JOIN_REPEAT_MS = 50;

/** After taking the token the representative lets others on the network know of its ring. */
export const MERGE_DETECT_MS = 200;

/** Pongs in a row before a link counts as up: two are counted, the third makes it so. */
export const PONG_COUNT = 2;

/**
 * Loops of knet's heartbeat thread: it sleeps 200 ms and then does its work. Pings and timeouts happen at multiples of it.
 *
 * @source libknet internals.h; the recorded "link is up" of nodes started together
 */
export const HEARTBEAT_MS = 200;

/** Pings go out this often: the configured interval, rounded up to the heartbeat. @source exec/totemknet.c */
export function pingIntervalMs(config: CorosyncConf): number {
  return roundedUp(tokenTimeoutMs(config) / (PONG_COUNT * 2));
}

/** After a link was made or went down, its timeout is so many times as long, and one time less with each step. */
export const PONG_BACKOFF = 10;
export const PONG_BACKOFF_STEP_MS = 1_000;

/** A link without a pong for this long is down. */
export function pongTimeoutMs(config: CorosyncConf): number {
  return tokenTimeoutMs(config) / PONG_COUNT;
}

/**
 * corosync's main loop waits in whole milliseconds: a timer is up to so late, and nodes that began together do not go on
 * in step. @source libqb lib/loop_poll.c
 */
export const TIMER_LATE_MS_MAX = 1;

/** Time from a node's taking the token to its having passed it on. */
export const PROCESSING_MS = 0.25;

/**
 * The same for what a node sends to itself. A node that is alone in its ring synchronizes its services about as fast as
 * somebody who heard of that ring can call it off.
 *
 * @source recorded cuts that are not transitive: 8 of 12, 9 of 14 and 6 of 11 such rings came to that
 */
export const OWN_MS = { least: 0.05, most: 0.3 };

function roundedUp(ms: number): number {
  return Math.ceil(ms / HEARTBEAT_MS) * HEARTBEAT_MS;
}
