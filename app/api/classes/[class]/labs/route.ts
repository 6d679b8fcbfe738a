import { z } from "zod";
import type { ChapterStart } from "../../../../../content/pipeline/chapter-start.ts";
import type { Course } from "../../../../../content/pipeline/courses.ts";
import type { StudentStanding } from "../../../../../database/classes.ts";
import type { Lab } from "../../../../../database/labs.ts";
import type { LabChange } from "../../../../../labs/labs.ts";
import type { WebRuntime } from "../../../../../server/web-runtime.ts";
import { jsonLines } from "../../../../_class/json-lines.ts";
import type { LabsChanging } from "../../../../_class/labs-changing.ts";
import { labPlace, ownLab } from "../../../../_class/own-lab.ts";
import { labelFor } from "../../../../_course/kept-label.ts";
import { recordExerciseStart } from "../../../exercise-start.ts";
import { forItsTeachers, jsonBody, refusal } from "../../class-request.ts";

const body = z.strictObject({
  /** Everybody of the class, one of its groups by name, or one student. */
  whose: z.union([z.literal("all"), z.strictObject({ group: z.string() }), z.strictObject({ student: z.string() })]),
  to: z.union([z.literal("fresh"), z.strictObject({ chapter: z.string().max(80) })]),
  /** One node alone, as right after its installation. */
  node: z.string().max(40).optional(),
  reason: z.string().trim().min(3).max(300),
});

/** Each runs the commands of a stage in its own lab; two keep a small server's pages quick. */
const AT_ONCE = 2;
/** Classes whose labs are being changed: a second press would lose the first one's work. */
const busy = new Set<string>();

interface Target {
  /** Who has the lab, for the instructor to read. */
  name: string;
  students: StudentStanding[];
}

/**
 * Put the labs of a class, a group or a student into another state, and tell how far it is. What was in each is kept as a
 * restore point; each student can read who did it and why. It goes on when the page is closed.
 */
export async function POST(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]/labs", classId, async ({ runtime, person, taught }) => {
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "Say why, in 3 to 300 characters: the students can read it.");
    if (taught.archivedAt) return refusal(409, "This class is archived and stays as it is.");
    const { whose, to, node, reason } = parsed.data;
    const course = (await runtime.courses()).course(taught.courseId);
    if (!course) return refusal(404, "The course of this class is not installed any more.");
    if (node !== undefined && (to !== "fresh" || typeof whose === "string" || !("student" in whose))) {
      return refusal(400, "One node is made fresh for one student at a time.");
    }
    const label = labelFor({ kept: "before-person", name: person.name });
    const start = to === "fresh" ? undefined : await runtime.chapterStart(`${course.id}/${to.chapter}`);
    const changeOf = changes(start, to, label, node);
    if (!changeOf) return refusal(404, "There is no such chapter.");
    const targets = targetsOf(await runtime.database.classes.standings(classId), whose);
    if (targets.length === 0) return refusal(404, "Nobody is there whose lab could be changed. Reload the page.");
    if (busy.has(classId))
      return refusal(409, "Labs of this class are being changed already. Wait until that is done.");
    busy.add(classId);
    return jsonLines<LabsChanging>(async (tell) => {
      try {
        let done = 0;
        const one = async (target: Target) => {
          const problem = await change(target).catch((error: unknown) => sentenceOf(error));
          done += 1;
          tell({ done, of: targets.length, name: target.name, ...(problem !== undefined && { problem }) });
        };
        const queue = [...targets];
        const work = async () => {
          for (let next = queue.shift(); next; next = queue.shift()) await one(next);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, work));
      } finally {
        busy.delete(classId);
      }
    });

    /** @returns why it could not be done, in a sentence */
    async function change({ students }: Target): Promise<string | undefined> {
      const [first] = students;
      if (!first || !course) return undefined;
      const lab = await labFor(runtime, classId, course, first, to);
      if (!lab) return "There is no lab yet; a fresh one is made when a chapter is opened.";
      const needed = node === undefined ? "stages" : "resetNode";
      if (!(await runtime.labs.capabilities(lab.id)).includes(needed)) {
        return "These real nodes are brought to another state by hand; the inventory names no command for it.";
      }
      await runtime.labs.change(lab.id, changeOf!(lab));
      const { audit, baselines } = runtime.database;
      if (node === undefined) await baselines.retire(lab.id);
      else await baselines.nodeChanged(lab.id, node);
      if (start && to !== "fresh") {
        await recordExerciseStart(runtime.database, lab, `${course.id}/${to.chapter}`, start);
      }
      const where = to === "fresh" ? "fresh" : `chapter ${to.chapter}`;
      for (const { personId } of students) {
        await audit.record({
          actor: person,
          ...{ action: "lab reset", subject: "lab", subjectId: lab.id, ownerId: personId, classId },
          details: { reason, to: node === undefined ? where : `${node} as installed` },
        });
      }
      return undefined;
    }
  });
}

/** @returns how each lab is changed; undefined for a chapter that is not there */
function changes(
  start: ChapterStart | undefined,
  to: z.infer<typeof body>["to"],
  label: string,
  node: string | undefined,
): ((lab: Lab) => LabChange) | undefined {
  if (to === "fresh") return () => ({ to, label, ...(node !== undefined && { node }) });
  return start && ((lab) => start.change(label, lab));
}

/** A lab each, in the order of the seats: a group's is one for all its members. */
function targetsOf(standings: StudentStanding[], whose: z.infer<typeof body>["whose"]): Target[] {
  const wanted = standings.filter(({ personId, group }) => {
    if (whose === "all") return true;
    return "group" in whose ? group === whose.group : personId === whose.student;
  });
  const byLab = Map.groupBy(wanted, ({ group, personId }) => (group === undefined ? personId : `group ${group}`));
  return [...byLab.values()].map((students) => {
    const [first] = students;
    // Who shares the lab is told, too, when one student of a group was meant.
    const all = first?.group === undefined ? students : standings.filter(({ group }) => group === first.group);
    return { name: first?.group ?? first?.displayName ?? "", students: all };
  });
}

/** A stage is put into a lab that was not opened yet, too; fresh nodes are there from the first visit. */
async function labFor(
  { database, labs }: WebRuntime,
  classId: string,
  course: Course,
  student: StudentStanding,
  to: z.infer<typeof body>["to"],
): Promise<Lab | undefined> {
  if (student.labId !== null) return database.labs.find(student.labId);
  if (to === "fresh") return undefined;
  const nodes = course.chapters.find(({ id }) => id === to.chapter)?.lab.nodes ?? [];
  const place = await labPlace(database, student.personId, course, classId);
  const lab = await ownLab(database, student.personId, course.id, nodes, place);
  await labs.create({ labId: lab.id, backend: lab.backend, nodes: lab.nodes, seed: lab.seed });
  return lab;
}

function sentenceOf(error: unknown): string {
  // By name: Next has its own copy of the class.
  if (error instanceof Error && error.name === "LabUnavailable") return error.message;
  console.error("a lab of a class could not be changed", error);
  return "It could not be changed; the log of the web process says why.";
}
