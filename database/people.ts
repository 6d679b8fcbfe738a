/** People. */
import { LOCAL_LEARNER_ID, type Person } from "../classroom/person.ts";
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";

export interface PeopleQueries {
  find(personId: string): Promise<Person | undefined>;
  /** The one learner of self-paced mode, made on the first call. */
  localLearner(): Promise<Person>;
  /** The first administrator, made on the first call. */
  administrator(): Promise<Person>;
  /** Everybody who may teach, by name. */
  teachers(): Promise<Person[]>;
  /** Somebody who may teach, and is to sign in by an invitation. */
  addInstructor(name: string): Promise<Person>;
  /** An instructor teaches no more: a student from now on, signed out everywhere. Administrators stay. @returns whether there was one */
  endInstructor(personId: string): Promise<boolean>;
  /** The code that signs the person in on another device, as a hash; it ends the one before. */
  setReturnCode(personId: string, codeHash: string): Promise<void>;
  byReturnCode(codeHash: string): Promise<Person | undefined>;
  rename(personId: string, name: string): Promise<void>;
  /** Delete a person with attempts, passes, labs and sign-ins; names in audit records go, the records stay. */
  remove(personId: string): Promise<void>;
}

/** Kept as one way to sign in among better-auth's accounts. */
const returnCodes = "return-code";
const shown = { id: true, name: true, role: true } as const;

export function peopleQueries(prisma: PrismaClient): PeopleQueries {
  const withoutMail = (id: string) => `${id}@no-mail.invalid`;
  return {
    find: async (personId) => (await prisma.person.findUnique({ where: { id: personId }, select: shown })) ?? undefined,
    localLearner: () =>
      prisma.person.upsert({
        where: { id: LOCAL_LEARNER_ID },
        create: { id: LOCAL_LEARNER_ID, name: "You", email: withoutMail(LOCAL_LEARNER_ID), role: "student" },
        update: {},
        select: shown,
      }),
    administrator: () =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('administrator', 0))`;
        const found = await tx.person.findFirst({
          where: { role: "administrator" },
          orderBy: { createdAt: "asc" },
          select: shown,
        });
        if (found) return found;
        const id = newId();
        return tx.person.create({
          data: { id, name: "Administrator", email: withoutMail(id), role: "administrator" },
          select: shown,
        });
      }),
    teachers: () =>
      prisma.person.findMany({
        where: { role: { in: ["instructor", "administrator"] } },
        orderBy: [{ name: "asc" }, { id: "asc" }],
        select: shown,
      }),
    addInstructor: async (name) => {
      const id = newId();
      return prisma.person.create({ data: { id, name, email: withoutMail(id), role: "instructor" }, select: shown });
    },
    endInstructor: async (personId) => {
      const [{ count }] = await prisma.$transaction([
        prisma.person.updateMany({ where: { id: personId, role: "instructor" }, data: { role: "student" } }),
        prisma.signIn.deleteMany({ where: { personId, person: { role: "student" } } }),
      ]);
      return count > 0;
    },
    setReturnCode: async (personId, codeHash) => {
      await prisma.$transaction([
        prisma.account.deleteMany({ where: { personId, providerId: returnCodes } }),
        prisma.account.create({ data: { id: newId(), personId, providerId: returnCodes, accountId: codeHash } }),
      ]);
    },
    byReturnCode: async (codeHash) => {
      const row = await prisma.account.findFirst({
        where: { providerId: returnCodes, accountId: codeHash },
        select: { person: { select: shown } },
      });
      return row?.person;
    },
    rename: async (personId, name) => {
      await prisma.person.update({ where: { id: personId }, data: { name } });
    },
    remove: async (personId) => {
      await prisma.$transaction([
        prisma.auditRecord.updateMany({ where: { actorId: personId }, data: { actorId: null, actorName: null } }),
        prisma.auditRecord.updateMany({ where: { ownerId: personId }, data: { ownerId: null } }),
        prisma.person.delete({ where: { id: personId } }),
      ]);
    },
  };
}
