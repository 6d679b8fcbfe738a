"use client";

/** Asks before the lab is put into another state, and says what is lost. */
import type { ReactNode } from "react";
import { useLatePart } from "../_components/use-late-part.ts";
import { useWords } from "../_words/words.tsx";
import { type Target, whatIsLost } from "./lab-change-words.ts";

// Asked seldom, and only where the server is there to answer.
const loadQuestion = () => import("./lab-question.tsx");

export interface AskedChange {
  target: Target;
  title: string;
  /** What the lab will be, where the title does not say it. */
  about?: ReactNode;
  /** Words of the button that does it. */
  action: string;
}

export function LabChangeDialog({
  asked,
  node,
  onAnswer,
}: {
  asked: AskedChange | undefined;
  node?: string | undefined;
  onAnswer(yes: boolean): void;
}) {
  const words = useWords();
  const question = useLatePart(loadQuestion, asked !== undefined);
  if (!asked) return null;
  if (question.part) {
    return (
      <question.part.LabQuestion
        title={asked.title}
        about={asked.about}
        action={asked.action}
        lost={whatIsLost(words, asked.target, node)}
        onNo={() => onAnswer(false)}
        onYes={() => onAnswer(true)}
      />
    );
  }
  if (!question.failed) return null;
  return (
    <p role="alert" className="mt-2 text-notyet">
      {words("lab.no-server")}{" "}
      <button type="button" className="button" onClick={question.again}>
        {words("desk.try-again")}
      </button>
    </p>
  );
}
