/** When whose terminal of a group's lab typed: times alone, never what. */
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";

export interface TypingSpan {
  personId: string;
  node: string;
  from: Date;
  until: Date;
}

export interface TypingQueries {
  /** Keys came from a browser of the person just now. In a lab of one person it is not kept. */
  typed(labId: string, personId: string, node: string): Promise<void>;
  /** Newest first. */
  ofLab(labId: string, limit: number): Promise<TypingSpan[]>;
}

/** A pause this long ends a span: somebody reads, or another sits down. */
const PAUSE_S = 120;

export function typingQueries(prisma: PrismaClient): TypingQueries {
  return {
    typed: async (labId, personId, node) => {
      const goesOn = await prisma.$executeRaw`
        UPDATE typing_span SET until_at = now()
        WHERE lab_id = ${labId} AND person_id = ${personId} AND node = ${node}
          AND until_at > now() - make_interval(secs => ${PAUSE_S})`;
      if (goesOn > 0) return;
      await prisma.$executeRaw`
        INSERT INTO typing_span (id, lab_id, person_id, node)
        SELECT ${newId()}, id, ${personId}, ${node} FROM lab WHERE id = ${labId} AND group_id IS NOT NULL`;
    },
    ofLab: async (labId, limit) => {
      const rows = await prisma.typingSpan.findMany({
        where: { labId },
        orderBy: [{ untilAt: "desc" }, { id: "desc" }],
        take: limit,
      });
      return rows.map(({ personId, node, fromAt, untilAt }) => ({ personId, node, from: fromAt, until: untilAt }));
    },
  };
}
