/**
 * The dry run of a class: everything that has stopped a workshop in its first quarter of an hour, looked at before.
 *
 * It tries what students will do: a lab of the class's own kind is made, reached through both doors and brought to the
 * start of each open chapter, and removed. Real nodes are examined by the doctor. Nothing of the class is changed.
 */
import { connect } from "node:net";
import { availableParallelism, freemem } from "node:os";
import { meetingInWords } from "../classroom/class-time.ts";
import type { ChapterStart } from "../content/pipeline/chapter-start.ts";
import type { Courses } from "../content/pipeline/courses.ts";
import type { Class, StudentStanding } from "../database/classes.ts";
import type { Database } from "../database/database.ts";
import { newId } from "../database/ids.ts";
import { type Health, type NodeReport, worstOf } from "../labs/doctor/findings.ts";
import type { Labs } from "../labs/labs.ts";
import type { InventoryDesk } from "./web-runtime.ts";

export interface DryRunFinding {
  subject:
    | "people"
    | "dates"
    | "joining"
    | "address"
    | "chapters"
    | "recording"
    | "labs"
    | "stages"
    | "memory"
    | "nodes";
  health: Health;
  seen: string;
  /** The next move; absent where all is well. */
  next?: string;
  /** Of real nodes. */
  reports?: NodeReport[];
}

export interface DryRunParts {
  database: Pick<Database, "classes" | "groups" | "inventories" | "recordings">;
  labs: Pick<Labs, "create" | "reach" | "change" | "remove">;
  inventories: Pick<InventoryDesk, "examine">;
  courses: () => Promise<Courses>;
  chapterStart(key: string): Promise<ChapterStart | undefined>;
}

/**
 * Bytes that a student needs here: a lab that is awake, three shells with their screens, a page. `npm run bench:class`
 * prints what 200 of them took; this is about twice that.
 */
const BYTES_A_STUDENT = 16 * 2 ** 20;
const ANSWER_WITHIN_MS = 5_000;

/**
 * @param address the server as the instructor's browser reached it, `http://192.168.1.20:3000`
 * @param told what is looked at now, in a few words
 */
export async function dryRun(
  parts: DryRunParts,
  found: Class,
  address: string,
  told: (at: string) => void,
): Promise<DryRunFinding[]> {
  const { database } = parts;
  const students = await database.classes.standings(found.id);
  const groups = await database.groups.all(found.id);
  const inventory = (await database.inventories.all()).find(({ inUse, classId }) => inUse && classId === found.id);
  told("the address");
  const findings = [
    peopleOf(found, students),
    datesOf(found, Date.now()),
    joiningOf(found, students.length),
    await addressOf(address),
    await chaptersOf(parts, found),
    await recordingOf(parts, found.id, students.length),
  ];
  const labs = labsWanted(found, students, groups.filter(({ members }) => members.length > 0).length);
  if (inventory) {
    told(`the nodes of ${inventory.name}`);
    findings.push(seatsOf(inventory.name, inventory.seats.length, labs));
    const reports =
      (await parts.inventories.examine(inventory.name, false, (done, of, { seat, node }) =>
        told(`${inventory.name}: ${seat} / ${node}, ${done} of ${of}`),
      )) ?? [];
    findings.push(nodesOf(reports));
  } else {
    findings.push(memoryOf(Math.max(labs, 1), freemem()));
    findings.push(...(await trialOf(parts, found, told)));
  }
  return findings;
}

/** How many labs there will be, as far as that is known. */
export function labsWanted(found: Pick<Class, "groupCount">, students: StudentStanding[], groups: number): number {
  const alone = students.filter(({ group }) => group === undefined).length;
  return Math.max(groups + alone, found.groupCount);
}

