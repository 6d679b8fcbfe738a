/** The part of `bench:lab` about guests: speed of the model with one on its way, memory of a class whose labs have some. */
import { type Figure, median } from "../figures.ts";
import { guestCrowd } from "./guest-crowd.ts";
import { migratingSpeed } from "./guest-speed.ts";

const RUNS = 3;
const SIMULATED_SECONDS = 1_800;

export async function guestFigures(): Promise<Figure[]> {
  return [
    {
      name: "five nodes, ten guests, one always migrating, simulated per real second",
      value: median(Array.from({ length: RUNS }, () => migratingSpeed(SIMULATED_SECONDS))),
      unit: "x",
      atLeast: 500,
    },
    ...(await guestCrowd()),
  ];
}
