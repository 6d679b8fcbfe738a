/** Attempts (every judgement, only ever added) and the latest verdict of each check on a lab. */
import type { CheckVerdict } from "../grader/verdict.ts";
import type { LabBackend } from "../labs/labs.ts";
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

export interface NewAttempt {
  verdict: CheckVerdict;
  /** Whose work it is; each with what was judged, where that is kept. */
  people: { personId: string; judgementId?: string }[];
  labId: string;
  labBackend: LabBackend;
  classId?: string | null;
  groupId?: string | null;
  contentHash: string;
  trigger: "watch" | "button" | "grade";
  /** When Check was pressed, by the database's clock. */
  askedAt?: Date | undefined;
}

export interface LatestVerdict {
  verdict: CheckVerdict;
  contentHash: string;
  /** Judged last. */
  judgedAt: Date;
  /** First judged so in a row: since when it is passed, or not yet for this reason. */
  sinceAt: Date;
}

export interface StoredAttempt extends LatestVerdict {
  id: string;
  personId: string;
  labId: string;
  labBackend: LabBackend;
  trigger: string;
}

export interface AttemptQueries {
  /**
   * Store a judgement for everybody whose work it is, make it the check's latest, and send a `verdict` notice.
   *
   * Nothing is added where the latest says the same and is no older than the press: another grader was faster.
   *
   * @returns ids of the attempts added
   */
  record(attempt: NewAttempt): Promise<string[]>;
  /** What today's checks say of what was seen then; the lab's present state stays. Doing it twice adds nothing. */
  recordAgain(again: {
    personId: string;
    labId: string;
    labBackend: LabBackend;
    classId: string;
    groupId: string | null;
    contentHash: string;
    judgementId: string;
    verdicts: readonly CheckVerdict[];
  }): Promise<void>;
  /**
   * Note that a check was judged again with the same outcome and message: the latest verdict becomes this one,
   * nothing is added to the attempts and no notice is sent.
   */
  confirm(attempt: Pick<NewAttempt, "verdict" | "labId" | "contentHash">): Promise<void>;
  /** The latest verdict of every check of a chapter (`course/chapter`) on a lab. */
  latest(labId: string, chapterKey: string): Promise<LatestVerdict[]>;
  /** The latest verdict of one check, or undefined when it was never judged. */
  latestOf(labId: string, key: string): Promise<LatestVerdict | undefined>;
  /** A person's attempts under a key or the beginning of one, newest first. */
  ofPerson(personId: string, keyPrefix: string, limit: number): Promise<StoredAttempt[]>;
}

