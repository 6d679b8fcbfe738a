/**
 * `npm run conformance -- --seeds N FILE...`: the times of a table's steps over many seeds, beside the recorded ones.
 *
 * Like steps are taken together (event, nodes in the nodelist, quantity), and every group is judged. What is asked is a
 * median within 15 % of the recorded one and 90 % inside the recorded range widened by 10 %. A few recordings say less
 * than that of where the median and the ends of the range really are: a perfect model would miss both often. So a group
 * is off only when its recordings, had they come from our times, would be stranger than one in a hundred; what does not
 * keep to the full figures says so.
 */
import { FACTS_SPANS, factsEventOf, type RecordedSpan } from "./recorded-times.ts";
import { replay } from "./replay.ts";
import { QUANTITIES, stepTimes } from "./step-times.ts";
import type { StatesScenario, Step } from "./table.ts";

const MEDIAN_OFF_MAX = 0.15;
const WIDENED = 0.1;
const INSIDE_LEAST = 0.9;
/** What happens at once took the recorder's host some milliseconds. */
const CLOCK_MS = 10;
/** Recordings that would come from our own times less often than this speak against us. */
const CHANCE_LEAST = 0.01;

export interface TimedGroup {
  name: string;
  recorded: RecordedSpan;
  ours: { least: number; median: number; most: number; count: number };
  /** Share of ours inside the recorded range, widened. */
  inside: number;
  medianOff: number;
  /** The share that has to be inside with so few recordings. */
  insideLeast: number;
  /** Median within 15 % and 90 % inside. */
  full: boolean;
  /** False where the median is off, and no median could be stranger than chance: ours happen too seldom. */
  judged: boolean;
  ok: boolean;
}

