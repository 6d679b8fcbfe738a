"use client";

import { TerminalPanel } from "../_terminal/terminal-panel.tsx";
import { useChapter } from "./chapter-provider.tsx";

/** The right half: a terminal for each node, or why there is none. */
export function TerminalPane() {
  const { chapter } = useChapter();
  if (chapter.labId === undefined) {
    return (
      <section aria-label="Terminals" className="h-full overflow-y-auto p-6">
        <h2 className="text-section">The lab cannot be reached</h2>
        <p className="mt-2 max-w-[55ch]">The server says: {chapter.labTrouble}</p>
        <p className="mt-2 max-w-[55ch] text-quiet">You can read on meanwhile. What you did is kept.</p>
        <p className="mt-4">
          <button type="button" className="button" onClick={() => location.reload()}>
            Try again
          </button>
        </p>
      </section>
    );
  }
  return <TerminalPanel labId={chapter.labId} nodes={chapter.nodes.map((name) => ({ name }))} className="h-full" />;
}
