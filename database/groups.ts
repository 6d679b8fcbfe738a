/** Groups of a class: students who share one lab. */
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

export interface ClassGroup {
  id: string;
  name: string;
  /** As `g2`; part of the group's own values. */
  seat: string;
  labId: string | null;
  members: { personId: string; name: string }[];
}

export interface GroupQueries {
  /**
   * Put a student into the group of that name, made when there is none, and out of any other of the class.
   * @param name absent: into no group
   * @returns false for somebody who is no student of the class
   */
  put(classId: string, personId: string, name: string | undefined): Promise<boolean>;
  /** In the order of their seats; empty ones too. */
  all(classId: string): Promise<ClassGroup[]>;
  /** Members who were there since: a page of the lab open, or keys typed in it. */
  presentSince(groupId: string, since: Date): Promise<string[]>;
  /** Somebody has the lab on screen or typed in it, now. */
  seen(labId: string, personId: string): Promise<void>;
}

export function groupQueries(prisma: PrismaClient, notices: Notices): GroupQueries {
  return {
    put: async (classId, personId, name) => {
      const done = await prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`class ${classId}`}, 0))`;
        const there = await tx.enrolment.count({ where: { classId, personId, role: "student", leftAt: null } });
        if (there === 0) return false;
        await tx.groupMember.deleteMany({ where: { personId, group: { classId } } });
        if (name === undefined) return true;
        let group = await tx.group.findUnique({ where: { classId_name: { classId, name } } });
        if (!group) {
          const seats = await tx.seat.findMany({ where: { classId }, select: { name: true } });
          const number = Math.max(0, ...seats.map((seat) => Number(/^g(\d+)$/.exec(seat.name)?.[1] ?? 0))) + 1;
          group = await tx.group.create({ data: { id: newId(), classId, name } });
          await tx.seat.create({ data: { id: newId(), classId, name: `g${number}`, groupId: group.id } });
        }
        await tx.groupMember.create({ data: { groupId: group.id, personId } });
        return true;
      });
      await notices.send({ topic: "class", classId });
      return done;
    },
    all: async (classId) => {
      const rows = await prisma.group.findMany({
        where: { classId },
        include: {
          seats: { take: 1 },
          members: {
            orderBy: { joinedAt: "asc" },
            include: { person: { select: { enrolments: { where: { classId }, select: { displayName: true } } } } },
          },
        },
      });
      return rows
        .map(({ id, name, seats, members }) => ({
          ...{ id, name, seat: seats[0]?.name ?? "", labId: seats[0]?.labId ?? null },
          members: members.map(({ personId, person }) => ({
            personId,
            name: person.enrolments[0]?.displayName ?? "",
          })),
        }))
        .sort((a, b) => Number(a.seat.slice(1)) - Number(b.seat.slice(1)));
    },
    presentSince: async (groupId, since) => {
      const rows = await prisma.groupMember.findMany({
        where: { groupId, seenAt: { gte: since } },
        orderBy: { joinedAt: "asc" },
        select: { personId: true },
      });
      return rows.map(({ personId }) => personId);
    },
    seen: async (labId, personId) => {
      await prisma.groupMember.updateMany({
        where: { personId, group: { labs: { some: { id: labId } } } },
        data: { seenAt: new Date() },
      });
    },
  };
}
