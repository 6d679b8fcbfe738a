/**
 * The shapes of an author's files. `docs/authoring.md` explains every field; a test holds the two together.
 *
 * Ids are forever: they are the keys of attempts and exports. A changed one lists the old one under `was`.
 */
import { z } from "zod";

/** Lower-case words with hyphens, as in URLs. */
const id = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "an id is lower-case words joined by hyphens, such as create-a-cluster")
  .max(60, "an id has at most 60 characters");
const was = z.array(id).default([]);
const title = z.string().trim().min(1, "a title cannot be empty").max(120, "a title has at most 120 characters");
const nodeName = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, "a node's name is a host name in lower case, such as pve1");

/** What a lab may be able to do; the words of `labs/labs.ts`. */
export const capabilityNames = [
  "power",
  "cables",
  "latency",
  "stages",
  "resetNode",
  "clock",
  "probe",
  "watchdog",
  "storage",
] as const;

export const courseFile = z.strictObject({
  id,
  was,
  title,
  /** One or two sentences for the list of courses. */
  summary: z.string().trim().min(1),
  /** Ids of chapters that once existed; they are never used again. */
  retired: z.array(id).default([]),
});

/** `course.es.yaml`: a course's words in another language. */
export const courseTitlesFile = z.strictObject({
  title,
  summary: z.string().trim().min(1),
  /** Stage -> what the state is, for those that chapters begin with. */
  stages: z.record(z.string(), title).default({}),
});

/** `titles.es.yaml`: a chapter's titles in another language, beside `text.es.mdx`. */
export const titlesFile = z.strictObject({
  title,
  aim: z.string().trim().max(300).default(""),
  /** Step id -> title. */
  steps: z.record(id, title).default({}),
});

/** `glossary.en.yaml`: words of the trade, in alphabetical order of their titles. */
export const glossaryFile = unique(
  z.array(
    z.strictObject({
      id,
      /** As it is written in a text. */
      term: title,
      /** One to three plain sentences. */
      text: z.string().trim().min(1).max(600, "at most 600 characters: a hover card, not a chapter"),
      /** Id of the chapter that explains it. */
      chapter: id.optional(),
    }),
  ),
  "term",
);

/** `glossary.es.yaml`: the same words in another language, in the order of its own alphabet. */
export const glossaryTranslationFile = unique(
  z.array(z.strictObject({ id, term: title, text: z.string().trim().min(1).max(600, "at most 600 characters") })),
  "term",
);

/** `commands.es.yaml`: the same commands; `form` where its placeholders are words. */
export const commandsTranslationFile = z.array(
  z.strictObject({
    command: z.string().trim().min(1),
    form: z.string().trim().min(1).optional(),
    does: z.string().trim().min(1).max(400),
  }),
);

/** `commands.en.yaml`: what the commands of the course do. */
export const commandsFile = z.array(
  z.strictObject({
    /** As it begins in the course's texts: `qm migrate`. */
    command: z.string().trim().min(1),
    /** With its arguments: `qm migrate VMID NODE [--online]`. */
    form: z.string().trim().min(1),
    does: z.string().trim().min(1).max(400),
    /** Changes something; without it the command only looks. */
    changes: z.boolean().default(false),
  }),
);

/** A value of the learner's own. `{code}` stands for four letters or digits that belong to the learner's seat. */
const ownVariable = z.strictObject({
  /** What it is, for the author of texts and for the instructor. */
  title,
  /** Its value for a learner who is alone. */
  selfPaced: z.string().min(1),
  /** Its value in a class, different for each seat. */
  perLearner: z.string().includes("{code}", { message: "must contain {code}, or two seats get the same value" }),
});

/** A value that is drawn for each lab, by its seed, and kept with it. No page shows it: stages and proofs use it. */
const drawnVariable = z.strictObject({
  title,
  oneOf: z
    .array(id)
    .min(2, "at least two values to draw from")
    .refine((values) => new Set(values).size === values.length, "two values are the same"),
});

const variable = z.union([ownVariable, drawnVariable]);

const checkEntry = z.strictObject({
  id,
  was,
  /** Share of the step's score against the step's other checks. */
  weight: z.number().positive("a weight is above 0").default(1),
});

const stepEntry = z.strictObject({
  id,
  was,
  title,
  /** Passed at a moment of the work (a node is off), and not meant to be true at the end; a pass is kept all the same. */
  moment: z.boolean().default(false),
  checks: unique(z.array(checkEntry).min(1, "a step has at least one check"), "check"),
});

export const chapterFile = z
  .strictObject({
    id,
    was,
    title,
    /** What the learner can do afterwards, in one or two sentences. */
    aim: z.string().trim().max(300, "an aim has at most 300 characters").default(""),
    /** How long it takes a learner who is new to it. */
    minutes: z.int().min(1).max(240),
    /** Part of the shortest way through the course. */
    core: z.boolean().default(false),
    /** The exercise at the end of a course: it is begun by a button, timed, and its score stands in the record. */
    exercise: z.boolean().default(false),
    lab: z.strictObject({
      /** Chapters of a course that name the same lab go on in the same lab. */
      name: id,
      nodes: z.array(nodeName).min(1).max(8),
    }),
    /** Capabilities without which the chapter cannot be done by clicks alone; its text then says what to do by hand. */
    needs: z.array(z.enum(capabilityNames)).default([]),
    variables: z
      .record(z.string().regex(/^[a-z][A-Za-z0-9]*$/, "a variable's name is camelCase, such as clusterName"), variable)
      .default({}),
    /** None for a chapter that is read and played with only. */
    steps: unique(z.array(stepEntry), "step"),
    /** The state the lab starts from: `fresh`, or a file in the course's `stages/` without `.yaml`. */
    stage: id.default("fresh"),
  })
  .superRefine((chapter, context) => {
    const seen = new Set<string>();
    chapter.lab.nodes.forEach((name, index) => {
      if (seen.has(name))
        context.addIssue({ code: "custom", path: ["lab", "nodes", index], message: `${name} is listed twice` });
      seen.add(name);
    });
  });

