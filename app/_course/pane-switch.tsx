"use client";

import { BookOpen, Network, SquareTerminal } from "lucide-react";
import { ToggleGroup } from "radix-ui";
import { type PaneName, useChapter } from "./chapter-provider.tsx";

/** Narrow screens show text, terminals or the lab's picture; this chooses, in reach of a thumb. */
export function PaneSwitch() {
  const { pane, showPane } = useChapter();
  return (
    <ToggleGroup.Root
      type="single"
      value={pane}
      onValueChange={(value) => value !== "" && showPane(value as PaneName)}
      aria-label="Text, terminals or the lab's picture"
      className="no-print grid h-12 shrink-0 grid-cols-3 border-t border-rule bg-raised wide:hidden"
    >
      <PaneItem value="text">
        <BookOpen aria-hidden="true" size={16} /> Text
      </PaneItem>
      <PaneItem value="terminal">
        <SquareTerminal aria-hidden="true" size={16} /> Terminal
      </PaneItem>
      <PaneItem value="picture">
        <Network aria-hidden="true" size={16} /> Lab
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
