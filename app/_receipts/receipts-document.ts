/** Receipts as pages and the JSON export show them: every pass with its titles and with what it rests on. */
import { type Course, titlesIn } from "../../content/pipeline/courses.ts";
import type { StepCredits } from "../../database/pass-corrections.ts";
import type { KeptPass } from "../../database/step-passes.ts";
import { inWords } from "../../grader/checks/messages.en.ts";
import type { JudgedAgain, PassReceipt } from "../../grader/receipt.ts";
import type { CheckVerdict } from "../../grader/verdict.ts";

export interface ShownReceipt {
  /** `course/chapter/step`. */
  step: string;
  /** As the course calls it now; the key where it has the step no more. */
  title: string;
  /** `language` is that of both titles. */
  chapter: { number: number; title: string; language: string } | undefined;
  passedAt: string;
  score: number;
  waivedFor: string | undefined;
  lab: string;
  contentHash: string;
  receipt: PassReceipt | undefined;
  /** Of a group's pass: who is credited with it, and what an instructor said about that. */
  credits: ShownCredits | undefined;
  /** Id of what was judged, where it was kept. */
  judgement: string | undefined;
  judgedAgain: JudgedAgain | undefined;
}

export interface ShownCredits {
  credited: string[];
  corrections: { name: string; credited: boolean; reason: string; at: string }[];
}

/**
 * In the order of the course; steps that no course has come last.
 *
 * @param credits of the labs of groups among them
 * @param language of the titles, where the course has them in it
 */
export function shownReceipts(
  passes: readonly KeptPass[],
  courses: readonly Course[],
  credits: readonly StepCredits[] = [],
  language = "en",
): ShownReceipt[] {
  const places = courses.flatMap((course) =>
    course.chapters.flatMap((chapter) =>
      chapter.steps.map((step) => ({ key: `${course.id}/${chapter.id}/${step.id}`, chapter, step })),
    ),
  );
  const place = (key: string) => places.findIndex((candidate) => candidate.key === key);
  const order = (key: string) => (place(key) < 0 ? places.length : place(key));
  return [...passes]
    .sort((a, b) => order(a.stepKey) - order(b.stepKey))
    .map((pass) => {
      const found = places[place(pass.stepKey)];
      const titles = found && titlesIn(found.chapter, language);
      return {
        step: pass.stepKey,
        title: found ? (titles?.steps[found.step.id] ?? found.step.title) : pass.stepKey,
        chapter: titles && { number: found.chapter.number, title: titles.title, language: titles.language },
        passedAt: pass.passedAt.toISOString(),
        score: pass.score,
        waivedFor: pass.waivedFor ?? undefined,
        lab: pass.labId,
        contentHash: pass.contentHash,
        receipt: pass.receipt,
        credits: shownCredits(pass, credits),
        judgement: pass.judgementId ?? undefined,
        judgedAgain: pass.judgedAgain,
      };
    });
}

function shownCredits({ labId, stepKey }: KeptPass, credits: readonly StepCredits[]): ShownCredits | undefined {
  const found = credits.find((one) => one.labId === labId && one.stepKey === stepKey);
  return (
    found && {
      credited: found.credited.map(({ name }) => name),
      corrections: found.corrections.map(({ name, credited, reason, at }) => ({
        ...{ name, credited, reason, at: at.toISOString() },
      })),
    }
  );
}

/** The export: the same, with each check's sentence in words beside its data. */
export function receiptsDocument(learner: string, receipts: readonly ShownReceipt[], exportedAt: Date) {
  return {
    format: "quorate-receipts/1",
    exportedAt: exportedAt.toISOString(),
    learner,
    passes: receipts.map(({ receipt, judgedAgain, ...pass }) => ({
      ...pass,
      ...(receipt && { receipt: withSentences(receipt) }),
      ...(judgedAgain && { judgedAgain: withSentences(judgedAgain) }),
    })),
  };
}

function withSentences<T extends { checks: CheckVerdict[] }>(judged: T) {
  return { ...judged, checks: judged.checks.map((check) => ({ ...check, sentence: inWords(check.message) })) };
}
