/** What instructors say to a class, or to one of its students. */
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

export interface ClassMessage {
  id: string;
  /** Absent: to everybody. */
  toPersonId: string | null;
  /** Empty once the author was deleted. */
  from: string;
  text: string;
  sentAt: Date;
}

/** A day of teaching; older ones are history. */
const RECENT_MS = 24 * 60 * 60_000;
const RECENT_MOST = 50;

export interface ClassMessageQueries {
  /** @param message.toPersonId a student of the class; absent for everybody. @returns false when nobody is there */
  say(message: { classId: string; authorId: string; toPersonId?: string; text: string }): Promise<boolean>;
  /** Of the last day, newest first. */
  recent(classId: string): Promise<ClassMessage[]>;
}

export function classMessageQueries(prisma: PrismaClient, notices: Notices): ClassMessageQueries {
  return {
    say: async ({ classId, authorId, toPersonId, text }) => {
      if (toPersonId !== undefined) {
        const there = await prisma.enrolment.count({ where: { classId, personId: toPersonId, leftAt: null } });
        if (there === 0) return false;
      }
      await prisma.classMessage.create({
        data: { id: newId(), classId, authorId, toPersonId: toPersonId ?? null, text },
      });
      await notices.send({ topic: "room", classId });
      return true;
    },
    recent: async (classId) => {
      const rows = await prisma.classMessage.findMany({
        where: { classId, sentAt: { gte: new Date(Date.now() - RECENT_MS) } },
        orderBy: [{ sentAt: "desc" }, { id: "desc" }],
        take: RECENT_MOST,
        include: { author: { select: { name: true } } },
      });
      return rows.map(({ id, toPersonId, text, sentAt, author }) => ({
        ...{ id, toPersonId, text, sentAt, from: author?.name ?? "" },
      }));
    },
  };
}
