import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../classroom/person.ts";
import { fingerprintOf, signRecord, verifyRecord } from "../../classroom/record/record-signature.ts";
import { type Course, coursesOf } from "../../content/pipeline/courses.ts";
import { startTestDatabase, type TestDatabase } from "../../database/testing/test-database.ts";
import type { WebRuntime } from "../../server/web-runtime.ts";
import { ownRecord, studentRecord } from "./load-record.ts";

const chapter = (id: string, number: number, exercise: boolean) => ({
  ...{ id, was: [], number, title: id, core: !exercise, exercise },
  steps: [{ id: "step", title: "Step", checks: [{ id: "check", weight: 1 }] }],
});
const course = {
  ...{ id: "course", was: [], title: "Course" },
  chapters: [chapter("one", 1, false), chapter("final", 2, true)],
} as unknown as Course;
const { privateKey } = generateKeyPairSync("ed25519");
const publicKey = createPublicKey(privateKey);

let test: TestDatabase;
let runtime: Pick<WebRuntime, "mode" | "database" | "courses" | "records">;
let ana: Person;
let classId: string;
let teacher: Person;
beforeAll(async () => {
  test = await startTestDatabase();
  const { database } = test;
  runtime = {
    ...{ mode: "shared", database, courses: async () => coursesOf([course]) },
    records: {
      ...{ publicPem: "", fingerprint: fingerprintOf(publicKey), quorate: "1+a" },
      sign: (record) => signRecord(record, privateKey),
    },
  };
  teacher = await database.people.administrator();
  const made = await database.classes.create({
    ...{ name: "Monday", courseId: "course", chapters: ["one", "final"], timeZone: "UTC", teacher },
  });
  classId = made.id;
  const joined = await database.classes.join({ code: made.joinCode!, name: "Ana" });
  ana = (await database.people.find(joined.kind === "joined" ? joined.personId : ""))!;
  const own = { personId: ana.id, courseId: "course", nodes: ["pve1"] };
  const { lab: alone } = await database.labs.findOrCreate(own);
  const { lab } = await database.labs.findOrCreate({ ...own, classId });
  const pass = { personId: ana.id, contentHash: "h" };
  await database.stepPasses.record({ ...pass, stepKey: "course/one/step", labId: alone.id });
  await database.exerciseStarts.record({
    ...{ labId: lab.id, chapterKey: "course/final", personId: ana.id, groupId: null, drawn: {} },
  });
  await database.stepPasses.record({ ...pass, stepKey: "course/final/step", labId: lab.id, classId });
});
afterAll(() => test.stop());

describe("a learner's record", () => {
  it("is of all that they did in the course, named for the class where it was done, and verifies", async () => {
    const record = await ownRecord(runtime, ana, course);
    expect(record).toMatchObject({ class: null, keyHeldBy: "installation", learner: { name: "Ana" } });
    expect(record.course).toMatchObject({ stepsPassed: 2, coreStepsPassed: 1 });
    expect(record.chapters.map(({ steps }) => steps[0]!.passed!.class)).toEqual([null, "Monday"]);
    expect(record.exercise).toMatchObject({ score: 1, timesBegun: 1, seconds: expect.any(Number) });
    const file = JSON.stringify(runtime.records.sign(record), null, 2);
    expect(verifyRecord(file, publicKey)).toEqual({ kind: "good", record });
  });

  it("says that its learner held the key, alone and of whoever runs the server", async () => {
    const alone = await ownRecord({ ...runtime, mode: "self-paced" }, ana, course);
    expect(alone).toMatchObject({ keyHeldBy: "learner", learner: { name: "Local learner" } });
    expect((await ownRecord(runtime, teacher, course)).keyHeldBy).toBe("learner");
  });
});

describe("a student's record for their instructor", () => {
  it("is of this class alone", async () => {
    const record = await studentRecord(runtime, classId, ana.id);
    expect(record).toMatchObject({
      ...{ keyHeldBy: "installation", learner: { id: ana.id, name: "Ana" } },
      class: { id: classId, name: "Monday", seat: "1", group: null },
    });
    expect(record?.course).toMatchObject({ stepsPassed: 1, coreStepsPassed: 0 });
  });

  it("is not there for somebody who is not a student of it", async () => {
    expect(await studentRecord(runtime, classId, teacher.id)).toBeUndefined();
    expect(await studentRecord(runtime, "none", ana.id)).toBeUndefined();
  });
});
