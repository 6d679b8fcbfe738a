/** The record of acts on something that belongs to somebody else. */
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";

export interface AuditEntry {
  actor?: { id: string; name: string };
  action: string;
  subject: "lab" | "person" | "class" | "terminal" | "server";
  subjectId: string;
  ownerId?: string;
  classId?: string;
  /** JSON, without personal data. */
  details?: Record<string, string | number | boolean>;
}

export interface AuditLine {
  id: string;
  /** Empty once the person was deleted. */
  actor: string;
  action: string;
  details: Record<string, unknown>;
  at: Date;
}

export interface AuditQueries {
  record(entry: AuditEntry): Promise<void>;
  /** What others did with what belongs to a person, newest first. */
  byOthers(ownerId: string, limit: number): Promise<AuditLine[]>;
}

export function auditQueries(prisma: PrismaClient): AuditQueries {
  return {
    byOthers: async (ownerId, limit) => {
      const rows = await prisma.auditRecord.findMany({
        where: { ownerId, NOT: { actorId: ownerId }, actorName: { not: null } },
        orderBy: [{ at: "desc" }, { id: "desc" }],
        take: limit,
      });
      return rows.map(({ id, actorName, action, details, at }) => ({
        ...{ id, actor: actorName ?? "", action, at },
        details: details as Record<string, unknown>,
      }));
    },
    record: async ({ actor, ownerId, classId, details, ...rest }) => {
      await prisma.auditRecord.create({
        data: {
          id: newId(),
          ...rest,
          actorId: actor?.id ?? null,
          actorName: actor?.name ?? null,
          ownerId: ownerId ?? null,
          classId: classId ?? null,
          details: (details ?? {}) as Prisma.InputJsonValue,
        },
      });
    },
  };
}
