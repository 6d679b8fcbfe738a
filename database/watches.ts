/**
 * Who has which chapter of which lab on screen, and which grader observes the lab.
 *
 * A page renews its watch while it is visible; a grader holds the lab while any watch lasts. Both run out by
 * themselves, so a killed process leaves nothing to clean up. All instants are the database's.
 */
import type { PrismaClient } from "./generated/client.ts";
import type { Notices } from "./notify.ts";

export interface Watch {
  labId: string;
  /** `course/chapter`. */
  chapterKey: string;
  wantedUntil: Date;
  /** When Check was pressed and no observation has answered yet. */
  checkAsked: Date | null;
  /** When this was read: a look that begins then answers every press before it, and none after. */
  readAt: Date;
}

export interface WatchQueries {
  /** The chapter is on screen for `forMs` more; sends a `watch` notice when it was not before. */
  renew(labId: string, chapterKey: string, forMs: number): Promise<void>;
  /** Nobody looks at it any more. */
  end(labId: string, chapterKey: string): Promise<void>;
  /** Check was pressed: keeps the watch for a minute at least and sends a `check-asked` notice. */
  askCheck(labId: string, chapterKey: string): Promise<void>;
  /** An observation begun after `askedAt` has answered the pressed Check. */
  answerCheck(labId: string, chapterKey: string, askedAt: Date): Promise<void>;
  /** Watches that last now or have a pressed Check open, of one lab or all. */
  current(labId?: string): Promise<Watch[]>;
  /**
   * Hold watched labs that no other grader holds, for `forMs`; those held already by `holder` are renewed.
   *
   * @param limit labs held at most by this call
   * @returns ids of the labs held
   */
  claim(holder: string, forMs: number, limit: number): Promise<string[]>;
  /** Let a lab go at once. */
  release(labId: string, holder: string): Promise<void>;
}

export function watchQueries(prisma: PrismaClient, notices: Notices): WatchQueries {
  return {
    renew: async (labId, chapterKey, forMs) => {
      const rows = await prisma.$queryRaw<{ fresh: boolean }[]>`
        WITH before AS (
          SELECT wanted_until > now() AS lasting FROM watch_lease WHERE lab_id = ${labId} AND chapter_key = ${chapterKey}
        ), changed AS (
          INSERT INTO watch_lease (lab_id, chapter_key, wanted_until)
          VALUES (${labId}, ${chapterKey}, now() + ${forMs}::double precision * interval '1 millisecond')
          ON CONFLICT (lab_id, chapter_key) DO UPDATE
            SET wanted_until = GREATEST(watch_lease.wanted_until, EXCLUDED.wanted_until)
          RETURNING 1
        )
        SELECT NOT COALESCE((SELECT lasting FROM before), false) AS fresh FROM changed`;
      if (rows[0]?.fresh) await notices.send({ topic: "watch", labId, chapterKey });
    },
    end: async (labId, chapterKey) => {
      await prisma.$executeRaw`
        UPDATE watch_lease SET wanted_until = now() WHERE lab_id = ${labId} AND chapter_key = ${chapterKey}`;
      await notices.send({ topic: "watch", labId, chapterKey });
    },
    askCheck: async (labId, chapterKey) => {
      await prisma.$executeRaw`
        INSERT INTO watch_lease (lab_id, chapter_key, wanted_until, check_asked)
        VALUES (${labId}, ${chapterKey}, now() + interval '60 seconds', now())
        ON CONFLICT (lab_id, chapter_key) DO UPDATE
          SET wanted_until = GREATEST(watch_lease.wanted_until, EXCLUDED.wanted_until), check_asked = now()`;
      await notices.send({ topic: "check-asked", labId, chapterKey });
    },
    answerCheck: async (labId, chapterKey, askedAt) => {
      await prisma.$executeRaw`
        UPDATE watch_lease SET check_asked = NULL
        WHERE lab_id = ${labId} AND chapter_key = ${chapterKey} AND check_asked <= ${askedAt}`;
    },
    current: (labId) =>
      labId === undefined
        ? prisma.$queryRaw<Watch[]>`
            SELECT lab_id AS "labId", chapter_key AS "chapterKey", wanted_until AS "wantedUntil",
                   check_asked AS "checkAsked", now()::timestamptz(3) AS "readAt"
            FROM watch_lease WHERE wanted_until > now() OR check_asked IS NOT NULL ORDER BY lab_id, chapter_key`
        : prisma.$queryRaw<Watch[]>`
            SELECT lab_id AS "labId", chapter_key AS "chapterKey", wanted_until AS "wantedUntil",
                   check_asked AS "checkAsked", now()::timestamptz(3) AS "readAt"
            FROM watch_lease
            WHERE (wanted_until > now() OR check_asked IS NOT NULL) AND lab_id = ${labId} ORDER BY chapter_key`,
    claim: async (holder, forMs, limit) => {
      const rows = await prisma.$queryRaw<{ labId: string }[]>`
        INSERT INTO lab_observer (lab_id, holder, held_until)
        SELECT wanted.lab_id, ${holder}, now() + ${forMs}::double precision * interval '1 millisecond'
        FROM (
          SELECT DISTINCT lab_id FROM watch_lease WHERE wanted_until > now() OR check_asked IS NOT NULL
        ) AS wanted
        LEFT JOIN lab_observer AS held ON held.lab_id = wanted.lab_id
        WHERE held.lab_id IS NULL OR held.holder = ${holder} OR held.held_until <= now()
        ORDER BY held.holder = ${holder} DESC NULLS LAST, wanted.lab_id
        LIMIT ${limit}
        ON CONFLICT (lab_id) DO UPDATE SET holder = EXCLUDED.holder, held_until = EXCLUDED.held_until
          WHERE lab_observer.holder = EXCLUDED.holder OR lab_observer.held_until <= now()
        RETURNING lab_id AS "labId"`;
      return rows.map((row) => row.labId);
    },
    release: async (labId, holder) => {
      await prisma.labObserver.deleteMany({ where: { labId, holder } });
    },
  };
}
