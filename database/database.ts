/**
 * The database as the rest of Quorate sees it: queries grouped by their primary table, and notices.
 *
 * Nothing outside this folder touches Prisma. Ids of content are `course/chapter/step/check`, cut where a query says
 * so. Instants are `Date`s. Each process opens it once with its share of the server's 100 connections.
 */
import { PrismaPg } from "@prisma/adapter-pg";
import { type AnswerQueries, answerQueries } from "./answers.ts";
import { type AttemptQueries, attemptQueries } from "./attempts.ts";
import { type AuditQueries, auditQueries } from "./audit.ts";
import { type BaselineQueries, baselineQueries } from "./baselines.ts";
import { type ClassMessageQueries, classMessageQueries } from "./class-messages.ts";
import { type ClassQueries, classQueries } from "./classes.ts";
import { type EnrolmentQueries, enrolmentQueries } from "./enrolments.ts";
import { type ExerciseStartQueries, exerciseStartQueries } from "./exercise-starts.ts";
import { PrismaClient } from "./generated/client.ts";
import { type GroupQueries, groupQueries } from "./groups.ts";
import { type HelpQueries, helpQueries } from "./help.ts";
import { type HintQueries, hintQueries } from "./hints.ts";
import { type InventoryQueries, inventoryQueries } from "./inventories.ts";
import { type JudgementQueries, judgementQueries } from "./judgements.ts";
import { type LabPictureQueries, labPictureQueries } from "./lab-pictures.ts";
import { type LabQueries, labQueries } from "./labs.ts";
import { type Notices, openNotices } from "./notify.ts";
import { type LinkQueries, linkQueries } from "./one-time-links.ts";
import { type PassCorrectionQueries, passCorrectionQueries } from "./pass-corrections.ts";
import { type PeopleQueries, peopleQueries } from "./people.ts";
import { type PositionQueries, positionQueries } from "./positions.ts";
import { type RecordingQueries, recordingQueries } from "./recordings.ts";
import { type StepPassQueries, stepPassQueries } from "./step-passes.ts";
import { type TerminalSessionQueries, terminalSessionQueries } from "./terminal-sessions.ts";
import { type TypingQueries, typingQueries } from "./typing.ts";
import { type WatchQueries, watchQueries } from "./watches.ts";

export interface Database {
  people: PeopleQueries;
  labs: LabQueries;
  pictures: LabPictureQueries;
  classes: ClassQueries;
  enrolments: EnrolmentQueries;
  inventories: InventoryQueries;
  baselines: BaselineQueries;
  attempts: AttemptQueries;
  judgements: JudgementQueries;
  answers: AnswerQueries;
  groups: GroupQueries;
  help: HelpQueries;
  classMessages: ClassMessageQueries;
  stepPasses: StepPassQueries;
  passCorrections: PassCorrectionQueries;
  typing: TypingQueries;
  exerciseStarts: ExerciseStartQueries;
  watches: WatchQueries;
  terminalSessions: TerminalSessionQueries;
  recordings: RecordingQueries;
  hints: HintQueries;
  positions: PositionQueries;
  oneTimeLinks: LinkQueries;
  audit: AuditQueries;
  notices: Notices;
  /** For better-auth's adapter in `classroom/` alone. */
  prisma: PrismaClient;
  /** A round trip; resolves when the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param options.url `postgresql://...`
 * @param options.connections most connections this process holds, the listener not counted; 10 unless said
 * @param options.log told of lost and regained listeners
 */
export function openDatabase(options: {
  url: string;
  connections?: number;
  log?: (line: string) => void;
}): Promise<Database> {
  const prisma = new PrismaClient({
    adapter: new PrismaPg({ connectionString: options.url, max: options.connections ?? 10 }),
    // A class that presses Check at once waits for a connection; that is no reason to fail.
    transactionOptions: { maxWait: 20_000, timeout: 20_000 },
  });
  const notices = openNotices({ url: options.url, prisma, log: options.log ?? (() => {}) });
  return Promise.resolve({
    people: peopleQueries(prisma),
    labs: labQueries(prisma),
    pictures: labPictureQueries(prisma, notices),
    classes: classQueries(prisma, notices),
    enrolments: enrolmentQueries(prisma, notices),
    inventories: inventoryQueries(prisma),
    baselines: baselineQueries(prisma, notices),
    attempts: attemptQueries(prisma, notices),
    judgements: judgementQueries(prisma, notices),
    answers: answerQueries(prisma),
    groups: groupQueries(prisma, notices),
    help: helpQueries(prisma, notices),
    classMessages: classMessageQueries(prisma, notices),
    stepPasses: stepPassQueries(prisma, notices),
    passCorrections: passCorrectionQueries(prisma, notices),
    typing: typingQueries(prisma),
    exerciseStarts: exerciseStartQueries(prisma),
    watches: watchQueries(prisma, notices),
    terminalSessions: terminalSessionQueries(prisma),
    recordings: recordingQueries(prisma),
    hints: hintQueries(prisma),
    positions: positionQueries(prisma),
    oneTimeLinks: linkQueries(prisma),
    audit: auditQueries(prisma),
    notices,
    prisma,
    ping: async () => {
      await prisma.$queryRaw`SELECT 1`;
    },
    close: async () => {
      await notices.close();
      await prisma.$disconnect();
    },
  });
}
