"use client";

/** The interface's strings and everybody's messages in the language of the page. */
import { createContext, type ReactNode, useContext } from "react";
import type { Message } from "../../gateway/protocol.ts";
import { type Catalogue, english, sentenceIn, type Words, wordsOf } from "./catalogue.ts";

const Context = createContext<{ catalogue: Catalogue; fixed: boolean }>({ catalogue: english, fixed: false });

/**
 * Around what is read in another language; without one it is English.
 *
 * @param props.fixed these pages are in this language alone, and offer no other
 */
export function WordsProvider(props: { catalogue: Catalogue | undefined; fixed?: boolean; children: ReactNode }) {
  const { catalogue = english, fixed = false, children } = props;
  return <Context value={{ catalogue, fixed }}>{children}</Context>;
}

export function useCatalogue(): Catalogue {
  return useContext(Context).catalogue;
}

export function useWords(): Words {
  return wordsOf(useCatalogue());
}

/** A message of the grader's or the gateway's as a sentence. */
export function useSentence(): (message: Message) => string {
  const catalogue = useCatalogue();
  return (message) => sentenceIn(catalogue, message);
}

/** Language of the words; `undefined` where they cannot be had in another. */
export function useSwitchable(): string | undefined {
  const { catalogue, fixed } = useContext(Context);
  return fixed ? undefined : catalogue.language;
}
