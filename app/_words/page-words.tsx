"use client";

/** Words of pages outside of the chapters, in the browser. A chapter loads none of this. */
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { timeInWords } from "../../classroom/class-time.ts";
import { Refused } from "../_class/send-json.ts";
import type { Values } from "./catalogue.ts";
import { isPageWord, type PageStrings, type PageWords, pageWordsOf } from "./page-catalogue.ts";
import { pagesEn } from "./pages.en.ts";
import { useCatalogue, useSwitchable } from "./words.tsx";

const Context = createContext<PageStrings>(pagesEn);

/** Around what is read in another language; without one, and in pages that have no other, it is English. */
export function PageWordsProvider({ pages, children }: { pages: PageStrings | undefined; children: ReactNode }) {
  const fixed = useSwitchable() === undefined;
  return <Context value={fixed ? pagesEn : (pages ?? pagesEn)}>{children}</Context>;
}

export function usePageWords(): PageWords {
  const catalogue = useCatalogue();
  const pages = useContext(Context);
  return useMemo(() => pageWordsOf(catalogue, pages), [catalogue, pages]);
}

/** Why something was not done, as a sentence in the reader's language where the server said it by id. */
export function useTrouble(): (error: unknown) => string {
  const { checks } = useCatalogue();
  const words = usePageWords();
  return (error) => {
    if (!(error instanceof Refused)) return error instanceof Error ? error.message : String(error);
    const { why } = error;
    if (why.kind === "no-server") return words("lab.no-server");
    if (why.kind === "status") return words("lab.server-answered", { status: why.status });
    return isPageWord(why.id) ? words(why.id, withTime(why.values, checks.lists)) : error.message;
  };
}

/** An instant and its zone are said as a time. */
function withTime(values: Values, locale: string): Values {
  const { at, zone } = values;
  return at === undefined || zone === undefined
    ? values
    : { ...values, when: timeInWords(new Date(String(at)), String(zone), locale) };
}
