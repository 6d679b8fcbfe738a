/** Hints that were opened; a score names them. */
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";

export interface HintQueries {
  /** Remember it; opening the same one again changes nothing. `level` counts from 1, the gentlest. */
  open(hint: { personId: string; labId: string; stepKey: string; level: number }): Promise<void>;
  /** Levels opened, by step, under `course/chapter`. */
  opened(personId: string, chapterKey: string): Promise<{ stepKey: string; level: number; openedAt: Date }[]>;
}

export function hintQueries(prisma: PrismaClient): HintQueries {
  return {
    open: async (hint) => {
      await prisma.hintOpened.createMany({ data: [{ id: newId(), ...hint }], skipDuplicates: true });
    },
    opened: (personId, chapterKey) =>
      prisma.hintOpened.findMany({
        where: { personId, stepKey: { startsWith: `${chapterKey}/` } },
        orderBy: [{ stepKey: "asc" }, { level: "asc" }],
        select: { stepKey: true, level: true, openedAt: true },
      }),
  };
}
