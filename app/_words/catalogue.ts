/** All that is said in one language, and how a message becomes a sentence of it. */
import type { Message } from "../../gateway/protocol.ts";
import { refusalsEn, say } from "../../gateway/words.ts";
import { filledIn, inWords, type Sentences, sentencesEn } from "../../grader/checks/messages.en.ts";
import { interfaceEn, type WordId } from "./interface.en.ts";

export interface Catalogue {
  /** `es`; of the page, its texts may be in English. */
  language: string;
  words: Record<WordId, string>;
  /** What checks say. */
  checks: Sentences;
  /** What the gateway says. */
  refusals: Record<string, string>;
}

/** In every page; another language comes with the page that is read in it. */
export const english: Catalogue = {
  language: "en",
  words: interfaceEn,
  checks: sentencesEn,
  refusals: refusalsEn,
};

export type Values = Record<string, string | number | string[]>;

/** Values are filled in as in the checks' sentences. */
export function wordIn({ words, checks }: Catalogue, id: WordId, values: Values = {}): string {
  return filledIn(words[id], values, checks);
}

export type Words = (id: WordId, values?: Values) => string;

export function wordsOf(catalogue: Catalogue): Words {
  return (id, values) => wordIn(catalogue, id, values);
}

/** A sentence; an id without one is shown with its values, so that nothing is hidden. */
export function sentenceIn({ checks, refusals }: Catalogue, message: Message): string {
  return message.id in checks.of || message.id.includes(".") ? inWords(message, checks) : say(message, refusals);
}
