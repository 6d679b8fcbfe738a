/**
 * `npm run faults -- [--runs N] [--faults M] [--seed SEED] [--pmxcfs]`: random faults on clusters of every kind; with
 * `--pmxcfs` on whole clusters that are written to, with nodes that join and are removed.
 *
 * A run that breaks an invariant is printed with its seed, its faults and the commit: `--seed SEED --faults M` on that
 * commit replays it. Exit code 1 when one was broken, 2 for arguments that cannot be used.
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { type FaultRun, faultRun } from "./fault-run.ts";
import { pmxcfsFaultRun } from "./pmxcfs-fault-run.ts";

export function faults(args: string[], print: (line: string) => void): number {
  const values = options(args);
  if (!values) {
    print("usage: npm run faults -- [--runs N] [--faults M] [--seed SEED] [--pmxcfs]   (100 runs of 30 faults)");
    return 2;
  }
  const { count } = values;
  const runs = values.seed === undefined ? values.runs : 1;
  const began = values.seed ?? `${new Date().toISOString().slice(0, 10)}`;
  let broken = 0;
  let done = 0;
  for (let i = 0; i < runs; i++) {
    const seed = values.seed ?? `${began}/${i}`;
    const run = values.pmxcfs ? pmxcfsFaultRun(seed, count) : faultRun(seed, count);
    // What found nothing to do, and the repair at the end, are no faults.
    done += run.done.filter((step) => !/^(repair|\d+s nothing)$/.test(step)).length;
    if (run.violation === undefined) continue;
    broken++;
    for (const line of linesOf(run, count, values.pmxcfs)) print(line);
  }
  print(`${runs} runs, ${done} faults: ${broken} broke an invariant`);
  return broken > 0 ? 1 : 0;
}

/** Nothing for options that there are not, and for counts that are none. */
function options(args: string[]): { runs: number; count: number; seed?: string; pmxcfs: boolean } | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: {
        runs: { type: "string", default: "100" },
        faults: { type: "string", default: "30" },
        seed: { type: "string" },
        pmxcfs: { type: "boolean", default: false },
      },
    });
    const [runs, count] = [Number(values.runs), Number(values.faults)];
    if (!(Number.isInteger(runs) && runs > 0 && Number.isInteger(count) && count > 0)) return undefined;
    return { runs, count, pmxcfs: values.pmxcfs, ...(values.seed !== undefined && { seed: values.seed }) };
  } catch {
    return undefined;
  }
}

function linesOf({ seed, cluster, done, violation }: FaultRun, count: number, pmxcfs: boolean): string[] {
  return [
    `BROKEN ${violation}`,
    `  ${cluster}`,
    `  ${done.join("; ")}`,
    `  replay: npm run faults -- --seed ${JSON.stringify(seed)} --faults ${count}${pmxcfs ? " --pmxcfs" : ""}   (commit ${commit()})`,
  ];
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

if (import.meta.main) process.exitCode = faults(process.argv.slice(2), console.log);
