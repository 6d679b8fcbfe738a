import { describe, expect, it } from "vitest";
import { english, sentenceIn, wordIn } from "./catalogue.ts";
import { catalogueOf, translations } from "./languages.ts";
import { pagesEn } from "./pages.en.ts";

const valuesOf = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((match) => match[1]!))].sort();

/** Pieces that become links and the like. */
const markedIn = (text: string) => text.match(/<[^<>]*>/g)?.length ?? 0;

describe.each(translations)("the interface in $language", (translation) => {
  it.each([
    ["interface", english.words, translation.words],
    ["checks", english.checks.of, translation.checks.of],
    ["gateway", english.refusals, translation.refusals],
    ["pages", pagesEn, translation.pages],
  ] as const)("has every string of the %s, with the same values", (_, source, translated) => {
    const texts = translated as Record<string, string>;
    expect(Object.keys(texts).sort()).toEqual(Object.keys(source).sort());
    for (const [id, text] of Object.entries(source)) {
      expect(valuesOf(texts[id]!), id).toEqual(valuesOf(text));
      expect(markedIn(texts[id]!), id).toBe(markedIn(text));
    }
  });
});

it("fills in values, and leaves one that is missing in sight", () => {
  expect(wordIn(english, "step.check-number", { number: 2 })).toBe("Check step 2");
  expect(wordIn(english, "step.check-number")).toBe("Check step {number}");
});

it("a verdict is said in the page's language, lists and numbers as that language has them", () => {
  const spanish = catalogueOf("es")!;
  expect(sentenceIn(spanish, { id: "quorate.all", values: { nodes: ["pve1", "pve2", "pve3"] } })).toBe(
    "Tienen quórum según su propia respuesta: pve1, pve2 y pve3.",
  );
  expect(sentenceIn(spanish, { id: "votes.as-expected", values: { votes: 1, needed: 1 } })).toBe(
    "El clúster espera 1 voto y necesita 1.",
  );
  expect(sentenceIn(spanish, { id: "seen.quorate", values: { yes: [], no: ["pve1"] } })).toBe(
    "con quórum: ninguno; sin quórum: pve1",
  );
  expect(sentenceIn(spanish, { id: "node-unknown", values: { node: "pve9" } })).toBe(
    "Este laboratorio no tiene ningún nodo llamado pve9.",
  );
});

it("a language that nobody has written is English", () => {
  expect(catalogueOf("xx")).toBeUndefined();
});
