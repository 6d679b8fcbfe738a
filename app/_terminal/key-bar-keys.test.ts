import { describe, expect, it } from "vitest";
import { barKeys, sentBy, withControl } from "./key-bar-keys.ts";

describe("the key bar", () => {
  it("sends an arrow the way the program asked for", () => {
    const up = barKeys.find(({ name }) => name === "Up");
    if (!up) throw new Error("no arrow");
    expect(sentBy(up, false)).toBe("\x1b[A");
    expect(sentBy(up, true)).toBe("\x1bOA");
  });

  it.each([
    ["c", "\x03"],
    ["C", "\x03"],
    ["[", "\x1b"],
    [" ", "\0"],
    ["é", "é"],
    ["ls", "ls"],
  ])("with Ctrl, %j becomes %j", (typed, sent) => {
    expect(withControl(typed)).toBe(sent);
  });
});
