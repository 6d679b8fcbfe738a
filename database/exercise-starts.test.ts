import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "./testing/test-database.ts";

let test: TestDatabase;
beforeAll(async () => {
  test = await startTestDatabase();
});
afterAll(() => test.stop());

const chapterKey = "course/final";
const of = (labId: string, personId: string, fault: string) => ({
  ...{ labId, chapterKey, personId, groupId: null, drawn: { fault } },
});

describe("starts of an exercise", () => {
  it("are told oldest first, of the labs and the chapter that are asked for, and outlive the lab", async () => {
    const { exerciseStarts, labs, people } = test.database;
    const person = await people.localLearner();
    const { lab } = await labs.findOrCreate({ personId: person.id, courseId: "course", nodes: ["pve1"] });
    await exerciseStarts.record(of(lab.id, person.id, "ghost"));
    await exerciseStarts.record(of(lab.id, person.id, "power-off"));
    await exerciseStarts.record(of("other", person.id, "ghost"));
    await labs.remove(lab.id);
    const starts = await exerciseStarts.ofLabs([lab.id], chapterKey);
    expect(starts.map(({ drawn }) => drawn.fault)).toEqual(["ghost", "power-off"]);
    expect(await exerciseStarts.ofLabs([lab.id], "course/other")).toEqual([]);
    expect(await exerciseStarts.ofLabs([], chapterKey)).toEqual([]);
  });

  it("go with the class whose labs they were begun on, and with the person", async () => {
    const { classes, exerciseStarts, labs, people } = test.database;
    const made = await classes.create({
      ...{ name: "Monday", courseId: "course", chapters: ["final"], timeZone: "UTC" },
      teacher: await people.administrator(),
    });
    const joined = await classes.join({ code: made.joinCode!, name: "Ana" });
    const personId = joined.kind === "joined" ? joined.personId : "";
    const own = { personId, courseId: "course", nodes: ["pve1"] };
    const { lab: alone } = await labs.findOrCreate(own);
    const { lab } = await labs.findOrCreate({ ...own, classId: made.id });
    await exerciseStarts.record(of(lab.id, personId, "ghost"));
    await exerciseStarts.record(of(alone.id, personId, "ghost"));
    await classes.remove(made.id);
    expect(await exerciseStarts.ofLabs([lab.id], chapterKey)).toEqual([]);
    expect(await exerciseStarts.ofLabs([alone.id], chapterKey)).toHaveLength(1);
    await people.remove(personId);
    expect(await exerciseStarts.ofLabs([alone.id], chapterKey)).toEqual([]);
  });
});
