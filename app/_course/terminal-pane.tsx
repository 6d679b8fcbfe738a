"use client";

import { useState } from "react";
import { useLatePart } from "../_components/use-late-part.ts";
import { useWords } from "../_words/words.tsx";
import { woven } from "../_words/woven.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { isWide, useWide } from "./use-wide.ts";

const loadDesk = () => import("./lab-desk.tsx");
// Where the terminals are in sight from the beginning, their program comes beside the page's own.
if (isWide()) void loadDesk().catch(() => {});

/** The right half: the lab's picture and a terminal for each node, or why there is none. Not loaded before it is in sight. */
export function TerminalPane({ pictureOpen }: { pictureOpen: boolean }) {
  const { chapter, pane } = useChapter();
  const words = useWords();
  const inSight = useWide() || pane !== "text";
  const [wanted, setWanted] = useState(false);
  if (inSight && !wanted) setWanted(true);
  const { part, failed, again } = useLatePart(loadDesk, wanted);
  if (chapter.labId === undefined) {
    return (
      <section aria-label={words("desk.terminals")} className="h-full overflow-y-auto p-6">
        <h2 className="text-section">{words("desk.no-lab")}</h2>
        <p className="mt-2 max-w-[55ch]">
          {woven((values) => words("desk.server-says", values), [(inner) => <span lang="en">{inner}</span>], {
            trouble: chapter.labTrouble ?? "",
          })}
        </p>
        <p className="mt-2 max-w-[55ch] text-quiet">{words("desk.read-on")}</p>
        <p className="mt-4">
          <button type="button" className="button" onClick={() => location.reload()}>
            {words("desk.try-again")}
          </button>
        </p>
      </section>
    );
  }
  return (
    <div className="flex h-full flex-col">
      {part && (
        <part.LabDesk
          labId={chapter.labId}
          nodes={chapter.nodes}
          pictureOpen={pictureOpen}
          cables={chapter.canPullCables}
        >
          {chapter.webInterfaces.length > 0 && <WebInterfaces links={chapter.webInterfaces} />}
        </part.LabDesk>
      )}
      {failed && (
        <div role="alert" className="p-6">
          <p>{words("desk.not-loaded")}</p>
          <button type="button" className="button mt-3" onClick={again}>
            {words("desk.try-again")}
          </button>
        </div>
      )}
    </div>
  );
}

function WebInterfaces({ links }: { links: { node: string; href: string }[] }) {
  const words = useWords();
  return (
    <p className="flex shrink-0 flex-wrap gap-x-4 border-t border-rule px-3 py-1 text-small">
      <span className="text-quiet">{words("desk.web-interface")}</span>
      {links.map(({ node, href }) => (
        <a key={node} className="link font-mono" href={href} target="_blank" rel="noreferrer">
          {node}
          <span className="sr-only"> {words("desk.new-tab")}</span>
        </a>
      ))}
    </p>
  );
}
