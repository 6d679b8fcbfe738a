/** What chapters were judged on, kept to be judged again; and instructors' wishes that it be. */
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

export interface StoredJudgement {
  id: string;
  personId: string;
  labId: string;
  classId: string | null;
  observedAt: Date;
  /** As `packJudgement` of the grader made it. */
  body: Uint8Array<ArrayBuffer>;
}

export interface RegradeRow {
  id: string;
  classId: string;
  /** `course`, `course/chapter` or `course/chapter/step`. */
  keyPrefix: string;
  askedById: string | null;
  askedAt: Date;
  finishedAt: Date | null;
  /** As the grader wrote it. */
  result: unknown;
  trouble: string | null;
}

export interface JudgementQueries {
  save(judgement: Omit<StoredJudgement, "id"> & { chapterKey: string }): Promise<string>;
  /** Of these, the ones that no attempt and no pass came to stand on. */
  drop(ids: readonly string[]): Promise<void>;
  find(id: string): Promise<StoredJudgement | undefined>;
  /** The newest of a lab, of whichever chapter, if it is not older. */
  latestOfLab(labId: string, since: Date): Promise<StoredJudgement | undefined>;
  /** Those of a class and chapter, by person and then by time, a page at a time. */
  page(
    classId: string,
    chapterKey: string,
    after: Pick<StoredJudgement, "personId" | "observedAt" | "id"> | undefined,
    limit: number,
  ): Promise<StoredJudgement[]>;
  /** Ask for a class to be judged again; sends a `regrade` notice. A wish that waits already is the same one. */
  ask(wish: { classId: string; keyPrefix: string; askedById: string | null }): Promise<string>;
  /** Take one that waits, for `forMs`; others leave it alone meanwhile. */
  claim(forMs: number): Promise<RegradeRow | undefined>;
  /** Work goes on: hold it for `forMs` more. */
  hold(id: string, forMs: number): Promise<void>;
  finish(id: string, end: { result: object } | { trouble: string }): Promise<void>;
  /** The latest of a class, newest first. */
  ofClass(classId: string, limit: number): Promise<RegradeRow[]>;
}

export function judgementQueries(prisma: PrismaClient, notices: Notices): JudgementQueries {
  const shown = { id: true, personId: true, labId: true, classId: true, observedAt: true, body: true } as const;
  return {
    save: async (judgement) => {
      const id = newId();
      await prisma.judgement.create({ data: { id, ...judgement } });
      return id;
    },
    drop: async (ids) => {
      await prisma.judgement.deleteMany({
        where: { id: { in: [...ids] }, attempts: { none: {} }, stepPasses: { none: {} } },
      });
    },
    find: async (id) => (await prisma.judgement.findUnique({ where: { id }, select: shown })) ?? undefined,
    latestOfLab: async (labId, since) =>
      (await prisma.judgement.findFirst({
        where: { labId, observedAt: { gte: since } },
        orderBy: [{ observedAt: "desc" }, { id: "desc" }],
        select: shown,
      })) ?? undefined,
    page: (classId, chapterKey, after, limit) =>
      prisma.judgement.findMany({
        where: {
          ...{ classId, chapterKey },
          ...(after && {
            OR: [
              { personId: { gt: after.personId } },
              { personId: after.personId, observedAt: { gt: after.observedAt } },
              { personId: after.personId, observedAt: after.observedAt, id: { gt: after.id } },
            ],
          }),
        },
        orderBy: [{ personId: "asc" }, { observedAt: "asc" }, { id: "asc" }],
        take: limit,
        select: shown,
      }),
    ask: async (wish) => {
      const id = await prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`regrade ${wish.classId}`}, 0))`;
        const { classId, keyPrefix } = wish;
        const waiting = await tx.regrade.findFirst({ where: { classId, keyPrefix, finishedAt: null } });
        return waiting?.id ?? (await tx.regrade.create({ data: { id: newId(), ...wish } })).id;
      });
      await notices.send({ topic: "regrade", classId: wish.classId });
      return id;
    },
    claim: async (forMs) => {
      const [row] = await prisma.$queryRaw<RegradeRow[]>`
        UPDATE regrade SET held_until = now() + ${forMs}::double precision * interval '1 millisecond'
        WHERE id = (
          SELECT id FROM regrade WHERE finished_at IS NULL AND (held_until IS NULL OR held_until <= now())
          ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING id, class_id AS "classId", key_prefix AS "keyPrefix", asked_by_id AS "askedById",
                  asked_at AS "askedAt", finished_at AS "finishedAt", result, trouble`;
      return row;
    },
    hold: async (id, forMs) => {
      await prisma.$executeRaw`
        UPDATE regrade SET held_until = now() + ${forMs}::double precision * interval '1 millisecond'
        WHERE id = ${id} AND finished_at IS NULL`;
    },
    finish: async (id, end) => {
      const data = "result" in end ? { result: end.result as Prisma.InputJsonValue } : end;
      const { count } = await prisma.regrade.updateMany({
        where: { id, finishedAt: null },
        data: { ...data, finishedAt: new Date() },
      });
      const row = count > 0 ? await prisma.regrade.findUnique({ where: { id }, select: { classId: true } }) : null;
      if (row) await notices.send({ topic: "class", classId: row.classId });
    },
    ofClass: (classId, limit) =>
      prisma.regrade.findMany({
        where: { classId },
        orderBy: [{ askedAt: "desc" }, { id: "desc" }],
        take: limit,
        omit: { heldUntil: true },
      }),
  };
}
