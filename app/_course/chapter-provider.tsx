"use client";

/** What the parts of a chapter's page share: the learner's values, verdicts as they arrive, hints, and the place. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { StepProgress } from "../../gateway/protocol.ts";
import { useHelpStep } from "../_class/class-room.tsx";
import { pageConnection } from "../_terminal/connection.ts";
import { TerminalsProvider } from "../_terminal/terminals.tsx";
import { useCatalogue } from "../_words/words.tsx";
import type { ChapterView } from "./chapter-view.ts";
import { pageOutbox } from "./later.ts";
import { type LiveProgress, useProgress } from "./use-progress.ts";
import { stepState } from "./verdicts.ts";

export type PaneName = "text" | "terminal" | "picture";

interface ChapterState extends LiveProgress {
  chapter: ChapterView;
  progressOf(stepId: string): StepProgress | undefined;
  /** First step that is not passed: its unfinished checks are shown in full. */
  stepInHand: string | undefined;
  hintsOpened: ReadonlySet<string>;
  openHint(hintId: string): void;
  /** Which of the views a narrow screen shows. */
  pane: PaneName;
  showPane(pane: PaneName): void;
}

const Context = createContext<ChapterState | undefined>(undefined);

/** @throws outside of a chapter's page */
export function useChapter(): ChapterState {
  const state = useContext(Context);
  if (state === undefined) throw new Error("this block belongs inside a chapter");
  return state;
}

export function ChapterProvider({ chapter, children }: { chapter: ChapterView; children: ReactNode }) {
  const live = useProgress(chapter);
  const [hintsOpened, setHintsOpened] = useState<ReadonlySet<string>>(() => new Set(chapter.hintsOpened));
  const [pane, showPane] = useState<PaneName>("text");
  const { courseId, chapterId } = chapter;
  const { language } = useCatalogue();
  const spoken = useRef(language);

  useEffect(() => {
    if (spoken.current === language) return;
    spoken.current = language;
    // What the gateway prints between two shells is said in the language of the page.
    pageConnection().renew();
  }, [language]);

  useEffect(() => {
    // A place in the text is wanted, by a link or the search: on a narrow screen the text must be there to show it.
    const onPlace = () => {
      flushSync(() => showPane("text"));
      const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (place === null) return;
      place.tabIndex = -1;
      place.focus({ preventScroll: true });
      place.scrollIntoView({ block: "start" });
    };
    window.addEventListener("hashchange", onPlace);
    return () => window.removeEventListener("hashchange", onPlace);
  }, []);

  const openHint = useCallback(
    (hintId: string) => {
      setHintsOpened((opened) => new Set(opened).add(hintId));
      void pageOutbox().post("/api/hints", { course: courseId, chapter: chapterId, hint: hintId });
    },
    [courseId, chapterId],
  );

  const firstOpen = chapter.steps.find(
    ({ id }) => stepState(live.steps.find((step) => step.step === id)) !== "passed",
  )?.id;
  useHelpStep(firstOpen && `${chapterId}/${firstOpen}`);

  const state = useMemo<ChapterState>(() => {
    const progressOf = (stepId: string) => live.steps.find((step) => step.step === stepId);
    return { ...live, chapter, progressOf, stepInHand: firstOpen, hintsOpened, openHint, pane, showPane };
  }, [live, chapter, firstOpen, hintsOpened, openHint, pane]);

  return (
    <Context.Provider value={state}>
      <TerminalsProvider>{children}</TerminalsProvider>
    </Context.Provider>
  );
}
