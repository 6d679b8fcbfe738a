import { describe, expect, it } from "vitest";
import { createCallBudget } from "./call-budget.ts";

describe("the budget of calls", () => {
  it("lets a quiet minute's calls be spent at once and comes back by the minute", () => {
    let nowMs = 0;
    const budget = createCallBudget(30, () => nowMs);
    expect(budget.waitFor(30)).toBe(0);
    budget.spend({ pve1: 30, pve2: 2 });
    expect(budget.left()).toBe(0);
    expect(budget.waitFor(1)).toBe(2_000);
    nowMs = 10_000;
    expect(budget.left()).toBe(5);
    nowMs = 120_000;
    expect(budget.left()).toBe(30);
  });

  it("never asks to wait for more than a full budget", () => {
    const budget = createCallBudget(30, () => 0);
    expect(budget.waitFor(500)).toBe(0);
  });
});
