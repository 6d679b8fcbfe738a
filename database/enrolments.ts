/** A student's places in classes, as the student chooses and instructors correct them. */
import type { Prisma, PrismaClient } from "./generated/client.ts";
import type { Notices } from "./notify.ts";

/** A class that somebody learns in now. */
export interface AttendedClass {
  classId: string;
  className: string;
  courseId: string;
  displayName: string;
  /** As `s7`. */
  seat: string;
  startsAt: Date | null;
  endsAt: Date | null;
  timeZone: string;
  /** Of several classes of one course, the one whose lab the chapters open. */
  chosen: boolean;
}

export type SeatMoved =
  | { kind: "moved"; labIds: string[] }
  | { kind: "unknown" }
  /** Real nodes belong to the seats, and those of the other seat are taken by a lab of another class. */
  | { kind: "nodes-taken" };

export interface EnrolmentQueries {
  /** The classes a person learns in, none archived, newest first. */
  attended(personId: string): Promise<AttendedClass[]>;
  /** From now on the person's chapters of that course open in this class. @returns false when they are no student there */
  choose(classId: string, personId: string): Promise<boolean>;
  /** Mail addresses that students gave, by person. */
  emails(classId: string): Promise<Map<string, string>>;
  /**
   * Put a student at another seat; whoever sits there changes places with them. Their labs and the values in them stay,
   * except that labs on real nodes move to the nodes of the new seats where the inventory names its seats so.
   *
   * @param seat as `s7`
   * @returns labs that stand on other nodes now
   */
  moveToSeat(classId: string, personId: string, seat: string): Promise<SeatMoved>;
}

export function enrolmentQueries(prisma: PrismaClient, notices: Notices): EnrolmentQueries {
  return {
    attended: async (personId) => {
      const rows = await prisma.enrolment.findMany({
        where: { personId, role: "student", leftAt: null, class: { archivedAt: null } },
        // As `seatOf` of classes.ts chooses.
        orderBy: [{ chosenAt: { sort: "desc", nulls: "last" } }, { joinedAt: "desc" }, { id: "desc" }],
        include: { class: true, seats: { take: 1 } },
      });
      const courses = new Set<string>();
      return rows.map(({ class: attended, displayName, seats }) => {
        const chosen = !courses.has(attended.courseId);
        courses.add(attended.courseId);
        const { id: classId, name: className, courseId, startsAt, endsAt, timeZone } = attended;
        return {
          ...{ classId, className, courseId, displayName, seat: seats[0]?.name ?? "" },
          ...{ startsAt, endsAt, timeZone, chosen },
        };
      });
    },
    choose: async (classId, personId) => {
      const { count } = await prisma.enrolment.updateMany({
        where: { classId, personId, role: "student", leftAt: null, class: { archivedAt: null } },
        data: { chosenAt: new Date() },
      });
      return count > 0;
    },
    emails: async (classId) => {
      const rows = await prisma.enrolment.findMany({
        where: { classId, email: { not: null } },
        select: { personId: true, email: true },
      });
      return new Map(rows.map(({ personId, email }) => [personId, email ?? ""]));
    },
    moveToSeat: async (classId, personId, name) => {
      const moved = await prisma.$transaction(async (tx): Promise<SeatMoved> => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`class ${classId}`}, 0))`;
        const own = await tx.seat.findFirst({ where: { classId, enrolment: { personId, leftAt: null } } });
        if (!own) return { kind: "unknown" };
        if (own.name === name) return { kind: "moved", labIds: [] };
        const other = await tx.seat.findUnique({ where: { classId_name: { classId, name } } });
        const labs = [
          { labId: own.labId, to: name },
          { labId: other?.labId ?? null, to: own.name },
        ].flatMap(({ labId, to }) => (labId === null ? [] : [{ labId, to }]));
        const labIds = await moveToNodes(tx, labs);
        if (labIds === undefined) return { kind: "nodes-taken" };
        // Names are unique in a class: through one that no seat has.
        if (other) await tx.seat.update({ where: { id: other.id }, data: { name: `moving ${other.id}` } });
        await tx.seat.update({ where: { id: own.id }, data: { name } });
        if (other) await tx.seat.update({ where: { id: other.id }, data: { name: own.name } });
        return { kind: "moved", labIds };
      });
      if (moved.kind === "moved") await notices.send({ topic: "class", classId });
      return moved;
    },
  };
}

/** @returns labs that stand on other nodes now; undefined, and nothing changed, when those are taken by somebody else */
async function moveToNodes(
  tx: Prisma.TransactionClient,
  labs: { labId: string; to: string }[],
): Promise<string[] | undefined> {
  const moves = [];
  for (const { labId, to } of labs) {
    const from = await tx.inventorySeat.findUnique({ where: { labId } });
    if (!from || from.name === to) continue;
    const where = { inventoryId_name: { inventoryId: from.inventoryId, name: to } };
    const target = await tx.inventorySeat.findUnique({ where });
    // An inventory that names its seats in another way gives nodes by order: the lab keeps the ones it has.
    if (!target) continue;
    if (target.labId !== null && !labs.some((one) => one.labId === target.labId)) return undefined;
    moves.push({ labId, where });
  }
  for (const { labId } of moves) await tx.inventorySeat.update({ where: { labId }, data: { labId: null } });
  for (const { labId, where } of moves) await tx.inventorySeat.update({ where, data: { labId } });
  return moves.map(({ labId }) => labId);
}
