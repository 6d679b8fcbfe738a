/** Attempts (every judgement, only ever added) and the latest verdict of each check on a lab. */
import type { CheckVerdict } from "../grader/verdict.ts";
import type { LabBackend } from "../labs/labs.ts";
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

/** One look at a chapter, judged. */
export interface NewAttempts {
  /** Of every check that was judged. */
  verdicts: readonly CheckVerdict[];
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
  /** When the look began, by the database's clock; now unless told. */
  begunAt?: Date | undefined;
}

export interface LatestVerdict {
  verdict: CheckVerdict;
  contentHash: string;
  /** When the look began that was judged last. */
  judgedAt: Date;
  /** First judged so in a row: since when it is passed, or not yet for this reason. */
  sinceAt: Date;
}

export interface StoredAttempt extends LatestVerdict {
  id: string;
  personId: string;
  labId: string;
  classId: string | null;
  labBackend: LabBackend;
  trigger: string;
}

export interface AttemptQueries {
  /**
   * Store a judged look for everybody whose work it is, all of it or nothing: make the verdicts the checks' latest, add
   * attempts, and send a `verdict` notice for each.
   *
   * Nothing is added for a check whose latest verdict says the same in a look that began after the press: nothing
   * changed, or another grader was faster.
   *
   * @returns ids of the attempts added
   */
  record(look: NewAttempts): Promise<string[]>;
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
  /** The latest verdict of every check of a chapter (`course/chapter`) on a lab. */
  latest(labId: string, chapterKey: string): Promise<LatestVerdict[]>;
  /** The latest verdict of one check, or undefined when it was never judged. */
  latestOf(labId: string, key: string): Promise<LatestVerdict | undefined>;
  /** A person's attempts under a key or the beginning of one, newest first. */
  ofPerson(personId: string, keyPrefix: string, limit: number): Promise<StoredAttempt[]>;
}

export function attemptQueries(prisma: PrismaClient, notices: Notices): AttemptQueries {
  /** In the order of the keys, so that two who store at once wait for each other and for nothing else. */
  const setStates = (
    tx: Prisma.TransactionClient,
    { labId, contentHash, verdicts, begunAt }: Pick<NewAttempts, "verdicts" | "labId" | "contentHash" | "begunAt">,
  ) => {
    const rows = verdicts.map((verdict) => ({
      ...{ key: verdict.key, outcome: verdict.outcome, weight: verdict.weight, verdict },
    }));
    return tx.$executeRaw`
      INSERT INTO check_state (lab_id, key, outcome, weight, verdict, content_hash, judged_at, since_at)
      SELECT ${labId}, row.key, row.outcome, row.weight, row.verdict, ${contentHash}, look.begun, look.begun
      FROM (SELECT COALESCE(${begunAt ?? null}::timestamptz, now()) AS begun) AS look, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        AS row(key text, outcome text, weight double precision, verdict jsonb)
      ORDER BY row.key
      ON CONFLICT (lab_id, key) DO UPDATE SET
        since_at = CASE WHEN check_state.outcome = EXCLUDED.outcome
                         AND check_state.verdict->'message' = EXCLUDED.verdict->'message'
                   THEN check_state.since_at ELSE EXCLUDED.since_at END,
        outcome = EXCLUDED.outcome, weight = EXCLUDED.weight, verdict = EXCLUDED.verdict,
        content_hash = EXCLUDED.content_hash, judged_at = GREATEST(check_state.judged_at, EXCLUDED.judged_at)`;
  };

  return {
    record: async (look) => {
      const { verdicts, people, labId, contentHash, askedAt } = look;
      if (verdicts.length === 0) return [];
      const added = await prisma.$transaction(async (tx) => {
        // Two graders may have looked at the same time: the second one sees what the first has stored.
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`verdicts ${labId}`}, 0))`;
        const keys = verdicts.map(({ key }) => key);
        const rows = await tx.checkState.findMany({ where: { labId, key: { in: keys } } });
        const latest = new Map(rows.map((row) => [row.key, asLatest(row)]));
        const fresh = verdicts.filter(
          (verdict) => !isKnown(latest.get(verdict.key), { verdict, contentHash, askedAt }),
        );
        const attempts = fresh.flatMap((verdict) =>
          people.map(({ personId, judgementId }) => ({
            ...{ id: newId(), key: verdict.key, personId, labId, labBackend: look.labBackend },
            ...{ classId: look.classId ?? null, groupId: look.groupId ?? null },
            ...{ outcome: verdict.outcome, weight: verdict.weight, contentHash },
            ...{ trigger: look.trigger, judgementId: judgementId ?? null },
            verdict: verdict as unknown as Prisma.InputJsonValue,
          })),
        );
        if (attempts.length > 0) await tx.attempt.createMany({ data: attempts });
        await setStates(tx, look);
        return attempts.map(({ id, key }) => ({ id, key }));
      });
      await notices.sendAll(added.map(({ id, key }) => ({ topic: "verdict" as const, labId, key, attemptId: id })));
      return added.map(({ id }) => id);
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
        classId: row.classId,
        labBackend: row.labBackend,
        trigger: row.trigger,
      }));
    },
  };
}

/** Whether a check was judged so before, in a look that began after the press where Check was pressed: nothing is to be added. */
export function isKnown(
  known: LatestVerdict | undefined,
  { verdict, contentHash, askedAt }: { verdict: CheckVerdict } & Pick<NewAttempts, "contentHash" | "askedAt">,
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
