/**
 * Scenarios of the kind `stress`: loss or delay on the paths for a while, and how often things were logged meanwhile.
 *
 * A level's counts are those of one run of chance. Where delay alone left the recorded ring untouched, the model's is
 * untouched in every run and warns as often. Elsewhere the most that a node logged has to lie within what several runs
 * of the model give, widened to the half and the double; warnings of a late token are then not counted.
 */

import type { LabState } from "../cluster/state.ts";
import { act, advance } from "../cluster/stepping.ts";
import { settle } from "./replay.ts";
import { labOfScenario, nodeName } from "./scenario-lab.ts";
import type { StressLevel, StressScenario } from "./table.ts";

/** How long the recordings held a level, milliseconds. @source conformance.md */
const LEVEL_MS = { loss: 55_000, delay: 40_000 } as const;

/** What is counted, by the line in the journal. `retransmit` is left out: an idle ring of the model has nothing to send. */
const COUNTED = {
  memberships: /\[TOTEM \] A new membership/,
  token_lost: /\[TOTEM \] A processor failed/,
  tokwarn: /\[TOTEM \] Token has not been received/,
  linkdown: /\[KNET {2}\] link: host: \d+ link: \d+ is down/,
  quorum_lost: /\[QUORUM\] This node is within the non-primary/,
} as const;
export type Counted = keyof typeof COUNTED;
const COUNTED_NAMES = Object.keys(COUNTED) as Counted[];

export type Counts = Record<Counted, number[]>;

/** What each node logged in each level of one run, nodes ascending. Levels follow on each other, as in the recordings. */
export function stressCounts(scenario: StressScenario, seed: string): Counts[] {
  const { n, name } = scenario;
  const ids = Array.from({ length: n }, (_, index) => index + 1);
  const links = scenario.links ?? (/two-links/.test(name) ? 2 : 1);
  const { lab } = labOfScenario({ kind: "states", name, n, links, steps: [] }, seed);
  for (const id of ids) act(lab, "corosync/start", { node: nodeName(id) });
  settle(lab);
  return scenario.levels.map((level) => {
    disturbPaths(lab, ids, level);
    const wallMs = Math.floor(lab.nowMs + lab.wallOffsetMs);
    advance(lab, lab.nowMs + LEVEL_MS[level.op]);
    return countsSince(lab, ids, wallMs);
  });
}

function countsSince(lab: LabState, ids: readonly number[], wallMs: number): Counts {
  const counts = (pattern: RegExp) =>
    ids.map((id) => {
      const lines = lab.nodes[nodeName(id)]!.journal;
      return lines.filter((line) => line.identifier === "corosync" && line.wallMs >= wallMs && pattern.test(line.text))
        .length;
    });
  return Object.fromEntries(COUNTED_NAMES.map((counted) => [counted, counts(COUNTED[counted])])) as Counts;
}

const RUNS = 8;
/** Warnings in a quiet level may differ by so many, or by a fifth. */
const WARNINGS_OFF = 2;

export type StressOutcome = { kind: "ok" } | { kind: "not-modelled"; reason: string } | StressDifference;
export interface StressDifference {
  kind: "difference";
  step: number;
  do: string;
  on: string;
  field: string;
  seen: string;
  expected: string;
}

/** Run all levels with several seeds and hold the recorded counts against them. */
export function replayStress(scenario: StressScenario, seed: string): StressOutcome {
  if (scenario.unread.length > 0)
    return { kind: "not-modelled", reason: `unknown field ${scenario.unread.join(", ")}` };
  const slow = scenario.levels.map(({ args }) => args[1]).find((id) => (id ?? 0) > scenario.n);
  if (slow) return { kind: "not-modelled", reason: `node ${slow} of ${scenario.n}` };
  const runs = Array.from({ length: RUNS }, (_, index) => stressCounts(scenario, `${seed}/${index}`));
  for (const [index, level] of scenario.levels.entries()) {
    // The recorder's own machine stalled: its counts say nothing.
    if (level.disturbed) continue;
    const difference = levelDifference(
      level,
      runs.map((run) => run[index]!),
    );
    if (!difference) continue;
    return { kind: "difference", step: index + 1, do: `${level.op} ${level.args.join(" ")}`, ...difference };
  }
  return { kind: "ok" };
}

function levelDifference(
  level: StressLevel,
  runs: readonly Counts[],
): { on: string; field: string; seen: string; expected: string } | undefined {
  const quiet =
    level.op === "delay" && [...level.perNode.memberships, ...level.perNode.token_lost].every((count) => count === 0);
  for (const field of COUNTED_NAMES) {
    const recorded = Math.max(...level.perNode[field]);
    const ours = runs.map((run) => Math.max(...run[field]));
    const [least, most] = [Math.min(...ours), Math.max(...ours)];
    const near = Math.max(WARNINGS_OFF, recorded * 0.2);
    const right = quiet
      ? field === "tokwarn"
        ? Math.abs(least - recorded) <= near && Math.abs(most - recorded) <= near
        : most === recorded
      : field === "tokwarn" || (recorded >= least / 2 - 1 && recorded <= most * 2 + 1);
    if (right) continue;
    return { on: `${RUNS} runs`, field, seen: `${least} to ${most}`, expected: String(recorded) };
  }
  return undefined;
}

/** On every path, or on those of the slow node alone. */
function disturbPaths(lab: LabState, ids: readonly number[], { op, args }: StressLevel): void {
  const [amount, slow] = args;
  for (const from of ids) {
    for (const to of ids.filter((id) => id > from)) {
      if (slow !== undefined && slow !== null && from !== slow && to !== slow) continue;
      const change = op === "loss" ? { lossPercent: amount } : { latencyMs: amount };
      act(lab, "network/set-path", { from: nodeName(from), to: nodeName(to), ...change });
    }
  }
}