function peopleOf(found: Class, students: StudentStanding[]): DryRunFinding {
  const ungrouped = students.filter(({ group }) => group === undefined).length;
  const count = students.length === 1 ? "1 student" : `${students.length} students`;
  if (students.length === 0) {
    return {
      ...{ subject: "people", health: "look", seen: "nobody is enrolled; students come by the code" },
      next: "With a list of names at hand, enrol them under People: each gets a code of their own on paper.",
    };
  }
  if (ungrouped > 0 && ungrouped < students.length) {
    return {
      ...{ subject: "people", health: "look", seen: `${count}, ${ungrouped} of them in no group` },
      next: "They get labs of their own. Put them into a group on their pages, or deal everybody out under People.",
    };
  }
  const grouped = found.groupCount > 0 || ungrouped === 0;
  return { subject: "people", health: "good", seen: `${count}${grouped ? ", all in groups" : ""}` };
}

export function datesOf(found: Class, nowMs: number): DryRunFinding {
  const seen = meetingInWords(found, found.timeZone);
  if (seen === undefined) {
    return {
      ...{ subject: "dates", health: "look", seen: `no dates, time zone ${found.timeZone}` },
      next: "Say when the class begins and ends, under Dates: the code then works on these days alone.",
    };
  }
  if (found.endsAt && found.endsAt.getTime() < nowMs) {
    const next = "Nobody can join any more. Correct the dates if the class is still to come.";
    return { subject: "dates", health: "wrong", seen: `it is over: ${seen}`, next };
  }
  return { subject: "dates", health: "good", seen };
}

export function joiningOf(found: Class, students: number): DryRunFinding {
  if (found.joinCode) return { subject: "joining", health: "good", seen: `open, with the code ${found.joinCode}` };
  if (students > 0) return { subject: "joining", health: "good", seen: "closed; who is enrolled has a return code" };
  return {
    ...{ subject: "joining", health: "wrong", seen: "closed, and nobody is enrolled" },
    next: "Let students join, or enrol a list.",
  };
}

/** Whether the address on the projector is one that students can use, as far as this machine can tell. */
export async function addressOf(address: string): Promise<DryRunFinding> {
  const { hostname, protocol } = new URL(address);
  if (hostname === "localhost" || hostname.endsWith(".localhost") || /^(127\.|\[::1\])/.test(hostname)) {
    return {
      ...{ subject: "address", health: "wrong", seen: `${address} reaches this machine alone` },
      next: "Open this page under the address that Quorate printed at its start; the QR code then shows that one.",
    };
  }
  const answered = await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(
    ({ ok, status }) => (ok ? undefined : `it answers ${status}`),
    (error: unknown) => `it cannot be reached from the server itself (${reasonOf(error)})`,
  );
  const phone = "Open it on a phone in the room's Wi-Fi, too: networks for guests often keep devices apart.";
  if (answered !== undefined) {
    return { subject: "address", health: "look", seen: `${address}: ${answered}`, next: phone };
  }
  if (protocol === "http:") {
    const next = `Others in the network can read what is typed: with real passwords use HTTPS (docs/running.md). ${phone}`;
    return { subject: "address", health: "look", seen: `${address} answers, over plain HTTP`, next };
  }
  return { subject: "address", health: "good", seen: `${address} answers, over HTTPS. ${phone}` };
}

async function chaptersOf({ courses }: DryRunParts, found: Class): Promise<DryRunFinding> {
  const course = (await courses()).course(found.courseId);
  if (!course) {
    return {
      ...{ subject: "chapters", health: "wrong", seen: `the course ${found.courseId} is not installed` },
      next: "Put its folder back under content/ and start Quorate again.",
    };
  }
  const open = course.chapters.filter(({ id }) => found.chapters.includes(id));
  if (open.length === 0) {
    return { subject: "chapters", health: "wrong", seen: "none is open", next: "Open the first ones below." };
  }
  const numbers = open.map(({ number }) => number).join(", ");
  return { subject: "chapters", health: "good", seen: `open: ${numbers}, of ${course.chapters.length}` };
}

async function recordingOf({ database }: DryRunParts, classId: string, students: number): Promise<DryRunFinding> {
  const { on, keptDays } = (await database.recordings.ofClass(classId)) ?? { on: false, keptDays: 0 };
  const seen = on ? `terminals are recorded and kept for ${keptDays} days` : "terminals are not recorded";
  const final = students > 0 ? "" : "; that can change until the first student joins";
  return { subject: "recording", health: "good", seen: seen + final };
}

