import type { ReactNode } from "react";
import { PageWordsProvider } from "./page-words.tsx";
import { pagesEn } from "./pages.en.ts";
import { WordsProvider } from "./words.tsx";

/** The layout of what only instructors meet: in English, whatever language was chosen. */
export function EnglishOnly({ children }: { children: ReactNode }) {
  return (
    <WordsProvider catalogue={undefined} fixed>
      <PageWordsProvider pages={pagesEn}>
        <div lang="en" className="contents">
          {children}
        </div>
      </PageWordsProvider>
    </WordsProvider>
  );
}
