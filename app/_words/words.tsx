"use client";

/** The interface's strings and everybody's messages in the language of the page. */
import { createContext, type ReactNode, useContext } from "react";
import type { Message } from "../../gateway/protocol.ts";
import { type Catalogue, english, sentenceIn, type Words, wordsOf } from "./catalogue.ts";

const Context = createContext<Catalogue>(english);

/** Around what is read in another language; without one it is English. */
export function WordsProvider({ catalogue, children }: { catalogue: Catalogue | undefined; children: ReactNode }) {
  return <Context value={catalogue ?? english}>{children}</Context>;
}

export function useWords(): Words {
  return wordsOf(useContext(Context));
}

/** A message of the grader's or the gateway's as a sentence. */
export function useSentence(): (message: Message) => string {
  const catalogue = useContext(Context);
  return (message) => sentenceIn(catalogue, message);
}
