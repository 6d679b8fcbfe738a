import { expect, it } from "vitest";
import { say } from "./words.ts";
import { wordsForCookies } from "./words-of.ts";

const message = { id: "new-shell", values: { node: "pve1" } };

it("what a terminal prints is in the language of the page that looks at it", () => {
  expect(say(message, wordsForCookies("a=b; quorate-language=es; c=d"))).toBe("sesión nueva en pve1");
});

it("without a choice, or with one that nobody has written, it is English", () => {
  for (const cookies of [undefined, "", "other-quorate-language=es", "quorate-language=xx"]) {
    expect(say(message, wordsForCookies(cookies)), cookies).toBe("new shell on pve1");
  }
});
