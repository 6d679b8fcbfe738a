/**
 * Records what real corosync daemons do, as root on Debian 12 with corosync, corosync-qdevice, corosync-qnetd and
 * libnss3-tools installed. Nobody's own cluster is touched: every host is a pair of namespaces.
 *
 *   node record.ts run TABLE OUT [--jobs N] [--only NAME,NAME]   states and times of a table's scenarios, one a line
 *   node record.ts draw OUT KIND,KIND FROM TO                    scenarios drawn at random, to be run
 *   node record.ts wrong OUT [--jobs N]                       what corosync says of wrong files, one a line
 *   node record.ts rounds OUT NODES ROUNDS                       times of starts, losses, heals and stops
 *
 * A scenario that fails is named and left out. Times are good while the machine is idle enough: corosync runs with its
 * own real-time priority.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { readTable, type StatesScenario } from "../../../conformance/table.ts";
import { drawScenario, KINDS } from "./draw-scenario.ts";
import { recordRound, type RoundTimes } from "./record-rounds.ts";
import { recordScenario } from "./record-scenario.ts";
import { recordWrongFiles } from "./record-wrong-files.ts";

const [command, ...args] = process.argv.slice(2);

switch (command) {
  case "run":
    await run(args[0]!, args[1]!);
    break;
  case "draw":
    draw(args[0]!, args[1]!.split(","), Number(args[2]), Number(args[3]));
    break;
  case "rounds":
    await rounds(args[0]!, Number(args[1]), Number(args[2]));
    break;
  case "wrong":
    await recordWrongFiles(Number(option("--jobs") ?? 1), (recorded) => writeTable(args[0]!, recorded));
    break;
  default:
    throw new Error("which of run, draw, rounds and wrong?");
}
process.exit();

function option(name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

async function run(table: string, out: string): Promise<void> {
  const only = option("--only")?.split(",");
  const scenarios = readTable(table).filter(
    (scenario): scenario is StatesScenario => scenario.kind === "states" && (only?.includes(scenario.name) ?? true),
  );
  const recorded: (object | undefined)[] = scenarios.map(() => undefined);
  let next = 0;
  const work = async () => {
    while (next < scenarios.length) {
      const index = next++;
      try {
        recorded[index] = await recordScenario(scenarios[index]!, console.log);
      } catch (error) {
        console.error(`${scenarios[index]!.name}: not recorded:`, error);
      }
      writeTable(
        out,
        recorded.filter((scenario) => scenario !== undefined),
      );
    }
  };
  await Promise.all(Array.from({ length: Number(option("--jobs") ?? 1) }, work));
}

function draw(out: string, kinds: string[], from: number, to: number): void {
  const stranger = kinds.find((kind) => !KINDS.includes(kind));
  if (stranger !== undefined) throw new Error(`no kind ${stranger}; there are ${KINDS.join(" ")}`);
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  writeTable(
    out,
    numbers.flatMap((number) => kinds.map((kind) => drawScenario(kind, number))),
  );
}

async function rounds(out: string, n: number, count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    const times = await recordRound(n);
    const before = earlierRounds(out);
    writeFileSync(out, `${JSON.stringify([...before, times])}\n`);
    console.log(JSON.stringify(times));
  }
}

function earlierRounds(file: string): RoundTimes[] {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return [];
  }
}

/** A scenario a line. */
function writeTable(file: string, scenarios: readonly object[]): void {
  writeFileSync(file, `[\n${scenarios.map((scenario) => JSON.stringify(scenario)).join(",\n")}\n]\n`);
}
