/** Who of a group is credited with a step: as the grader saw them there, and as an instructor corrected it. */
import { Prisma, type PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import type { Notices } from "./notify.ts";

/** Who is credited with a step that was passed on a lab. */
export interface StepCredits {
  labId: string;
  stepKey: string;
  credited: { personId: string; name: string }[];
  corrections: { personId: string; name: string; credited: boolean; reason: string; at: Date }[];
}

export interface PassCorrectionQueries {
  /** Of every step that was passed on these labs of a class, in the order of the first pass. */
  credits(classId: string, labIds: readonly string[]): Promise<StepCredits[]>;
  /**
   * Credit somebody with a step that another passed on the lab, or take it back; the grader does not overrule that.
   * @returns false when nobody passed the step there, or it is so already
   */
  correct(correction: {
    classId: string;
    labId: string;
    stepKey: string;
    personId: string;
    credited: boolean;
    reason: string;
    authorId: string;
  }): Promise<boolean>;
}

export function passCorrectionQueries(prisma: PrismaClient, notices: Notices): PassCorrectionQueries {
  return {
    credits: async (classId, labIds) => {
      const where = { classId, labId: { in: [...labIds] } };
      const [passes, corrections, enrolments] = await Promise.all([
        prisma.stepPass.findMany({
          where: { ...where, waivedFor: null },
          orderBy: [{ passedAt: "asc" }, { id: "asc" }],
          select: { labId: true, stepKey: true, personId: true },
        }),
        prisma.passCorrection.findMany({ where, orderBy: { at: "asc" } }),
        prisma.enrolment.findMany({ where: { classId }, select: { personId: true, displayName: true } }),
      ]);
      const names = new Map(enrolments.map(({ personId, displayName }) => [personId, displayName]));
      const named = (personId: string) => ({ personId, name: names.get(personId) ?? "" });
      const steps = new Map<string, StepCredits>();
      const stepOf = ({ labId, stepKey }: { labId: string; stepKey: string }) => {
        const key = `${labId} ${stepKey}`;
        const known = steps.get(key) ?? { labId, stepKey, credited: [], corrections: [] };
        steps.set(key, known);
        return known;
      };
      for (const pass of passes) stepOf(pass).credited.push(named(pass.personId));
      for (const one of corrections) {
        const { personId, credited, reason, at } = one;
        stepOf(one).corrections.push({ ...named(personId), credited, reason, at });
      }
      return [...steps.values()];
    },
    correct: async ({ classId, labId, stepKey, personId, credited, reason, authorId }) => {
      const place = { labId, stepKey };
      const own = { personId, ...place };
      const done = await prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`class ${classId}`}, 0))`;
        const pass = await tx.stepPass.findUnique({ where: { personId_labId_stepKey: own } });
        if ((pass !== null) === credited) return false;
        const before = await tx.passCorrection.findUnique({ where: { personId_labId_stepKey: own } });
        const withdrawn = before?.withdrawn as unknown as KeptRow | null | undefined;
        if (credited) {
          const others = { ...place, classId, waivedFor: null };
          const other = await tx.stepPass.findFirst({ where: others, orderBy: { passedAt: "asc" } });
          const given = withdrawn ?? (other && { ...other, id: newId(), personId, judgementId: null });
          if (!given) return false;
          await tx.stepPass.create({ data: await asNewRow(tx, given as KeptRow) });
        } else await tx.stepPass.delete({ where: { personId_labId_stepKey: own } });
        const said = {
          ...{ classId, credited, reason, authorId, at: new Date() },
          withdrawn: jsonOrNone(pass ?? withdrawn),
        };
        await tx.passCorrection.upsert({
          where: { personId_labId_stepKey: own },
          create: { id: newId(), ...own, ...said },
          update: said,
        });
        return true;
      });
      if (done) await notices.send({ topic: "step-passed", labId, personId, stepKey });
      return done;
    },
  };
}

/** A row as it was read, or as it was kept: dates as text then. */
type KeptRow = Prisma.StepPassUncheckedCreateInput;

async function asNewRow(tx: Prisma.TransactionClient, row: KeptRow): Promise<KeptRow> {
  const { receipt, judgedAgain, judgementId } = row;
  // What it stood on goes with the person who was observed.
  const there = judgementId ? await tx.judgement.count({ where: { id: judgementId } }) : 0;
  return {
    ...row,
    ...{ receipt: jsonOrNone(receipt), judgedAgain: jsonOrNone(judgedAgain) },
    judgementId: there > 0 ? (judgementId ?? null) : null,
  };
}

function jsonOrNone(value: unknown): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return value === null || value === undefined ? Prisma.DbNull : (value as Prisma.InputJsonValue);
}
