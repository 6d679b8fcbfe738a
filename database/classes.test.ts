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
    expect((await classes.standings(made.id, { labIds: [inClass.lab.id] })).map((one) => one.personId)).toEqual([
      personId,
    ]);
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

describe("the dates of a class", () => {
  const hour = 60 * 60_000;
  const dated = async (startsAt: Date | null, endsAt: Date | null) => {
    const teacher = await test.database.people.administrator();
    return test.database.classes.create({
      ...{ name: "Dated", courseId: "course", chapters: [], timeZone: "Africa/Nairobi", teacher, startsAt, endsAt },
    });
  };

  it("open the joining an hour before the start, and close it at the end; who is in already comes back", async () => {
    const { classes } = test.database;
    const now = Date.now();
    const tomorrow = await dated(new Date(now + 24 * hour), null);
    expect(await join("Early", tomorrow.joinCode!)).toEqual({
      ...{ kind: "early", className: "Dated", timeZone: "Africa/Nairobi" },
      opensAt: new Date(now + 23 * hour),
    });
    const soon = await dated(new Date(now + hour / 2), new Date(now + 5 * hour));
    const joined = await join("In time", soon.joinCode!);
    expect(joined).toMatchObject({ kind: "joined" });
    const endsAt = new Date(now - 1);
    await classes.setDates(soon.id, { startsAt: null, endsAt, timeZone: "UTC" });
    expect(await join("Late", soon.joinCode!)).toEqual({
      ...{ kind: "over", className: "Dated", endedAt: endsAt, timeZone: "UTC" },
    });
    const personId = joined.kind === "joined" ? joined.personId : "";
    expect(await join("In time", soon.joinCode!, personId)).toMatchObject({ kind: "joined", again: true });
  });
});

describe("somebody in several classes", () => {
  it("works in the one joined last, until another is chosen", async () => {
    const { classes, enrolments } = test.database;
    const teacher = await test.database.people.administrator();
    const other = await classes.create({
      ...{ name: "Tuesday", courseId: "course", chapters: ["two"], timeZone: "UTC", teacher },
    });
    const first = await join("Vera");
    const personId = first.kind === "joined" ? first.personId : "";
    expect(await join("Vera", other.joinCode!, personId)).toMatchObject({ kind: "joined", again: false });
    const names = async () => (await enrolments.attended(personId)).map(({ className, chosen }) => [className, chosen]);
    expect((await classes.seatOf(personId, "course"))?.classId).toBe(other.id);
    expect(await names()).toEqual([
      ["Tuesday", true],
      ["Monday", false],
    ]);
    expect(await enrolments.choose(made.id, personId)).toBe(true);
    expect((await classes.seatOf(personId, "course"))?.classId).toBe(made.id);
    expect(await names()).toEqual([
      ["Monday", true],
      ["Tuesday", false],
    ]);
    expect(await enrolments.choose(made.id, teacher.id)).toBe(false);
    await classes.archive(other.id);
    expect(await enrolments.choose(other.id, personId)).toBe(false);
    expect(await names()).toEqual([["Monday", true]]);
  });
});

