/** When the final exercise was begun on a lab, and with which faults. Rows are only ever added. */
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";

export interface ExerciseStart {
  labId: string;
  /** `course/chapter`. */
  chapterKey: string;
  /** What was drawn for the lab, such as `{ memberFault: "ghost" }`. */
  drawn: Record<string, string>;
  startedAt: Date;
}

export interface ExerciseStartQueries {
  record(start: Omit<ExerciseStart, "startedAt"> & { personId: string | null; groupId: string | null }): Promise<void>;
  /** On these labs, oldest first. */
  ofLabs(labIds: readonly string[], chapterKey: string): Promise<ExerciseStart[]>;
}

export function exerciseStartQueries(prisma: PrismaClient): ExerciseStartQueries {
  return {
    record: async (start) => {
      await prisma.exerciseStart.create({ data: { id: newId(), ...start } });
    },
    ofLabs: async (labIds, chapterKey) => {
      const rows = await prisma.exerciseStart.findMany({
        where: { labId: { in: [...labIds] }, chapterKey },
        orderBy: [{ startedAt: "asc" }, { id: "asc" }],
        select: { labId: true, chapterKey: true, drawn: true, startedAt: true },
      });
      return rows.map((row) => ({ ...row, drawn: row.drawn as Record<string, string> }));
    },
  };
}
