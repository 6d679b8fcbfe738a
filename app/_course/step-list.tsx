"use client";

/** All steps of the chapter with their state, and one button that checks them all. */
import { useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { CheckButton } from "./check-button.tsx";
import { StepStanding } from "./step.tsx";

export function StepList() {
  const { chapter } = useChapter();
  const words = useWords();
  if (chapter.steps.length === 0) return null;
  return (
    <section aria-label={words("step.steps")} className="my-6 border-y border-rule py-2">
      <ol>
        {chapter.steps.map((step, index) => (
          // The last column is as wide as the longest standing: a verdict that comes later moves nothing.
          <li
            key={step.id}
            className="grid grid-cols-[1rem_minmax(0,1fr)_minmax(7.75rem,auto)] items-baseline gap-x-3 py-1"
          >
            <span aria-hidden="true" className="font-mono text-quiet">
              {index + 1}
            </span>
            <span>
              <a className="link" lang={chapter.language} href={`#step-${step.id}`}>
                {step.title}
              </a>
            </span>
            <span className="justify-self-end">
              <StepStanding stepId={step.id} />
            </span>
          </li>
        ))}
      </ol>
      <div className="no-print mt-2 pb-1">
        <CheckButton />
      </div>
    </section>
  );
}
