"use client";

/** A word of the trade: on hover, focus or press its card of the glossary, in the browser's own popover. */
import { type ReactNode, useId, useRef } from "react";
import { useCatalogue, useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";

const LEAVE_MS = 150;
/** Between the word and its card, and between the card and the edge of the window, pixels. */
const GAP = 4;
const EDGE = 12;

export function Term({ id, children }: { id: string; children?: ReactNode }) {
  const { chapter } = useChapter();
  const words = useWords();
  const { language } = useCatalogue();
  const cardId = useId();
  const word = useRef<HTMLButtonElement>(null);
  const card = useRef<HTMLElement>(null);
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined);
  const meaning = chapter.terms[id];
  if (meaning === undefined) return children;
  const stay = () => {
    clearTimeout(leaving.current);
    if (!card.current?.matches(":popover-open")) card.current?.showPopover({ source: word.current ?? undefined });
  };
  const leave = () => {
    clearTimeout(leaving.current);
    leaving.current = setTimeout(() => card.current?.hidePopover(), LEAVE_MS);
  };
  const byMouse = (then: () => void) => (event: React.PointerEvent) => event.pointerType === "mouse" && then();
  return (
    <>
      <button
        ref={word}
        type="button"
        popoverTarget={cardId}
        popoverTargetAction="show"
        className="cursor-help underline decoration-dotted decoration-1 underline-offset-4 hover:text-accent"
        onPointerEnter={byMouse(stay)}
        onPointerLeave={byMouse(leave)}
      >
        {children}
      </button>
      <span
        ref={card}
        id={cardId}
        popover="auto"
        role="dialog"
        aria-label={meaning.term}
        lang={meaning.language}
        className="fixed inset-auto m-0 max-w-xs border border-edge bg-paper p-3 text-left text-ui font-normal text-ink not-italic"
        onBeforeToggle={(event) => {
          event.currentTarget.style.visibility = "hidden";
        }}
        onToggle={(event) => event.newState === "open" && placeAt(event.currentTarget, word.current)}
        onPointerEnter={byMouse(stay)}
        onPointerLeave={byMouse(leave)}
      >
        <strong>{meaning.term}</strong>
        <span className="mt-1 block">{meaning.text}</span>
        {meaning.chapter && meaning.chapter.href !== chapter.href && (
          <a className="link mt-1.5 block text-small" lang={language} href={meaning.chapter.href}>
            {words("term.more")} {meaning.chapter.number}
          </a>
        )}
      </span>
    </>
  );
}

/** Under the word, over it where there is no room, and always inside the window. A text that scrolls away closes it. */
function placeAt(card: HTMLElement, word: HTMLElement | null): void {
  if (word === null) return;
  const at = word.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const left = Math.min(at.left + at.width / 2 - width / 2, window.innerWidth - width - EDGE);
  const fits = at.bottom + GAP + height + EDGE <= window.innerHeight;
  card.style.left = `${Math.max(EDGE, left)}px`;
  card.style.top = `${Math.max(EDGE, fits ? at.bottom + GAP : at.top - GAP - height)}px`;
  card.style.visibility = "visible";
  window.addEventListener("scroll", () => card.hidePopover(), { capture: true, once: true });
}
