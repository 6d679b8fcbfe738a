/** Groups of a class: students who share one lab. */
import type { Prisma, PrismaClient } from "./generated/client.ts";
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
  /**
   * Deal the class's students out anew, in the order of their seats; those who come later follow `placeLate`.
   * @param count 0: a lab for each student
   */
  deal(classId: string, count: number): Promise<void>;
  /** Put students who came just now, and are in no group, into the smallest of a class that is dealt out. */
  placeLate(classId: string, personIds: readonly string[]): Promise<void>;
  /** In the order of their seats; empty ones too. */
  all(classId: string): Promise<ClassGroup[]>;
  /** Members who were there since: a page of the lab open, or keys typed in it. */
  presentSince(groupId: string, since: Date): Promise<string[]>;
  /** Somebody has the lab on screen or typed in it, now. */
  seen(labId: string, personId: string): Promise<void>;
}

export function groupQueries(prisma: PrismaClient, notices: Notices): GroupQueries {
  const locked = <T>(classId: string, act: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> =>
    prisma.$transaction(
      async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`class ${classId}`}, 0))`;
        return act(tx);
      },
      { timeout: 60_000 },
    );
  return {
    put: async (classId, personId, name) => {
      const done = await locked(classId, async (tx) => {
        const there = await tx.enrolment.count({ where: { classId, personId, role: "student", leftAt: null } });
        if (there === 0) return false;
        await place(tx, classId, personId, name);
        return true;
      });
      await notices.send({ topic: "class", classId });
      return done;
    },
    deal: async (classId, count) => {
      await locked(classId, async (tx) => {
        await tx.class.update({ where: { id: classId }, data: { groupCount: count } });
        const seats = await tx.seat.findMany({
          where: { classId, enrolment: { role: "student", leftAt: null } },
          select: { name: true, enrolment: { select: { personId: true } } },
        });
        const people = seats
          .sort((a, b) => Number(a.name.slice(1)) - Number(b.name.slice(1)))
          .flatMap(({ enrolment }) => enrolment?.personId ?? []);
        for (const [at, personId] of people.entries()) {
          await place(tx, classId, personId, count === 0 ? undefined : groupName((at % count) + 1));
        }
      });
      await notices.send({ topic: "class", classId });
    },
    placeLate: async (classId, personIds) => {
      // Without groups nobody's lock is needed. Who deals them out now sees these people: they joined under the same lock.
      const now = await prisma.class.findUniqueOrThrow({ where: { id: classId }, select: { groupCount: true } });
      if (now.groupCount === 0) return;
      const placed = await locked(classId, async (tx) => {
        const { groupCount } = await tx.class.findUniqueOrThrow({ where: { id: classId } });
        if (groupCount === 0) return false;
        const groups = await tx.group.findMany({ where: { classId }, include: { members: true } });
        const grouped = new Set(groups.flatMap(({ members }) => members.map(({ personId }) => personId)));
        const sizes = new Map(groups.map(({ name, members }) => [name, members.length]));
        const names = Array.from({ length: groupCount }, (_, at) => groupName(at + 1));
        const size = (name: string) => sizes.get(name) ?? 0;
        for (const personId of personIds) {
          if (grouped.has(personId)) continue;
          const name = names.reduce((least, one) => (size(one) < size(least) ? one : least));
          sizes.set(name, size(name) + 1);
          await place(tx, classId, personId, name);
        }
        return true;
      });
      if (placed) await notices.send({ topic: "class", classId });
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

const groupName = (number: number) => `Group ${number}`;

/** Into the group of that name, made when there is none, and out of any other. The caller holds the class's lock. */
async function place(
  tx: Prisma.TransactionClient,
  classId: string,
  personId: string,
  name: string | undefined,
): Promise<void> {
  await tx.groupMember.deleteMany({ where: { personId, group: { classId } } });
  if (name === undefined) return;
  let group = await tx.group.findUnique({ where: { classId_name: { classId, name } } });
  if (!group) {
    const seats = await tx.seat.findMany({ where: { classId }, select: { name: true } });
    const number = Math.max(0, ...seats.map((seat) => Number(/^g(\d+)$/.exec(seat.name)?.[1] ?? 0))) + 1;
    group = await tx.group.create({ data: { id: newId(), classId, name } });
    await tx.seat.create({ data: { id: newId(), classId, name: `g${number}`, groupId: group.id } });
  }
  await tx.groupMember.create({ data: { groupId: group.id, personId } });
}
