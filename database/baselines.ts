/** Baselines: what a lab looked like when a chapter, or one step that says "do it again", began. */
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

export interface Baseline {
  id: string;
  labId: string;
  chapterKey: string;
  stepKey: string | null;
  contentHash: string;
  /** As the grader stored it; it knows the shape. */
  observation: unknown;
  /** Since when it counts: when it was taken, or when the lab went back to a state in which it did. */
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
    /** When the observation began; one from before the lab's last change of state is not kept. */
    observedAt?: Date;
  }): Promise<Baseline | undefined>;
  /** The newest of a chapter, or of a step in it, that still counts. */
  get(labId: string, chapterKey: string, stepKey?: string): Promise<Baseline | undefined>;
  /**
   * The lab was put into another state: none of its baselines counts any more; they stay for the record. Sends a
   * `lab-changed` notice.
   */
  retire(labId: string): Promise<void>;
  /** The whole lab is again as it was at `keptAt`: what counted then counts anew. Sends a `lab-changed` notice. */
  goBack(labId: string, keptAt: Date): Promise<void>;
  /** One node was exchanged: the lab goes on, and its baselines count. Sends a `lab-changed` notice with the node. */
  nodeChanged(labId: string, node: string): Promise<void>;
}

export function baselineQueries(prisma: PrismaClient, notices: Notices): BaselineQueries {
  const changed = (labId: string, node?: string) =>
    notices.send({ topic: "lab-changed", labId, ...(node !== undefined && { node }) });
  return {
    save: async ({ observation, stepKey, observedAt, ...rest }) => {
      const outdated =
        observedAt &&
        (await prisma.chapterBaseline.findFirst({
          where: { labId: rest.labId, retiredAt: { gt: observedAt } },
          select: { id: true },
        }));
      if (outdated) return undefined;
      return prisma.chapterBaseline.create({
        data: {
          id: newId(),
          ...rest,
          stepKey: stepKey ?? null,
          observation: observation as Prisma.InputJsonValue,
          takenAt: new Date(),
        },
      });
    },
    retire: async (labId) => {
      await prisma.chapterBaseline.updateMany({ where: { labId, retiredAt: null }, data: { retiredAt: new Date() } });
      await changed(labId);
    },
    goBack: async (labId, keptAt) => {
      await prisma.$transaction(async (tx) => {
        const counted = await tx.chapterBaseline.findMany({
          where: { labId, takenAt: { lte: keptAt }, OR: [{ retiredAt: null }, { retiredAt: { gte: keptAt } }] },
          orderBy: [{ takenAt: "asc" }, { id: "asc" }],
        });
        const now = new Date();
        await tx.chapterBaseline.updateMany({ where: { labId, retiredAt: null }, data: { retiredAt: now } });
        // As rows of their own: each row says for which time it counted, so that one can go back to any of them.
        await tx.chapterBaseline.createMany({
          data: counted.map(({ observation, ...rest }) => ({
            ...rest,
            ...{ id: newId(), observation: observation as Prisma.InputJsonValue, takenAt: now, retiredAt: null },
          })),
        });
      });
      await changed(labId);
    },
    nodeChanged: changed,
    get: async (labId, chapterKey, stepKey) =>
      (await prisma.chapterBaseline.findFirst({
        where: { labId, chapterKey, stepKey: stepKey ?? null, retiredAt: null },
        orderBy: [{ takenAt: "desc" }, { id: "desc" }],
      })) ?? undefined,
  };
}
