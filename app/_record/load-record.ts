/** A learner's completion record as it is now, from the database; nothing is signed here. */
import { exerciseOf } from "../../classroom/exercise-of.ts";
import type { Person } from "../../classroom/person.ts";
import { type CompletionRecord, makeRecord } from "../../classroom/record/completion-record.ts";
import type { Course } from "../../content/pipeline/courses.ts";
import type { WebRuntime } from "../../server/web-runtime.ts";

type RecordParts = Pick<WebRuntime, "mode" | "database" | "courses" | "records">;

/** What the person did in the course, in whichever classes and outside of any. */
export async function ownRecord(runtime: RecordParts, person: Person, course: Course): Promise<CompletionRecord> {
  // Whoever runs the server holds its key, and so does everybody who learns alone on their own computer.
  const holdsKey = runtime.mode === "self-paced" || person.role === "administrator";
  // Nobody has told their name to a server of their own; "You" is what its pages call them.
  const name = runtime.mode === "self-paced" ? "Local learner" : person.name;
  return load(runtime, course, { id: person.id, name }, holdsKey, null);
}

/** What a student did in a class. @returns undefined when they are not in it, or its course is not installed */
export async function studentRecord(
  runtime: RecordParts,
  classId: string,
  studentId: string,
): Promise<CompletionRecord | undefined> {
  const { classes, people } = runtime.database;
  const [taught, student, person] = await Promise.all([
    classes.find(classId),
    classes.student(classId, studentId),
    people.find(studentId),
  ]);
  const course = taught && (await runtime.courses()).course(taught.courseId);
  if (!taught || !student || !course) return undefined;
  const place = { id: taught.id, name: taught.name, seat: student.seat.slice(1), group: student.group ?? null };
  const learner = { id: studentId, name: student.displayName };
  return load(runtime, course, learner, person?.role === "administrator", place);
}

async function load(
  { database, records }: RecordParts,
  course: Course,
  learner: CompletionRecord["learner"],
  learnerHoldsKey: boolean,
  inClass: CompletionRecord["class"],
): Promise<CompletionRecord> {
  const exam = course.chapters.find((chapter) => chapter.exercise);
  const only = inClass ? { classId: inClass.id } : {};
  const [kept, exercise] = await Promise.all([
    database.stepPasses.receipts(learner.id, inClass?.id),
    exam && exerciseOf(database, learner.id, `${course.id}/${exam.id}`, exam, only),
  ]);
  const passes = kept.filter(({ stepKey }) => stepKey.startsWith(`${course.id}/`));
  const classIds = [...new Set(passes.flatMap(({ classId }) => classId ?? []))];
  const found = await Promise.all(classIds.map((id) => database.classes.find(id)));
  return makeRecord({
    ...{ issuedAt: new Date(), signedBy: records.fingerprint, quorate: records.quorate },
    keyHeldBy: learnerHoldsKey ? "learner" : "installation",
    ...{ learner, class: inClass, course, passes, exercise },
    classNames: new Map(found.flatMap((one) => (one ? [[one.id, one.name] as const] : []))),
  });
}
