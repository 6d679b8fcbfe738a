"use client";

import { ChevronRight } from "lucide-react";
import { Collapsible } from "radix-ui";
import { type ReactNode, useState } from "react";
import { useCatalogue, useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";

/** Help in levels, 1 the gentlest: each is offered once the one before it is open, and opening is remembered. */
export function Hint({ id = "", level, children }: { id?: string; level: string; children?: ReactNode }) {
  const { hintsOpened, openHint } = useChapter();
  const words = useWords();
  const { language } = useCatalogue();
  const seen = hintsOpened.has(id);
  const [open, setOpen] = useState(false);
  const before = Number(level) > 1 ? id.replace(/\d$/, String(Number(level) - 1)) : undefined;
  if (before !== undefined && !hintsOpened.has(before)) return null;

  const change = (next: boolean) => {
    setOpen(next);
    if (next && !seen) openHint(id);
  };

  return (
    <Collapsible.Root open={open} onOpenChange={change} className={`my-2 text-ui ${open ? "" : "no-print"}`}>
      <Collapsible.Trigger lang={language} className="group flex items-center gap-1.5 py-1 text-accent hover:underline">
        <ChevronRight aria-hidden="true" size={14} className="group-data-[state=open]:rotate-90" />
        {words("hint.hint")} {level}
        {seen && !open && <span className="text-small text-quiet">{words("hint.before")}</span>}
      </Collapsible.Trigger>
      <Collapsible.Content className="border-l border-edge pl-4 [&>:first-child]:mt-1 [&>:last-child]:mb-1">
        {children}
      </Collapsible.Content>
    </Collapsible.Root>
  );
}
