/**
 * What votequorum takes from corosync.conf: what is read once, when the daemon starts, what each reload reads again, and
 * which combinations it refuses or switches off.
 *
 * @source corosync 3.1.7 exec/votequorum.c votequorum_readconfig; votequorum(5)
 */
import type { CorosyncConf } from "./corosync-conf.ts";
import type { TieBreaker, VotequorumOptions } from "./corosync-state.ts";

/** Options in effect, and what is to be said of them in the log (all critical). */
interface ReadOptions {
  options: VotequorumOptions;
  complaints: string[];
}

/** auto_tie_breaker_node is none of what it may be. Said (a warning) where it is read, at the start. */
const NO_TIE_BREAKER =
  "auto_tie_breaker_nodes is not valid. It must be 'lowest', 'highest' or a space-separated list of node IDs. auto_tie_breaker is disabled";

/**
 * Read them as the daemon starts.
 *
 * @returns `refusal` when corosync ends over them: nothing of the rest is then in effect; `ambiguity` is said before
 */
export function startOptions(
  config: CorosyncConf,
): ReadOptions & { refusal?: string; ambiguity: string[]; warnings: string[] } {
  const { quorum } = config;
  const tieBreakerAtStart = tieBreakerOf(config);
  const read = settle(config, {
    twoNode: quorum.twoNode,
    waitForAll: quorum.waitForAll,
    waitForAllFollowsTwoNode: !quorum.waitForAllSet,
    tieBreaker: tieBreakerAtStart,
    tieBreakerAtStart,
    lastManStanding: quorum.lastManStanding,
    deviceVotes: quorum.device?.votes ?? 0,
  });
  const warnings = quorum.autoTieBreaker && tieBreakerAtStart === "none" ? [NO_TIE_BREAKER] : [];
  const refusal = refusalOf(config, read.options);
  const ambiguity = refusal?.includes("last_man_standing not available") ? AMBIGUITY : [];
  return { ...read, ...(refusal !== undefined && { refusal }), ambiguity, warnings };
}

/**
 * Read them again. `wait_for_all`, `last_man_standing` and `auto_tie_breaker` stay as they were at the start, but
 * wait_for_all follows two_node where the file never named it.
 *
 * @param hasDevice a quorum device is registered: two_node gives way to it
 */
export function reloadedOptions(config: CorosyncConf, before: VotequorumOptions, hasDevice: boolean): ReadOptions {
  const both = config.quorum.twoNode && config.quorum.device !== undefined;
  const read = settle(config, {
    ...before,
    twoNode: config.quorum.twoNode && !(both && hasDevice),
    waitForAll: before.waitForAllFollowsTwoNode ? config.quorum.twoNode : before.waitForAll,
    tieBreaker: before.tieBreakerAtStart,
    deviceVotes: config.quorum.device?.votes ?? 0,
  });
  if (!both) return read;
  const complaints = [
    `${BOTH}!`,
    hasDevice
      ? "quorum device is registered, disabling two_node"
      : "quorum device is not registered, allowing two_node",
  ];
  return { ...read, complaints: [...complaints, ...read.complaints] };
}

const BOTH = "configuration error: two_node and quorum device cannot be configured at the same time";

/** What is said (critical) of auto_tie_breaker with last_man_standing where the votes are odd. */
const AMBIGUITY = [
  "auto_tie_breaker is set, the cluster has an odd number of nodes",
  "and last_man_standing is also set. With this situation a better",
  "solution would be to disable LMS, leave ATB enabled, and also",
  "enable wait_for_all (mandatory for ATB in odd-numbered clusters).",
  "Due to this ambiguity, corosync will fail to start. Please fix your corosync.conf",
];

/** Votes of the nodelist alone: what is expected without a figure of its own in the file. */
export function nodelistVotes(config: CorosyncConf): number {
  return config.nodes.reduce((sum, entry) => sum + entry.votes, 0);
}

function tieBreakerOf({ quorum }: CorosyncConf): TieBreaker {
  if (!quorum.autoTieBreaker) return "none";
  const named = quorum.autoTieBreakerNode;
  if (named === undefined || named === "lowest") return "lowest";
  if (named === "highest") return "highest";
  const ids = named.split(/\s+/).map(Number);
  return ids.length > 0 && ids.every((id) => Number.isInteger(id) && id > 0) ? ids : "none";
}

/** What does not go together is switched off. */
function settle(config: CorosyncConf, wanted: VotequorumOptions): ReadOptions {
  const options = { ...wanted };
  const complaints: string[] = [];
  if (options.twoNode && options.tieBreaker !== "none") {
    complaints.push(
      "two_node and auto_tie_breaker are both specified but are not compatible.",
      "two_node has been disabled, please fix your corosync.conf",
    );
    options.twoNode = false;
  }
  const odd = nodelistVotes(config) % 2 === 1;
  if (options.tieBreaker !== "none" && odd && !options.waitForAll && !options.lastManStanding) {
    complaints.push(
      "auto_tie_breaker is set and the cluster has an odd number of nodes.",
      "wait_for_all needs to be set for this configuration but it is missing",
      "Therefore auto_tie_breaker has been disabled. Please fix your corosync.conf",
    );
    options.tieBreaker = "none";
  }
  return { options, complaints };
}

/** Combinations that corosync does not start with. */
function refusalOf(config: CorosyncConf, options: VotequorumOptions): string | undefined {
  const { device, twoNode, expectedVotes } = config.quorum;
  if (config.nodes.length === 0 && expectedVotes === undefined) {
    return "configuration error: nodelist or quorum.expected_votes must be configured!";
  }
  if (twoNode && device) {
    return `${BOTH}!`;
  }
  const odd = nodelistVotes(config) % 2 === 1;
  if (options.tieBreaker !== "none" && odd && !options.waitForAll && options.lastManStanding) {
    return "configuration error: auto_tie_breaker & last_man_standing not available in odd sized cluster";
  }
  if (!device) return undefined;
  if (options.lastManStanding) return "configuration error: quorum.device is not compatible with last_man_standing";
  if (options.tieBreaker !== "none")
    return "configuration error: quorum.device is not compatible with auto_tie_breaker";
  if (device.votes > 0 && expectedVotes !== undefined && expectedVotes - device.votes < 2) {
    return "configuration error: quorum.device.votes is too high or expected_votes is too low";
  }
  return undefined;
}
