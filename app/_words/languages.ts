/** The languages of the interface. Read on the server: a page carries only the one it is read in. */
import { refusalsEs } from "../../gateway/words.es.ts";
import { checksEs } from "../../grader/checks/messages.es.ts";
import type { Catalogue } from "./catalogue.ts";
import { interfaceEs } from "./interface.es.ts";

const catalogues: Record<string, Catalogue> = {
  es: { language: "es", words: interfaceEs, checks: checksEs, refusals: refusalsEs },
};

/** @returns undefined for English, which every page has, and for a language that nobody has written */
export function catalogueOf(language: string): Catalogue | undefined {
  return catalogues[language];
}

export const translations: readonly Catalogue[] = Object.values(catalogues);
