/** Classes: who teaches, who learns, what is open, and the rows of the board. */
import { randomInt } from "node:crypto";
import type { CheckVerdict } from "../grader/verdict.ts";
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

export interface Class {
  id: string;
  name: string;
  courseId: string;
  /** Ids of the chapters that students may open. */
  chapters: string[];
  /** IANA name. */
  timeZone: string;
  /** When it meets; people join from `JOINING_OPENS_BEFORE_MS` before the start until the end. */
  startsAt: Date | null;
  endsAt: Date | null;
  /** Students who come are dealt out to so many groups; 0: a lab for each. */
  groupCount: number;
  /** Absent once nobody may join any more. */
  joinCode: string | null;
  joinUntil: Date | null;
  archivedAt: Date | null;
  createdAt: Date;
}

/** A student's place in a class. */
export interface ClassSeat {
  classId: string;
  className: string;
  /** Unique in the class; part of the learner's own values, such as `lab-s7`; of the group where there is one. */
  code: string;
  /** The lab is this group's. */
  groupId: string | undefined;
  displayName: string;
  chapters: string[];
}

export type Joined =
  | { kind: "joined"; classId: string; personId: string; displayName: string; again: boolean }
  | { kind: "unknown-code" }
  | { kind: "expired"; className: string }
  | { kind: "early"; className: string; opensAt: Date; timeZone: string }
  | { kind: "over"; className: string; endedAt: Date; timeZone: string }
  | { kind: "full"; className: string; most: number };

export interface NewStudent {
  personId: string;
  displayName: string;
  /** As `s7`. */
  seat: string;
}

export interface StudentStanding {
  personId: string;
  displayName: string;
  seat: string;
  /** Name of the group whose lab it is. */
  group: string | undefined;
  labId: string | null;
  /** A page of the lab is open now. */
  present: boolean;
  passes: { stepKey: string; passedAt: Date; waivedFor: string | null; score: number }[];
  checks: { verdict: CheckVerdict; sinceAt: Date; judgedAt: Date }[];
  /** The step that was on screen last; undefined for none of this course. */
  place: { step: string; at: Date } | undefined;
}

export interface ClassAttempt {
  key: string;
  outcome: string;
  verdict: CheckVerdict;
  trigger: string;
  judgedAt: Date;
}

export interface StoredClassAttempt extends ClassAttempt {
  id: string;
  personId: string;
  groupId: string | null;
  labId: string;
  labBackend: string;
  contentHash: string;
}

export interface ClassQueries {
  create(options: {
    name: string;
    courseId: string;
    chapters: string[];
    timeZone: string;
    joinUntil?: Date;
    startsAt?: Date | null;
    endsAt?: Date | null;
    groupCount?: number;
    teacher: { id: string; name: string };
  }): Promise<Class>;
  find(classId: string): Promise<Class | undefined>;
  /** Newest first, with how many students each has. @param teacherId only those this person teaches */
  all(teacherId?: string): Promise<(Class & { students: number })[]>;
  /** Whether the person is an instructor or co-instructor of the class. */
  isTaughtBy(classId: string, personId: string): Promise<boolean>;
  /** Whether the person is a student of the class, which is not archived. */
  isAttendedBy(classId: string, personId: string): Promise<boolean>;
  /** Instructor and co-instructors, in the order they came. */
  teachers(classId: string): Promise<{ id: string; name: string; role: string }[]>;
  /** Let somebody who may teach teach this class, too, or not any more. Whoever made it stays. */
  setCoInstructor(classId: string, teacher: { id: string; name: string }, teaches: boolean): Promise<void>;
  setChapters(classId: string, chapters: string[]): Promise<void>;
  setDates(classId: string, dates: Pick<Class, "startsAt" | "endsAt" | "timeZone">): Promise<void>;
  /** Open or close the joining: closing forgets the code, opening makes a new one. */
  setJoining(classId: string, open: boolean): Promise<void>;
  /** Nobody joins or works in it any more; real nodes that it used are free. */
  archive(classId: string): Promise<void>;
  /**
   * Enrol new students by name, each with a seat; a name that is taken gets a number.
   * @returns in the order given, or undefined when the class would have more than `studentsMost`
   */
  addStudents(classId: string, names: string[]): Promise<NewStudent[] | undefined>;
  /**
   * Enrol whoever has the code: a person who is known, or a new one. Names that are taken get a number: `Ana (2)`.
   * A person who is in the class already stays as they are.
   */
  join(options: { code: string; name: string; personId?: string; email?: string }): Promise<Joined>;
  /** Where the person learns this course: the class chosen or joined last that is not archived, or this class. */
  seatOf(personId: string, courseId: string, classId?: string): Promise<ClassSeat | undefined>;
  /** Every student of a class by seat, with what is passed and judged; or of those with these labs. */
  standings(classId: string, only?: { labIds?: string[]; personId?: string }): Promise<StudentStanding[]>;
  /** One student of a class; undefined for somebody who is not, or not any more. */
  student(classId: string, personId: string): Promise<StudentStanding | undefined>;
  /** Correct the name used in the class; one that is taken gets a number. @returns the name as it is now */
  renameStudent(classId: string, personId: string, name: string): Promise<string | undefined>;
  /** The student is in the class no more; what they passed stays. */
  removeStudent(classId: string, personId: string): Promise<void>;
  /**
   * Delete a class with everything of it: attempts, passes, labs' rows, help, messages, and those of its students who are
   * in no other class and have no lab outside of it. @returns ids of labs whose nodes are to be removed
   */
  remove(classId: string): Promise<{ labIds: string[]; people: number }>;
  /** Every attempt of a class in the order of their ids, a page at a time. @param after id of the last one before */
  attemptsPage(classId: string, after: string | undefined, limit: number): Promise<StoredClassAttempt[]>;
  /** What was judged of one student's step, newest first. */
  attempts(classId: string, personId: string, stepKey: string, limit: number): Promise<ClassAttempt[]>;
}

