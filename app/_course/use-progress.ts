"use client";

/** A chapter's verdicts as they arrive, and the button that asks for them now. */
import { useState } from "react";
import type { Message, StepProgress } from "../../gateway/protocol.ts";
import type { ChapterView } from "./chapter-view.ts";

export interface LiveProgress {
  steps: StepProgress[];
  connection: "connecting" | "live" | "lost" | "no-lab";
  /** The grader looks at the lab now. */
  looking: boolean;
  /** A check that was asked for and not yet answered. */
  checking: { step: string | undefined } | undefined;
  /** Why the last request was not done. */
  refusal: Message | undefined;
  check(step?: string): void;
}

export function useProgress(chapter: ChapterView): LiveProgress {
  const [steps] = useState(chapter.progress);
  return {
    steps,
    connection: chapter.labId === undefined ? "no-lab" : "connecting",
    looking: false,
    checking: undefined,
    refusal: undefined,
    check: () => {},
  };
}
