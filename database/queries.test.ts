import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckVerdict, Outcome } from "../grader/verdict.ts";
import type { Notice } from "./notify.ts";
import { startTestDatabase, type TestDatabase } from "./testing/test-database.ts";

let test: TestDatabase;
const courseId = "vm-migration-and-clustering";
const chapterKey = `${courseId}/create-a-cluster`;
const stepKey = `${chapterKey}/create`;
const key = `${stepKey}/exists`;

beforeAll(async () => {
  test = await startTestDatabase();
});
afterAll(() => test.stop());

async function ownLab() {
  const person = await test.database.people.localLearner();
  const { lab } = await test.database.labs.findOrCreate({
    personId: person.id,
    courseId,
    nodes: ["pve1", "pve2", "pve3"],
  });
  return { person, lab };
}

const verdict = (outcome: Outcome, message = "seen"): CheckVerdict => ({
  ...{ key, weight: 1, outcome, message: { id: message }, evidence: [] },
});

describe("labs", () => {
  it("two calls at once give one lab, and it belongs to its person alone", async () => {
    const { person } = await ownLab();
    const made = await Promise.all(
      Array.from({ length: 5 }, () =>
        test.database.labs.findOrCreate({ personId: person.id, courseId: "other", nodes: ["pve1"] }),
      ),
    );
    expect(new Set(made.map(({ lab }) => lab.id)).size).toBe(1);
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    expect(await test.database.labs.belongsTo(made[0]!.lab.id, person.id)).toBe(true);
    expect(await test.database.labs.belongsTo(made[0]!.lab.id, "somebody else")).toBe(false);
    expect(await test.database.labs.belongsTo("no such lab", person.id)).toBe(false);
  });

  it("attempts and passes outlive the lab", async () => {
    const { person } = await ownLab();
    const { lab } = await test.database.labs.findOrCreate({ personId: person.id, courseId: "short", nodes: ["pve1"] });
    const attempt = { people: [{ personId: person.id }], labId: lab.id, labBackend: lab.backend, contentHash: "h" };
    await test.database.attempts.record({
      ...attempt,
      verdicts: [{ ...verdict("passed"), key: "short/c/s/k" }],
      trigger: "button",
    });
    await test.database.stepPasses.record({
      stepKey: "short/c/s",
      personId: person.id,
      labId: lab.id,
      contentHash: "h",
    });
    await test.database.labs.remove(lab.id);
    expect(await test.database.attempts.ofPerson(person.id, "short/", 10)).toHaveLength(1);
    expect(await test.database.stepPasses.ofPerson(person.id, "short")).toHaveLength(1);
    expect(await test.database.attempts.latest(lab.id, "short/c")).toEqual([]);
  });
});

describe("terminals", () => {
  it("a node is told of while the newest terminal on it ended for a reason, and not after a later one", async () => {
    const { person, lab } = await ownLab();
    const { terminalSessions } = test.database;
    const changed = () => terminalSessions.nodesEndedBy(lab.id, person.id, "host-key-changed");
    const of = { labId: lab.id, personId: person.id, gateway: "gateway-1" };
    const open = (node: string) => terminalSessions.create({ ...of, node });
    for (const node of ["pve1", "pve2"]) await terminalSessions.end((await open(node)).id, "host-key-changed");
    await terminalSessions.end((await open("pve3")).id, "shell-closed");
    expect(await changed()).toEqual(["pve1", "pve2"]);
    await open("pve2");
    expect(await changed()).toEqual(["pve1"]);
    expect(await terminalSessions.nodesEndedBy(lab.id, "somebody else", "host-key-changed")).toEqual([]);
  });
});

