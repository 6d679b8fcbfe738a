"use client";

/** The line that stays above the text: every step's state, where you are, and the check for the step on screen. */
import { VerdictMark } from "../_components/verdict-mark.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { CheckButton } from "./check-button.tsx";
import { stateWords, stepState } from "./verdicts.ts";

export function StepBar({ stepOnScreen }: { stepOnScreen: string | undefined }) {
  const { chapter, progressOf } = useChapter();
  const index = chapter.steps.findIndex((step) => step.id === stepOnScreen);
  const current = chapter.steps[index];
  if (chapter.steps.length === 0) return null;
  return (
    <nav
      aria-label="Steps"
      className="no-print flex h-11 shrink-0 items-center gap-3 border-b border-rule px-4 wide:px-6"
    >
      <ol className="flex items-center gap-0.5">
        {chapter.steps.map((step, at) => {
          const state = stepState(progressOf(step.id));
          return (
            <li key={step.id}>
              <a
                href={`#step-${step.id}`}
                aria-current={step.id === stepOnScreen ? "step" : undefined}
                aria-label={`Step ${at + 1}, ${step.title}: ${stateWords[state]}`}
                title={`${at + 1} ${step.title}: ${stateWords[state]}`}
                className="flex h-8 min-w-8 items-center justify-center gap-1 rounded-sm border border-transparent px-1 font-mono text-small text-quiet hover:border-edge aria-[current]:border-accent aria-[current]:text-ink"
              >
                <VerdictMark state={state} size={14} />
                {at + 1}
              </a>
            </li>
          );
        })}
      </ol>
      <span className="min-w-0 grow truncate text-ui text-quiet">
        <span className="max-wide:sr-only">{current?.title ?? ""}</span>
      </span>
      {current !== undefined && <CheckButton step={current.id} label={`Check step ${index + 1}`} />}
    </nav>
  );
}
