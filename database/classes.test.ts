import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Class } from "./classes.ts";
import { startTestDatabase, type TestDatabase } from "./testing/test-database.ts";

let test: TestDatabase;
let made: Class;

beforeAll(async () => {
  test = await startTestDatabase();
  const teacher = await test.database.people.administrator();
  made = await test.database.classes.create({
    ...{ name: "Monday", courseId: "course", chapters: ["one"], timeZone: "Africa/Nairobi", teacher },
  });
});
afterAll(() => test.stop());

const join = (name: string, code = made.joinCode!, personId?: string) =>
  test.database.classes.join({ code, name, ...(personId && { personId }) });

describe("a class", () => {
  it("is taught by whoever made it, and by nobody else", async () => {
    const { id } = await test.database.people.administrator();
    expect(await test.database.classes.isTaughtBy(made.id, id)).toBe(true);
    expect(await test.database.classes.isTaughtBy(made.id, "local-learner")).toBe(false);
    expect(await test.database.classes.isTaughtBy("none", id)).toBe(false);
  });

  it("tells students of one name apart and gives each a seat, also when they join at once", async () => {
    const joined = await Promise.all(["Ana", "Ana", "Ana", "李"].map((name) => join(name)));
    const names = joined.map((one) => one.kind === "joined" && one.displayName).sort();
    expect(names).toEqual(["Ana", "Ana (2)", "Ana (3)", "李"]);
    const standings = await test.database.classes.standings(made.id);
    expect(standings.map(({ seat }) => seat)).toEqual(["s1", "s2", "s3", "s4"]);
  });

  it("takes a code however it is typed, and refuses another", async () => {
    const typed = ` ${made.joinCode!.slice(0, 4).toLowerCase()} - ${made.joinCode!.slice(4)}`;
    expect(await join("Ben", typed)).toMatchObject({ kind: "joined" });
    expect(await join("Ben", "AAAABBBB")).toEqual({ kind: "unknown-code" });
    expect(await join("Ben", "")).toEqual({ kind: "unknown-code" });
  });

  it("somebody who is in it already joins again as the same", async () => {
    const first = await join("Chi");
    const personId = first.kind === "joined" ? first.personId : "";
    expect(await join("Another", made.joinCode!, personId)).toMatchObject({ displayName: "Chi", again: true });
  });

  it("each student's lab is their own, kept apart from one outside the class, and stands at the seat", async () => {
    const { classes, labs } = test.database;
    const joined = await join("Dee");
    const personId = joined.kind === "joined" ? joined.personId : "";
    const of = { personId, courseId: "course", nodes: ["pve1"] };
    const alone = await labs.findOrCreate(of);
    const inClass = await labs.findOrCreate({ ...of, classId: made.id });
    expect(inClass.lab.id).not.toBe(alone.lab.id);
    expect((await labs.findOrCreate({ ...of, classId: made.id })).lab.id).toBe(inClass.lab.id);
    const standing = (await classes.standings(made.id)).find((one) => one.personId === personId);
    expect(standing).toMatchObject({ labId: inClass.lab.id, present: false });
    expect((await classes.standings(made.id, [inClass.lab.id])).map((one) => one.personId)).toEqual([personId]);
    expect(await classes.seatOf(personId, "course")).toMatchObject({ classId: made.id, chapters: ["one"] });
  });

  it("says that a code has expired, and one that was closed is unknown", async () => {
    const { classes, people } = test.database;
    const teacher = await people.administrator();
    const over = await classes.create({
      ...{ name: "Over", courseId: "course", chapters: [], timeZone: "UTC", teacher, joinUntil: new Date(0) },
    });
    expect(await join("Eve", over.joinCode!)).toEqual({ kind: "expired", className: "Over" });
    await classes.setJoining(over.id, true);
    expect(await join("Eve", over.joinCode!)).toEqual({ kind: "unknown-code" });
    const open = await classes.find(over.id);
    await classes.archive(over.id);
    expect(await join("Eve", open!.joinCode!)).toEqual({ kind: "unknown-code" });
  });
});
