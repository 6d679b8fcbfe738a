/** Students who want an instructor: asked, claimed, ended. */
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

export interface HelpRequest {
  id: string;
  classId: string;
  personId: string;
  /** As the class knows the student. */
  name: string;
  seat: string;
  labId: string | null;
  /** `chapter/step` that was on screen. */
  step: string | null;
  note: string | null;
  askedAt: Date;
  claimedBy: { id: string; name: string } | null;
}

export interface HelpQueries {
  /**
   * Ask for an instructor. A student has one open request: asking again changes its step and note, and keeps its place.
   * @param request.step `chapter/step`
   */
  ask(request: { classId: string; personId: string; step?: string; note?: string }): Promise<void>;
  /** Everybody who waits in a class, longest first. */
  open(classId: string): Promise<HelpRequest[]>;
  /** Say that one goes there; whoever claimed before is replaced. @returns false when it is not open any more */
  claim(classId: string, helpId: string, instructorId: string): Promise<boolean>;
  /** @returns false when it was ended before */
  resolve(classId: string, helpId: string): Promise<boolean>;
  /** The student needs nobody any more. */
  withdraw(classId: string, personId: string): Promise<void>;
}

export function helpQueries(prisma: PrismaClient, notices: Notices): HelpQueries {
  const changed = (classId: string) => notices.send({ topic: "room", classId });
  return {
    ask: async ({ classId, personId, step, note }) => {
      await prisma.$transaction(async (tx) => {
        // Two presses at once make one request.
        const own = `help ${classId} ${personId}`;
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${own}, 0))`;
        const said = { step: step ?? null, note: note ?? null };
        const { count } = await tx.helpRequest.updateMany({ where: { classId, personId, endedAt: null }, data: said });
        if (count > 0) return;
        const seat = await tx.seat.findFirst({ where: { classId, enrolment: { personId } }, select: { labId: true } });
        await tx.helpRequest.create({ data: { id: newId(), classId, personId, labId: seat?.labId ?? null, ...said } });
      });
      await changed(classId);
    },
    open: async (classId) => {
      const rows = await prisma.helpRequest.findMany({
        where: { classId, endedAt: null, person: { enrolments: { some: { classId, leftAt: null } } } },
        orderBy: [{ askedAt: "asc" }, { id: "asc" }],
        include: {
          claimedBy: { select: { id: true, name: true } },
          person: {
            select: { enrolments: { where: { classId }, select: { displayName: true, seats: { take: 1 } }, take: 1 } },
          },
        },
      });
      return rows.map(({ person, endedAt: _, endedBy: __, claimedById: ___, claimedAt: ____, ...row }) => ({
        ...row,
        name: person.enrolments[0]?.displayName ?? "",
        seat: person.enrolments[0]?.seats[0]?.name ?? "",
      }));
    },
    claim: async (classId, helpId, instructorId) => {
      const { count } = await prisma.helpRequest.updateMany({
        where: { id: helpId, classId, endedAt: null },
        data: { claimedById: instructorId, claimedAt: new Date() },
      });
      await changed(classId);
      return count > 0;
    },
    resolve: async (classId, helpId) => {
      const { count } = await prisma.helpRequest.updateMany({
        where: { id: helpId, classId, endedAt: null },
        data: { endedAt: new Date(), endedBy: "instructor" },
      });
      await changed(classId);
      return count > 0;
    },
    withdraw: async (classId, personId) => {
      await prisma.helpRequest.updateMany({
        where: { classId, personId, endedAt: null },
        data: { endedAt: new Date(), endedBy: "student" },
      });
      await changed(classId);
    },
  };
}