describe("attempts", () => {
  it("each is kept; the latest verdict says since when it holds; listeners hear of it", async () => {
    const { person, lab } = await ownLab();
    const heard: Notice[] = [];
    const end = await test.database.notices.listen((notice) => heard.push(notice));
    const attempt = { people: [{ personId: person.id }], labId: lab.id, labBackend: lab.backend, contentHash: "h" };
    await test.database.attempts.record({ ...attempt, verdicts: [verdict("not-yet")], trigger: "watch" });
    const first = await test.database.attempts.latestOf(lab.id, key);
    expect(
      await test.database.attempts.record({ ...attempt, verdicts: [verdict("not-yet")], trigger: "watch" }),
    ).toEqual([]);
    const second = await test.database.attempts.latestOf(lab.id, key);
    expect(second!.sinceAt).toEqual(first!.sinceAt);
    await test.database.attempts.record({ ...attempt, verdicts: [verdict("passed")], trigger: "button" });
    const third = await test.database.attempts.latestOf(lab.id, key);
    expect(third!.verdict.outcome).toBe("passed");
    expect(third!.sinceAt.getTime()).toBeGreaterThanOrEqual(first!.sinceAt.getTime());
    expect(await test.database.attempts.latest(lab.id, chapterKey)).toHaveLength(1);
    const kept = await test.database.attempts.ofPerson(person.id, chapterKey, 10);
    expect(kept.map(({ verdict: { outcome } }) => outcome)).toEqual(["passed", "not-yet"]);
    await expect.poll(() => heard.filter(({ topic }) => topic === "verdict").length).toBe(2);
    end();
  });

  it("a press while a look is under way has attempts of its own, once, however many graders answer it", async () => {
    const { person, lab } = await ownLab();
    const { attempts, watches } = test.database;
    const look = {
      people: [{ personId: person.id }],
      ...{ labId: lab.id, labBackend: lab.backend, contentHash: "h", verdicts: [verdict("not-yet")] },
    };
    const watched = async () => (await watches.current(lab.id))[0]!;
    await watches.renew(lab.id, chapterKey, 60_000);
    await attempts.record({ ...look, trigger: "watch", begunAt: (await watched()).readAt });
    // A look begins, Check is pressed, the look is stored.
    const underWay = (await watched()).readAt;
    await setTimeout(2);
    await watches.askCheck(lab.id, chapterKey);
    expect(await attempts.record({ ...look, trigger: "watch", begunAt: underWay })).toEqual([]);
    const { checkAsked, readAt } = await watched();
    const pressed = { ...look, trigger: "button" as const, askedAt: checkAsked!, begunAt: readAt };
    expect(await attempts.record(pressed)).toHaveLength(1);
    expect(await attempts.record(pressed)).toEqual([]);
    // The one that was under way, stored late by another grader, does not make the press open again.
    expect(await attempts.record({ ...look, trigger: "watch", begunAt: underWay })).toEqual([]);
    expect(await attempts.record(pressed)).toEqual([]);
  });

  it("a step is passed once and for good", async () => {
    const { person, lab } = await ownLab();
    const pass = { stepKey, personId: person.id, labId: lab.id };
    expect(await test.database.stepPasses.record({ ...pass, contentHash: "old" })).toBe(true);
    expect(await test.database.stepPasses.record({ ...pass, contentHash: "new" })).toBe(false);
    expect(await test.database.stepPasses.ofPerson(person.id, chapterKey)).toMatchObject([
      { stepKey, contentHash: "old" },
    ]);
    expect(await test.database.stepPasses.receipts(person.id)).toContainEqual(
      expect.objectContaining({ stepKey, receipt: undefined }),
    );
    expect(await test.database.stepPasses.receipts(person.id, "a class")).toEqual([]);
    expect(await test.database.stepPasses.receipts("somebody else")).toEqual([]);
    const receipt = { format: 1, observedAt: "", graderVersion: "1" } as const;
    for (const labBackend of ["simulated", "inventory"] as const) {
      await test.database.stepPasses.record({
        ...{ stepKey: `other/c/${labBackend}`, personId: person.id, labId: lab.id, classId: "real", contentHash: "h" },
        receipt: { ...receipt, nodes: [], clusters: [], checks: [], labBackend },
      });
    }
    expect(await test.database.stepPasses.onRealNodes("real")).toMatchObject([
      { personId: person.id, stepKey: "other/c/inventory", receipt: { labBackend: "inventory" } },
    ]);
    expect(await test.database.stepPasses.onRealNodes("another")).toEqual([]);
    // A chapter whose id begins with this one's is another chapter.
    expect(await test.database.stepPasses.ofPerson(person.id, chapterKey.slice(0, -1))).toEqual([]);
  });
});

