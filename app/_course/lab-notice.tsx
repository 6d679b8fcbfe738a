"use client";

/** What the learner must know about the lab's saved state: it could not be read, or the last part of it was lost. */
import { LocalTime } from "../_components/local-time.tsx";
import { useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";

export function LabNotice() {
  const { labNotice } = useChapter().chapter;
  const words = useWords();
  if (!labNotice) return null;
  const fresh = labNotice.kind === "fresh";
  return (
    <p role="note" className="mb-3 border-l-2 border-notyet pl-3">
      <strong>{words(fresh ? "lab.anew" : "lab.part-missing")}</strong> <LocalTime ms={labNotice.atMs} />.{" "}
      {words(fresh ? "lab.anew-text" : "lab.part-missing-text")}
    </p>
  );
}
