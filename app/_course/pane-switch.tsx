"use client";

import { BookOpen, Network, SquareTerminal } from "lucide-react";
import { ToggleGroup } from "radix-ui";
import { useWords } from "../_words/words.tsx";
import { type PaneName, useChapter } from "./chapter-provider.tsx";

/** Narrow screens show text, terminals or the lab's picture; this chooses, in reach of a thumb. */
export function PaneSwitch() {
  const { pane, showPane } = useChapter();
  const words = useWords();
  return (
    <ToggleGroup.Root
      type="single"
      value={pane}
      onValueChange={(value) => value !== "" && showPane(value as PaneName)}
      aria-label={words("pane.choose")}
      className="no-print grid h-12 shrink-0 grid-cols-3 border-t border-rule bg-raised wide:hidden"
    >
      <PaneItem value="text">
        <BookOpen aria-hidden="true" size={16} /> {words("pane.text")}
      </PaneItem>
      <PaneItem value="terminal">
        <SquareTerminal aria-hidden="true" size={16} /> {words("pane.terminal")}
      </PaneItem>
      <PaneItem value="picture">
        <Network aria-hidden="true" size={16} /> {words("pane.lab")}
      </PaneItem>
    </ToggleGroup.Root>
  );
}

function PaneItem({ value, children }: { value: PaneName; children: React.ReactNode }) {
  return (
    <ToggleGroup.Item
      value={value}
      className="flex items-center justify-center gap-2 border-t-2 border-transparent font-semibold text-quiet data-[state=on]:border-accent data-[state=on]:text-ink"
    >
      {children}
    </ToggleGroup.Item>
  );
}
