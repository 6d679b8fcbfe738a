import { describe, expect, it } from "vitest";
import { beginPrecopy, countRise, type PrecopyPlan, type PrecopyState, stepPrecopy } from "./precopy.ts";

const idle: PrecopyPlan = {
  totalMib: 784.8,
  usedMib: 345,
  dirtyMibPerS: 0,
  workingSetMib: 0,
  bandwidthMibPerS: 20,
  linkMibPerS: 110,
};

/** Poll once a second as Proxmox does, until it completes or the time is over. */
function poll(plan: PrecopyPlan, withinMs: number, change?: (state: PrecopyState, plan: PrecopyPlan) => void) {
  let state = beginPrecopy(plan);
  let counter = { lastRemainingMib: 0, rises: 0 };
  const doublings: { atMs: number; limitMs: number }[] = [];
  while (!state.completed && state.elapsedMs < withinMs) {
    state = stepPrecopy(plan, state, 1_000);
    if (state.completed) break;
    const next = countRise(counter, state.remainingMib);
    counter = next.counter;
    if (next.double) {
      state.downtimeLimitMs *= 2;
      doublings.push({ atMs: state.elapsedMs, limitMs: state.downtimeLimitMs });
    }
    change?.(state, plan);
  }
  return { state, doublings };
}

describe("precopy", () => {
  it("of an idle guest takes one round, its memory over the bandwidth", () => {
    const { state, doublings } = poll(idle, 60_000);
    expect(state).toMatchObject({ completed: true, round: 1, throttlePercent: 0 });
    // Recording guests/03: 17 s with 345 MiB at 20 MiB/s, downtime 4 ms.
    expect(state.elapsedMs).toBeGreaterThan(16_500);
    expect(state.elapsedMs).toBeLessThan(17_500);
    expect(state.sentMib).toBeCloseTo(345, 0);
    expect(doublings).toEqual([]);
  });

  it("sends again what is dirtied meanwhile, and converges when the link is faster", () => {
    const { state } = poll({ ...idle, dirtyMibPerS: 10, workingSetMib: 200, bandwidthMibPerS: 40 }, 60_000);
    // Recording guests/04: 460.6 MiB in 11 s, downtime 6 ms.
    expect(state.completed).toBe(true);
    expect(state.sentMib).toBeGreaterThan(420);
    expect(state.sentMib).toBeLessThan(500);
    expect(state.elapsedMs).toBeGreaterThan(10_000);
    expect(state.elapsedMs).toBeLessThan(14_000);
  });

  it("that does not converge by itself ends by auto-converge and doubled downtime limits", () => {
    const { state, doublings } = poll({ ...idle, dirtyMibPerS: 60, workingSetMib: 300, bandwidthMibPerS: 30 }, 400_000);
    // Recording guests/06: 120 s active, 200 ms at +46 s, 400 at +81, 800 at +114; 3.5 GiB sent.
    expect(state.completed).toBe(true);
    expect(state.elapsedMs).toBeGreaterThan(80_000);
    expect(state.elapsedMs).toBeLessThan(170_000);
    expect(doublings.map(({ limitMs }) => limitMs).slice(0, 2)).toEqual([200, 400]);
    expect(doublings[0]!.atMs).toBeGreaterThan(35_000);
    expect(doublings[0]!.atMs).toBeLessThan(75_000);
    expect(state.throttlePercent).toBeGreaterThanOrEqual(20);
    expect(state.sentMib).toBeGreaterThan(2_000);
  });

  it("waits longer between doublings on a slower link, for it counts rounds", () => {
    const { doublings } = poll({ ...idle, dirtyMibPerS: 60, workingSetMib: 300, bandwidthMibPerS: 10 }, 230_000);
    // Recording guests/07: the first at +140 s.
    expect(doublings[0]!.atMs).toBeGreaterThan(120_000);
    expect(doublings[0]!.atMs).toBeLessThan(200_000);
  });

  it("ends soon after the load is taken away", () => {
    const { state } = poll(
      { ...idle, dirtyMibPerS: 60, workingSetMib: 300, bandwidthMibPerS: 10 },
      400_000,
      (now, plan) => {
        if (now.elapsedMs >= 140_000) plan.dirtyMibPerS = 0;
      },
    );
    // Recording guests/07: about 20 s after the knob was set to 0.
    expect(state.completed).toBe(true);
    expect(state.elapsedMs).toBeLessThan(140_000 + 65_000);
  });

  it("ends at once when the downtime limit is raised by hand, with a long stop", () => {
    const { state } = poll({ ...idle, dirtyMibPerS: 60, workingSetMib: 300, bandwidthMibPerS: 30 }, 400_000, (now) => {
      if (now.elapsedMs >= 20_000) now.downtimeLimitMs = 12_000;
    });
    // Recording guests/12: 858 ms.
    expect(state.elapsedMs).toBeLessThan(25_000);
    expect(state.downtimeMs).toBeGreaterThan(500);
    expect(state.downtimeMs).toBeLessThan(3_500);
  });
});
