import { expect, it } from "vitest";
import { fencingInWords, type Method, runFencing, type Silence } from "./fencing.ts";

const silences: Silence[] = ["dead", "cut", "slow"];
const methods: Method[] = ["none", "watchdog", "power-switch"];

it("with either fence the guest never runs twice, whatever the silence means", () => {
  for (const silence of silences) {
    for (const method of methods.slice(1))
      expect(runFencing(silence, method).twice, `${silence} ${method}`).toBe(false);
  }
});

it("without a fence it runs twice unless the node is really dead", () => {
  expect(silences.map((silence) => runFencing(silence, "none").twice)).toEqual([false, true, true]);
  expect(fencingInWords(runFencing("cut", "none"))).toMatch(/runs twice/);
});

it("by watchdog a dead node's guest runs elsewhere after the recorded 137 s", () => {
  expect(runFencing("dead", "watchdog").outageS).toBe(137);
  expect(runFencing("cut", "watchdog").outageS).toBe(137 - 64);
});

it("a node that was only slow keeps its guest under the watchdog, and loses it to a power switch", () => {
  expect(runFencing("slow", "watchdog").spans).toHaveLength(1);
  expect(runFencing("slow", "power-switch").spans).toHaveLength(2);
});

it("tells what happens in the order of time", () => {
  for (const silence of silences) {
    for (const method of methods) {
      const times = runFencing(silence, method).events.map(({ atS }) => atS);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  }
});
