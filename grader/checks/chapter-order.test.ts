/** Chapters go on in the lab of the chapter before: what it left must not pass steps of the next one by itself. */
import { expect, it } from "vitest";
import { checks } from "../../content/vm-migration-and-clustering/12-gone-for-good/checks.ts";
import { lab } from "./sample-lab.ts";

it("a lab with two nodes of three in its cluster, as chapter 11 leaves it, has passed nothing of chapter 12", () => {
  const two = { cluster: "lab", members: ["pve1", "pve2"] };
  const observation = lab({ pve1: two, pve2: two, pve3: "alone" });
  const context = { observation, baseline: observation, history: [], variables: {}, passedSteps: new Set<string>() };
  const outcomes = Object.values(checks).flatMap((step) => Object.values(step).map((check) => check(context).outcome));
  expect(outcomes).not.toContain("passed");
});
