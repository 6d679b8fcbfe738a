/**
 * `npm run conformance -- FILE...`: replay recorded scenarios on the model and say where it differs.
 *
 * Exit code 0 when nothing differs, 1 on any difference, 2 when a file cannot be used.
 */

import { type Replayed, replay } from "./replay.ts";
import { readTable, type Scenario, TableError } from "./table.ts";

const SEED = "conformance";

/** Replay the tables and write a line for each scenario. @returns the exit code */
export function conformance(
  files: string[],
  print: (line: string) => void,
  complain: (line: string) => void,
  seed = SEED,
): number {
  if (files.length === 0) {
    complain("usage: npm run conformance -- FILE...   (tables as in simulator/recordings/corosync/conformance.json)");
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
  const count = { ok: 0, difference: 0, skipped: 0, "not-modelled": 0 };
  let skippedSteps = 0;
  for (const scenario of scenarios) {
    const replayed = replay(scenario, seed);
    count[replayed.outcome.kind] += 1;
    skippedSteps += replayed.skippedSteps.length;
    for (const line of linesOf(replayed)) print(line);
  }
  const parts = [
    `${count.ok} ok`,
    `${count.difference} different`,
    `${count.skipped} skipped`,
    `${count["not-modelled"]} not modelled`,
  ];
  print(`total ${scenarios.length}: ${parts.join(", ")}; ${skippedSteps} steps skipped`);
  return count.difference > 0 ? 1 : 0;
}

function linesOf({ name, outcome, skippedSteps }: Replayed): string[] {
  const skipped = skippedSteps.map((step) => `skipped ${name} step ${step.step} (${step.do}): ${step.reason}`);
  return [...skipped, headlineOf(name, outcome)];
}

function headlineOf(name: string, outcome: Replayed["outcome"]): string {
  switch (outcome.kind) {
    case "ok":
      return `ok ${name}`;
    case "skipped":
      return `skipped ${name}: ${outcome.reason}`;
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
