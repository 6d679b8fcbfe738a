/** The state in which a chapter's lab begins, as something that a lab can be put into. */
import { createHash } from "node:crypto";
import type { LabChange } from "../../labs/labs.ts";
import { findChapter, loadCourses, loadProofs, selfPacedVariables, stageTitle } from "./load-chapter.ts";
import { replay } from "./replay.ts";

export interface ChapterStart {
  /** What it is called, for readers; undefined for fresh, separate nodes. */
  title: string | undefined;
  /** What to type to come there from fresh nodes, with the learner's own values put in; empty for fresh nodes. */
  byHand(values: Record<string, string>): { node: string; command: string }[];
  /** The change of a lab that leads there; `label` names the state it leaves. */
  change(label: string, labVariables: Record<string, string>): LabChange;
}

/**
 * Where a chapter begins. A stage is known by the hash of all it is made from, the learner's own values included, so
 * that a made one is never out of date and never somebody else's.
 *
 * @param key `course/chapter`
 * @throws ContentProblems when a file of the stage is broken
 */
export async function chapterStart(key: string): Promise<ChapterStart | undefined> {
  const chapter = findChapter(await loadCourses(), key);
  if (!chapter) return undefined;
  const { stage } = await loadProofs(chapter);
  return {
    title: await stageTitle(chapter.folder, chapter.chapter.stage),
    byHand: (values) =>
      stage.actions.flatMap((action) =>
        "run" in action ? [{ node: action.on, command: withValues(action.run, values) }] : [],
      ),
    change: (label, labVariables) => {
      if (stage.actions.length === 0) return { to: "fresh", label };
      const variables = { ...selfPacedVariables(chapter.chapter), ...labVariables };
      return {
        to: "stage",
        label,
        hash: createHash("sha256").update(stage.hash).update(JSON.stringify(variables)).digest("hex"),
        make: (lab) => replay(stage.actions, { lab, variables, stepOutcome: refuse, applyFault: refuse }),
      };
    },
  };
}

/** A value that is not known stays as it is written. */
function withValues(text: string, values: Record<string, string>): string {
  return text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (whole, name: string) => values[name] ?? whole);
}

async function refuse(): Promise<never> {
  throw new Error("a stage is made by commands alone: it waits for what nodes say, and has no faults");
}
