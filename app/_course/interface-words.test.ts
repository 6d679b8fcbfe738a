import { expect, it } from "vitest";
import { interfaceWords, wordIn } from "./interface-words.ts";

it("every language has every string of the interface, and no other", () => {
  const ids = Object.keys(interfaceWords.en!).sort();
  for (const [language, words] of Object.entries(interfaceWords)) {
    expect(Object.keys(words).sort(), language).toEqual(ids);
  }
});

it("a language that nobody has translated is shown in English", () => {
  expect(wordIn("xx", "answer.right")).toBe("Right");
});
