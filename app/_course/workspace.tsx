"use client";

/**
 * A chapter's two halves: text left, terminals right, a divider between them that pointer and arrow keys move.
 *
 * Both halves are always there; on a narrow screen the style sheet shows one of them, so neither loses its state.
 */
import { type CSSProperties, type ReactNode, useEffect, useRef } from "react";
import { Group, type Layout, Panel, Separator, useGroupRef } from "react-resizable-panels";
import { keepChoice } from "../_components/kept-choice.ts";
import { useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { PaneSwitch } from "./pane-switch.tsx";
import { useWide } from "./use-wide.ts";

/** Percent. On a screen of 1366 px a terminal has 94 columns beside it: a line of a migration's log is as long. */
const USUAL_LAYOUT: Layout = { text: 43, terminals: 57 };

export function Workspace({ text, terminals, layout }: { text: ReactNode; terminals: ReactNode; layout?: Layout }) {
  const { pane } = useChapter();
  const words = useWords();
  const shares = layout ?? USUAL_LAYOUT;
  const chosen = useRef(shares);
  const group = useGroupRef();
  const wide = useWide();
  // A narrow window presses the halves against their smallest sizes. With room again they are as they were.
  useEffect(() => {
    if (wide) group.current?.setLayout(chosen.current);
  }, [wide, group]);
  const keep = (sizes: Layout, { isUserInteraction }: { isUserInteraction: boolean }) => {
    // What nobody chose, such as the layout of a narrow window, follows what is usual.
    if (!isUserInteraction) return;
    chosen.current = sizes;
    keepChoice("divider", Math.round(sizes.text ?? 50));
  };
  return (
    <>
      <Group
        id="chapter"
        groupRef={group}
        orientation="horizontal"
        className="workspace print-flow min-h-0 grow"
        data-pane={pane}
        style={{ "--text-share": `${shares.text}%` } as CSSProperties}
        defaultLayout={shares}
        onLayoutChanged={keep}
      >
        <Panel id="text" minSize="20rem" className="pane-text">
          {text}
        </Panel>
        <Separator className="divider no-print" aria-label={words("pane.divider")} />
        <Panel id="terminals" minSize="18rem" className="pane-terminals no-print">
          {terminals}
        </Panel>
      </Group>
      <PaneSwitch />
    </>
  );
}
