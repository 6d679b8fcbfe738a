/** Recordings of terminals: which class records, who switched it off, and where each file belongs. */
import type { PrismaClient } from "./generated/client.ts";

export interface Recording {
  /** Also the file's name. */
  id: string;
  personId: string;
  classId: string;
  labId: string;
  node: string;
  slot: string;
  gateway: string;
  startedAt: Date;
  /** Absent while it is written, and after a crash until it goes on or is closed. */
  endedAt: Date | null;
  durationMs: number | null;
  bytes: number | null;
}

/** What holds for one person's terminals on a lab of a class. */
export interface RecordingRule {
  classId: string;
  className: string;
  /** The class records. */
  on: boolean;
  /** The person switched it off. */
  off: boolean;
  keptDays: number;
}

export const KEPT_DAYS = { least: 1, unlessSaid: 30, most: 365 } as const;

export interface RecordingQueries {
  /** Undefined for a lab outside any class, where nothing is recorded. */
  rule(labId: string, personId: string): Promise<RecordingRule | undefined>;
  /** A student's own switch. */
  setOff(classId: string, personId: string, off: boolean): Promise<void>;
  ofClass(classId: string): Promise<{ on: boolean; keptDays: number } | undefined>;
  /**
   * The instructor's decision. Recording is switched on only before the first student joins, as they are told when they
   * join; off, and kept for less long, at any time.
   *
   * @returns false when that is not allowed any more
   */
  setClass(classId: string, setting: { on: boolean; keptDays: number }): Promise<boolean>;
  begin(
    recording: Pick<Recording, "id" | "personId" | "classId" | "labId" | "node" | "slot" | "gateway">,
  ): Promise<void>;
  end(id: string, facts: { durationMs: number; bytes: number }): Promise<void>;
  find(id: string): Promise<Recording | undefined>;
  /** Newest first, with the name its person has in the class. */
  list(of: { labId: string; personId?: string } | { classId: string }): Promise<(Recording & { name: string })[]>;
  /** Begun and not ended by this gateway. */
  unfinished(gateway: string): Promise<Recording[]>;
  remove(id: string): Promise<void>;
  /** Ids of those whose time is over: counted from the end of the class where that is later than their own. */
  expired(nowMs?: number): Promise<string[]>;
  /** Which of these there are. */
  existing(ids: string[]): Promise<Set<string>>;
}

const LISTED_MAX = 1_000;

export function recordingQueries(prisma: PrismaClient): RecordingQueries {
  return {
    rule: async (labId, personId) => {
      const lab = await prisma.lab.findUnique({ where: { id: labId }, select: { class: true } });
      if (!lab?.class) return undefined;
      const { id: classId, name: className, recordTerminals: on, recordingsKeptDays: keptDays } = lab.class;
      const enrolment = await prisma.enrolment.findUnique({ where: { classId_personId: { classId, personId } } });
      return { classId, className, on, off: enrolment?.recordingOff ?? false, keptDays };
    },
    setOff: async (classId, personId, off) => {
      await prisma.enrolment.updateMany({ where: { classId, personId }, data: { recordingOff: off } });
    },
    ofClass: async (classId) => {
      const found = await prisma.class.findUnique({ where: { id: classId } });
      return found ? { on: found.recordTerminals, keptDays: found.recordingsKeptDays } : undefined;
    },
    setClass: (classId, { on, keptDays }) =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`class ${classId}`}, 0))`;
        const found = await tx.class.findUniqueOrThrow({ where: { id: classId } });
        const more = (on && !found.recordTerminals) || (on && keptDays > found.recordingsKeptDays);
        if (more && (await tx.enrolment.count({ where: { classId, role: "student" } })) > 0) return false;
        await tx.class.update({ where: { id: classId }, data: { recordTerminals: on, recordingsKeptDays: keptDays } });
        return true;
      }),
    begin: async (recording) => {
      await prisma.recording.create({ data: recording });
    },
    end: async (id, facts) => {
      await prisma.recording.updateMany({ where: { id, endedAt: null }, data: { endedAt: new Date(), ...facts } });
    },
    find: async (id) => (await prisma.recording.findUnique({ where: { id } })) ?? undefined,
    list: async (of) => {
      const rows = await prisma.recording.findMany({
        where: of,
        orderBy: { startedAt: "desc" },
        take: LISTED_MAX,
        include: { person: { include: { enrolments: true } } },
      });
      return rows.map(({ person, ...row }) => ({
        ...row,
        name: person.enrolments.find(({ classId }) => classId === row.classId)?.displayName ?? person.name,
      }));
    },
    unfinished: (gateway) => prisma.recording.findMany({ where: { gateway, endedAt: null } }),
    remove: async (id) => {
      await prisma.recording.deleteMany({ where: { id } });
    },
    expired: async (nowMs = Date.now()) => {
      const rows = await prisma.$queryRaw<{ id: string }[]>`
        SELECT r.id FROM recording r JOIN class c ON c.id = r.class_id
        WHERE r.ended_at IS NOT NULL
          AND greatest(r.ended_at, c.ends_at) < ${new Date(nowMs)}::timestamptz - make_interval(days => c.recordings_kept_days)`;
      return rows.map(({ id }) => id);
    },
    existing: async (ids) => {
      const rows = await prisma.recording.findMany({ where: { id: { in: ids } }, select: { id: true } });
      return new Set(rows.map(({ id }) => id));
    },
  };
}
