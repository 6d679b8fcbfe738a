/**
 * What corosync's timers make of a network: the token's round, how long a loss is not noticed, what delay and loss do.
 *
 * @source recordings of corosync 3.1.7 with 2 to 7 nodes (FACTS): token 3,000 + 650 x (nodes - 2) ms as Proxmox sets it,
 * consensus 1.2 x token, a lost node noticed after 2.0 to 2.2 tokens, flaps when the delays round the ring and the hold
 * (0.19 token) exceed the token, a warning from 75 % of it; knet pings every quarter of a token and calls a link down
 * after half of one.
 */

export interface RingChoice {
  nodes: number;
  /** One way, milliseconds, between neighbours. */
  latencyMs: number;
  /** Of all packets, percent. */
  lossPercent: number;
  /** 1, or 2 independent networks. */
  links: 1 | 2;
}

export interface RingAnswer {
  tokenMs: number;
  consensusMs: number;
  /** A silent node is out after so long, at least and at most. */
  noticedMs: [number, number];
  /** How long the token needs for a round, its hold included. */
  roundMs: number;
  /** `steady`, `warns` (the log says so) or `breaks` (the membership changes again and again). */
  latency: "steady" | "warns" | "breaks";
  /** How often in an hour a heartbeat is lost and a link is called down, for the whole cluster; about. */
  linkDownsPerHour: number;
  /** The same for both links at once: only this touches the membership with two links. */
  cutOffsPerHour: number;
}

const HOLD_SHARE = 0.19;
const WARN_SHARE = 0.75;
/** A link that went down needs this long to be up again, seconds. */
const LINK_BACK_S = 3;

/** Proxmox's setting: longer with every node beyond two. */
export function tokenMs(nodes: number): number {
  return 3_000 + 650 * Math.max(0, nodes - 2);
}

export function judgeRing({ nodes, latencyMs, lossPercent, links }: RingChoice): RingAnswer {
  const token = tokenMs(nodes);
  const travelMs = nodes * latencyMs;
  const roundMs = travelMs + HOLD_SHARE * token;
  const pingEveryS = token / 4 / 1_000;
  const pairs = (nodes * (nodes - 1)) / 2;
  const lost = lossPercent / 100;
  // A ping is answered by a pong: either may be lost. One that is not answered in time is enough.
  const pingLost = 1 - (1 - lost) ** 2;
  const downsPerPair = (3_600 / pingEveryS) * pingLost;
  const downShare = Math.min(1, (downsPerPair * LINK_BACK_S) / 3_600);
  const downs = pairs * downsPerPair;
  return {
    tokenMs: token,
    consensusMs: Math.round(token * 1.2),
    noticedMs: [Math.round(2 * token), Math.round(2.2 * token)],
    roundMs: Math.round(roundMs),
    latency: roundMs > token ? "breaks" : roundMs > WARN_SHARE * token ? "warns" : "steady",
    linkDownsPerHour: Math.round(downs * links),
    cutOffsPerHour: Math.round(links === 1 ? downs : downs * 2 * downShare),
  };
}

export function ringInWords(choice: RingChoice, answer: RingAnswer): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const latency = {
    steady: "The delay does no harm to the membership.",
    warns: "The log begins to warn: the token is late.",
    breaks: "The token is never in time: the membership breaks again and again.",
  }[answer.latency];
  const loss =
    choice.lossPercent === 0
      ? "No packet is lost."
      : choice.links === 1
        ? `About ${answer.linkDownsPerHour} times an hour a heartbeat is missed and a link counts as down; each can cost a new membership.`
        : `About ${answer.linkDownsPerHour} times an hour one link counts as down, and about ${answer.cutOffsPerHour} times both at once.`;
  return `A silent node is out after ${seconds(answer.noticedMs[0])} to ${seconds(answer.noticedMs[1])} s. ${latency} ${loss}`;
}
