/** Whether an answer to a question of the text is right, and what is said about it. Pure. */
import type { QuestionKey } from "./chapter-questions.ts";

/** What a learner gave: indices of choices, or a number. */
export type GivenAnswer = { choices: number[] } | { number: number };

/** `recorded`: a prediction whose step has not passed yet; nothing is told. */
export type AnswerOutcome = "right" | "wrong" | "recorded";

export interface JudgedAnswer {
  outcome: AnswerOutcome;
  /** Explanations, each about one choice (`choice` is its index) or about the whole. */
  notes: { choice?: number; right: boolean; text: string }[];
}

/** @returns undefined when the answer does not fit the question at all */
export function judgeAnswer(key: QuestionKey, given: GivenAnswer, stepPassed: boolean): JudgedAnswer | undefined {
  if (key.kind === "number" ? !("number" in given) : !("choices" in given)) return undefined;
  if ("choices" in given && key.kind !== "number") {
    const chosen = new Set(given.choices);
    if (chosen.size === 0 || [...chosen].some((index) => key.choices[index] === undefined)) return undefined;
    if (key.kind === "one" && chosen.size !== 1) return undefined;
  }
  if (key.after !== undefined && !stepPassed) return { outcome: "recorded", notes: [] };
  if (key.kind === "number") {
    const right = Math.abs((given as { number: number }).number - key.answer) <= key.tolerance;
    return { outcome: right ? "right" : "wrong", notes: [{ right, text: right ? key.why : key.whyNot }] };
  }
  const chosen = new Set((given as { choices: number[] }).choices);
  const right = key.choices.every((choice, index) => choice.right === chosen.has(index));
  // Of what was chosen all is explained; of what was left out only when nothing is left to find, or it was a prediction.
  const notes = key.choices.flatMap((choice, index) => {
    const told = chosen.has(index) || right || (key.after !== undefined && choice.right);
    return told ? [{ choice: index, right: choice.right, text: choice.why }] : [];
  });
  if (!right && key.kind === "several" && notes.every((note) => note.right)) {
    notes.push({ choice: -1, right: false, text: "Something that is right is not chosen yet." });
  }
  return { outcome: right ? "right" : "wrong", notes };
}
