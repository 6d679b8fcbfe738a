/** The state in which a chapter's lab begins, as something that a lab can be put into. */
import { createHash } from "node:crypto";
import type { Fault, LabChange } from "../../labs/labs.ts";
import { withoutUndefined } from "../../labs/without-undefined.ts";
import { drawnVariables, findChapter, labVariables, loadCourses, loadProofs, stageTitle } from "./load-chapter.ts";
import { replay } from "./replay.ts";
import type { LabAction } from "./schemas.ts";

export interface ChapterStart {
  /** What it is called, for readers; undefined for fresh, separate nodes. */
  title: string | undefined;
  /** What to type to come there from fresh nodes, with the learner's own values put in; empty for fresh nodes. */
  byHand(values: Record<string, string>): { node: string; command: string }[];
  /** The change of a lab that leads there; `label` names the state it leaves. */
  change(label: string, lab: { seed: string; variables: Record<string, string> }): LabChange;
  /** The chapter is an exercise: what is drawn for this lab, to be kept with it. Empty for every other chapter. */
  drawn(lab: { seed: string; variables: Record<string, string> }): Record<string, string>;
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
    drawn: (lab) => drawnVariables(chapter.chapter, lab.seed, lab.variables),
    change: (label, lab) => {
      if (stage.actions.length === 0) return { to: "fresh", label };
      // The chapter's values alone, in its order: what else the lab has makes no other stage.
      const variables = {
        ...labVariables(chapter.chapter, lab.variables),
        ...drawnVariables(chapter.chapter, lab.seed, lab.variables),
      };
      return {
        to: "stage",
        label,
        hash: createHash("sha256").update(stage.hash).update(JSON.stringify(variables)).digest("hex"),
        make: (lab, apply) =>
          replay(stage.actions, { lab, variables, stepOutcome: refuse, applyFault: (fault) => apply(faultOf(fault)) }),
      };
    },
  };
}

/** A value that is not known stays as it is written. */
function withValues(text: string, values: Record<string, string>): string {
  return text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (whole, name: string) => values[name] ?? whole);
}

async function refuse(): Promise<never> {
  throw new Error("a stage waits for what nodes say; nobody judges steps while it is made");
}

/** As the lab's backend is asked for it. */
function faultOf(fault: LabAction["lab"]): Fault {
  if ("power" in fault) return { kind: "power", node: fault.power, state: fault.state };
  if ("passSeconds" in fault) throw new Error("a stage waits for what nodes say, and not for a time");
  const { link, ...change } = fault;
  const [one, other] = link.split("-") as [string, string];
  return { kind: "link", between: [one, other], ...withoutUndefined(change) };
}
