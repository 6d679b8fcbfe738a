"use client";

/** The languages of the interface and, in a chapter, of its text. The choice is kept in a cookie. */
import { useRouter } from "next/navigation";
import { languageNames } from "../_words/language-names.ts";
import { useSwitchable, useWords } from "../_words/words.tsx";
import { keepChoice } from "./kept-choice.ts";

/** @param chosen language that is pressed; that of the words unless said */
export function LanguageSwitch({ languages, chosen }: { languages: readonly string[]; chosen?: string }) {
  const words = useWords();
  const now = useSwitchable();
  const router = useRouter();
  if (now === undefined || languages.length < 2) return null;
  const choose = (language: string) => {
    keepChoice("language", language);
    router.refresh();
  };
  return (
    <fieldset className="no-print flex shrink-0 text-small">
      <legend className="sr-only">{words("chapter.language")}</legend>
      {languages.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === (chosen ?? now)}
          // A narrow header has room for what can be changed to.
          className="button-bare min-h-9 rounded-sm px-2 text-quiet aria-pressed:font-semibold aria-pressed:text-ink max-wide:aria-pressed:hidden hover:text-accent"
          onClick={() => choose(language)}
        >
          {languageNames[language] ?? language}
        </button>
      ))}
    </fieldset>
  );
}
