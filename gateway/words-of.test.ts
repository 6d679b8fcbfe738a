import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { refusalsEn, say } from "./words.ts";
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

it("the gateway has no sentence that neither it nor a page says", async () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const sources = await Promise.all(
    ["gateway", "app"].map(async (folder) => {
      const names = (await readdir(join(root, folder), { recursive: true })).filter(
        (name) => /\.tsx?$/.test(name) && !/words(\.es)?\.ts$|\.test\./.test(name),
      );
      return Promise.all(names.map((name) => readFile(join(root, folder, name), "utf8")));
    }),
  );
  const source = sources.flat().join("\n");
  expect(Object.keys(refusalsEn).filter((id) => !source.includes(`"${id}"`))).toEqual([]);
});
