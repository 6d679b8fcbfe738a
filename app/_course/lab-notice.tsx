"use client";

/** What the learner must know about the lab's saved state: it could not be read, or the last part of it was lost. */
import { LocalTime } from "../_components/local-time.tsx";
import { useChapter } from "./chapter-provider.tsx";

export function LabNotice() {
  const { labNotice } = useChapter().chapter;
  if (!labNotice) return null;
  return (
    <p role="note" className="mb-3 border-l-2 border-notyet pl-3">
      <strong>{titles[labNotice.kind]}</strong> <LocalTime ms={labNotice.atMs} />. {texts[labNotice.kind]}
    </p>
  );
}

const titles = {
  fresh: "Your lab began anew:",
  "inputs-lost": "The last part of your lab is missing:",
};

const texts = {
  fresh:
    "what was saved of it could not be read. It is kept on the server, so whoever runs the server may bring it back. You can go on with fresh nodes, or go back to an earlier state below. Steps that you have passed stay passed.",
  "inputs-lost":
    "your lab is as it was a little earlier, because what came after could not be repeated. Look at what you did last, and do it again if it is missing. Steps that you have passed stay passed.",
};
