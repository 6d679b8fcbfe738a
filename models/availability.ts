/**
 * How often something works that needs some of its nodes: the arithmetic of independent failures, and what a cause that
 * all nodes share does to it.
 */

/** Hours in a year, for "down for so long". */
export const HOURS_PER_YEAR = 8_766;

export interface AvailabilityChoice {
  nodes: number;
  /** Share of the time that one node works while nothing hits all of them, 0 to 1. */
  node: number;
  /** Hours a year that everything is down at once: software, configuration, power, a person. */
  sharedHours: number;
}

export interface AvailabilityAnswer {
  /** More than half of the nodes. */
  quorum: number;
  /** One node alone: the shared cause hits it as well. */
  single: number;
  /** The cluster may be changed: at least `quorum` nodes work. */
  cluster: number;
  /** Something that needs any one of the nodes, such as a name server on each. */
  anyOne: number;
  /** All nodes work. */
  all: number;
}

/** @returns shares of the time, 0 to 1 */
export function availability({ nodes, node, sharedHours }: AvailabilityChoice): AvailabilityAnswer {
  const quorum = Math.floor(nodes / 2) + 1;
  const shared = 1 - sharedHours / HOURS_PER_YEAR;
  return {
    quorum,
    single: node * shared,
    cluster: atLeast(quorum, nodes, node) * shared,
    anyOne: atLeast(1, nodes, node) * shared,
    all: node ** nodes * shared,
  };
}

/** Chance that at least `wanted` of `nodes` work, each by itself with chance `node`. */
export function atLeast(wanted: number, nodes: number, node: number): number {
  let sum = 0;
  for (let working = wanted; working <= nodes; working++) {
    sum += choose(nodes, working) * node ** working * (1 - node) ** (nodes - working);
  }
  return Math.min(1, sum);
}

function choose(of: number, taken: number): number {
  let ways = 1;
  for (let at = 1; at <= taken; at++) ways = (ways * (of - taken + at)) / at;
  return ways;
}

/** `8 h 46 min`, as people speak of it: down in a year. */
export function downPerYear(share: number): string {
  const seconds = Math.round((1 - share) * HOURS_PER_YEAR * 3_600);
  // Of many nodes little is left, and never nothing.
  if (seconds === 0) return "under 1 s";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 60 / 24)} days`;
}
