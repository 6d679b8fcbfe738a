"use client";

import { LabPicture } from "../_picture/lab-picture.tsx";
import { TerminalPanel } from "../_terminal/terminal-panel.tsx";
import { useChapter } from "./chapter-provider.tsx";

/** The right half: the lab's picture and a terminal for each node, or why there is none. */
export function TerminalPane({ pictureOpen }: { pictureOpen: boolean }) {
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
  return (
    <div className="flex h-full flex-col">
      <LabPicture labId={chapter.labId} nodes={chapter.nodes} initiallyOpen={pictureOpen} />
      {chapter.webInterfaces.length > 0 && (
        <p className="flex shrink-0 flex-wrap gap-x-4 border-t border-rule px-3 py-1 text-small">
          <span className="text-quiet">Web interface of</span>
          {chapter.webInterfaces.map(({ node, href }) => (
            <a key={node} className="link font-mono" href={href} target="_blank" rel="noreferrer">
              {node}
              <span className="sr-only"> (opens in a new tab)</span>
            </a>
          ))}
        </p>
      )}
      <TerminalPanel labId={chapter.labId} nodes={chapter.nodes.map((name) => ({ name }))} className="min-h-0 grow" />
    </div>
  );
}