describe("a seat", () => {
  it("is corrected: a free one is taken, of a taken one both change places, and labs go with their people", async () => {
    const { classes, enrolments, labs } = test.database;
    const teacher = await test.database.people.administrator();
    const room = await classes.create({
      ...{ name: "Seats", courseId: "course", chapters: [], timeZone: "UTC", teacher },
    });
    const added = await classes.addStudents(room.id, ["Ana", "Ben"]);
    const [ana = "", ben = ""] = added?.map(({ personId }) => personId) ?? [];
    const { lab } = await labs.findOrCreate({ personId: ana, courseId: "course", nodes: ["a"], classId: room.id });
    const seats = async () =>
      (await classes.standings(room.id)).map(({ displayName, seat, labId }) => [displayName, seat, labId]);
    expect(await enrolments.moveToSeat(room.id, ana, "s2")).toEqual({ kind: "moved", labIds: [] });
    expect(await seats()).toEqual([
      ["Ben", "s1", null],
      ["Ana", "s2", lab.id],
    ]);
    expect(await enrolments.moveToSeat(room.id, ben, "s9")).toEqual({ kind: "moved", labIds: [] });
    expect((await seats()).map(([name, seat]) => [name, seat])).toEqual([
      ["Ana", "s2"],
      ["Ben", "s9"],
    ]);
    expect(await enrolments.moveToSeat(room.id, teacher.id, "s3")).toEqual({ kind: "unknown" });
    expect(await enrolments.moveToSeat(made.id, ana, "s3")).toEqual({ kind: "unknown" });
  });

  it("on real nodes brings the nodes of that name, and refuses those of somebody else", async () => {
    const { classes, enrolments, labs, inventories } = test.database;
    const teacher = await test.database.people.administrator();
    const nodes = [{ name: "a", host: "192.0.2.1" }];
    const summary = { seats: ["s1", "s2", "s3"].map((name) => ({ name, nodes })) };
    await inventories.save({ name: "room", sealed: "sealed", summary });
    const room = await classes.create({
      ...{ name: "Real", courseId: "course", chapters: [], timeZone: "UTC", teacher },
    });
    await inventories.use("room", { classId: room.id });
    const added = await classes.addStudents(room.id, ["Ana", "Ben"]);
    const [ana = "", ben = ""] = added?.map(({ personId }) => personId) ?? [];
    const of = async (personId: string) => {
      const { lab } = await labs.findOrCreate({ personId, courseId: "course", nodes: ["a"], classId: room.id });
      await inventories.claim(lab.id, "room");
      return lab.id;
    };
    const [labA, labB] = [await of(ana), await of(ben)];
    expect(await enrolments.moveToSeat(room.id, ana, "s2")).toEqual({ kind: "moved", labIds: [labA, labB] });
    expect((await inventories.ofLab(labA))?.seat).toBe("s2");
    expect((await inventories.ofLab(labB))?.seat).toBe("s1");
    expect(await enrolments.moveToSeat(room.id, ana, "s3")).toEqual({ kind: "moved", labIds: [labA] });
    const elsewhere = await labs.findOrCreate({ personId: teacher.id, courseId: "course", nodes: ["a"] });
    expect(await inventories.claim(elsewhere.lab.id, "room")).toBe("s2");
    expect(await enrolments.moveToSeat(room.id, ana, "s2")).toEqual({ kind: "nodes-taken" });
    expect((await inventories.ofLab(labA))?.seat).toBe("s3");
    // An instructor corrects it: two change places, one gives its seat up, and no lab ever has two.
    expect((await inventories.give("room", "s1", labA)).sort()).toEqual([labA, labB].sort());
    expect((await inventories.ofLab(labA))?.seat).toBe("s1");
    expect((await inventories.ofLab(labB))?.seat).toBe("s3");
    expect(await inventories.give("room", "s1", labA)).toEqual([]);
    expect(await inventories.give("room", "s3", null)).toEqual([labB]);
    expect(await inventories.ofLab(labB)).toBeUndefined();
    expect(await inventories.give("room", "s9", labB)).toEqual([]);
    await classes.archive(room.id);
    expect(await inventories.find("room")).toMatchObject({ inUse: false, classId: null });
    expect(await inventories.ofLab(labA)).toBeUndefined();
    expect(await inventories.ofLab(elsewhere.lab.id)).toBeDefined();
    await inventories.remove("room");
  });
});

describe("one student of a class", () => {
  const joined = async (name: string) => {
    const one = await join(name);
    return one.kind === "joined" ? one.personId : "";
  };

  it("is renamed in the class alone, with a number where the name is taken", async () => {
    const { classes, people } = test.database;
    const [first, second] = [await joined("Kofi"), await joined("Kofy")];
    expect(await classes.renameStudent(made.id, second, "Kofi")).toBe("Kofi (2)");
    expect(await classes.renameStudent(made.id, first, "Kofi")).toBe("Kofi");
    expect((await people.find(second))?.name).toBe("Kofy");
    expect(await classes.renameStudent(made.id, "nobody", "Kofi")).toBeUndefined();
  });

  it("who is taken out attends no more, and is back in the same seat after joining again", async () => {
    const { classes } = test.database;
    const id = await joined("Lena");
    const before = await classes.student(made.id, id);
    await classes.removeStudent(made.id, id);
    expect(await classes.student(made.id, id)).toBeUndefined();
    expect(await classes.isAttendedBy(made.id, id)).toBe(false);
    await join("Lena", made.joinCode!, id);
    expect((await classes.student(made.id, id))?.seat).toBe(before?.seat);
    expect(await classes.isAttendedBy(made.id, id)).toBe(true);
  });
});

