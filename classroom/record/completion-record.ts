/**
 * A completion record: what one learner passed in one course, as data. Signed it is a file that stands for itself.
 *
 * Only what was earned or waived is told, nothing is judged here. Instants are UTC.
 */
import { z } from "zod";
import type { KeptPass } from "../../database/step-passes.ts";
import type { ExerciseStanding } from "../exercise-standing.ts";

export const RECORD_FORMAT = "quorate-record/1";

const passed = z.strictObject({
  at: z.iso.datetime(),
  /** 0 to 1. */
  score: z.number(),
  /** Why an instructor waived it; null when it was earned. */
  waivedFor: z.string().nullable(),
  /** Kind of lab; null where no receipt was kept. */
  lab: z.enum(["simulated", "inventory"]).nullable(),
  /** Done in a group's lab, and credited to its members who were there. */
  asGroup: z.boolean(),
  /** Class in which it was passed. */
  class: z.string().nullable(),
  /** SHA-256 of the text and checks that judged it. */
  contentHash: z.string(),
  /** Of the grader that judged it; null where no receipt was kept. */
  grader: z.string().nullable(),
});

export const completionRecord = z.strictObject({
  format: z.literal(RECORD_FORMAT),
  issuedAt: z.iso.datetime(),
  /** Fingerprint of the key. */
  signedBy: z.string(),
  /** `learner`: whoever learnt could also sign; the record shows no more than that the file is whole. */
  keyHeldBy: z.enum(["installation", "learner"]),
  /** Release and grader of the installation that issued it. */
  quorate: z.string(),
  learner: z.strictObject({ id: z.string(), name: z.string() }),
  /** The class whose work alone is told; null: everything that the learner did in the course. */
  class: z
    .strictObject({ id: z.string(), name: z.string(), seat: z.string(), group: z.string().nullable() })
    .nullable(),
  course: z.strictObject({
    id: z.string(),
    title: z.string(),
    /** Earned; waived ones are counted apart. */
    stepsPassed: z.int(),
    stepsWaived: z.int(),
    steps: z.int(),
    coreStepsPassed: z.int(),
    coreSteps: z.int(),
  }),
  chapters: z.array(
    z.strictObject({
      id: z.string(),
      number: z.int(),
      title: z.string(),
      core: z.boolean(),
      steps: z.array(z.strictObject({ id: z.string(), title: z.string(), passed: passed.nullable() })),
    }),
  ),
  /** The exercise at the end of the course; null where the course has none. */
  exercise: z
    .strictObject({
      chapter: z.string(),
      /** 0 to 1, by the weight of its checks. */
      score: z.number(),
      timesBegun: z.int(),
      begunAt: z.iso.datetime().nullable(),
      passedAt: z.iso.datetime().nullable(),
      seconds: z.int().nullable(),
    })
    .nullable(),
});
export type CompletionRecord = z.infer<typeof completionRecord>;

/** A course as the record needs it; `Course` of the content pipeline fits. */
export interface RecordCourse {
  id: string;
  title: string;
  chapters: {
    id: string;
    number: number;
    title: string;
    core: boolean;
    exercise: boolean;
    steps: { id: string; title: string }[];
  }[];
}

export interface RecordFacts {
  issuedAt: Date;
  signedBy: string;
  keyHeldBy: CompletionRecord["keyHeldBy"];
  quorate: string;
  learner: CompletionRecord["learner"];
  class: CompletionRecord["class"];
  course: RecordCourse;
  passes: readonly KeptPass[];
  /** Names of classes by id. */
  classNames: ReadonlyMap<string, string>;
  exercise: ExerciseStanding | undefined;
}

/** Pure. A step passed on several labs counts once: the first time it was earned, or else waived. */
export function makeRecord(facts: RecordFacts): CompletionRecord {
  const { course, exercise } = facts;
  const chapters = course.chapters.map((chapter) => ({
    id: chapter.id,
    number: chapter.number,
    title: chapter.title,
    core: chapter.core,
    steps: chapter.steps.map(({ id, title }) => {
      const pass = firstOf(facts.passes.filter(({ stepKey }) => stepKey === `${course.id}/${chapter.id}/${id}`));
      return { id, title, passed: pass ? passOf(pass, facts.classNames) : null };
    }),
  }));
  const steps = chapters.flatMap((chapter) => chapter.steps.map((step) => ({ ...step, core: chapter.core })));
  const core = steps.filter((step) => step.core);
  const done = (list: typeof steps) => list.filter((step) => step.passed?.waivedFor === null).length;
  const waived = steps.filter((step) => typeof step.passed?.waivedFor === "string").length;
  const exam = course.chapters.find((chapter) => chapter.exercise);
  return {
    format: RECORD_FORMAT,
    issuedAt: facts.issuedAt.toISOString(),
    signedBy: facts.signedBy,
    keyHeldBy: facts.keyHeldBy,
    quorate: facts.quorate,
    learner: facts.learner,
    class: facts.class,
    course: {
      ...{ id: course.id, title: course.title, stepsPassed: done(steps), stepsWaived: waived },
      steps: steps.length,
      ...{ coreStepsPassed: done(core), coreSteps: core.length },
    },
    chapters,
    exercise: exam && exercise ? exerciseOfRecord(exam.id, exercise) : null,
  };
}

function firstOf(passes: readonly KeptPass[]): KeptPass | undefined {
  const inOrder = [...passes].sort((a, b) => a.passedAt.getTime() - b.passedAt.getTime());
  return inOrder.find(({ waivedFor }) => waivedFor === null) ?? inOrder[0];
}

function passOf(
  { passedAt, score, waivedFor, contentHash, receipt, classId, groupId }: KeptPass,
  classNames: ReadonlyMap<string, string>,
): z.infer<typeof passed> {
  return {
    at: passedAt.toISOString(),
    ...{ score, waivedFor, contentHash },
    lab: receipt?.labBackend ?? null,
    asGroup: groupId !== null,
    class: (classId !== null && classNames.get(classId)) || null,
    grader: receipt?.graderVersion ?? null,
  };
}

function exerciseOfRecord(chapter: string, standing: ExerciseStanding): NonNullable<CompletionRecord["exercise"]> {
  const { score, timesBegun, begunAt, passedAt, tookMs } = standing;
  return {
    ...{ chapter, score, timesBegun },
    begunAt: begunAt?.toISOString() ?? null,
    passedAt: passedAt?.toISOString() ?? null,
    seconds: tookMs === undefined ? null : Math.round(tookMs / 1000),
  };
}
