import { describe, expect, it } from "vitest";
import { auditWords } from "./audit-words.ts";

describe("acts of others in words", () => {
  it("name what they were about", () => {
    expect(auditWords("terminal-watch-asked", { node: "pve1" })).toBe("asked to watch your terminal of pve1");
    expect(auditWords("lab reset", { to: "fresh", reason: "stuck" })).toBe(
      "put your lab into another state (fresh): stuck",
    );
  });

  it("without words are shown by name, and a missing detail as a question mark", () => {
    expect(auditWords("something new", {})).toBe("something new");
    expect(auditWords("terminal-opened", {})).toBe("opened a terminal of ? as you");
  });
});
