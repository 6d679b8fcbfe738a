/** What is forgotten by itself; `docs/privacy.md` lists it. */
import type { PrismaClient } from "./generated/client.ts";

const dayMs = 24 * 60 * 60 * 1000;
/** After a terminal ended, or was typed in. */
const terminalSessionsKeptMs = 30 * dayMs;
const auditRecordsKeptMs = 365 * dayMs;

/** Remove rows whose time is over. @returns how many */
export async function forgetExpired(prisma: PrismaClient, nowMs = Date.now()): Promise<number> {
  const before = (ageMs: number) => ({ lt: new Date(nowMs - ageMs) });
  const removed = await prisma.$transaction([
    prisma.terminalSession.deleteMany({ where: { endedAt: before(terminalSessionsKeptMs) } }),
    prisma.typingSpan.deleteMany({ where: { untilAt: before(terminalSessionsKeptMs) } }),
    prisma.auditRecord.deleteMany({ where: { at: before(auditRecordsKeptMs) } }),
    prisma.signIn.deleteMany({ where: { expiresAt: before(0) } }),
    prisma.verification.deleteMany({ where: { expiresAt: before(0) } }),
    prisma.oneTimeLink.deleteMany({ where: { expiresAt: before(dayMs) } }),
    prisma.watchLease.deleteMany({ where: { wantedUntil: before(dayMs) } }),
    prisma.labObserver.deleteMany({ where: { heldUntil: before(dayMs) } }),
  ]);
  return removed.reduce((sum, { count }) => sum + count, 0);
}
