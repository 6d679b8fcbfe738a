import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Course, findChapter, loadCourses } from "../content/pipeline/load-chapter.ts";
import type { Database } from "../database/database.ts";
import { newId } from "../database/ids.ts";
import { startTestDatabase, type TestDatabase } from "../database/testing/test-database.ts";
import { loadChapterChecks } from "./chapter-checks.ts";
import type { CheckContext } from "./checks/check.ts";
import { lab } from "./checks/sample-lab.ts";
import { startGrader } from "./grader-process.ts";
import { judge } from "./judge.ts";
import { judgeAgain } from "./judge-again.ts";
import { judgementOf, unpackJudgement } from "./judgement.ts";
import { recordVerdicts } from "./record-verdicts.ts";

const KEY = "vm-migration-and-clustering/create-a-cluster";
let test: TestDatabase;
let database: Database;
let folder: string;
let courses: Course[];
let contentHash: string;

beforeAll(async () => {
  test = await startTestDatabase();
  database = test.database;
  folder = await mkdtemp(join(tmpdir(), "quorate-again-"));
  courses = await loadCourses();
  contentHash = findChapter(courses, KEY)!.contentHash;
}, 120_000);
afterAll(async () => {
  await test?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The course with another check in place of `clusterNamed`: any name is right, or no real one is. */
async function coursesWith(kind: "lenient" | "strict"): Promise<Course[]> {
  const real = findChapter(courses, KEY)!;
  const code = await readFile(join(real.folder, "checks.ts"), "utf8");
  const vocabulary = new URL("./checks/", import.meta.url).href;
  const instead = kind === "lenient" ? 'clusterExists({ on: "pve1" })' : 'clusterNamed({ on: "pve1", name: "none" })';
  const changed = `import { clusterExists } from "${vocabulary}cluster.ts";\n${code}`
    .replaceAll("../../../grader/checks/", vocabulary)
    .replace(/clusterNamed\(\{[^;]*?\}\),/, `${instead},`);
  expect(changed).toContain(instead);
  const at = join(folder, kind);
  await mkdir(at, { recursive: true });
  await writeFile(join(at, "checks.ts"), changed);
  return courses.map((course) => ({
    ...course,
    chapters: course.chapters.map((chapter) =>
      chapter.chapter.id === real.chapter.id ? { ...chapter, folder: at, contentHash: kind } : chapter,
    ),
  }));
}

/** A student of a class whose lab looked like this, judged as the grader judges. */
async function student(classId: string, name: string, seen: ReturnType<typeof lab>) {
  const id = newId();
  await database.prisma.person.create({ data: { id, name, email: `${id}@no-mail.invalid` } });
  await database.prisma.enrolment.create({ data: { id: newId(), classId, personId: id, displayName: name } });
  const { lab: own } = await database.labs.findOrCreate({
    ...{ personId: id, courseId: "vm-migration-and-clustering", nodes: ["pve1", "pve2", "pve3"] },
    ...{ variables: { clusterName: "lab" }, classId },
  });
  await look(own.id, seen);
  return { personId: id, labId: own.id };
}

async function look(labId: string, observation: ReturnType<typeof lab>) {
  const own = (await database.labs.find(labId))!;
  const chapter = findChapter(courses, KEY)!;
  const baseline = { ...lab({ pve1: "alone", pve2: "alone", pve3: "alone" }), takenAt: "2026-11-23T00:00:00.000Z" };
  const context: CheckContext = {
    observation,
    baseline,
    history: [],
    variables: own.variables,
    passedSteps: new Set(),
  };
  const verdicts = judge(chapter, await loadChapterChecks(chapter), context);
  const judgement = judgementOf({ key: KEY, contentHash, graderVersion: "1" }, context, verdicts);
  return recordVerdicts(database, { lab: own, chapterKey: KEY, contentHash, verdicts, judgement });
}

async function newClass(): Promise<string> {
  const id = newId();
  await database.prisma.class.create({
    data: { id, name: "Friday", courseId: "vm-migration-and-clustering", timeZone: "UTC" },
  });
  return id;
}

const passes = async (personId: string) =>
  (await database.stepPasses.receipts(personId)).map(({ stepKey }) => stepKey.split("/")[2]).sort();
const one = { cluster: "lab", members: ["pve1"] };
const misnamed = { cluster: "other", members: ["pve1"] };
const again = (classId: string, more: object = {}) => ({
  ...{ classId, keyPrefix: KEY, by: "Ina", graderVersion: "2" },
  ...more,
});

describe("judging again", () => {
  it("changes nothing with the same checks, however often", async () => {
    const classId = await newClass();
    const { personId } = await student(classId, "Ada", lab({ pve1: one, pve2: "alone", pve3: "alone" }));
    expect(await passes(personId)).toEqual(["create"]);
    const before = await database.attempts.ofPerson(personId, KEY, 100);
    for (let time = 0; time < 2; time++) {
      expect(await judgeAgain(database, courses, again(classId))).toMatchObject({
        ...{ people: 1, judgements: 1, unread: 0, changes: [] },
      });
    }
    expect(await database.attempts.ofPerson(personId, KEY, 100)).toEqual(before);
  });

  it("passes what a corrected check accepts, from what was seen then, and the receipt says so", async () => {
    const classId = await newClass();
    const { personId, labId } = await student(classId, "Ben", lab({ pve1: misnamed, pve2: "alone", pve3: "alone" }));
    expect(await passes(personId)).toEqual([]);
    const lenient = await coursesWith("lenient");
    const dry = await judgeAgain(database, lenient, again(classId, { dryRun: true }));
    expect(dry.changes).toMatchObject([{ personId, stepKey: `${KEY}/create`, kind: "passes-now" }]);
    expect(await passes(personId)).toEqual([]);
    const state = await database.attempts.latest(labId, KEY);
    for (let time = 0; time < 2; time++) await judgeAgain(database, lenient, again(classId));
    expect(await passes(personId)).toEqual(["create"]);
    const [kept] = await database.stepPasses.receipts(personId, classId);
    expect(kept).toMatchObject({
      ...{ contentHash: "lenient", judgedAgain: { by: "Ina", outcome: "passed", graderVersion: "2" } },
      receipt: { observedAt: "2026-11-23T00:12:08.000Z", graderVersion: "2" },
      // It was so when it was seen: what came later, a chapter begun anew for one, does not have it.
      passedAt: new Date("2026-11-23T00:12:08.000Z"),
    });
    const added = (await database.attempts.ofPerson(personId, KEY, 100)).filter(({ trigger }) => trigger === "again");
    expect(added.map(({ verdict }) => verdict.outcome)).toEqual(added.map(() => "passed"));
    expect(added.length).toBeGreaterThan(0);
    expect(new Set(added.map(({ verdict }) => verdict.key)).size).toBe(added.length);
    // The light beside the pass tells of the lab now, which nobody has looked at.
    expect(await database.attempts.latest(labId, KEY)).toEqual(state);
    const stored = await database.judgements.find(kept!.judgementId!);
    expect((await unpackJudgement(stored!.body)).outcomes["create/cluster-named"]).toBe("not-yet");
  });

  it("leaves a pass that today's checks would not give, and says so beside it", async () => {
    const classId = await newClass();
    const { personId } = await student(classId, "Cleo", lab({ pve1: one, pve2: "alone", pve3: "alone" }));
    const strict = await coursesWith("strict");
    const { changes } = await judgeAgain(database, strict, again(classId, { keyPrefix: `${KEY}/create` }));
    expect(changes).toEqual([
      {
        ...{ personId, stepKey: `${KEY}/create`, kind: "stays" },
        checks: [{ key: `${KEY}/create/cluster-named`, was: "passed", now: "not-yet" }],
      },
    ]);
    expect(await passes(personId)).toEqual(["create"]);
    const [kept] = await database.stepPasses.receipts(personId);
    expect(kept).toMatchObject({ contentHash, judgedAgain: { outcome: "not-yet", contentHash: "strict" } });
    expect(kept!.receipt!.checks.every(({ outcome }) => outcome === "passed")).toBe(true);
  });

  it("is done by a grader for an instructor who asks, once for two who ask together, and the class hears of it", async () => {
    const classId = await newClass();
    const { personId } = await student(classId, "Dora", lab({ pve1: misnamed, pve2: "alone", pve3: "alone" }));
    const quiet = { info: () => {}, warn: () => {}, error: () => {} };
    const reach = () => Promise.reject(new Error("nobody looks"));
    const wish = { classId, keyPrefix: KEY, askedById: personId };
    const [first, second] = await Promise.all([database.judgements.ask(wish), database.judgements.ask(wish)]);
    expect(first).toBe(second);
    // A grader that died over it left its hold; the next one waits for that and does the whole.
    expect((await database.judgements.claim(50))?.id).toBe(first);
    const timing = { sweepMs: 50 };
    const grader = await startGrader({
      ...{ database, labs: { reach }, log: quiet, timing },
      courses: await coursesWith("lenient"),
    });
    await expect.poll(async () => (await database.judgements.ofClass(classId, 1))[0]?.finishedAt).toBeTruthy();
    await grader.stop();
    expect(await database.judgements.ofClass(classId, 5)).toMatchObject([
      { id: first, trouble: null, result: { changes: [{ personId, kind: "passes-now" }] } },
    ]);
    expect(await passes(personId)).toEqual(["create"]);
  });

  it("forgets what was seen with the person, and with the class", async () => {
    const classId = await newClass();
    const { personId } = await student(classId, "Eve", lab({ pve1: one, pve2: "alone", pve3: "alone" }));
    const count = () => database.prisma.judgement.count({ where: { personId } });
    expect(await count()).toBe(1);
    await database.classes.remove(classId);
    expect(await count()).toBe(0);
  });
});

describe("two graders that judged the same look", () => {
  it("add one attempt for each check, and keep what they judged once", async () => {
    const classId = await newClass();
    const seen = lab({ pve1: one, pve2: "alone", pve3: "alone" });
    const { personId, labId } = await student(classId, "Fay", lab({ pve1: "alone", pve2: "alone", pve3: "alone" }));
    const before = (await database.attempts.ofPerson(personId, KEY, 100)).length;
    const added = await Promise.all([look(labId, seen), look(labId, seen), look(labId, seen)]);
    const attempts = await database.attempts.ofPerson(personId, KEY, 100);
    expect(attempts.length - before).toBe(added.reduce((sum, one) => sum + one, 0));
    const keys = attempts.slice(0, attempts.length - before).map(({ verdict }) => verdict.key);
    expect(new Set(keys).size).toBe(keys.length);
    const nothing = { attempts: { none: {} }, stepPasses: { none: {} } };
    expect(await database.prisma.judgement.count({ where: { personId, ...nothing } })).toBe(0);
  });
});