describe("help in a class", () => {
  it("is asked for once by each student, answered in order, and ended by either", async () => {
    const { help, classes } = test.database;
    const { id: teacher } = await test.database.people.administrator();
    const ids: string[] = [];
    for (const name of ["Mia", "Noor"]) {
      const one = await join(name);
      if (one.kind === "joined") ids.push(one.personId);
    }
    const [mia = "", noor = ""] = ids;
    await Promise.all([1, 2, 3].map(() => help.ask({ classId: made.id, personId: mia, step: "c/one" })));
    await help.ask({ classId: made.id, personId: noor, note: "the fingerprint?" });
    await help.ask({ classId: made.id, personId: mia, step: "c/two" });
    const open = await help.open(made.id);
    expect(open.map(({ name, step, note }) => [name, step, note])).toEqual([
      ["Mia", "c/two", null],
      ["Noor", null, "the fingerprint?"],
    ]);
    const [first, second] = open;
    expect(await help.claim(made.id, first!.id, teacher)).toBe(true);
    expect((await help.open(made.id))[0]?.claimedBy?.id).toBe(teacher);
    expect(await help.claim("another class", first!.id, teacher)).toBe(false);
    expect(await help.resolve("another class", first!.id)).toBe(false);
    expect(await help.resolve(made.id, first!.id)).toBe(true);
    expect(await help.resolve(made.id, first!.id)).toBe(false);
    await help.withdraw(made.id, noor);
    expect(await help.open(made.id)).toEqual([]);
    expect(await help.claim(made.id, second!.id, teacher)).toBe(false);
    await help.ask({ classId: made.id, personId: noor });
    await classes.removeStudent(made.id, noor);
    expect(await help.open(made.id)).toEqual([]);
  });

  it("messages reach all or one student of the class, and nobody outside of it", async () => {
    const { classMessages } = test.database;
    const { id: authorId } = await test.database.people.administrator();
    const one = await join("Omar");
    const omar = one.kind === "joined" ? one.personId : "";
    expect(await classMessages.say({ classId: made.id, authorId, text: "Break until 11" })).toBe(true);
    expect(await classMessages.say({ classId: made.id, authorId, toPersonId: omar, text: "<b>look</b>" })).toBe(true);
    expect(await classMessages.say({ classId: made.id, authorId, toPersonId: "local-learner", text: "no" })).toBe(
      false,
    );
    const recent = await classMessages.recent(made.id);
    expect(recent.map(({ toPersonId, text }) => [toPersonId, text])).toEqual([
      [omar, "<b>look</b>"],
      [null, "Break until 11"],
    ]);
  });
});

describe("deleting a class", () => {
  it("takes its people, attempts and labs with it, but nobody who is elsewhere too", async () => {
    const { classes, people, labs, stepPasses, help } = test.database;
    const teacher = await people.administrator();
    const other = await classes.create({
      ...{ name: "Gone", courseId: "course", chapters: ["one"], timeZone: "Africa/Nairobi", teacher },
    });
    const ids: string[] = [];
    for (const name of ["Only here", "Elsewhere too"]) {
      const one = await join(name, other.joinCode!);
      if (one.kind === "joined") ids.push(one.personId);
    }
    const [only = "", both = ""] = ids;
    await join("Elsewhere too", made.joinCode!, both);
    const { lab } = await labs.findOrCreate({ personId: only, courseId: "course", nodes: ["a"], classId: other.id });
    const pass = { stepKey: "course/one/x", labId: lab.id, classId: other.id, contentHash: "" };
    await stepPasses.record({ ...pass, personId: only });
    await stepPasses.record({ ...pass, personId: both });
    await help.ask({ classId: other.id, personId: only });
    expect(await classes.remove(other.id)).toEqual({ labIds: [lab.id], people: 1 });
    expect(await classes.find(other.id)).toBeUndefined();
    expect(await people.find(only)).toBeUndefined();
    expect(await people.find(both)).toBeDefined();
    expect(await people.find(teacher.id)).toBeDefined();
    expect(await labs.find(lab.id)).toBeUndefined();
    expect(await stepPasses.ofPerson(both, "course")).toEqual([]);
    expect(await classes.isAttendedBy(made.id, both)).toBe(true);
  });
});

