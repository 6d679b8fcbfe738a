/**
 * `npm run bench:lab [-- PART...] [--json FILE]`: how fast the simulated cluster runs, and how many fit on a machine.
 *
 * Parts are `start`, `crowd`, `model`, `echo`, `busy`, `guests`; all of them unless some are named. Ratios are of the same run.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { type Figure, reached, tableOf } from "../figures.ts";
import { crowd } from "./crowd.ts";
import { busyShells, echo } from "./echo.ts";
import { guestFigures } from "./guests.ts";
import { modelSpeed } from "./model-speed.ts";
import { startAndWake } from "./start-and-wake.ts";

const PARTS: Record<string, { title: string; measure(): Figure[] | Promise<Figure[]> }> = {
  model: { title: "The model", measure: modelSpeed },
  start: { title: "Start and wake", measure: startAndWake },
  echo: { title: "Echo of a key", measure: echo },
  busy: { title: "A busy shell in each worker", measure: busyShells },
  crowd: { title: "A hundred labs", measure: () => crowd() },
  guests: { title: "Guests", measure: guestFigures },
};

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const unknown = positionals.filter((part) => !PARTS[part]);
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}.`);
  process.exit(64);
}

console.log(
  `${availableParallelism()} processors, ${(totalmem() / 1024 ** 3).toFixed(1)} GiB, Node ${process.version}`,
);
const measured: Record<string, Figure[]> = {};
for (const [name, part] of Object.entries(PARTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const figures = await part.measure();
  measured[name] = figures;
  console.log(`\n${part.title}\n${tableOf(figures)}`);
}
const promised = Object.values(measured)
  .flat()
  .filter((figure) => reached(figure) !== undefined);
const met = promised.filter((figure) => reached(figure)).length;
console.log(`\n${met} of ${promised.length} promised figures reached`);
const report = { takenAt: new Date().toISOString(), node: process.version, cores: availableParallelism(), measured };
if (values.json === undefined) console.log(JSON.stringify(report));
else writeFileSync(values.json, `${JSON.stringify(report, undefined, 1)}\n`);
process.exit(0);
