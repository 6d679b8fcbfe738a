"use client";

/** The lab as its nodes tell it, above the terminals: one line when folded, a drawing and a time line when open. */
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { keepChoice } from "../_components/kept-choice.ts";
import { LocalTime } from "../_components/local-time.tsx";
import { useSentence, useWords } from "../_words/words.tsx";
import { Drawing } from "./drawing.tsx";
import type { TimeLineEntry } from "./picture-feed.ts";
import { summary } from "./picture-words.ts";
import { Switches } from "./switches.tsx";
import { usePicture } from "./use-picture.ts";

/**
 * @param props.initiallyOpen as the reader left it; narrow screens have a view for it, where it is always open
 * @param props.cables the lab will tell of cables and switches: what stands below does not move when it does
 */
export function LabPicture({
  labId,
  nodes,
  initiallyOpen,
  cables = false,
}: {
  labId: string;
  nodes: string[];
  initiallyOpen: boolean;
  cables?: boolean;
}) {
  const live = usePicture(labId);
  const sentence = useSentence();
  const words = useWords();
  const [open, setOpen] = useState(initiallyOpen);
  const power = new Map(live.surroundings?.nodes.map((node) => [node.name, node.power]));
  const line = summary(words, live.picture, nodes, power);
  const toggle = () => {
    keepChoice("picture", open ? "folded" : "open");
    setOpen(!open);
  };
  return (
    <section
      aria-label={words("picture.picture")}
      className="lab-picture @container flex shrink-0 flex-col border-b border-rule"
    >
      <div className="flex min-h-9 items-center gap-2 bg-raised pr-3 pl-1">
        <button type="button" aria-expanded={open} onClick={toggle} className="button button-bare max-wide:hidden">
          <ChevronRight aria-hidden="true" size={14} className={open ? "rotate-90" : ""} />
          {words("picture.lab")}
        </button>
        <p role="status" className="min-w-0 grow py-1.5 text-small max-wide:pl-2">
          {line}
        </p>
        {live.picture && !live.live && (
          <span className="shrink-0 text-small text-notyet">
            {words("picture.as-of")} <LocalTime ms={live.picture.takenAtMs} seconds />
          </span>
        )}
      </div>
      {live.refusal && (
        <p role="alert" className="border-t border-notyet px-3 py-1.5 text-small">
          {sentence(live.refusal)}
        </p>
      )}
      <div
        data-open={open}
        className="lab-picture-body grid min-h-0 gap-x-4 border-t border-rule p-3 @min-[38rem]:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]"
      >
        <div className="min-w-0">
          <Drawing names={nodes} live={live} cables={cables} />
          <Switches names={nodes} live={live} expected={cables} />
        </div>
        <TimeLine entries={live.timeLine} />
      </div>
    </section>
  );
}

function TimeLine({ entries }: { entries: TimeLineEntry[] }) {
  const words = useWords();
  return (
    <section
      aria-label={words("picture.happened")}
      className="flex flex-col text-small @min-[38rem]:min-h-0 @max-[38rem]:mt-3"
    >
      <h2 className="font-semibold text-quiet">{words("picture.happened")}</h2>
      {entries.length === 0 ? (
        <p className="mt-1 text-quiet">{words("picture.nothing-yet")}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <ol tabIndex={0} aria-label={words("picture.events")} className="mt-1 overflow-y-auto wide:max-h-44">
          {entries.map((entry) => (
            <li key={entry.key} className="flex gap-2 py-0.5">
              <span className="shrink-0 font-mono text-quiet">
                <LocalTime ms={entry.atMs} seconds />
              </span>
              <span>{entry.text(words)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
