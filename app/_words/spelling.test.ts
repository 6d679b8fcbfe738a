import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { misspelt } from "../../content/pipeline/spelling.ts";
import { catalogueOf, pagesOf } from "./languages.ts";

const content = fileURLToPath(new URL("../../content", import.meta.url));

/** Names of fields, and ids that are keys, are English. */
const YAML_KEYS = /\b(term|text|does|title|summary|aim|steps|stages)(?=: ?)|^ +[a-z0-9-]+(?=: )/gm;

/** Every Spanish text by where it stands. */
async function spanishTexts(): Promise<[string, string][]> {
  const { words, checks, refusals } = catalogueOf("es")!;
  const said = Object.entries({ ...words, ...pagesOf("es")!, ...checks.of, ...refusals });
  const files = (await readdir(content, { recursive: true })).filter((name) => /\.es\.(mdx|yaml)$/.test(name));
  return [
    // Of `{nodes|dice|dicen}` both words are read.
    ...said.map(([id, text]): [string, string] => [id, text.replace(/\{\w+\|([^|}]*)\|([^|}]*)\}/g, " $1 $2 ")]),
    ...(await Promise.all(
      files.map(async (name): Promise<[string, string]> => {
        const text = await readFile(join(content, name), "utf8");
        return [name, name.endsWith(".yaml") ? text.replace(YAML_KEYS, (key) => " ".repeat(key.length)) : text];
      }),
    )),
  ];
}

async function known(): Promise<string[]> {
  const lines = (await readFile(join(content, "words.es.txt"), "utf8")).split("\n");
  return lines.map((line) => line.replace(/#.*/, "").trim()).filter((word) => word !== "");
}

it("every word of the Spanish texts stands in words.es.txt, where it came after somebody had looked it up", async () => {
  const words = new Set(await known());
  const wrong = (await spanishTexts()).flatMap(([where, text]) =>
    misspelt(text, (word) => words.has(word.toLowerCase())).map(({ word, line }) => `${where}:${line} ${word}`),
  );
  expect(wrong).toEqual([]);
});

it("words.es.txt has each word once, and none that no text uses", async () => {
  const words = await known();
  const used = new Set(
    (await spanishTexts()).flatMap(([, text]) => misspelt(text, () => false).map(({ word }) => word.toLowerCase())),
  );
  expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
  expect(words.filter((word) => !used.has(word))).toEqual([]);
});

it("Spanish speaks to its reader as tú", async () => {
  const formal = /\b(usted(es)?|vuestr[oa]s?|int[eé]ntelo|espere|compruebe|pregunte|mírelo|añada)\b/i;
  const found = (await spanishTexts()).filter(([, text]) => formal.test(text)).map(([where]) => where);
  expect(found).toEqual([]);
});
