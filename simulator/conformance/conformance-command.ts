/**
 * `npm run conformance -- [--seeds N] FILE...`: replay recorded scenarios on the model and say where it differs. With
 * `--seeds`, replay each N times and say how its times lie beside the recorded ones.
 *
 * Exit code 0 when all is right, 1 on any difference and on anything in a table that is not modelled (an unknown op,
 * field or option, a missing operand), 2 when a file cannot be used.
 */

import { parseArgs } from "node:util";
import { type Replayed, replay } from "./replay.ts";
import { replayStress } from "./stress.ts";
import { readTable, type Scenario, TableError } from "./table.ts";
import { type TimedGroup, timingReport } from "./timing-report.ts";

const SEED = "conformance";

/** Replay the tables and write a line for each scenario. @returns the exit code */
export function conformance(
  args: string[],
  print: (line: string) => void,
  complain: (line: string) => void,
  seed = SEED,
): number {
  const { files, seeds } = options(args);
  if (files.length === 0 || Number.isNaN(seeds)) {
    complain(
      "usage: npm run conformance -- [--seeds N] FILE...   (tables as in simulator/recordings/corosync/conformance.json)",
    );
    return 2;
  }
  const scenarios: Scenario[] = [];
  try {
    for (const file of files) scenarios.push(...readTable(file));
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    complain(error.message);
    return 2;
  }
  if (seeds !== undefined) return times(scenarios, seeds, print);
  const count = { ok: 0, difference: 0, "not-modelled": 0 };
  let movingSteps = 0;
  for (const scenario of scenarios) {
    const replayed = replayAny(scenario, seed);
    count[replayed.outcome.kind] += 1;
    movingSteps += replayed.movingSteps.length;
    for (const line of linesOf(replayed)) print(line);
  }
  const parts = [`${count.ok} ok`, `${count.difference} different`, `${count["not-modelled"]} not modelled`];
  print(`total ${scenarios.length}: ${parts.join(", ")}; ${movingSteps} steps judged as moving`);
  return count.ok === scenarios.length ? 0 : 1;
}

/** What the model refuses, or breaks on, is a difference of that scenario; the others are replayed all the same. */
function replayAny(scenario: Scenario, seed: string): Replayed {
  const { name } = scenario;
  try {
    if (scenario.kind === "states") return replay(scenario, seed);
    return { name, outcome: replayStress(scenario, seed), movingSteps: [] };
  } catch (error) {
    const reason = `the model ended with: ${error instanceof Error ? error.message : String(error)}`;
    return { name, outcome: { kind: "not-modelled", reason }, movingSteps: [] };
  }
}

/** `--seeds N` anywhere, files otherwise; a number of seeds that is none is NaN, and with other options there are no files. */
function options(args: readonly string[]): { files: string[]; seeds?: number } {
  try {
    const { values, positionals: files } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { seeds: { type: "string" } },
    });
    if (values.seeds === undefined) return { files };
    const seeds = Number(values.seeds);
    return { files, seeds: Number.isInteger(seeds) && seeds > 0 ? seeds : Number.NaN };
  } catch {
    return { files: [] };
  }
}

function times(scenarios: Scenario[], seeds: number, print: (line: string) => void): number {
  const states = scenarios.filter((scenario) => scenario.kind === "states");
  const groups = timingReport(
    states,
    Array.from({ length: seeds }, (_, index) => `seed ${index}`),
  );
  for (const group of groups) print(timesLine(group));
  const off = groups.filter((group) => !group.ok).length;
  const unjudged = groups.filter((group) => group.ok && !group.judged).length;
  const few = groups.filter((group) => group.ok && group.judged && !group.full).length;
  const full = `${groups.length - off - few - unjudged} with the full figures, ${few} as far as so few recordings say`;
  print(
    `times over ${seeds} seeds: ${groups.length - off - unjudged} of ${groups.length} groups inside (${full}); ${unjudged} too seldom to be judged; ${off} outside`,
  );
  return off > 0 ? 1 : 0;
}

function timesLine({ name, recorded, ours, inside, medianOff, insideLeast, full, judged, ok }: TimedGroup): string {
  const verdict = ok ? (full ? "ok" : judged ? "ok, few recordings" : "too seldom") : "OUTSIDE";
  const was = `recorded ${recorded.least}/${recorded.median}/${recorded.most} (${recorded.samples})`;
  const is = `ours ${ours.least}/${ours.median}/${ours.most} (${ours.count})`;
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  const median = `median ${medianOff < 0 ? "" : "+"}${percent(medianOff)}`;
  const least = full ? "" : ` (at least ${percent(insideLeast)})`;
  return `${verdict} ${name}: ${was}, ${is}, ${median}, inside ${percent(inside)}${least}`;
}

function linesOf({ name, outcome, movingSteps }: Replayed): string[] {
  const moving = movingSteps.map(
    (step) => `moving ${name} step ${step.step} (${step.do}): never settles, ${step.memberships} memberships`,
  );
  return [...moving, headlineOf(name, outcome)];
}

function headlineOf(name: string, outcome: Replayed["outcome"]): string {
  switch (outcome.kind) {
    case "ok":
      return `ok ${name}`;
    case "not-modelled":
      return `not modelled: ${name}: ${outcome.reason}`;
    case "difference": {
      const { step, on, field, seen, expected } = outcome;
      return `different ${name}: step ${step} (${outcome.do}), ${on}, ${field}: seen ${seen}, expected ${expected}`;
    }
  }
}

if (import.meta.main) {
  process.exitCode = conformance(process.argv.slice(2), console.log, console.error);
}