describe("watches", () => {
  it("one grader holds a watched lab; another gets it when it is let go, or its hold has run out", async () => {
    const { lab } = await ownLab();
    const { watches } = test.database;
    await watches.renew(lab.id, chapterKey, 60_000);
    expect(await watches.claim("grader-a", 60_000, 10)).toEqual([lab.id]);
    expect(await watches.claim("grader-b", 60_000, 10)).toEqual([]);
    expect(await watches.claim("grader-a", 0, 10)).toEqual([lab.id]);
    expect(await watches.claim("grader-b", 60_000, 10)).toEqual([lab.id]);
    await watches.release(lab.id, "grader-a");
    expect(await watches.claim("grader-a", 60_000, 10)).toEqual([]);
    await watches.release(lab.id, "grader-b");
    expect(await watches.claim("grader-a", 60_000, 10)).toEqual([lab.id]);
  });

  it("of graders that claim at once exactly one gets the lab", async () => {
    const { lab } = await ownLab();
    await test.database.watches.release(lab.id, "grader-a");
    await test.database.watches.renew(lab.id, chapterKey, 60_000);
    const claims = await Promise.all(
      Array.from({ length: 6 }, (_, number) => test.database.watches.claim(`at-once-${number}`, 60_000, 10)),
    );
    expect(claims.flat()).toEqual([lab.id]);
  });

  it("a pressed Check stays until an observation begun after it has answered", async () => {
    const { lab } = await ownLab();
    const { watches } = test.database;
    await watches.askCheck(lab.id, chapterKey);
    const [watch] = await watches.current(lab.id);
    await watches.answerCheck(lab.id, chapterKey, new Date(watch!.checkAsked!.getTime() - 1_000));
    expect((await watches.current(lab.id))[0]!.checkAsked).not.toBeNull();
    await watches.answerCheck(lab.id, chapterKey, watch!.checkAsked!);
    expect((await watches.current(lab.id))[0]!.checkAsked).toBeNull();
  });

  it("a watch that ended is not watched, and nobody claims its lab", async () => {
    const { lab } = await ownLab();
    await test.database.watches.end(lab.id, chapterKey);
    expect(await test.database.watches.current(lab.id)).toEqual([]);
  });
});

describe("notices", () => {
  it("a listener whose connection was cut is told to look again, and hears what comes then", async () => {
    const heard: Notice[] = [];
    const end = await test.database.notices.listen((notice) => heard.push(notice));
    await test.database.prisma.$executeRaw`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'quorate notices'`;
    await expect.poll(() => heard.map(({ topic }) => topic), { timeout: 10_000 }).toContain("look-again");
    await test.database.notices.send({ topic: "nudge", labId: "x" });
    await expect.poll(() => heard.at(-1)).toEqual({ topic: "nudge", labId: "x" });
    end();
  });
});

describe("people", () => {
  it("removing a person removes what is theirs and the name in audit records, and keeps the record", async () => {
    const { person, lab } = await ownLab();
    await test.database.audit.record({
      actor: person,
      action: "test",
      subject: "lab",
      subjectId: lab.id,
      ownerId: person.id,
    });
    await test.database.people.remove(person.id);
    expect(await test.database.prisma.attempt.count()).toBe(0);
    expect(
      await test.database.prisma.auditRecord.findMany({ select: { actorName: true, ownerId: true, action: true } }),
    ).toEqual([{ actorName: null, ownerId: null, action: "test" }]);
  });
});