export function attemptQueries(prisma: PrismaClient, notices: Notices): AttemptQueries {
  const setState = (tx: Prisma.TransactionClient, attempt: Pick<NewAttempt, "verdict" | "labId" | "contentHash">) =>
    tx.$executeRaw`
      INSERT INTO check_state (lab_id, key, outcome, weight, verdict, content_hash, judged_at, since_at)
      VALUES (${attempt.labId}, ${attempt.verdict.key}, ${attempt.verdict.outcome}, ${attempt.verdict.weight},
              ${JSON.stringify(attempt.verdict)}::jsonb, ${attempt.contentHash}, now(), now())
      ON CONFLICT (lab_id, key) DO UPDATE SET
        since_at = CASE WHEN check_state.outcome = EXCLUDED.outcome
                         AND check_state.verdict->'message' = EXCLUDED.verdict->'message'
                   THEN check_state.since_at ELSE EXCLUDED.since_at END,
        outcome = EXCLUDED.outcome, weight = EXCLUDED.weight, verdict = EXCLUDED.verdict,
        content_hash = EXCLUDED.content_hash, judged_at = EXCLUDED.judged_at`;

  return {
    record: async (attempt) => {
      const { verdict, people, labId } = attempt;
      const ids = await prisma.$transaction(async (tx) => {
        // Two graders may have looked at the same time: the second one sees what the first has stored.
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`verdict ${labId} ${verdict.key}`}, 0))`;
        const latest = await tx.checkState.findUnique({ where: { labId_key: { labId, key: verdict.key } } });
        if (latest && isKnown(asLatest(latest), attempt)) {
          await setState(tx, attempt);
          return [];
        }
        const rows = people.map(({ personId, judgementId }) => ({
          ...{ id: newId(), key: verdict.key, personId, labId, labBackend: attempt.labBackend },
          ...{ classId: attempt.classId ?? null, groupId: attempt.groupId ?? null },
          ...{ outcome: verdict.outcome, weight: verdict.weight, contentHash: attempt.contentHash },
          ...{ trigger: attempt.trigger, judgementId: judgementId ?? null },
          verdict: verdict as unknown as Prisma.InputJsonValue,
        }));
        await tx.attempt.createMany({ data: rows });
        await setState(tx, attempt);
        return rows.map(({ id }) => id);
      });
      for (const attemptId of ids) await notices.send({ topic: "verdict", labId, key: verdict.key, attemptId });
      return ids;
    },
    recordAgain: async ({ verdicts, ...again }) => {
      await prisma.$transaction(async (tx) => {
        const { judgementId, contentHash } = again;
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`again ${judgementId}`}, 0))`;
        const where = { judgementId, contentHash, trigger: "again" };
        const known = await tx.attempt.findMany({ where, select: { key: true, outcome: true } });
        const fresh = verdicts.filter(
          ({ key, outcome }) => !known.some((row) => row.key === key && row.outcome === outcome),
        );
        await tx.attempt.createMany({
          data: fresh.map((verdict) => ({
            ...{ id: newId(), ...again, trigger: "again" },
            ...{ key: verdict.key, outcome: verdict.outcome, weight: verdict.weight },
            verdict: verdict as unknown as Prisma.InputJsonValue,
          })),
        });
      });
    },
    confirm: async (attempt) => {
      await prisma.$transaction((tx) => setState(tx, attempt));
    },
    latest: async (labId, chapterKey) => {
      const rows = await prisma.checkState.findMany({
        where: { labId, key: { startsWith: `${chapterKey}/` } },
        orderBy: { key: "asc" },
      });
      return rows.map(asLatest);
    },
    latestOf: async (labId, key) => {
      const row = await prisma.checkState.findUnique({ where: { labId_key: { labId, key } } });
      return row ? asLatest(row) : undefined;
    },
    ofPerson: async (personId, keyPrefix, limit) => {
      const rows = await prisma.attempt.findMany({
        where: { personId, key: { startsWith: keyPrefix } },
        orderBy: [{ judgedAt: "desc" }, { id: "desc" }],
        take: limit,
      });
      return rows.map((row) => ({
        ...asLatest({ ...row, sinceAt: row.judgedAt }),
        id: row.id,
        personId: row.personId,
        labId: row.labId,
        labBackend: row.labBackend,
        trigger: row.trigger,
      }));
    },
  };
}

/** Whether a check was judged so before, and after the press where Check was pressed: nothing is to be added. */
export function isKnown(
  known: LatestVerdict | undefined,
  { verdict, contentHash, askedAt }: Pick<NewAttempt, "verdict" | "contentHash" | "askedAt">,
): boolean {
  const same =
    known?.contentHash === contentHash &&
    known.verdict.outcome === verdict.outcome &&
    canonical(known.verdict.message) === canonical(verdict.message);
  return same && (askedAt === undefined || known.judgedAt >= askedAt);
}

/** The database gives back JSON whose keys may stand in another order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function asLatest(row: { verdict: unknown; contentHash: string; judgedAt: Date; sinceAt: Date }): LatestVerdict {
  return {
    verdict: row.verdict as CheckVerdict,
    contentHash: row.contentHash,
    judgedAt: row.judgedAt,
    sinceAt: row.sinceAt,
  };
}
