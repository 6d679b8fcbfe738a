"use client";

/** One step of the work: its number and title, the text, and how it stands. */
import type { ReactNode } from "react";
import { LocalTime } from "../_components/local-time.tsx";
import { VerdictMark } from "../_components/verdict-mark.tsx";
import { useCatalogue, useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { CheckButton } from "./check-button.tsx";
import { type Light, stepLight, stepState } from "./verdicts.ts";

export function Step({ id, children }: { id: string; children?: ReactNode }) {
  const { chapter, stepInHand } = useChapter();
  const words = useWords();
  const { language } = useCatalogue();
  const index = chapter.steps.findIndex((step) => step.id === id);
  const title = chapter.steps[index]?.title ?? id;
  return (
    <section
      id={`step-${id}`}
      data-step={id}
      aria-labelledby={`step-${id}-title`}
      tabIndex={-1}
      className={`my-10 scroll-mt-4 outline-none border-t-2 pt-3 ${stepInHand === id ? "border-accent" : "border-edge"}`}
    >
      <header className="mb-3 flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h3 id={`step-${id}-title`} className="flex grow items-baseline gap-3 text-step">
          <span className="font-mono font-normal text-quiet">
            <span className="sr-only" lang={language}>
              {words("step.step")}{" "}
            </span>
            {index + 1}
          </span>
          {title}
        </h3>
        <StepStanding stepId={id} />
      </header>
      {children}
      <footer lang={language} className="no-print mt-3 flex flex-wrap items-center gap-3 text-small text-quiet">
        <CheckButton step={id} />
      </footer>
    </section>
  );
}

const lightShapes: Record<Light, string> = {
  "true-now": "bg-passed border-passed",
  "not-true-now": "border-notyet",
  "not-known-now": "border-dashed border-unknown",
};

/** `Passed at 10:42 · true now`, or the state in a word. */
export function StepStanding({ stepId }: { stepId: string }) {
  const { chapter, progressOf } = useChapter();
  const words = useWords();
  const { language } = useCatalogue();
  const progress = progressOf(stepId);
  const state = stepState(progress);
  const checkCount = chapter.steps.find((step) => step.id === stepId)?.checks.length ?? 0;
  if (progress?.passedAtMs === undefined) {
    return (
      <span lang={language} className="flex items-baseline gap-1.5 text-ui text-quiet">
        <span className="relative top-0.5">
          <VerdictMark state={state} />
        </span>
        {words(`state.${state}`)}
      </span>
    );
  }
  const light = stepLight(progress, checkCount);
  return (
    <span lang={language} className="flex flex-wrap items-baseline gap-x-2 text-ui">
      <span className="flex items-baseline gap-1.5 text-passed">
        <span className="relative top-0.5">
          <VerdictMark state="passed" />
        </span>
        <a className="hover:underline" href={`/receipts#${chapter.chapterId}/${stepId}`} title={words("step.rests-on")}>
          {words("step.passed-at")} <LocalTime ms={progress.passedAtMs} />
          <span className="sr-only">: {words("step.receipt")}</span>
        </a>
      </span>
      <span className="flex items-baseline gap-1.5 text-small text-quiet">
        <span aria-hidden="true" className={`size-2 rounded-full border ${lightShapes[light]}`} />
        {words(`light.${light}`)}
      </span>
    </span>
  );
}
