/** `npm run bench:lab`: how fast the simulated cluster runs. */
import { type Figure, median, tableOf } from "../figures.ts";
import { faultySpeed, healthySpeed, writingSpeed } from "./model-speed.ts";

const RUNS = 3;
const SIMULATED_SECONDS = 1_800;

const runs = (speed: (seconds: number) => number) =>
  median(Array.from({ length: RUNS }, () => speed(SIMULATED_SECONDS)));

const figures: Figure[] = [
  {
    name: "healthy five-node cluster at rest (no events: the clock jumps), simulated per real second",
    value: runs(healthySpeed),
    unit: "x",
    atLeast: 1_000,
  },
  {
    name: "healthy, a write to /etc/pve every second",
    value: runs(writingSpeed),
    unit: "x",
  },
  {
    name: "five-node cluster with a fault every 10 s, simulated per real second",
    value: runs(faultySpeed),
    unit: "x",
    atLeast: 200,
  },
];
console.log(tableOf(figures));
