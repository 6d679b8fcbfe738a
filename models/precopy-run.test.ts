import { expect, it } from "vitest";
import { GIVE_UP_MS, type PrecopyChoice, precopyInWords, runPrecopy } from "./precopy-run.ts";

const choice: PrecopyChoice = {
  ...{ usedMib: 345, dirtyMibPerS: 0, workingSetMib: 200, bandwidthMibPerS: 20 },
  ...{ downtimeLimitMs: 100, help: true },
};

it("an idle guest needs one round, as recorded", () => {
  const run = runPrecopy(choice);
  expect(run).toMatchObject({ converged: true, helps: [] });
  expect(run.rounds).toHaveLength(1);
  // Recording guests/03: 17 s.
  expect(run.elapsedMs).toBeGreaterThan(16_500);
  expect(run.elapsedMs).toBeLessThan(17_500);
});

it("each further round has less to send when the network is faster than the guest", () => {
  const { rounds, converged } = runPrecopy({ ...choice, dirtyMibPerS: 10, bandwidthMibPerS: 40 });
  expect(converged).toBe(true);
  expect(rounds.length).toBeGreaterThan(2);
  for (let at = 1; at < rounds.length; at++) expect(rounds[at]!.toSendMib).toBeLessThan(rounds[at - 1]!.toSendMib);
});

it("a guest that writes faster than the network never ends without help, and with help it does", () => {
  const busy = { ...choice, dirtyMibPerS: 60, workingSetMib: 300, bandwidthMibPerS: 30 };
  const alone = runPrecopy({ ...busy, help: false });
  expect(alone).toMatchObject({ converged: false, helps: [], downtimeMs: 0 });
  expect(alone.elapsedMs).toBe(GIVE_UP_MS);
  expect(precopyInWords(alone)).toMatch(/never ends by itself/);
  const helped = runPrecopy(busy);
  expect(helped.converged).toBe(true);
  // Recording guests/06: 120 s; first doubling at +46 s.
  expect(helped.elapsedMs).toBeGreaterThan(80_000);
  expect(helped.elapsedMs).toBeLessThan(170_000);
  expect(helped.helps.find(({ kind }) => kind === "limit")?.value).toBe(200);
  expect(precopyInWords(helped)).toMatch(/raised the limit/);
});

it("never has more left to send than the guest has memory, however much it writes", () => {
  const busy = { ...choice, usedMib: 1024, dirtyMibPerS: 200, workingSetMib: 2000, bandwidthMibPerS: 110 };
  const { points } = runPrecopy({ ...busy, help: false });
  expect(Math.max(...points.map(({ leftMib }) => leftMib))).toBeLessThanOrEqual(1024);
  expect(Math.min(...points.map(({ leftMib }) => leftMib))).toBeGreaterThan(500);
});

it("a longer limit ends earlier with a longer stop", () => {
  const busy = { ...choice, dirtyMibPerS: 30, workingSetMib: 300, bandwidthMibPerS: 40 };
  const short = runPrecopy({ ...busy, downtimeLimitMs: 50 });
  const long = runPrecopy({ ...busy, downtimeLimitMs: 2_000 });
  expect(long.elapsedMs).toBeLessThan(short.elapsedMs);
  expect(long.downtimeMs).toBeGreaterThan(short.downtimeMs);
});
