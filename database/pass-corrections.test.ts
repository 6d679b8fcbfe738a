import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Observation } from "../grader/observation.ts";
import { receiptOf } from "../grader/receipt.ts";
import { startTestDatabase, type TestDatabase } from "./testing/test-database.ts";

let test: TestDatabase;
let classId: string;
let labId: string;
let authorId: string;
let [ana, ben, chi] = ["", "", ""];
const stepKey = "course/one/create";

beforeAll(async () => {
  test = await startTestDatabase();
  const { classes, groups, labs, people } = test.database;
  const teacher = await people.administrator();
  authorId = teacher.id;
  const made = await classes.create({
    ...{ name: "Groups", courseId: "course", chapters: ["one"], timeZone: "UTC", teacher },
  });
  classId = made.id;
  const added = await classes.addStudents(classId, ["Ana", "Ben", "Chi"]);
  [ana = "", ben = "", chi = ""] = added?.map(({ personId }) => personId) ?? [];
  for (const id of [ana, ben, chi]) await groups.put(classId, id, "Red");
  const seat = await classes.seatOf(ana, "course");
  const { lab } = await labs.findOrCreate({
    ...{ personId: ana, courseId: "course", nodes: ["pve1"], classId, groupId: seat?.groupId },
  });
  labId = lab.id;
});
afterAll(() => test.stop());

const pass = async (personId: string) => {
  const groupId = (await test.database.labs.find(labId))?.groupId ?? null;
  const observation = { takenAt: new Date(0).toISOString(), nodes: [] } as unknown as Observation;
  const receipt = receiptOf({ lab: { backend: "simulated" }, observation, verdicts: [], graderVersion: "1" });
  return test.database.stepPasses.record({ stepKey, personId, labId, classId, groupId, contentHash: "now", receipt });
};
const correct = (personId: string, credited: boolean, reason = "was ill") =>
  test.database.passCorrections.correct({ ...{ classId, labId, stepKey, personId, credited, reason, authorId } });
const credited = async () => {
  const [step] = await test.database.passCorrections.credits(classId, [labId]);
  return step?.credited.map(({ name }) => name).sort();
};

describe("who of a group is credited", () => {
  it("are those whom the grader saw there, and nobody for a step that nobody passed", async () => {
    expect(await correct(chi, true)).toBe(false);
    expect(await credited()).toBeUndefined();
    await pass(ana);
    await pass(ben);
    expect(await credited()).toEqual(["Ana", "Ben"]);
  });

  it("is corrected by an instructor with a reason, and the grader does not overrule that", async () => {
    expect(await correct(ben, false)).toBe(true);
    expect(await correct(ben, false)).toBe(false);
    expect(await pass(ben)).toBe(false);
    expect(await credited()).toEqual(["Ana"]);
    expect(await test.database.stepPasses.receipts(ben, classId)).toEqual([]);
    expect(await correct(chi, true, "sat beside them")).toBe(true);
    expect(await correct(chi, true)).toBe(false);
    expect(await credited()).toEqual(["Ana", "Chi"]);
    const [step] = await test.database.passCorrections.credits(classId, [labId]);
    expect(step?.corrections.map(({ name, credited: now, reason }) => [name, now, reason])).toEqual([
      ["Ben", false, "was ill"],
      ["Chi", true, "sat beside them"],
    ]);
  });

  it("a pass that is given back is the one that was taken, at its old time", async () => {
    const [before] = await test.database.stepPasses.receipts(ana, classId);
    expect(await correct(ana, false)).toBe(true);
    expect(await correct(ana, true)).toBe(true);
    expect(await test.database.stepPasses.receipts(ana, classId)).toEqual([before]);
    expect((await test.database.stepPasses.receipts(chi, classId))[0]?.passedAt).toEqual(before?.passedAt);
    const { prisma } = test.database;
    expect(await prisma.$queryRaw`SELECT id FROM step_pass WHERE receipt IS NULL OR judged_again IS NOT NULL`).toEqual(
      [],
    );
  });

  it("goes with the class", async () => {
    const { prisma, classes } = test.database;
    expect(await prisma.passCorrection.count()).toBeGreaterThan(0);
    await test.database.typing.typed(labId, ana, "pve1");
    await classes.remove(classId);
    expect([await prisma.passCorrection.count(), await prisma.typingSpan.count()]).toEqual([0, 0]);
  });
});

describe("when whose terminal typed", () => {
  it("is kept in spans for the labs of groups, and for no other", async () => {
    const { classes, groups, labs, people, typing } = test.database;
    const teacher = await people.administrator();
    const { id } = await classes.create({
      ...{ name: "Typing", courseId: "course", chapters: ["one"], timeZone: "UTC", teacher },
    });
    const [one] = (await classes.addStudents(id, ["Ana"])) ?? [];
    const personId = one?.personId ?? "";
    const alone = await labs.findOrCreate({ personId, courseId: "course", nodes: ["pve1"], classId: id });
    await typing.typed(alone.lab.id, personId, "pve1");
    expect(await typing.ofLab(alone.lab.id, 10)).toEqual([]);
    await groups.put(id, personId, "Red");
    const groupId = (await classes.seatOf(personId, "course"))?.groupId;
    const { lab } = await labs.findOrCreate({ personId, courseId: "course", nodes: ["pve1"], classId: id, groupId });
    for (const node of ["pve1", "pve1", "pve2"]) await typing.typed(lab.id, personId, node);
    const spans = await typing.ofLab(lab.id, 10);
    expect(spans.map(({ node }) => node).sort()).toEqual(["pve1", "pve2"]);
    await test.database.prisma.$executeRaw`UPDATE typing_span SET until_at = now() - interval '3 minutes'`;
    await typing.typed(lab.id, personId, "pve1");
    expect((await typing.ofLab(lab.id, 10)).map(({ node }) => node).sort()).toEqual(["pve1", "pve1", "pve2"]);
  });
});
