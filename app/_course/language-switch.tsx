"use client";

/** Languages of this chapter; the choice is kept in a cookie, and verdicts and commands stay the same. */
import { useRouter } from "next/navigation";
import { languageNames } from "../_words/language-names.ts";
import { useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";

export function LanguageSwitch() {
  const { chapter } = useChapter();
  const words = useWords();
  const router = useRouter();
  if (chapter.languages.length < 2) return null;
  const choose = (language: string) => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs a secure context
    document.cookie = `quorate-language=${language}; path=/; max-age=31536000; samesite=lax`;
    router.refresh();
  };
  return (
    <fieldset className="no-print flex gap-1 text-small">
      <legend className="sr-only">{words("chapter.language")}</legend>
      {chapter.languages.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === chapter.language}
          className="button-bare rounded-sm px-2 aria-pressed:font-semibold aria-pressed:text-ink hover:text-accent"
          onClick={() => choose(language)}
        >
          {languageNames[language] ?? language}
        </button>
      ))}
    </fieldset>
  );
}
