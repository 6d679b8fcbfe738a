"use client";

/** The first stops of the Tab key: past the header, and in a chapter past its text. Seen while they have the focus. */
import { useWords } from "../_words/words.tsx";

const SELECTED_TERMINAL = '.pane-terminals [role="tab"][data-state="active"]';

/** The page's own part has the focus. */
export function focusText(options?: FocusOptions): void {
  const main = document.querySelector("main");
  if (main === null) return;
  main.tabIndex = -1;
  main.focus(options);
}

/** @param terminals whether the page has terminals beside its text */
export function SkipLinks({ terminals = false }: { terminals?: boolean }) {
  const words = useWords();
  return (
    <>
      <button type="button" className="skip-link button" onClick={() => focusText()}>
        {words("page.skip-to-text")}
      </button>
      {terminals && (
        // On a narrow screen they are behind the switch at the bottom.
        <button
          type="button"
          className="skip-link button max-wide:hidden"
          onClick={() => document.querySelector<HTMLElement>(SELECTED_TERMINAL)?.focus()}
        >
          {words("page.skip-to-terminals")}
        </button>
      )}
    </>
  );
}
