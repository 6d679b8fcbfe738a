/** Baselines: what a lab looked like when a chapter, or one step that says "do it again", began. */
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";

export interface Baseline {
  id: string;
  labId: string;
  chapterKey: string;
  stepKey: string | null;
  contentHash: string;
  /** As the grader stored it; it knows the shape. */
  observation: unknown;
  takenAt: Date;
}

export interface BaselineQueries {
  /** Add one; earlier ones stay for the record. `observation` must be JSON. */
  save(baseline: {
    labId: string;
    chapterKey: string;
    stepKey?: string;
    contentHash: string;
    observation: unknown;
  }): Promise<Baseline>;
  /** The newest of a chapter, or of a step in it. */
  get(labId: string, chapterKey: string, stepKey?: string): Promise<Baseline | undefined>;
}

export function baselineQueries(prisma: PrismaClient): BaselineQueries {
  return {
    save: ({ observation, stepKey, ...rest }) =>
      prisma.chapterBaseline.create({
        data: {
          id: newId(),
          ...rest,
          stepKey: stepKey ?? null,
          observation: observation as Prisma.InputJsonValue,
          takenAt: new Date(),
        },
      }),
    get: async (labId, chapterKey, stepKey) =>
      (await prisma.chapterBaseline.findFirst({
        where: { labId, chapterKey, stepKey: stepKey ?? null },
        orderBy: [{ takenAt: "desc" }, { id: "desc" }],
      })) ?? undefined,
  };
}
