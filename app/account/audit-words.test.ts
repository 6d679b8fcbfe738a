import { describe, expect, it } from "vitest";
import { englishPageWords } from "../_words/page-catalogue.ts";
import { auditWords } from "./audit-words.ts";

const say = (action: string, details: Record<string, unknown>) => auditWords(englishPageWords, action, details);

describe("acts of others in words", () => {
  it("name what they were about", () => {
    expect(say("terminal-watch-asked", { node: "pve1" })).toBe("asked to watch your terminal of pve1");
    expect(say("lab reset", { to: "fresh", reason: "stuck" })).toBe("put your lab into another state (fresh): stuck");
  });

  it("without words are shown by name, and a missing detail as a question mark", () => {
    expect(say("something new", {})).toBe("something new");
    expect(say("terminal-opened", {})).toBe("opened a terminal of ? as you");
  });
});
