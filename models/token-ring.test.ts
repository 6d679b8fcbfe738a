import { expect, it } from "vitest";
import { judgeRing, type RingChoice, ringInWords } from "./token-ring.ts";

const calm: RingChoice = { nodes: 3, latencyMs: 0.2, lossPercent: 0, links: 1 };

/** Medians and spans of the recordings, milliseconds: killed or cut until the new membership. */
const recorded = { 2: [6081, 6600], 3: [7401, 7989], 4: [8695, 9820], 5: [10193, 10894], 7: [12634, 13701] };

it("a lost node is noticed within the recorded times, for every recorded size", () => {
  for (const [nodes, [shortest, longest]] of Object.entries(recorded)) {
    const [from, to] = judgeRing({ ...calm, nodes: Number(nodes) }).noticedMs;
    expect(from, `${nodes} nodes`).toBeLessThanOrEqual(longest!);
    expect(to, `${nodes} nodes`).toBeGreaterThanOrEqual(shortest!);
  }
});

it("delay does harm only where it was recorded to: 950 ms are held by three nodes, 1,100 are not", () => {
  const at = (nodes: number, latencyMs: number) => judgeRing({ ...calm, nodes, latencyMs }).latency;
  expect([at(3, 5), at(3, 450), at(3, 800), at(3, 950), at(3, 1_100)]).toEqual([
    "steady",
    "steady",
    "warns",
    "warns",
    "breaks",
  ]);
  expect([at(5, 800), at(5, 1_000)]).toEqual(["warns", "breaks"]);
});

it("loss does harm at one percent already, and a second link takes nearly all of it away", () => {
  const one = judgeRing({ ...calm, lossPercent: 1 });
  const two = judgeRing({ ...calm, lossPercent: 1, links: 2 });
  expect(one.cutOffsPerHour).toBeGreaterThan(100);
  expect(two.cutOffsPerHour).toBeLessThan(one.cutOffsPerHour / 5);
});

it("a calm network is told as calm", () => {
  expect(ringInWords(calm, judgeRing(calm))).toBe(
    "A silent node is out after 7.3 to 8.0 s. The delay does no harm to the membership. No packet is lost.",
  );
});