/** What a program asks, and what is typed then. `{{password.pve1}}` and the chapter's variables may be used. */
const answer = z.strictObject({
  /** A part of the prompt as it appears on the screen; white space is compared loosely. */
  prompt: z.string().min(1),
  /** Typed after the prompt appeared, followed by Enter. */
  type: z.string(),
});

const outcome = z.enum(["passed", "not-yet", "could-not-check"]);

/** A node's name, or `{{variable}}` that holds one. */
const nodeToUse = z.union([nodeName, z.string().regex(/^\{\{[a-z][A-Za-z0-9]*\}\}$/)], {
  error: "a node's name, such as pve1, or a variable that holds one, such as {{awayNode}}",
});

const runAction = z.strictObject({
  on: nodeToUse,
  run: z.string().min(1),
  answer: z.array(answer).default([]),
  /** The exit status it must end with; absent: any (`pvecm add` ends with 0 even when it failed). */
  exit: z.int().min(0).max(255).optional(),
});

const labAction = z.strictObject({
  lab: z.union([
    z.strictObject({ power: nodeToUse, state: z.enum(["on", "off", "hung"]) }),
    /** Seconds of the lab's own time while nobody is logged in: a node that resets itself has nobody who waits in it. */
    z.strictObject({ passSeconds: z.number().int().min(1).max(600) }),
    z.strictObject({
      link: z
        .string()
        .regex(/^[a-z0-9-]+?-[a-z0-9-]+$/, "a link is two node names joined by a hyphen, such as pve1-pve3"),
      network: z.string().min(1).optional(),
      direction: z.enum(["both", "forward"]).optional(),
      up: z.boolean().optional(),
      latencyMs: z.number().min(0).optional(),
      lossPercent: z.number().min(0).max(100).optional(),
    }),
  ]),
});

const untilAction = z.strictObject({
  until: z.union([
    /** A command run again and again on a node until it ends with this status (0 if not said). */
    z.strictObject({ on: nodeToUse, run: z.string().min(1), exit: z.int().min(0).max(255).default(0) }),
    /** Every check of a step has this verdict. */
    z.strictObject({ step: id, is: outcome.default("passed") }),
  ]),
});

/** What is done only where the lab's variables have these values; all of them must fit. */
const whenAction = z.strictObject({
  when: z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)])),
  do: z.array(z.lazy(() => action)).min(1, "at least one action is needed"),
});

/** One thing to do. Never a time to wait: an `until` names the state that is waited for. */
export const action: z.ZodType<Action> = z.unknown().transform((value, context): Action => {
  const schema = actionSchema(value);
  if (schema === undefined) {
    context.addIssue({ code: "custom", message: "expected one of: on + run, lab, until, when + do" });
    return z.NEVER;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as never);
  return z.NEVER;
});

function actionSchema(value: unknown): z.ZodType<Action> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if ("run" in value || "on" in value) return runAction;
  if ("lab" in value) return labAction;
  if ("until" in value) return untilAction;
  if ("when" in value) return whenAction;
  return undefined;
}

const actions = z.array(action).min(1, "at least one action is needed");

/** `solve.yaml`: what a learner who knows it would do, in order. */
export const solveFile = actions;

/** `wrong/NAME.yaml`: a state a learner may well arrive at, and what each check must say about it. */
export const wrongFile = z.strictObject({
  /** What went wrong, in words. */
  title,
  /** Values of drawn variables that this state needs; the others have their first one. */
  draw: z.record(z.string(), z.string()).default({}),
  do: actions,
  /** `step/check` -> outcome, for every check of the chapter. */
  verdicts: z.record(
    z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, "expected step/check"),
    z.enum([...outcome.options, "any"]),
  ),
  /** `step/check` -> id of the message that must be given: for a wrong-but-close state that has its own sentence. */
  messages: z.record(z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, "expected step/check"), z.string()).default({}),
});

/** `stages/NAME.yaml`: a prepared state, made from another one. */
export const stageFile = z.strictObject({
  title,
  /** `fresh`, or another stage of the course. */
  from: id.default("fresh"),
  do: actions,
});

/** An array whose entries have different ids. */
function unique<T extends z.ZodType<{ id: string }[]>>(schema: T, noun: string) {
  return schema.superRefine((entries, context) => {
    const seen = new Set<string>();
    entries.forEach((entry, index) => {
      if (seen.has(entry.id)) {
        context.addIssue({ code: "custom", path: [index, "id"], message: `a second ${noun} with the id ${entry.id}` });
      }
      seen.add(entry.id);
    });
  });
}

export type CourseTitles = z.infer<typeof courseTitlesFile>;
export type ChapterTitles = z.infer<typeof titlesFile>;
export type GlossaryTerm = z.infer<typeof glossaryFile>[number];
export type CommandEntry = z.infer<typeof commandsFile>[number];
export type CourseFile = z.infer<typeof courseFile>;
export type ChapterFile = z.infer<typeof chapterFile>;
export type RunAction = z.infer<typeof runAction>;
export type LabAction = z.infer<typeof labAction>;
export type UntilAction = z.infer<typeof untilAction>;
/** Written out, as it holds actions itself. */
export interface WhenAction {
  when: Record<string, string | string[]>;
  do: Action[];
}
export type Action = RunAction | LabAction | UntilAction | WhenAction;
export type WrongFile = z.infer<typeof wrongFile>;
export type StageFile = z.infer<typeof stageFile>;
