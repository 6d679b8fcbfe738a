import { expect, it } from "vitest";
import { englishPageWords } from "../_words/page-catalogue.ts";
import { keptLabel, labelFor } from "./kept-label.ts";

it("a kept state is named in the reader's words", () => {
  const said = (kept: Parameters<typeof labelFor>[0]) => keptLabel(labelFor(kept), englishPageWords).label;
  expect(said({ kept: "left", chapter: 5 })).toBe("Left in chapter 5, to go back");
  expect(said({ kept: "left", chapter: 5, node: "pve2" })).toBe("Left in chapter 5, to go back, pve2 alone");
  expect(said({ kept: "before-chapter", chapter: 8 })).toBe("Before chapter 8 was prepared");
  expect(said({ kept: "before-installed", node: "pve3" })).toBe("Before pve3 was installed anew");
  expect(said({ kept: "before-person", name: "Ana" })).toBe("Before Ana changed the lab");
});

it("a label of an older version, or of nobody's making, is shown as it is and called English", () => {
  for (const label of ["Before chapter 5 was prepared", "7", '{"kept":"other"}']) {
    expect(keptLabel(label, englishPageWords)).toEqual({ label, language: "en" });
  }
});

it("the longest name fits into what a lab takes as a label", () => {
  expect(labelFor({ kept: "before-person", name: "ñ".repeat(60) }).length).toBeLessThanOrEqual(200);
  expect(labelFor({ kept: "before-person", name: '"'.repeat(60) }).length).toBeLessThanOrEqual(200);
});
