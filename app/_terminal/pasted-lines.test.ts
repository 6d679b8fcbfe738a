import { describe, expect, it } from "vitest";
import { isWorthAsking, pastedCommands } from "./pasted-lines.ts";

describe("a paste", () => {
  it.each([
    ["pvecm status", false, 0, false],
    ["pvecm status\n", false, 1, false],
    ["pvecm status\r\npvecm nodes", false, 1, true],
    ["one\n\n  \ntwo\n", false, 2, true],
    ["one\ntwo\n", true, 0, false],
  ])("of %j (bracketed: %s) runs %i commands; asked first: %s", (text, bracketed, runs, asks) => {
    expect(pastedCommands(text, bracketed)).toBe(runs);
    expect(isWorthAsking(text, bracketed)).toBe(asks);
  });
});
