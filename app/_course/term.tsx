"use client";

/** A word of the trade: on hover, focus or press its card of the glossary. */
import { Popover } from "radix-ui";
import { type ReactNode, useRef, useState } from "react";
import { useChapter } from "./chapter-provider.tsx";
import { useWords } from "./words.tsx";

const LEAVE_MS = 150;

export function Term({ id, children }: { id: string; children?: ReactNode }) {
  const { chapter } = useChapter();
  const words = useWords();
  const [open, setOpen] = useState(false);
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined);
  const card = chapter.terms[id];
  if (card === undefined) return children;
  const stay = () => {
    clearTimeout(leaving.current);
    setOpen(true);
  };
  const leave = () => {
    leaving.current = setTimeout(() => setOpen(false), LEAVE_MS);
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className="cursor-help underline decoration-dotted decoration-1 underline-offset-4 hover:text-accent"
        onPointerEnter={(event) => event.pointerType === "mouse" && stay()}
        onPointerLeave={(event) => event.pointerType === "mouse" && leave()}
      >
        {children}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="z-20 max-w-xs border border-edge bg-paper p-3 text-ui"
          sideOffset={4}
          collisionPadding={12}
          aria-label={card.term}
          onOpenAutoFocus={(event) => event.preventDefault()}
          onPointerEnter={stay}
          onPointerLeave={leave}
        >
          <strong>{card.term}</strong>
          <span className="mt-1 block">{card.text}</span>
          {card.chapter && card.chapter.href !== chapter.href && (
            <a className="link mt-1.5 block text-small" href={card.chapter.href}>
              {words("term.more")} {card.chapter.number}
            </a>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