export function memoryOf(labs: number, freeBytes: number): DryRunFinding {
  const needed = labs * BYTES_A_STUDENT;
  const seen = `${gib(freeBytes)} GiB free for ${labs === 1 ? "1 lab" : `${labs} labs`}, processors: ${availableParallelism()}`;
  if (freeBytes >= needed * 2) return { subject: "memory", health: "good", seen };
  const next = `They may take ${gib(needed)} GiB when all are busy. Close other programs, or make groups that share labs.`;
  return { subject: "memory", health: freeBytes < needed ? "wrong" : "look", seen, next };
}

const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);

/** A lab like a student's: made, reached, and brought to where each open chapter begins. */
async function trialOf(
  { labs, courses, chapterStart }: DryRunParts,
  found: Class,
  told: (at: string) => void,
): Promise<DryRunFinding[]> {
  const course = (await courses()).course(found.courseId);
  const chapters = course?.chapters.filter(({ id, steps }) => found.chapters.includes(id) && steps.length > 0) ?? [];
  const [first] = chapters;
  if (!course || !first) return [];
  const labId = `dry-run-${newId()}`;
  const { nodes } = first.lab;
  try {
    told("a lab is made");
    try {
      const description = await labs.create({ labId, backend: "simulated", nodes, seed: labId });
      for (const { ssh, api } of description.nodes) {
        await answers(ssh.host, ssh.port);
        const url = new URL(api.url);
        await answers(url.hostname, Number(url.port || 443));
      }
    } catch (error) {
      const next = "Start Quorate again; the log of the simulator host says what is wrong.";
      return [{ subject: "labs", health: "wrong", seen: `a lab could not be made: ${reasonOf(error)}`, next }];
    }
    const seen = `a lab was made, and its ${nodes.length} nodes answered over SSH and HTTPS`;
    const findings: DryRunFinding[] = [{ subject: "labs", health: "good", seen }];
    const broken: string[] = [];
    for (const { id, number } of chapters) {
      told(`chapter ${number}: where its lab begins`);
      try {
        const start = await chapterStart(`${course.id}/${id}`);
        if (start) await labs.change(labId, start.change("dry run", { seed: labId, variables: {} }));
      } catch (error) {
        broken.push(`chapter ${number}: ${reasonOf(error)}`);
      }
    }
    const count = (number: number) =>
      number === 1 ? "the lab of the open chapter" : `the labs of ${number} open chapters`;
    findings.push(
      broken.length === 0
        ? { subject: "stages", health: "good", seen: `${count(chapters.length)} could be prepared` }
        : {
            ...{ subject: "stages", health: "wrong", seen: broken.join("; ") },
            next: "Students can do these labs from the chapter before. Try npm run prove, which says where it stops.",
          },
    );
    return findings;
  } finally {
    await labs.remove(labId).catch(() => undefined);
  }
}

function seatsOf(name: string, seats: number, labs: number): DryRunFinding {
  const seen = `${name} has ${seats === 1 ? "1 seat" : `${seats} seats`} for ${labs === 1 ? "1 lab" : `${labs} labs`}`;
  if (labs <= seats) return { subject: "labs", health: "good", seen };
  const next = "The last ones find no nodes. Make groups that share a seat, or add seats to the inventory.";
  return { subject: "labs", health: "wrong", seen, next };
}

function nodesOf(reports: NodeReport[]): DryRunFinding {
  const worst = worstOf(reports.flatMap(({ findings }) => findings));
  const bad = reports.filter(({ findings }) => worstOf(findings) !== "good").length;
  if (worst === "good")
    return { subject: "nodes", health: "good", seen: `all ${reports.length} nodes are well`, reports };
  return {
    ...{ subject: "nodes", health: worst, seen: `${bad} of ${reports.length} nodes need a look`, reports },
    next: "Each is named below with its next move.",
  };
}

function answers(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: ANSWER_WITHIN_MS });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("timeout", () => socket.destroy(new Error(`${host}:${port} does not answer`)));
    socket.once("error", reject);
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
