import { describe, expect, it } from "vitest";
import { codeTries } from "./code-tries.ts";

describe("tries of codes", () => {
  it("an address may be wrong a number of times, then waits until the oldest is forgotten", () => {
    let nowMs = 0;
    const tries = codeTries({ most: 3, withinMs: 60_000, now: () => nowMs });
    for (const at of [0, 10_000, 20_000]) {
      expect(tries.waitSeconds("a")).toBe(0);
      nowMs = at;
      tries.wrong("a");
    }
    expect(tries.waitSeconds("a")).toBe(40);
    expect(tries.waitSeconds("b")).toBe(0);
    nowMs = 60_001;
    expect(tries.waitSeconds("a")).toBe(0);
  });

  it("many addresses together are stopped, too", () => {
    const tries = codeTries({ most: 3, everybodyMost: 10, now: () => 0 });
    for (let at = 0; at < 10; at++) tries.wrong(`address ${at}`);
    expect(tries.waitSeconds("another")).toBeGreaterThan(0);
  });
});
