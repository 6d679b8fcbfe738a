/** The lab of a learner or their group, made when there is none; its nodes are made by whoever asks first. */
import type { Course } from "../../content/pipeline/courses.ts";
import { seatVariables, selfPacedVariables } from "../../content/pipeline/variables.ts";
import type { ClassSeat } from "../../database/classes.ts";
import type { Database } from "../../database/database.ts";
import type { Lab } from "../../database/labs.ts";

export interface LabPlace {
  /** Undefined for one who learns alone. */
  seat: ClassSeat | undefined;
  /** The values of every chapter at once: the lab is one for all of them. */
  values: Record<string, string>;
}

export async function labPlace(
  { classes }: Pick<Database, "classes">,
  personId: string,
  course: Course,
  classId?: string,
): Promise<LabPlace> {
  const seat = await classes.seatOf(personId, course.id, classId);
  const values = Object.assign(
    {},
    ...course.chapters.map((one) => (seat ? seatVariables(one, seat.code) : selfPacedVariables(one))),
  ) as Record<string, string>;
  return { seat, values };
}

export async function ownLab(
  { labs }: Pick<Database, "labs">,
  personId: string,
  courseId: string,
  nodes: string[],
  { seat, values }: LabPlace,
): Promise<Lab> {
  const { lab } = await labs.findOrCreate({
    ...{ personId, courseId, nodes, variables: values },
    ...{ classId: seat?.classId, groupId: seat?.groupId },
  });
  return lab;
}
