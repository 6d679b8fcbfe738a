/** Steps once passed, kept for good. */
import type { JudgedAgain, PassReceipt } from "../grader/receipt.ts";
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

export interface StepPass {
  /** `course/chapter/step`. */
  stepKey: string;
  labId: string;
  /** 0 to 1. */
  score: number;
  /** Content that judged it; another hash now means "passed on an older version". */
  contentHash: string;
  waivedFor: string | null;
  passedAt: Date;
}

export interface KeptPass extends StepPass {
  classId: string | null;
  /** Set when it was passed on the lab of a group. */
  groupId: string | null;
  /** Absent when waived, and in passes of before receipts were kept. */
  receipt: PassReceipt | undefined;
  /** What it was judged on, where that was kept. */
  judgementId: string | null;
  /** What later checks said of it, the last time. */
  judgedAgain: JudgedAgain | undefined;
}

/** Of somebody's pass on real nodes. */
export interface RealNodesPass extends KeptPass {
  personId: string;
}

export interface StepPassQueries {
  /**
   * Keep a pass and send a `step-passed` notice; a step passed before stays as it was, and one that an instructor took
   * back from a member of a group stays so. @returns whether it was new
   */
  record(pass: {
    stepKey: string;
    personId: string;
    labId: string;
    classId?: string | null;
    groupId?: string | null;
    score?: number;
    contentHash: string;
    waivedFor?: string;
    /** When it was seen; now unless told. */
    passedAt?: Date;
    receipt?: PassReceipt | undefined;
    judgementId?: string | undefined;
    judgedAgain?: JudgedAgain;
  }): Promise<boolean>;
  /** Steps under `course/chapter` that this person has passed on this lab, waived ones included. */
  keysOn(labId: string, personId: string, keyPrefix: string): Promise<Set<string>>;
  /** Note what later checks say of a pass, in place of what the ones before said. */
  noteAgain(pass: { personId: string; labId: string; stepKey: string }, again: JudgedAgain): Promise<void>;
  /** When each step under `course/chapter` was first passed on a lab, by whomever; waived ones are not passed. */
  ofLab(labId: string, keyPrefix: string): Promise<{ stepKey: string; passedAt: Date }[]>;
  /** A person's passes under `course` or `course/chapter`, one per step: the first, on whichever lab. */
  ofPerson(personId: string, keyPrefix: string): Promise<StepPass[]>;
  /** Every pass of a person with what it rests on, oldest first; `classId` leaves out those of other classes and none. */
  receipts(personId: string, classId?: string): Promise<KeptPass[]>;
  /** What a class passed on real nodes, with receipts: to see whether two seats show the same cluster. */
  onRealNodes(classId: string): Promise<RealNodesPass[]>;
}

export function stepPassQueries(prisma: PrismaClient, notices: Notices): StepPassQueries {
  return {
    record: async ({ receipt, judgedAgain, judgementId, ...pass }) => {
      // Only those of groups are corrected; what is judged again may be of a group whose lab is gone.
      if (pass.groupId || judgedAgain) {
        const { personId, labId, stepKey } = pass;
        const takenBack = { personId, labId, stepKey, credited: false };
        if ((await prisma.passCorrection.count({ where: takenBack })) > 0) return false;
      }
      const json = (value: object) => value as unknown as Prisma.InputJsonValue;
      const kept = {
        ...(receipt && { receipt: json(receipt) }),
        ...(judgedAgain && { judgedAgain: json(judgedAgain) }),
        ...(judgementId !== undefined && { judgementId }),
      };
      const { count } = await prisma.stepPass.createMany({
        data: [{ id: newId(), ...pass, ...kept }],
        skipDuplicates: true,
      });
      if (count === 0) return false;
      await notices.send({
        topic: "step-passed",
        labId: pass.labId,
        personId: pass.personId,
        stepKey: pass.stepKey,
      });
      return true;
    },
    keysOn: async (labId, personId, keyPrefix) => {
      const rows = await prisma.stepPass.findMany({
        where: { labId, personId, stepKey: { startsWith: `${keyPrefix}/` } },
        select: { stepKey: true },
      });
      return new Set(rows.map(({ stepKey }) => stepKey));
    },
    noteAgain: async (pass, again) => {
      await prisma.stepPass.updateMany({
        where: pass,
        data: { judgedAgain: again as unknown as Prisma.InputJsonValue },
      });
    },
    ofLab: async (labId, keyPrefix) => {
      const rows = await prisma.stepPass.groupBy({
        by: ["stepKey"],
        where: { labId, waivedFor: null, stepKey: { startsWith: `${keyPrefix}/` } },
        _min: { passedAt: true },
      });
      return rows.flatMap(({ stepKey, _min }) => (_min.passedAt ? [{ stepKey, passedAt: _min.passedAt }] : []));
    },
    ofPerson: async (personId, keyPrefix) => {
      const rows = await prisma.stepPass.findMany({
        where: { personId, stepKey: { startsWith: `${keyPrefix}/` } },
        orderBy: { passedAt: "asc" },
        select: { stepKey: true, labId: true, score: true, contentHash: true, waivedFor: true, passedAt: true },
      });
      const first = new Map<string, StepPass>();
      for (const row of rows) if (!first.has(row.stepKey)) first.set(row.stepKey, row);
      return [...first.values()];
    },
    receipts: async (personId, classId) => {
      const rows = await prisma.stepPass.findMany({
        where: { personId, ...(classId !== undefined && { classId }) },
        orderBy: [{ passedAt: "asc" }, { id: "asc" }],
      });
      return rows.map(asKept);
    },
    onRealNodes: async (classId) => {
      const rows = await prisma.stepPass.findMany({
        where: { classId, receipt: { path: ["labBackend"], equals: "inventory" } },
        orderBy: [{ passedAt: "asc" }, { id: "asc" }],
      });
      return rows.map((row) => ({ ...asKept(row), personId: row.personId }));
    },
  };
}

function asKept({
  classId,
  groupId,
  stepKey,
  labId,
  score,
  contentHash,
  waivedFor,
  passedAt,
  receipt,
  judgementId,
  judgedAgain,
}: StepPass & {
  classId: string | null;
  groupId: string | null;
  receipt: unknown;
  judgementId: string | null;
  judgedAgain: unknown;
}): KeptPass {
  return {
    ...{ classId, groupId, judgementId },
    ...{ stepKey, labId, score, contentHash, waivedFor, passedAt },
    receipt: (receipt as unknown as PassReceipt | null) ?? undefined,
    judgedAgain: (judgedAgain as unknown as JudgedAgain | null) ?? undefined,
  };
}
