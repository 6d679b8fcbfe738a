import { afterAll, beforeAll, expect, it } from "vitest";
import { newId } from "../database/ids.ts";
import { startTestDatabase, type TestDatabase } from "../database/testing/test-database.ts";
import { exerciseOf } from "./exercise-of.ts";

const KEY = "course/exercise";
let test: TestDatabase;
beforeAll(async () => {
  test = await startTestDatabase();
}, 120_000);
afterAll(() => test?.stop());

it("what was judged again is no moment of the exercise: its score is of what was whole at one time", async () => {
  const { database } = test;
  const personId = newId();
  await database.prisma.person.create({ data: { id: personId, name: "Ada", email: `${personId}@no-mail.invalid` } });
  const { lab } = await database.labs.findOrCreate({ personId, courseId: "course", nodes: ["pve1"], variables: {} });
  await database.exerciseStarts.record({ labId: lab.id, chapterKey: KEY, drawn: {}, personId, groupId: null });
  const verdict = (check: string, outcome: "passed" | "not-yet") => ({
    ...{ key: `${KEY}/restore/${check}`, outcome, weight: 1, message: { id: "healthy.yes" } },
    evidence: [],
  });
  const look = { people: [{ personId }], labId: lab.id, labBackend: lab.backend, contentHash: "h" };
  const record = (verdicts: ReturnType<typeof verdict>[]) =>
    database.attempts.record({ ...look, verdicts, trigger: "watch" });
  await record([verdict("one", "not-yet"), verdict("two", "not-yet")]);
  await record([verdict("one", "passed"), verdict("two", "not-yet")]);
  const chapter = {
    steps: [
      {
        id: "restore",
        checks: [
          { id: "one", weight: 1 },
          { id: "two", weight: 1 },
        ],
      },
    ],
  };
  const score = async () => (await exerciseOf(database, personId, KEY, chapter, { labId: lab.id })).score;
  expect(await score()).toBe(0.5);
  const classId = newId();
  await database.prisma.class.create({ data: { id: classId, name: "Friday", courseId: "course", timeZone: "UTC" } });
  const judgementId = await database.judgements.save({
    ...{ personId, labId: lab.id, classId, chapterKey: KEY, observedAt: new Date(), body: new Uint8Array(1) },
  });
  await database.attempts.recordAgain({
    ...{ personId, labId: lab.id, labBackend: lab.backend, classId, groupId: null, contentHash: "h2" },
    ...{ judgementId, verdicts: [verdict("two", "passed")] },
  });
  expect(await score()).toBe(0.5);
});
