/** Where a person was last in each course, so that they go on there. */
import type { PrismaClient } from "./generated/client.ts";

export interface Position {
  courseId: string;
  chapterId: string;
  stepId: string | null;
  at: Date;
}

export interface PositionQueries {
  set(personId: string, position: { courseId: string; chapterId: string; stepId?: string | null }): Promise<void>;
  get(personId: string, courseId: string): Promise<Position | undefined>;
  /** The course the person was in last. */
  latest(personId: string): Promise<Position | undefined>;
}

const shown = { courseId: true, chapterId: true, stepId: true, at: true } as const;

export function positionQueries(prisma: PrismaClient): PositionQueries {
  return {
    set: async (personId, { courseId, chapterId, stepId }) => {
      const where = { chapterId, stepId: stepId ?? null, at: new Date() };
      await prisma.position.upsert({
        where: { personId_courseId: { personId, courseId } },
        create: { personId, courseId, ...where },
        update: where,
      });
    },
    get: async (personId, courseId) =>
      (await prisma.position.findUnique({ where: { personId_courseId: { personId, courseId } }, select: shown })) ??
      undefined,
    latest: async (personId) =>
      (await prisma.position.findFirst({ where: { personId }, orderBy: { at: "desc" }, select: shown })) ?? undefined,
  };
}
