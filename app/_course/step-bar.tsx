"use client";

/** The line that stays above the text: every step's state, where you are, and the check for the step on screen. */
import { VerdictMark } from "../_components/verdict-mark.tsx";
import { useWords } from "../_words/words.tsx";
import { woven } from "../_words/woven.tsx";
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
      className="no-print flex h-11 shrink-0 items-center gap-3 max-wide:gap-1 border-b border-rule px-4 wide:px-6"
    >
      <ol className="flex min-w-0 items-center gap-0.5 overflow-x-auto max-wide:gap-0">
        {chapter.steps.map((step, at) => {
          const state = stepState(progressOf(step.id));
          const values = { number: at + 1, state: words(`state.${state}`), title: step.title };
          const inItsLanguage = (inner: string) => <span lang={chapter.language}>{inner}</span>;
          return (
            <li key={step.id} className="shrink-0">
              <a
                href={`#step-${step.id}`}
                aria-current={step.id === stepOnScreen ? "step" : undefined}
                title={words("step.standing", values).replace(/[<>]/g, "")}
                className="flex h-8 min-w-8 max-wide:min-w-7 items-center justify-center gap-1 max-wide:gap-0.5 rounded-sm border border-transparent px-1 max-wide:px-0 font-mono text-small text-quiet hover:border-edge aria-[current]:border-accent aria-[current]:text-ink"
              >
                {/* Not as a label: a title of another language than the page's has to be read in its own. */}
                <span className="sr-only">
                  {woven((filled) => words("step.standing", filled), [inItsLanguage], values)}
                </span>
                <VerdictMark state={state} size={14} />
                <span aria-hidden="true">{at + 1}</span>
              </a>
            </li>
          );
        })}
      </ol>
      {/* The title gives way before the steps do. */}
      <span className="min-w-0 shrink-[999] grow truncate text-ui text-quiet">
        <span className="max-wide:sr-only" lang={chapter.language}>
          {current?.title ?? ""}
        </span>
      </span>
      {current !== undefined && (
        <span className="shrink-0">
          <CheckButton step={current.id} label={words("step.check-number", { number: index + 1 })} />
        </span>
      )}
    </nav>
  );
}