/** Without 0 O 1 I L U and the like: read aloud, typed on a phone. */
const codeLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 30^8: with 20 wrong tries in ten minutes, found after a million years. */
const codeLength = 8;
/** What one server of the size of a laptop has been thought through for. */
export const studentsMost = 300;

/** Somebody is always in the room before it begins. */
export const JOINING_OPENS_BEFORE_MS = 60 * 60_000;

/** @returns letters that are hard to confuse, such as `K7DM2X9P` */
export function newCode(length = codeLength): string {
  return Array.from({ length }, () => codeLetters[randomInt(codeLetters.length)]).join("");
}

/** A code as somebody typed it: case, spaces and dashes do not matter. */
export function tidyCode(typed: string): string {
  return typed.toUpperCase().replace(/[\s\-–—_.]/g, "");
}

export function classQueries(prisma: PrismaClient, notices: Notices): ClassQueries {
  const changed = (classId: string) => notices.send({ topic: "class", classId });
  const queries: ClassQueries = {
    create: async ({ teacher, joinUntil, ...rest }) => {
      const id = newId();
      return prisma.class.create({
        data: {
          id,
          ...rest,
          joinCode: newCode(),
          joinUntil: joinUntil ?? null,
          enrolments: {
            create: { id: newId(), personId: teacher.id, displayName: teacher.name, role: "instructor" },
          },
        },
      });
    },
    find: async (classId) => (await prisma.class.findUnique({ where: { id: classId } })) ?? undefined,
    all: async (teacherId) => {
      const rows = await prisma.class.findMany({
        where: teacherId
          ? { enrolments: { some: { personId: teacherId, role: { in: ["instructor", "co-instructor"] } } } }
          : {},
        orderBy: { createdAt: "desc" },
        include: { _count: { select: { enrolments: { where: { role: "student", leftAt: null } } } } },
      });
      return rows.map(({ _count, ...row }) => ({ ...row, students: _count.enrolments }));
    },
    isTaughtBy: async (classId, personId) =>
      (await prisma.enrolment.count({
        where: { classId, personId, leftAt: null, role: { in: ["instructor", "co-instructor"] } },
      })) > 0,
    isAttendedBy: async (classId, personId) =>
      (await prisma.enrolment.count({
        where: { classId, personId, leftAt: null, role: "student", class: { archivedAt: null } },
      })) > 0,
    teachers: async (classId) => {
      const rows = await prisma.enrolment.findMany({
        where: { classId, leftAt: null, role: { in: ["instructor", "co-instructor"] } },
        orderBy: [{ joinedAt: "asc" }, { id: "asc" }],
        select: { personId: true, displayName: true, role: true },
      });
      return rows.map(({ personId, displayName, role }) => ({ id: personId, name: displayName, role }));
    },
    setCoInstructor: async (classId, { id: personId, name }, teaches) => {
      if (!teaches) {
        await prisma.enrolment.deleteMany({ where: { classId, personId, role: "co-instructor" } });
      } else {
        await prisma.enrolment.createMany({
          data: [{ id: newId(), classId, personId, displayName: name, role: "co-instructor" }],
          skipDuplicates: true,
        });
      }
      await changed(classId);
    },
    setChapters: async (classId, chapters) => {
      await prisma.class.update({ where: { id: classId }, data: { chapters } });
      await changed(classId);
    },
    setDates: async (classId, { startsAt, endsAt, timeZone }) => {
      await prisma.class.update({ where: { id: classId }, data: { startsAt, endsAt, timeZone } });
      await changed(classId);
    },
    setJoining: async (classId, open) => {
      await prisma.class.update({
        where: { id: classId },
        data: { joinCode: open ? newCode() : null, joinUntil: null },
      });
      await changed(classId);
    },
    archive: async (classId) => {
      await prisma.$transaction(async (tx) => {
        await tx.class.update({ where: { id: classId }, data: { joinCode: null, archivedAt: new Date() } });
        await freeNodes(tx, classId);
      });
      await changed(classId);
    },
    addStudents: async (classId, names) => {
      const made = await prisma.$transaction(
        async (tx) => {
          await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`class ${classId}`}, 0))`;
          const enrolments = await tx.enrolment.findMany({
            where: { classId },
            select: { displayName: true, role: true },
          });
          const students = enrolments.filter(({ role }) => role === "student").length;
          if (students + names.length > studentsMost) return undefined;
          const taken = new Set(enrolments.map((enrolment) => enrolment.displayName));
          const added: NewStudent[] = [];
          for (const name of names) {
            const student = await enrol(tx, { classId, name, taken });
            taken.add(student.displayName);
            added.push(student);
          }
          return added;
        },
        { timeout: 60_000 },
      );
      await changed(classId);
      return made;
    },
    join: async ({ code, name, personId, email }) => {
      const joined = await prisma.$transaction(async (tx): Promise<Joined> => {
        const found = await tx.class.findUnique({ where: { joinCode: tidyCode(code) } });
        if (!found || found.archivedAt) return { kind: "unknown-code" };
        // One at a time for each class: seats are numbered and names told apart.
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`class ${found.id}`}, 0))`;
        if (found.joinUntil && found.joinUntil.getTime() < Date.now()) {
          return { kind: "expired", className: found.name };
        }
        const enrolments = await tx.enrolment.findMany({
          where: { classId: found.id },
          select: { personId: true, displayName: true, role: true },
        });
        const known = enrolments.find((enrolment) => enrolment.personId === personId);
        if (known && personId) {
          // One who was taken out, or left, is back where they were.
          await tx.enrolment.updateMany({
            where: { classId: found.id, personId },
            data: { leftAt: null, chosenAt: new Date() },
          });
          return {
            kind: "joined",
            classId: found.id,
            personId,
            displayName: known.displayName,
            again: true,
          };
        }
        const refused = outOfTime(found, Date.now());
        if (refused) return refused;
        const students = enrolments.filter(({ role }) => role === "student").length;
        if (students >= studentsMost) return { kind: "full", className: found.name, most: studentsMost };
        const taken = new Set(enrolments.map((enrolment) => enrolment.displayName));
        const made = await enrol(tx, {
          ...{ classId: found.id, name, taken },
          ...(personId && { personId }),
          ...(email && { email }),
        });
        return { kind: "joined", classId: found.id, ...made, again: false };
      });
      if (joined.kind === "joined" && !joined.again) await changed(joined.classId);
      return joined;
    },
    seatOf: async (personId, courseId, classId) => {
      const row = await prisma.enrolment.findFirst({
        where: {
          ...{ personId, role: "student", leftAt: null, class: { courseId, archivedAt: null } },
          ...(classId !== undefined && { classId }),
        },
        orderBy: [{ chosenAt: { sort: "desc", nulls: "last" } }, { joinedAt: "desc" }, { id: "desc" }],
        include: { class: true, seats: { take: 1 } },
      });
      const [own] = row?.seats ?? [];
      if (!row || !own) return undefined;
      const group = await prisma.group.findFirst({
        where: { classId: row.classId, members: { some: { personId } } },
        select: { id: true, seats: { take: 1, select: { name: true } } },
      });
      const seat = group?.seats[0] ?? own;
      return {
        classId: row.classId,
        className: row.class.name,
        code: seat.name,
        groupId: group?.id,
        displayName: row.displayName,
        chapters: row.class.chapters,
      };
    },
    standings: async (classId, { labIds, personId: onlyPerson } = {}) => {
      const rows = await prisma.seat.findMany({
        where: {
          classId,
          enrolmentId: { not: null },
          ...(onlyPerson && { enrolment: { personId: onlyPerson } }),
          // Their own lab, or the one of their group.
          ...(labIds && {
            OR: [
              { labId: { in: labIds } },
              {
                enrolment: {
                  person: { memberships: { some: { group: { seats: { some: { labId: { in: labIds } } } } } } },
                },
              },
            ],
          }),
        },
        include: { enrolment: true },
      });
      const members = await prisma.groupMember.findMany({
        where: { group: { classId }, personId: { in: rows.flatMap(({ enrolment }) => enrolment?.personId ?? []) } },
        select: { personId: true, group: { select: { name: true, seats: { take: 1, select: { labId: true } } } } },
      });
      const groupOf = new Map(members.map(({ personId, group }) => [personId, group]));
      const wanted = labIds && new Set(labIds);
      const seats = rows
        .map((row) => {
          const group = row.enrolment ? groupOf.get(row.enrolment.personId) : undefined;
          return { ...row, group: group?.name, labId: group ? (group.seats[0]?.labId ?? null) : row.labId };
        })
        .filter(({ labId }) => !wanted || (labId !== null && wanted.has(labId)));
      const labs = seats.flatMap(({ labId }) => labId ?? []);
      const people = seats.flatMap(({ enrolment }) => enrolment?.personId ?? []);
      const [checks, passes, watches, places] = await Promise.all([
        prisma.checkState.findMany({ where: { labId: { in: labs } }, orderBy: { key: "asc" } }),
        prisma.stepPass.findMany({
          where: { classId, personId: { in: people } },
          orderBy: { passedAt: "asc" },
        }),
        prisma.$queryRaw<{ labId: string }[]>`
          SELECT DISTINCT lab_id AS "labId" FROM watch_lease WHERE wanted_until > now() AND lab_id = ANY(${labs})`,
        prisma.$queryRaw<{ personId: string; step: string; at: Date }[]>`
          SELECT p.person_id AS "personId", p.chapter_id || '/' || p.step_id AS step, p.at
          FROM position p JOIN class c ON c.id = ${classId} AND c.course_id = p.course_id
          WHERE p.person_id = ANY(${people}) AND p.step_id IS NOT NULL`,
      ]);
      const checksOf = Map.groupBy(checks, ({ labId }) => labId);
      const passesOf = Map.groupBy(passes, ({ personId }) => personId);
      const placeOf = new Map(places.map(({ personId, step, at }) => [personId, { step, at }]));
      const present = new Set(watches.map(({ labId }) => labId));
      return seats
        .flatMap(({ name, labId, group, enrolment }): StudentStanding[] => {
          if (!enrolment || enrolment.leftAt) return [];
          const { personId, displayName } = enrolment;
          return [
            {
              ...{ personId, displayName, seat: name, group, labId, present: labId !== null && present.has(labId) },
              passes: passesOf.get(personId) ?? [],
              place: placeOf.get(personId),
              checks: (labId ? (checksOf.get(labId) ?? []) : []).map(({ verdict, sinceAt, judgedAt }) => ({
                ...{ verdict: verdict as unknown as CheckVerdict, sinceAt, judgedAt },
              })),
            },
          ];
        })
        .sort((a, b) => Number(a.seat.slice(1)) - Number(b.seat.slice(1)));
    },
    student: async (classId, personId) => (await queries.standings(classId, { personId }))[0],
    renameStudent: async (classId, personId, name) => {
      const renamed = await prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`class ${classId}`}, 0))`;
        const enrolments = await tx.enrolment.findMany({
          where: { classId },
          select: { personId: true, displayName: true },
        });
        if (!enrolments.some((one) => one.personId === personId)) return undefined;
        const taken = enrolments.filter((one) => one.personId !== personId).map((one) => one.displayName);
        const displayName = freeName(name, new Set(taken));
        await tx.enrolment.update({ where: { classId_personId: { classId, personId } }, data: { displayName } });
        return displayName;
      });
      await changed(classId);
      return renamed;
    },
    removeStudent: async (classId, personId) => {
      await prisma.enrolment.updateMany({
        where: { classId, personId, role: "student" },
        data: { leftAt: new Date() },
      });
      await changed(classId);
    },
    remove: async (classId) => {
      const removed = await prisma.$transaction(async (tx) => {
        const labs = await tx.lab.findMany({ where: { classId }, select: { id: true } });
        const students = await tx.enrolment.findMany({
          where: { classId, role: "student" },
          select: { personId: true },
        });
        const elsewhere = await tx.person.findMany({
          where: {
            id: { in: students.map(({ personId }) => personId) },
            OR: [
              { role: { not: "student" } },
              { enrolments: { some: { classId: { not: classId } } } },
              { labs: { some: { OR: [{ classId: null }, { classId: { not: classId } }] } } },
            ],
          },
          select: { id: true },
        });
        const staying = new Set(elsewhere.map(({ id }) => id));
        const leaving = students.map(({ personId }) => personId).filter((id) => !staying.has(id));
        const gone = { in: leaving };
        await tx.auditRecord.updateMany({ where: { actorId: gone }, data: { actorId: null, actorName: null } });
        await tx.auditRecord.updateMany({ where: { ownerId: gone }, data: { ownerId: null } });
        await tx.attempt.deleteMany({ where: { classId } });
        await tx.stepPass.deleteMany({ where: { classId } });
        await tx.judgement.deleteMany({ where: { classId } });
        await freeNodes(tx, classId);
        await tx.exerciseStart.deleteMany({ where: { labId: { in: labs.map(({ id }) => id) } } });
        await tx.lab.deleteMany({ where: { classId } });
        await tx.class.delete({ where: { id: classId } });
        await tx.person.deleteMany({ where: { id: gone } });
        return { labIds: labs.map(({ id }) => id), people: leaving.length };
      });
      await changed(classId);
      return removed;
    },
    attemptsPage: async (classId, after, limit) => {
      const rows = await prisma.attempt.findMany({
        where: { classId, ...(after && { id: { gt: after } }) },
        orderBy: { id: "asc" },
        take: limit,
      });
      return rows.map(({ weight: _, classId: __, ...row }) => ({
        ...row,
        verdict: row.verdict as unknown as CheckVerdict,
      }));
    },
    attempts: async (classId, personId, stepKey, limit) => {
      const rows = await prisma.attempt.findMany({
        where: { classId, personId, key: { startsWith: `${stepKey}/` } },
        orderBy: [{ judgedAt: "desc" }, { id: "desc" }],
        take: limit,
        select: { key: true, outcome: true, verdict: true, trigger: true, judgedAt: true },
      });
      return rows.map((row) => ({ ...row, verdict: row.verdict as unknown as CheckVerdict }));
    },
  };
  return queries;
}

/** A seat and an enrolment for somebody, who is made when there is no id. The caller holds the class's lock. */
async function enrol(
  tx: Prisma.TransactionClient,
  student: { classId: string; name: string; taken: ReadonlySet<string>; personId?: string; email?: string },
): Promise<NewStudent> {
  const { classId, name, taken, personId, email } = student;
  const displayName = freeName(name, taken);
  const id = personId ?? newId();
  if (!personId) await tx.person.create({ data: { id, name, email: `${id}@no-mail.invalid` } });
  const seats = await tx.seat.findMany({ where: { classId }, select: { name: true } });
  const number = Math.max(0, ...seats.map((seat) => Number(/^s(\d+)$/.exec(seat.name)?.[1] ?? 0))) + 1;
  const enrolmentId = newId();
  await tx.enrolment.create({
    data: {
      ...{ id: enrolmentId, classId, personId: id, displayName, role: "student" },
      // Whoever joins a class is about to work in it.
      ...{ email: email ?? null, chosenAt: new Date() },
    },
  });
  await tx.seat.create({ data: { id: newId(), classId, name: `s${number}`, enrolmentId } });
  return { personId: id, displayName, seat: `s${number}` };
}

/** Real nodes are free for the next class. */
async function freeNodes(tx: Prisma.TransactionClient, classId: string): Promise<void> {
  await tx.inventorySeat.updateMany({ where: { lab: { classId } }, data: { labId: null } });
  await tx.inventory.updateMany({ where: { classId }, data: { inUse: false, classId: null } });
}

/** Why nobody new may join now, by the dates of the class. */
function outOfTime(found: Class, nowMs: number): Joined | undefined {
  const { name: className, timeZone, startsAt, endsAt } = found;
  if (endsAt && endsAt.getTime() < nowMs) return { kind: "over", className, endedAt: endsAt, timeZone };
  const opensAt = startsAt && new Date(startsAt.getTime() - JOINING_OPENS_BEFORE_MS);
  if (opensAt && opensAt.getTime() > nowMs) return { kind: "early", className, opensAt, timeZone };
  return undefined;
}

/** The name, or with a number after it when somebody else in the class has it. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name} (${number})`)) number++;
  return `${name} (${number})`;
}
