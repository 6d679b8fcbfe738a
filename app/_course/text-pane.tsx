"use client";

import Link from "next/link";
import { type ReactNode, useRef } from "react";
import { LanguageSwitch } from "../_components/language-switch.tsx";
import { english } from "../_words/catalogue.ts";
import { useCatalogue, useSentence, useWords } from "../_words/words.tsx";
import { ByHand } from "./by-hand.tsx";
import { useChapter } from "./chapter-provider.tsx";
import type { ChapterLink } from "./chapter-view.ts";
import { LabStart } from "./lab-start.tsx";
import { StepBar } from "./step-bar.tsx";
import { StepList } from "./step-list.tsx";
import { usePlace } from "./use-place.ts";

/** The left half: the line of steps, and the chapter's text from title to next chapter. */
export function TextPane({ children }: { children: ReactNode }) {
  const { chapter, refusal, connection } = useChapter();
  const scroller = useRef<HTMLDivElement>(null);
  const stepOnScreen = usePlace(chapter, scroller);
  const words = useWords();
  const sentence = useSentence();
  const { language } = useCatalogue();
  // One sentence in one language: half of one in another helps nobody.
  const inEnglish = chapter.language === "en";
  return (
    <div className="print-flow flex h-full flex-col">
      <StepBar stepOnScreen={stepOnScreen} />
      {connection === "lost" && (
        <p role="status" className="no-print border-b border-notyet bg-raised px-4 py-2 wide:px-6">
          <strong className="text-notyet">{words("chapter.no-connection")}</strong> {words("chapter.kept-there")}
        </p>
      )}
      {refusal && (
        <p role="alert" className="border-b border-notyet bg-raised px-4 py-2 wide:px-6">
          {sentence(refusal)}
        </p>
      )}
      <div ref={scroller} className="print-flow relative min-h-0 grow overflow-y-auto scroll-smooth">
        <article className="mx-auto max-w-[43rem] px-4 pt-8 pb-16 wide:px-6 print:pb-0">
          <div className="flex flex-wrap items-baseline justify-between gap-x-6">
            <p className="font-mono text-small text-quiet">
              {words("chapter.chapter")} {chapter.number} · {chapter.minutes} {words("chapter.minutes")}
            </p>
            <LanguageSwitch languages={chapter.languages} chosen={language === "en" ? chapter.language : language} />
          </div>
          <h1 className="mt-1 text-title" lang={chapter.language}>
            {chapter.title}
          </h1>
          {chapter.aim !== "" && (
            <p className="mt-3 max-w-[60ch] text-body text-quiet" lang={inEnglish ? "en" : undefined}>
              {inEnglish ? english.words["chapter.aim"] : words("chapter.aim")}{" "}
              <span lang={chapter.language}>{chapter.aim}</span>
            </p>
          )}
          {language !== "en" && inEnglish && (
            <p className="mt-3 border-l-2 border-notyet pl-3">{words("chapter.not-translated")}</p>
          )}
          <StepList />
          <LabStart />
          <ByHand />
          <div lang={chapter.language}>{children}</div>
          <nav
            aria-label={words("chapter.chapters")}
            className="no-print mt-12 grid grid-cols-2 gap-4 border-t border-rule pt-4"
          >
            <Neighbour link={chapter.previous} word={words("chapter.previous")} all={words("chapter.all")} />
            <Neighbour link={chapter.next} word={words("chapter.next")} all={words("chapter.all")} end />
          </nav>
        </article>
      </div>
    </div>
  );
}

/** A neighbour that does not exist yet leads home, so that both ways always lead somewhere. */
function Neighbour(props: { link: ChapterLink | undefined; word: string; all: string; end?: boolean }) {
  const { link, word, all, end = false } = props;
  return (
    <Link href={link?.href ?? "/"} className={`group block ${end ? "text-right" : ""}`}>
      <span className="block text-small text-quiet">{word}</span>
      <span className="link group-hover:decoration-2" lang={link?.language}>
        {link === undefined ? all : `${link.number} ${link.title}`}
      </span>
    </Link>
  );
}
