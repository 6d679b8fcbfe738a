/** What a lab's nodes said last: one row for each lab, written by the one grader that observes it. */
import type { LabPicture } from "../labs/lab-picture.ts";
import type { Prisma, PrismaClient } from "./generated/client.ts";
import type { Notices } from "./notify.ts";

export interface LabPictureQueries {
  /** Keep it in place of the one before; sends a `picture` notice. */
  save(labId: string, picture: LabPicture): Promise<void>;
  /** Undefined when nobody has looked yet, or the lab is gone. */
  get(labId: string): Promise<LabPicture | undefined>;
}

export function labPictureQueries(prisma: PrismaClient, notices: Notices): LabPictureQueries {
  return {
    save: async (labId, value) => {
      const picture = value as unknown as Prisma.InputJsonValue;
      const row = { picture, seenAt: new Date(value.takenAtMs) };
      await prisma.labPicture.upsert({ where: { labId }, create: { labId, ...row }, update: row });
      await notices.send({ topic: "picture", labId });
    },
    get: async (labId) => {
      const row = await prisma.labPicture.findUnique({ where: { labId }, select: { picture: true } });
      const picture = row?.picture as unknown as LabPicture | undefined;
      // Of another format: the next look draws it anew.
      return picture?.format === 1 ? picture : undefined;
    },
  };
}
