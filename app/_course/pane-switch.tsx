"use client";

import { BookOpen, Network, SquareTerminal } from "lucide-react";
import type { ReactNode } from "react";
import { useWords } from "../_words/words.tsx";
import { type PaneName, useChapter } from "./chapter-provider.tsx";

/** Narrow screens show text, terminals or the lab's picture; this chooses, in reach of a thumb. */
export function PaneSwitch() {
  const words = useWords();
  return (
    <fieldset className="no-print grid h-12 shrink-0 grid-cols-3 border-t border-rule bg-raised wide:hidden">
      <legend className="sr-only">{words("pane.choose")}</legend>
      <PaneChoice value="text">
        <BookOpen aria-hidden="true" size={16} /> {words("pane.text")}
      </PaneChoice>
      <PaneChoice value="terminal">
        <SquareTerminal aria-hidden="true" size={16} /> {words("pane.terminal")}
      </PaneChoice>
      <PaneChoice value="picture">
        <Network aria-hidden="true" size={16} /> {words("pane.lab")}
      </PaneChoice>
    </fieldset>
  );
}

function PaneChoice({ value, children }: { value: PaneName; children: ReactNode }) {
  const { pane, showPane } = useChapter();
  return (
    <label className="relative flex items-center justify-center gap-2 border-t-2 border-transparent font-semibold text-quiet has-checked:border-accent has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent">
      <input
        type="radio"
        name="pane"
        value={value}
        checked={pane === value}
        onChange={() => showPane(value)}
        className="absolute inset-0 m-0 size-full cursor-pointer opacity-0"
      />
      {children}
    </label>
  );
}
