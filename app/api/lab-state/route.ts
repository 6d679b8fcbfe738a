import { z } from "zod";
import { may } from "../../../classroom/may.ts";
import type { LabChange } from "../../../labs/labs.ts";
import { webRuntime } from "../../../server/web-runtime.ts";
import { labelFor } from "../../_course/kept-label.ts";
import { recordExerciseStart } from "../exercise-start.ts";
import { learnerNote } from "../learner-note.ts";

const body = z.strictObject({
  course: z.string().max(80),
  chapter: z.string().max(80),
  /** `chapter`: the state in which this chapter's lab begins; `installed`: one node as right after its installation. */
  to: z.enum(["chapter", "restore-point", "installed"]),
  restorePoint: z.string().max(80).optional(),
  /** One node alone; absent: the whole lab. */
  node: z.string().max(40).optional(),
});

/** Put the learner's lab, or one node of it, into another state; what is in it now is kept as a restore point. */
export function POST(request: Request): Promise<Response> {
  return learnerNote(request, body, async ({ database, person, classId, course, chapter, note }) => {
    const lab = await database.labs.ofPerson(person.id, course.id, classId);
    if (!lab || !may(person, "fault-lab", { ownLab: await database.labs.belongsTo(lab.id, person.id) })) {
      return { refused: "lab.none-yet" };
    }
    const runtime = webRuntime();
    const start = await runtime.chapterStart(`${course.id}/${chapter.id}`);
    if (!start) return { refused: "refused.no-chapter" };
    const change = changeOf(note, chapter.number, (label) => start.change(label, lab));
    if (!change) return { refused: "lab.whole-not-installed" };
    let printed: string | undefined;
    // Before the change: keeping what is there now may push out the point that it leads to.
    const goesBackTo =
      change.to === "restore-point" && change.node === undefined
        ? (await runtime.labs.restorePoints(lab.id)).find(({ id }) => id === change.id)
        : undefined;
    try {
      printed = await runtime.labs.change(lab.id, change);
    } catch (error) {
      // By name: Next has its own copy of the class.
      if (error instanceof Error && error.name === "LabUnavailable") return { labSays: error.message };
      throw error;
    }
    if (change.node !== undefined) await database.baselines.nodeChanged(lab.id, change.node);
    else if (goesBackTo) await database.baselines.goBack(lab.id, new Date(goesBackTo.keptAtMs));
    else await database.baselines.retire(lab.id);
    if (note.to === "chapter" && note.node === undefined) {
      await recordExerciseStart(database, lab, `${course.id}/${chapter.id}`, start);
    }
    return printed ? { printed } : undefined;
  });
}

function changeOf(
  note: z.infer<typeof body>,
  chapter: number,
  toChapter: (label: string) => LabChange,
): LabChange | undefined {
  const { node } = note;
  switch (note.to) {
    case "restore-point":
      return {
        to: note.to,
        id: note.restorePoint ?? "",
        label: labelFor({ kept: "left", chapter, node }),
        ...(node !== undefined && { node }),
      };
    case "chapter":
      return { ...toChapter(labelFor({ kept: "before-chapter", chapter, node })), ...(node !== undefined && { node }) };
    case "installed":
      return node === undefined
        ? undefined
        : { to: "fresh", node, label: labelFor({ kept: "before-installed", node }) };
  }
}
