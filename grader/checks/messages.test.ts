import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { inWords, sentences } from "./messages.en.ts";
import { type MessageId, messageValues, say } from "./messages.ts";

describe("the checks' sentences", () => {
  it("name exactly the values that their message has", () => {
    for (const [id, values] of Object.entries(messageValues)) {
      const named = [...sentences[id as MessageId].matchAll(/\{(\w+)/g)].map((match) => match[1]!);
      for (const name of named) expect(Object.keys(values), id).toContain(name);
      for (const name of Object.keys(values)) expect(named, `${id} never says its ${name}`).toContain(name);
    }
  });

  it("are all said by some check, or by what judges with them", async () => {
    const grader = fileURLToPath(new URL("..", import.meta.url));
    const files = (await readdir(grader, { recursive: true })).filter(
      (name) => name.endsWith(".ts") && !/messages\.|\.test\./.test(name),
    );
    const source = (await Promise.all(files.map((name) => readFile(join(grader, name), "utf8")))).join("\n");
    // `migrated.${how}` says each of them.
    const begun = [...source.matchAll(/`([a-z-]+\.)\$\{/g)].map((match) => match[1]!);
    const ids = Object.keys(messageValues);
    expect(ids.filter((id) => !source.includes(`"${id}"`) && !begun.some((start) => id.startsWith(start)))).toEqual([]);
  });

  it("write out lists and choose the number", () => {
    expect(inWords(say("quorate.all", { nodes: ["pve1", "pve2", "pve3"] }))).toBe(
      "Quorate by their own answer: pve1, pve2 and pve3.",
    );
    expect(inWords(say("votes.as-expected", { votes: 1, needed: 1 }))).toBe(
      "The cluster expects 1 vote and needs 1 of them.",
    );
  });

  it("of another version are shown by id and values, never as nothing", () => {
    expect(inWords({ id: "guest.gone", values: { vmid: 100 } })).toBe("guest.gone (vmid: 100)");
  });
});