describe("a class dealt out to groups", () => {
  it("puts whoever comes later into the smallest group, and leaves those whom an instructor placed", async () => {
    const { classes, groups } = test.database;
    const teacher = await test.database.people.administrator();
    const room = await classes.create({
      ...{ name: "Dealt", courseId: "course", chapters: [], timeZone: "UTC", teacher, groupCount: 2 },
    });
    const come = async (names: string[], group?: string) => {
      const ids = (await classes.addStudents(room.id, names))?.map(({ personId }) => personId) ?? [];
      for (const id of group ? ids : []) await groups.put(room.id, id, group);
      await groups.placeLate(room.id, ids);
      return ids;
    };
    const members = async () =>
      (await groups.all(room.id)).map(({ name, members }) => [name, members.map((one) => one.name).join(" ")]);
    await come(["Ana", "Ben", "Chi"]);
    expect(await members()).toEqual([
      ["Group 1", "Ana Chi"],
      ["Group 2", "Ben"],
    ]);
    await come(["Dee"], "Red");
    await come(["Eve"]);
    expect(await members()).toEqual([
      ["Group 1", "Ana Chi"],
      ["Group 2", "Ben Eve"],
      ["Red", "Dee"],
    ]);
    await groups.deal(room.id, 0);
    const [late = ""] = await come(["Fay"]);
    expect((await members()).map(([, names]) => names)).toEqual(["", "", ""]);
    expect((await classes.student(room.id, late))?.group).toBeUndefined();
    await groups.deal(room.id, 3);
    expect((await members()).map(([, names]) => names)).toEqual(["Ana Dee", "Ben Eve", "", "Chi Fay"]);
  });
});

describe("a group", () => {
  it("shares one lab, which is each member's, and gives the person back their own when they leave it", async () => {
    const { classes, groups, labs, people } = test.database;
    const teacher = await people.administrator();
    const grouped = await classes.create({
      ...{ name: "Groups", courseId: "course", chapters: ["one"], timeZone: "Africa/Nairobi", teacher },
    });
    const added = await classes.addStudents(grouped.id, ["Ana", "Ben", "Ana"]);
    expect(added?.map(({ displayName, seat }) => [displayName, seat])).toEqual([
      ["Ana", "s1"],
      ["Ben", "s2"],
      ["Ana (2)", "s3"],
    ]);
    const [ana = "", ben = "", other = ""] = added?.map(({ personId }) => personId) ?? [];
    const of = { courseId: "course", nodes: ["pve1"], classId: grouped.id };
    const own = await labs.findOrCreate({ ...of, personId: ana });
    expect(await groups.put(grouped.id, ana, "Red")).toBe(true);
    expect(await groups.put(grouped.id, ben, "Red")).toBe(true);
    expect(await groups.put(grouped.id, teacher.id, "Red")).toBe(false);
    const seat = await classes.seatOf(ben, "course");
    expect(seat).toMatchObject({ code: "g1" });
    const shared = await Promise.all(
      [ana, ben].map((personId) => labs.findOrCreate({ ...of, personId, groupId: seat!.groupId })),
    );
    expect(new Set(shared.map(({ lab }) => lab.id)).size).toBe(1);
    const labId = shared[0]!.lab.id;
    expect(labId).not.toBe(own.lab.id);
    expect(await labs.belongsTo(labId, ana)).toBe(true);
    expect(await labs.belongsTo(labId, other)).toBe(false);
    expect((await labs.ofPerson(ben, "course", grouped.id))?.id).toBe(labId);
    expect((await classes.standings(grouped.id)).map(({ group, labId: lab }) => [group, lab])).toEqual([
      ["Red", labId],
      ["Red", labId],
      [undefined, null],
    ]);
    const ofLab = await classes.standings(grouped.id, { labIds: [labId] });
    expect(ofLab.map(({ personId }) => personId)).toEqual([ana, ben]);
    expect(await classes.standings(grouped.id, { labIds: [own.lab.id] })).toEqual([]);
    expect((await classes.student(grouped.id, ben))?.labId).toBe(labId);
    expect(await classes.student(grouped.id, teacher.id)).toBeUndefined();

    const before = new Date();
    await groups.seen(labId, ana);
    await groups.seen(labId, other);
    expect(await groups.presentSince(seat!.groupId!, before)).toEqual([ana]);

    await groups.put(grouped.id, ana, undefined);
    expect(await labs.belongsTo(labId, ana)).toBe(false);
    expect((await labs.ofPerson(ana, "course", grouped.id))?.id).toBe(own.lab.id);
    expect((await groups.all(grouped.id)).map(({ members }) => members.map(({ name }) => name))).toEqual([["Ben"]]);
    expect(
      await classes.addStudents(
        grouped.id,
        Array.from({ length: 298 }, () => "X"),
      ),
    ).toBeUndefined();
  });
});
