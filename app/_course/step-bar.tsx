"use client";

/** The line that stays above the text: every step's state, where you are, and the check for the step on screen. */
import { VerdictMark } from "../_components/verdict-mark.tsx";
import { useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { CheckButton } from "./check-button.tsx";
import { stepState } from "./verdicts.ts";

export function StepBar({ stepOnScreen }: { stepOnScreen: string | undefined }) {
  const { chapter, progressOf } = useChapter();
  const words = useWords();
  const index = chapter.steps.findIndex((step) => step.id === stepOnScreen);
  const current = chapter.steps[index];
  if (chapter.steps.length === 0) return null;
  return (
    <nav
      aria-label={words("chapter.steps")}
      className="no-print flex h-11 shrink-0 items-center gap-3 border-b border-rule px-4 wide:px-6"
    >
      <ol className="flex items-center gap-0.5">
        {chapter.steps.map((step, at) => {
          const state = stepState(progressOf(step.id));
          const standing = words("step.standing", {
            number: at + 1,
            title: step.title,
            state: words(`state.${state}`),
          });
          return (
            <li key={step.id}>
              <a
                href={`#step-${step.id}`}
                aria-current={step.id === stepOnScreen ? "step" : undefined}
                aria-label={standing}
                title={standing}
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
        <span className="max-wide:sr-only" lang={chapter.language}>
          {current?.title ?? ""}
        </span>
      </span>
      {current !== undefined && (
        <CheckButton step={current.id} label={words("step.check-number", { number: index + 1 })} />
      )}
    </nav>
  );
}
