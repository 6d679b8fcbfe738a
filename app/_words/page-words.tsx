"use client";

/** Words of pages outside of the chapters, in the browser. They come with such a page, and with no script. */
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { timeInWords } from "../../classroom/class-time.ts";
import { Refused } from "../_class/send-json.ts";
import type { Values } from "./catalogue.ts";
import { type PageStrings, type PageWords, pageWordsOf } from "./page-words-of.ts";
import type { PageWordId } from "./pages.en.ts";
import { useCatalogue, useSwitchable } from "./words.tsx";

const Context = createContext<PageStrings | undefined>(undefined);

/** Inside of pages that are in one language alone, their own words stay. */
export function PageWordsProvider({ pages, children }: { pages: PageStrings; children: ReactNode }) {
  const around = useContext(Context);
  const fixed = useSwitchable() === undefined;
  return <Context value={fixed && around ? around : pages}>{children}</Context>;
}

/** @throws outside of a provider */
function usePageStrings(): PageStrings {
  const pages = useContext(Context);
  if (pages === undefined) throw new Error("this part belongs into a page that brings its words");
  return pages;
}

export function usePageWords(): PageWords {
  const catalogue = useCatalogue();
  const pages = usePageStrings();
  return useMemo(() => pageWordsOf(catalogue, pages), [catalogue, pages]);
}

/** Why something was not done, as a sentence in the reader's language where the server said it by id. */
export function useTrouble(): (error: unknown) => string {
  const { checks } = useCatalogue();
  const pages = usePageStrings();
  const words = usePageWords();
  return (error) => {
    if (!(error instanceof Refused)) return error instanceof Error ? error.message : String(error);
    const { why } = error;
    if (why.kind === "no-server") return words("lab.no-server");
    if (why.kind === "status") return words("lab.server-answered", { status: why.status });
    return Object.hasOwn(pages, why.id)
      ? words(why.id as PageWordId, withTime(why.values, checks.lists))
      : error.message;
  };
}

/** An instant and its zone are said as a time. */
function withTime(values: Values, locale: string): Values {
  const { at, zone } = values;
  return at === undefined || zone === undefined
    ? values
    : { ...values, when: timeInWords(new Date(String(at)), String(zone), locale) };
}
