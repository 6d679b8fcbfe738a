/** Attempts (every judgement, only ever added) and the latest verdict of each check on a lab. */
import type { CheckVerdict } from "../grader/verdict.ts";
import type { LabBackend } from "../labs/labs.ts";
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

export interface NewAttempt {
  verdict: CheckVerdict;
  personId: string;
  labId: string;
  labBackend: LabBackend;
  classId?: string | null;
  groupId?: string | null;
  contentHash: string;
  trigger: "watch" | "button" | "grade";
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
  /** Store a judgement, make it the check's latest, and send a `verdict` notice. @returns the attempt's id */
  record(attempt: NewAttempt): Promise<string>;
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
      const id = newId();
      const { verdict } = attempt;
      await prisma.$transaction(async (tx) => {
        await tx.attempt.create({
          data: {
            id,
            key: verdict.key,
            personId: attempt.personId,
            labId: attempt.labId,
            labBackend: attempt.labBackend,
            classId: attempt.classId ?? null,
            groupId: attempt.groupId ?? null,
            outcome: verdict.outcome,
            weight: verdict.weight,
            verdict: verdict as unknown as Prisma.InputJsonValue,
            contentHash: attempt.contentHash,
            trigger: attempt.trigger,
          },
        });
        await setState(tx, attempt);
      });
      await notices.send({ topic: "verdict", labId: attempt.labId, key: verdict.key, attemptId: id });
      return id;
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

function asLatest(row: { verdict: unknown; contentHash: string; judgedAt: Date; sinceAt: Date }): LatestVerdict {
  return {
    verdict: row.verdict as CheckVerdict,
    contentHash: row.contentHash,
    judgedAt: row.judgedAt,
    sinceAt: row.sinceAt,
  };
}
