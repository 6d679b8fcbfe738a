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

export interface AuditQueries {
  record(entry: AuditEntry): Promise<void>;
}

export function auditQueries(prisma: PrismaClient): AuditQueries {
  return {
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
