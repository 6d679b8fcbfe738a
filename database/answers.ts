/** Answers to questions of the texts, kept like attempts: only ever added. */
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";

export interface StoredAnswer {
  /** `course/chapter/question`. */
  key: string;
  given: { choices: number[] } | { number: number };
  outcome: "right" | "wrong" | "recorded";
  contentHash: string;
  answeredAt: Date;
}

export interface AnswerQueries {
  add(answer: Omit<StoredAnswer, "answeredAt"> & { personId: string; classId: string | undefined }): Promise<void>;
  /** The newest answer to each question under `course/chapter`. */
  latest(personId: string, chapterKey: string): Promise<StoredAnswer[]>;
  /** How many questions of a course a person has answered rightly at least once, by `course/chapter`. */
  rightByChapter(personId: string, courseId: string): Promise<Map<string, number>>;
}

export function answerQueries(prisma: PrismaClient): AnswerQueries {
  return {
    add: async ({ classId, ...answer }) => {
      await prisma.answer.create({ data: { id: newId(), classId: classId ?? null, ...answer } });
    },
    latest: async (personId, chapterKey) => {
      const rows = await prisma.answer.findMany({
        where: { personId, key: { startsWith: `${chapterKey}/` } },
        orderBy: { answeredAt: "desc" },
        distinct: ["key"],
        select: { key: true, given: true, outcome: true, contentHash: true, answeredAt: true },
      });
      return rows as unknown as StoredAnswer[];
    },
    rightByChapter: async (personId, courseId) => {
      const rows = await prisma.answer.findMany({
        where: { personId, key: { startsWith: `${courseId}/` }, outcome: "right" },
        distinct: ["key"],
        select: { key: true },
      });
      const counts = new Map<string, number>();
      for (const { key } of rows) {
        const chapter = key.split("/").slice(0, 2).join("/");
        counts.set(chapter, (counts.get(chapter) ?? 0) + 1);
      }
      return counts;
    },
  };
}
