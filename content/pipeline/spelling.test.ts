import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { englishTexts, misspeltWords } from "./speller.ts";
import { misspelt } from "./spelling.ts";
import { describeProblem } from "./yaml-file.ts";

const content = fileURLToPath(new URL("..", import.meta.url));

describe("spelling", () => {
  it("every word of the course's English texts is in the dictionary or in words.en.txt", async () => {
    expect((await englishTexts(content)).length).toBeGreaterThan(20);
    expect((await misspeltWords(content)).map(describeProblem)).toEqual([]);
  });

  it("words.en.txt has no word that no text uses, and each only once", async () => {
    const own = (await readFile(join(content, "words.en.txt"), "utf8"))
      .split("\n")
      .map((line) => line.replace(/#.*/, "").trim())
      .filter((word) => word !== "");
    expect(own.filter((word, index) => own.indexOf(word) !== index)).toEqual([]);
    const files = (await readdir(content, { recursive: true })).filter((name) => /\.(mdx|yaml)$/.test(name));
    const all = (await Promise.all(files.map((name) => readFile(join(content, name), "utf8"))))
      .join("\n")
      .toLowerCase();
    expect(own.filter((word) => !all.includes(word.toLowerCase()))).toEqual([]);
  });

  it("finds a word that is wrong, in a sentence and in what a question says, with its line", () => {
    const knows = (word: string) => ["the", "node", "is", "off"].includes(word.toLowerCase());
    const source = 'The noode is\noff.\n\n<Question id="qqq" title="Is the nodde off" answer="x">\n\n</Question>';
    expect(misspelt(source, knows)).toEqual([
      { word: "noode", line: 1 },
      { word: "nodde", line: 4 },
    ]);
  });

  it("reads no command, code, path, value of the learner's, name in capitals or number", () => {
    const source =
      '<Run on="pve1">qm lisst</Run>\n`pvecm staus` {storageNam} /etc/pvve corosync.conff QEMUU pve99\n\n```bash\nxx yyy\n```\n';
    expect(misspelt(source, () => false)).toEqual([]);
  });
});
