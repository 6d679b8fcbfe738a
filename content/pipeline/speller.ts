/** English as it is written in Britain and in America both, and the words of the trade. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import dictionary from "dictionary-en";
import nspell from "nspell";
import { misspelt } from "./spelling.ts";
import type { ContentProblem } from "./yaml-file.ts";

const ENGLISH = /(text|notes)\.en\.mdx$|(glossary|commands)\.en\.yaml$|(chapter|course)\.yaml$/;

/** @param ownWords a word a line, `#` begins a remark */
function englishSpeller(ownWords: string): (word: string) => boolean {
  const known = nspell(Buffer.from(dictionary.aff), Buffer.from(dictionary.dic));
  for (const line of ownWords.split("\n")) {
    const word = line.replace(/#.*/, "").trim();
    if (word !== "") known.add(word);
  }
  return (word) => known.correct(word) || known.correct(word.replace(/'s$/, ""));
}

/** Paths of the English texts below a content folder, in order. */
export async function englishTexts(contentDirectory: string): Promise<string[]> {
  const names = await readdir(contentDirectory, { recursive: true });
  return names
    .filter((name) => ENGLISH.test(name))
    .sort()
    .map((name) => join(contentDirectory, name));
}

/** Every word of the English texts that neither the dictionary nor `words.en.txt` has. */
export async function misspeltWords(contentDirectory: string): Promise<ContentProblem[]> {
  const knows = englishSpeller(await readFile(join(contentDirectory, "words.en.txt"), "utf8"));
  const problems: ContentProblem[] = [];
  for (const file of await englishTexts(contentDirectory)) {
    for (const { word, line } of misspelt(await readFile(file, "utf8"), knows)) {
      const message = `no dictionary has the word ${word}; where it is right, add it to content/words.en.txt`;
      problems.push({ file, line, path: "", message });
    }
  }
  return problems;
}
