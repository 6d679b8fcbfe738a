import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "./testing/test-database.ts";

let test: TestDatabase;
const dayMs = 24 * 60 * 60 * 1000;

beforeAll(async () => {
  test = await startTestDatabase();
});
afterAll(() => test.stop());

async function classWithStudent() {
  const { people, classes, labs } = test.database;
  const teacher = await people.localLearner();
  const options = { name: "Class", courseId: "course", chapters: ["one"], timeZone: "UTC", teacher };
  const made = await classes.create(options);
  const join = async () => {
    const joined = await classes.join({ code: made.joinCode ?? "", name: "Ana" });
    if (joined.kind !== "joined") throw new Error(joined.kind);
    const own = { personId: joined.personId, courseId: "course", nodes: ["pve1"], classId: made.id };
    return { personId: joined.personId, labId: (await labs.findOrCreate(own)).lab.id };
  };
  return { classId: made.id, join };
}

describe("recordings", () => {
  it("are off in a class unless decided, and outside of one always", async () => {
    const { recordings, labs } = test.database;
    const { join } = await classWithStudent();
    const { labId, personId } = await join();
    expect(await recordings.rule(labId, personId)).toMatchObject({ on: false, off: false, keptDays: 30 });
    const { lab } = await labs.findOrCreate({ personId, courseId: "other", nodes: ["pve1"] });
    expect(await recordings.rule(lab.id, personId)).toBeUndefined();
  });

  it("are switched on before the first student joins, never after, and off at any time", async () => {
    const { recordings } = test.database;
    const { classId, join } = await classWithStudent();
    expect(await recordings.setClass(classId, { on: true, keptDays: 10 })).toBe(true);
    const { labId, personId } = await join();
    expect(await recordings.rule(labId, personId)).toMatchObject({ on: true, keptDays: 10 });
    expect(await recordings.setClass(classId, { on: true, keptDays: 60 })).toBe(false);
    expect(await recordings.setClass(classId, { on: false, keptDays: 10 })).toBe(true);
    expect(await recordings.setClass(classId, { on: true, keptDays: 10 })).toBe(false);
    expect(await recordings.ofClass(classId)).toEqual({ on: false, keptDays: 10 });
  });

  it("are switched off by a student for their own terminals alone", async () => {
    const { recordings } = test.database;
    const { classId, join } = await classWithStudent();
    await recordings.setClass(classId, { on: true, keptDays: 30 });
    const [one, other] = [await join(), await join()];
    await recordings.setOff(classId, one.personId, true);
    expect(await recordings.rule(one.labId, one.personId)).toMatchObject({ on: true, off: true });
    expect(await recordings.rule(other.labId, other.personId)).toMatchObject({ on: true, off: false });
  });

  it("expire after the class's days, counted from their end or the class's, whichever is later, and go with the person", async () => {
    const { recordings, people } = test.database;
    const { classId, join } = await classWithStudent();
    await recordings.setClass(classId, { on: true, keptDays: 2 });
    const { labId, personId } = await join();
    const place = { personId, classId, labId, node: "pve1", slot: "1", gateway: "g" };
    await recordings.begin({ id: "ended", ...place });
    await recordings.begin({ id: "going-on", ...place });
    await recordings.end("ended", { durationMs: 5, bytes: 7 });
    expect(await recordings.expired(Date.now() + dayMs)).toEqual([]);
    expect(await recordings.expired(Date.now() + 3 * dayMs)).toEqual(["ended"]);
    const ends = { startsAt: null, endsAt: new Date(Date.now() + 2 * dayMs), timeZone: "UTC" };
    await test.database.classes.setDates(classId, ends);
    expect(await recordings.expired(Date.now() + 3 * dayMs)).toEqual([]);
    expect(await recordings.expired(Date.now() + 5 * dayMs)).toEqual(["ended"]);
    await test.database.classes.setDates(classId, { ...ends, endsAt: new Date(0) });
    expect(await recordings.expired(Date.now() + 3 * dayMs)).toEqual(["ended"]);
    expect((await recordings.unfinished("g")).map(({ id }) => id)).toEqual(["going-on"]);
    const [first] = await recordings.list({ labId, personId });
    expect(first).toMatchObject({ id: "going-on", name: "Ana", endedAt: null });
    await people.remove(personId);
    expect(await recordings.existing(["ended", "going-on"])).toEqual(new Set());
  });
});
