/**
 * Recorded spans of model time, to hold simulated ones against: the table of FACTS, and groups of like steps of a table.
 */
import type { StatesScenario, Step } from "./table.ts";

/** Milliseconds. `samples` is how many recordings the span comes from. */
export interface RecordedSpan {
  least: number;
  most: number;
  median: number;
  samples: number;
}

/** What the table of FACTS names, as recordings of like events: `loss` is a kill or a cut. */
export type FactsEvent = "loss" | "heal" | "start" | "stop";

const span = (least: number, most: number, median: number, samples: number): RecordedSpan => ({
  least,
  most,
  median,
  samples,
});

/** Event to the last node's new membership, by nodes in the nodelist. @source FACTS, detection and merge times */
export const FACTS_SPANS: Record<number, Record<FactsEvent, RecordedSpan>> = {
  2: {
    loss: span(6081, 6600, 6313, 16),
    heal: span(2234, 2803, 2485, 8),
    start: span(2248, 2861, 2477, 12),
    stop: span(249, 332, 297, 3),
  },
  3: {
    loss: span(7401, 7989, 7699, 26),
    heal: span(2299, 3240, 2793, 10),
    start: span(2628, 3424, 3261, 16),
    stop: span(316, 335, 325, 2),
  },
  4: {
    loss: span(8695, 9820, 9025, 27),
    heal: span(2890, 3934, 3596, 14),
    start: span(2910, 3999, 3586, 8),
    stop: span(254, 297, 258, 3),
  },
  5: {
    loss: span(10193, 10894, 10693, 15),
    heal: span(3761, 4760, 4085, 6),
    start: span(3635, 4584, 4076, 11),
    stop: span(352, 409, 386, 4),
  },
  7: {
    loss: span(12634, 13701, 12910, 16),
    heal: span(4380, 5324, 4797, 4),
    start: span(4683, 7901, 5620, 13),
    stop: span(270, 426, 362, 6),
  },
};

/** The event of FACTS that a step is; undefined for all others. */
export function factsEventOf(scenario: StatesScenario, step: Step, running: readonly number[]): FactsEvent | undefined {
  // Two links, the outside vote and reloads were timed apart; several starts at once take longer.
  if ((scenario.links ?? 1) > 1) return undefined;
  const [merged, detected] = [step.remerge_ms !== undefined, step.detection_ms !== undefined];
  if (step.op === "heal" && merged) return "heal";
  if (step.op === "start" && merged && step.nodes?.length === 1 && running.length > 0) return "start";
  if ((step.op === "kill" || (step.op === "cut" && !step.links)) && detected) return "loss";
  return step.op === "term" && detected ? "stop" : undefined;
}