/** Replay every scenario of states with each seed and put its times beside the recorded ones. */
export function timingReport(scenarios: StatesScenario[], seeds: readonly string[]): TimedGroup[] {
  const ours = new Map<string, number[]>();
  const recorded = new Map<string, number[]>();
  const spans = new Map<string, RecordedSpan>();
  for (const scenario of scenarios) {
    const names = new Map(groupNames(scenario).map(({ step, names: of }) => [step, of]));
    for (const [step, of] of names) {
      for (const { quantity, name, span } of of) {
        const ms = step.ms?.disturbed ? undefined : step.ms?.[quantity];
        if (span) spans.set(name, span);
        else if (ms !== undefined) recorded.set(name, [...(recorded.get(name) ?? []), ms]);
      }
    }
    for (const seed of seeds) {
      replay(scenario, seed, (step, lab, eventMs) => {
        const times = stepTimes(lab, eventMs);
        for (const { quantity, name } of names.get(step) ?? []) {
          const ms = times[quantity];
          if (ms === undefined) continue;
          const list = ours.get(name) ?? [];
          list.push(ms);
          ours.set(name, list);
        }
      });
    }
  }
  for (const [name, samples] of recorded) spans.set(name, spanOf(samples));
  return [...spans]
    .filter(([name]) => (ours.get(name)?.length ?? 0) > 0)
    .map(([name, span]) => judge(name, span, ours.get(name)!))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function judge(name: string, recorded: RecordedSpan, times: number[]): TimedGroup {
  const span = spanOf(times);
  const least = recorded.least * (1 - WIDENED) - CLOCK_MS;
  const most = recorded.most * (1 + WIDENED) + CLOCK_MS;
  const inside = times.filter((ms) => ms >= least && ms <= most).length / times.length;
  const insideLeast = Math.min(INSIDE_LEAST, coverageLeast(recorded.samples));
  const medianOff = span.median / recorded.median - 1;
  const near = Math.abs(medianOff) <= MEDIAN_OFF_MAX || Math.abs(span.median - recorded.median) <= CLOCK_MS;
  const { samples: count, ...rest } = span;
  const full = near && inside >= INSIDE_LEAST;
  const judged = near || atMost(0, count, Math.ceil(recorded.samples / 2), recorded.samples) * 2 < CHANCE_LEAST;
  const ok = inside >= insideLeast && (near || chanceOfMedian(recorded, times) >= CHANCE_LEAST);
  return { name, recorded, ours: { ...rest, count }, inside, medianOff, insideLeast, full, judged, ok };
}

/**
 * The share of a distribution that lies between the least and the most of so many draws from it: all but one in a
 * hundred times it is more than this. (Of n draws the share is at most c with the probability n c^(n-1) - (n-1) c^n.)
 */
export function coverageLeast(draws: number): number {
  const atMost = (share: number) => draws * share ** (draws - 1) - (draws - 1) * share ** draws;
  let [low, high] = [0, 1];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (atMost(middle) < CHANCE_LEAST) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * How likely the recorded median's place among our times, or one farther out, is by chance alone: with recordings and
 * times from one distribution every order of all of them is equally likely. Exact for few of either.
 */
export function chanceOfMedian(recorded: Pick<RecordedSpan, "median" | "samples">, times: readonly number[]): number {
  // To a tenth, as the ends of the range are taken.
  const below = times.filter((ms) => ms <= recorded.median * (1 + WIDENED) + CLOCK_MS).length;
  const above = times.filter((ms) => ms >= recorded.median * (1 - WIDENED) - CLOCK_MS).length;
  const half = Math.ceil(recorded.samples / 2);
  return Math.min(1, 2 * Math.min(...[below, above].map((few) => atMost(few, times.length, half, recorded.samples))));
}

/** The probability that at most so many of `count` times come before the recording of rank `half` among `samples`. */
function atMost(few: number, count: number, half: number, samples: number): number {
  let sum = 0;
  for (let x = 0; x <= few; x++) {
    const ways = logChoose(x + half - 1, x) + logChoose(count - x + samples - half, count - x);
    sum += Math.exp(ways - logChoose(count + samples, samples));
  }
  return sum;
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
}

function spanOf(samples: readonly number[]): RecordedSpan {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return {
    least: sorted[0]!,
    most: sorted.at(-1)!,
    median: Math.round((middle[0]! + middle.at(-1)!) / 2),
    samples: sorted.length,
  };
}

type Quantity = (typeof QUANTITIES)[number];
interface GroupName {
  quantity: Quantity;
  name: string;
  span?: RecordedSpan;
}

/** The groups each step's times belong to, told from the steps alone. */
function groupNames(scenario: StatesScenario): { step: Step; names: GroupName[] }[] {
  let running: number[] = [];
  let nodelist = scenario.nodelist ?? Array.from({ length: scenario.n }, (_, index) => index + 1);
  return scenario.steps.map((step) => {
    const before = running;
    const { nodes } = step;
    nodelist = step.nodelist ?? nodelist;
    if (step.op === "start" || step.op === "boot") running = [...new Set([...running, ...nodes!])];
    if (["kill", "term", "cfgH", "killnode"].includes(step.op)) running = running.filter((id) => !nodes!.includes(id));
    const others = step.op === "start" || step.op === "boot" ? before : running;
    if (step.unsettled || step.op === "raw" || step.op === "noop") return { step, names: [] };
    const event = eventName(step, others.length);
    const names: GroupName[] = QUANTITIES.filter(
      (quantity) => step.ms?.[quantity] !== undefined && isTimed(step, quantity),
    ).map((quantity) => ({ quantity, name: `n=${nodelist.length} ${event}: ${quantity}` }));
    const facts = factsEventOf(scenario, step, others);
    const span = facts && FACTS_SPANS[nodelist.length]?.[facts];
    if (span && step.ms?.membership !== undefined) {
      names.push({ quantity: "membership", name: `FACTS n=${nodelist.length} ${facts}`, span });
    }
    return { step, names };
  });
}

/** After a kill the recordings' kernels answered for the dead process: an artefact that the tables name themselves. */
function isTimed(step: Step, quantity: Quantity): boolean {
  return !(quantity === "linkDown" && (step.op === "kill" || step.op === "killnode" || step.op === "term"));
}

function eventName(step: Step, others: number): string {
  const count = step.nodes?.length ?? 0;
  switch (step.op) {
    case "start":
    case "boot":
      return `${step.op} ${others === 0 ? (count === 1 ? "the only one" : "all at once") : count === 1 ? "one" : "several"}`;
    case "kill":
    case "killnode":
    case "hang":
      return `${step.op} ${count === 1 ? "one" : "several"}`;
    case "hang_for":
    case "cut_for":
    case "kill_restart":
    case "term_restart":
      return `${step.op} ${String(step.args?.[1])} ms`;
    case "cut":
    case "cable":
    case "ifdown":
      return `${step.op}${step.links || step.link !== undefined ? " of a link" : ""}${step.up === true ? " back" : ""}`;
    default:
      return step.op;
  }
}
