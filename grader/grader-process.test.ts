import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../database/database.ts";
import { newId } from "../database/ids.ts";
import type { Notice } from "../database/notify.ts";
import { startTestDatabase, type TestDatabase } from "../database/testing/test-database.ts";
import type { LabDescription } from "../labs/lab-description.ts";
import { LabUnavailable } from "../labs/labs.ts";
import { type GraderOptions, startGrader } from "./grader-process.ts";
import { unpackJudgement } from "./judgement.ts";
import { type FakeAnswer, type FakeNode, startFakeNode } from "./testing/fake-node.ts";

const CHAPTER = "vm-migration-and-clustering/create-a-cluster";
const names = ["pve1", "pve2", "pve3"];
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
/** Fast enough for a test; the order of things is the same. */
const timing = { quickMs: 50, wholeMs: 2_000, callsPerMinute: 6_000, sweepMs: 200, holdMs: 2_000 };

let test: TestDatabase;
let database: Database;
let stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  test = await startTestDatabase();
  database = test.database;
}, 120_000);
afterAll(() => test?.stop());
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  stops = [];
});

const json = (data: unknown): FakeAnswer => ({ status: 200, body: JSON.stringify({ data }) });
function alone(name: string): Record<string, FakeAnswer> {
  return {
    "/cluster/status": json([{ type: "node", id: `node/${name}`, name, nodeid: 0, local: 1, online: 1, level: "" }]),
    "/cluster/config/nodes": json([]),
    [`/nodes/${name}/tasks`]: json([]),
    [`/nodes/${name}/time`]: json({ time: 1795395010, localtime: 1795395010, timezone: "UTC" }),
  };
}
function member(members: string[]): Record<string, FakeAnswer> {
  const nodes = members.map((other, index) => ({
    type: "node",
    id: `node/${other}`,
    name: other,
    nodeid: index + 1,
    online: 1,
  }));
  const cluster = {
    type: "cluster",
    id: "cluster",
    name: "lab",
    nodes: members.length,
    quorate: 1,
    version: members.length,
  };
  return {
    "/cluster/status": json([cluster, ...nodes]),
    "/cluster/config/nodes": json(
      nodes.map((node) => ({ name: node.name, nodeid: String(node.nodeid), quorum_votes: "1" })),
    ),
  };
}

/** A lab of three fake nodes that belongs to a learner of its own. */
async function lab() {
  const id = newId();
  const person = await database.prisma.person.create({ data: { id, name: "Ada", email: `${id}@no-mail.invalid` } });
  const nodes = await Promise.all(names.map((name) => startFakeNode(name, alone(name))));
  stops.push(() => Promise.all(nodes.map((node) => node.close())));
  const { lab } = await database.labs.findOrCreate({
    personId: person.id,
    courseId: "vm-migration-and-clustering",
    nodes: names,
    variables: { clusterName: "lab" },
  });
  stops.push(() => database.watches.end(lab.id, CHAPTER));
  const description: LabDescription = { lab: lab.id, nodes: nodes.map(({ node }) => node) };
  return { labId: lab.id, personId: person.id, nodes, description };
}

async function grader(descriptions: LabDescription[], more: Partial<GraderOptions> = {}) {
  const reach = async (labId: string) => {
    const found = descriptions.find((description) => description.lab === labId);
    if (!found) throw new LabUnavailable("The lab is not there.");
    return found;
  };
  const running = await startGrader({ database, labs: { reach }, log: quiet, timing, ...more });
  stops.push(() => running.stop());
  return running;
}

/** Waits for a state of the database; every notice is a reason to look again. */
async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  let ring = () => {};
  const unlisten = await database.notices.listen(() => ring());
  const deadline = AbortSignal.timeout(45_000);
  try {
    for (;;) {
      const rung = new Promise<void>((resolve) => {
        ring = resolve;
        setTimeout(resolve, 100);
      });
      const found = await look();
      if (found) return found;
      deadline.throwIfAborted();
      await rung;
    }
  } finally {
    unlisten();
  }
}
const outcomes = async (labId: string) => {
  const latest = await database.attempts.latest(labId, CHAPTER);
  return Object.fromEntries(latest.map(({ verdict }) => [verdict.key.split("/").slice(2).join("/"), verdict.outcome]));
};
const solve = (nodes: FakeNode[]) => {
  for (const node of nodes) Object.assign(node.answers, member(names));
};

describe("the grader", () => {
  it("stores a baseline and ten verdicts for a chapter on screen, then passes as they come, kept for good", async () => {
    const { labId, personId, nodes, description } = await lab();
    const heard: Notice[] = [];
    stops.push(async () => (await database.notices.listen((notice) => heard.push(notice)))());
    await grader([description]);
    await database.watches.renew(labId, CHAPTER, 60_000);
    await until(async () => Object.keys(await outcomes(labId)).length === 10);
    expect(new Set(Object.values(await outcomes(labId)))).toEqual(new Set(["not-yet"]));
    expect(await database.baselines.get(labId, CHAPTER)).toBeDefined();

    Object.assign(nodes[0]!.answers, member(["pve1"]));
    await until(async () => (await outcomes(labId))["create/cluster-named"] === "passed");
    solve(nodes);
    const passes = await until(async () => {
      const found = await database.stepPasses.ofPerson(personId, CHAPTER);
      return found.length === 4 && found;
    });
    expect(passes.map(({ stepKey }) => stepKey.split("/")[2]).sort()).toEqual([
      "agree",
      "create",
      "join-second",
      "join-third",
    ]);

    const receipts = await database.stepPasses.receipts(personId);
    for (const { receipt, passedAt } of receipts) {
      expect(receipt).toMatchObject({ nodes: names.map((name) => ({ name, answered: true })) });
      expect(receipt!.graderVersion).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{12}$/);
      expect(receipt!.checks.every(({ outcome, evidence }) => outcome === "passed" && evidence.length > 0)).toBe(true);
      expect(Date.parse(receipt!.observedAt)).toBeLessThanOrEqual(passedAt.getTime());
    }

    for (const node of nodes) Object.assign(node.answers, alone(node.node.name));
    await until(async () => (await outcomes(labId))["create/cluster-named"] === "not-yet");
    expect(await database.stepPasses.ofPerson(personId, CHAPTER)).toHaveLength(4);
    // Only what changed was added: 10 at first, then each check that turned.
    const attempts = await database.attempts.ofPerson(personId, CHAPTER, 1_000);
    expect(attempts.length).toBeLessThan(60);
  });

  it("answers fifty presses with one attempt for each check, or a few, and leaves none open", async () => {
    const { labId, personId, description } = await lab();
    await grader([description]);
    await database.watches.renew(labId, CHAPTER, 60_000);
    await until(async () => Object.keys(await outcomes(labId)).length === 10);
    await Promise.all(Array.from({ length: 50 }, () => database.watches.askCheck(labId, CHAPTER)));
    await until(async () => (await database.watches.current(labId)).every(({ checkAsked }) => checkAsked === null));
    const pressed = (await database.attempts.ofPerson(personId, CHAPTER, 1_000)).filter(
      ({ trigger }) => trigger === "button",
    );
    expect(pressed.length).toBeGreaterThanOrEqual(10);
    expect(pressed.length % 10).toBe(0);
    expect(pressed.length).toBeLessThanOrEqual(50);
  });

  it("answers a press that a killed grader left behind, as soon as the dead one's hold is over", async () => {
    const { labId, personId, description } = await lab();
    await database.watches.renew(labId, CHAPTER, 60_000);
    await database.watches.askCheck(labId, CHAPTER);
    expect(await database.watches.claim("the killed one", 1_000, 100)).toContain(labId);
    await grader([description]);
    await until(async () => (await database.watches.current(labId)).every(({ checkAsked }) => checkAsked === null));
    expect(await database.attempts.ofPerson(personId, CHAPTER, 100)).toHaveLength(10);
  });

  it("answers a press whose page went away while no grader ran", async () => {
    const { labId, personId, description } = await lab();
    await database.watches.askCheck(labId, CHAPTER);
    await database.watches.end(labId, CHAPTER);
    await grader([description]);
    await until(async () => (await database.watches.current(labId)).length === 0);
    expect(await database.attempts.ofPerson(personId, CHAPTER, 100)).toHaveLength(10);
  });

  it("is not kept busy by a chapter that does not exist", async () => {
    const { labId, nodes, description } = await lab();
    await grader([description]);
    await database.watches.renew(labId, "vm-migration-and-clustering/gone", 60_000);
    await database.watches.askCheck(labId, "vm-migration-and-clustering/gone");
    await until(async () => (await database.watches.current(labId)).every(({ checkAsked }) => checkAsked === null));
    expect(nodes[0]!.requests).toEqual([]);
    await database.watches.end(labId, "vm-migration-and-clustering/gone");
  });

  it("observes a lab once, however many graders run", async () => {
    const { labId, nodes, personId, description } = await lab();
    await grader([description], { holder: "one" });
    await grader([description], { holder: "two" });
    await database.watches.renew(labId, CHAPTER, 60_000);
    await until(async () => Object.keys(await outcomes(labId)).length === 10);
    expect(nodes[0]!.requests.filter((path) => path === "/access/ticket")).toHaveLength(1);
    expect(await database.attempts.ofPerson(personId, CHAPTER, 100)).toHaveLength(10);
  });

  it("says could not check, with the reason, for a lab that cannot be had", async () => {
    const { labId } = await lab();
    await grader([]);
    await database.watches.renew(labId, CHAPTER, 60_000);
    const latest = await until(async () => {
      const found = await database.attempts.latest(labId, CHAPTER);
      return found.length === 10 && found;
    });
    expect(latest[0]!.verdict.outcome).toBe("could-not-check");
    expect(latest[0]!.verdict.seen).toMatchObject({ values: { reason: "The lab is not there." } });
    expect(await database.baselines.get(labId, CHAPTER)).toBeUndefined();
  });

  it("leaves a lab alone when nobody looks", async () => {
    const { labId, nodes, description } = await lab();
    await grader([description]);
    await database.watches.renew(labId, CHAPTER, 60_000);
    await until(async () => Object.keys(await outcomes(labId)).length === 10);
    await database.watches.end(labId, CHAPTER);
    await until(async () => (await database.watches.claim("another", 1, 100)).length === 0);
    const before = nodes[0]!.requests.length;
    await database.watches.renew(labId, "vm-migration-and-clustering/unknown-chapter", 60_000);
    await database.watches.end(labId, "vm-migration-and-clustering/unknown-chapter");
    expect(nodes[0]!.requests.length - before).toBeLessThanOrEqual(1);
  });
});

/** A press, answered; what was found by it. */
async function pressed(labId: string) {
  await database.watches.askCheck(labId, CHAPTER);
  await until(async () => (await database.watches.current(labId)).every(({ checkAsked }) => checkAsked === null));
  return outcomes(labId);
}

describe("the grader in trouble", () => {
  const solved = async () => {
    const made = await lab();
    await database.watches.renew(made.labId, CHAPTER, 60_000);
    return made;
  };

  it("judges the others and names a node that is dead, or slower than its time", async () => {
    const { labId, nodes, description } = await solved();
    await grader([description], { timing: { ...timing, nodeMs: { quick: 2_000, whole: 3_000, asked: 3_000 } } });
    await until(async () => Object.keys(await outcomes(labId)).length === 10);
    solve(nodes);
    await until(async () => (await outcomes(labId))["agree/all-agree"] === "passed");
    for (const trouble of ["hang", "break"] as const) {
      nodes[2]!.answers["/cluster/status"] = trouble;
      const said = await pressed(labId);
      expect(said["create/cluster-named"]).toBe("passed");
      expect(said["join-second/pve2-is-member"]).toBe("passed");
      expect(said["join-third/pve3-is-member"]).toBe("could-not-check");
      const latest = await database.attempts.latestOf(labId, `${CHAPTER}/join-third/pve3-is-member`);
      expect(latest!.verdict.message).toMatchObject({ id: "node.unreachable", values: { nodes: ["pve3"] } });
      expect(latest!.verdict.seen?.id).toBe(trouble === "hang" ? "reach.timeout" : "reach.no-connection");
    }
  });

  it("goes on when a node refuses its ticket, as after a join or two hours", async () => {
    const { labId, nodes, description } = await solved();
    await grader([description]);
    await until(async () => Object.keys(await outcomes(labId)).length === 10);
    solve(nodes);
    for (const node of nodes) node.expireTickets();
    const said = await pressed(labId);
    expect(new Set(Object.values(said))).toEqual(new Set(["passed"]));
    for (const node of nodes) expect(node.requests.filter((path) => path === "/access/ticket")).toHaveLength(2);
  });

  it("goes on with a certificate that a join changed, and never believes one that nobody vouches for", async () => {
    const { labId, nodes, description } = await solved();
    await grader([description]);
    await until(async () => Object.keys(await outcomes(labId)).length === 10);
    solve(nodes);
    const fingerprint = await nodes[1]!.renewCertificate();
    const stranger = await pressed(labId);
    expect(stranger["join-second/pve2-is-member"]).toBe("could-not-check");
    const listed = [{ node: "pve2", status: "online", type: "node", ssl_fingerprint: fingerprint }];
    for (const index of [0, 2]) nodes[index]!.answers["/nodes"] = json(listed);
    expect((await pressed(labId))["join-second/pve2-is-member"]).toBe("passed");
  });

  it("is not misled by a node whose clock is years wrong", async () => {
    const { labId, nodes, description } = await solved();
    // 2001, and 2033: tasks and times are the node's own, and compared with its own alone.
    for (const [index, time] of [999_999_999, 2_000_000_000].entries()) {
      nodes[index]!.answers[`/nodes/pve${index + 1}/time`] = json({ time, localtime: time, timezone: "UTC" });
    }
    await grader([description]);
    await until(async () => Object.keys(await outcomes(labId)).length === 10);
    solve(nodes);
    const upid = "UPID:pve1:00000308:0002A9AD:3B9AC9FF:clustercreate:lab:root@pam:";
    const task = { upid, node: "pve1", type: "clustercreate", id: "lab", user: "root@pam", starttime: 999_999_999 };
    nodes[0]!.answers["/nodes/pve1/tasks"] = json([{ ...task, endtime: 1_000_000_004, status: "OK" }]);
    expect(new Set(Object.values(await pressed(labId)))).toEqual(new Set(["passed"]));
  });

  it("goes on from what the one before has seen, when it is started again", async () => {
    const { labId, nodes, personId, description } = await solved();
    const first = await grader([description]);
    await until(async () => Object.keys(await outcomes(labId)).length === 10);
    nodes[2]!.answers["/cluster/status"] = "break";
    await pressed(labId);
    await first.stop();
    solve(nodes);
    await grader([description]);
    await pressed(labId);
    const [latest] = await database.prisma.judgement.findMany({
      where: { personId },
      orderBy: { id: "desc" },
      take: 1,
    });
    const { history } = await unpackJudgement(latest!.body);
    const away = history.filter((seen) => seen.nodes[2]!.reached.answered === false);
    expect(away.length).toBeGreaterThan(0);
  });

  it("answers a press made while the database restarted, and loses and doubles nothing", async () => {
    const { labId, nodes, personId, description } = await solved();
    await grader([description]);
    await until(async () => Object.keys(await outcomes(labId)).length === 10);
    await database.watches.askCheck(labId, CHAPTER);
    await test.restart(async () => solve(nodes));
    // The press is a row: it was there before, and is answered once, by what is seen after it.
    await until(async () =>
      (await database.watches.current(labId).catch(() => [{ checkAsked: new Date() }])).every(
        ({ checkAsked }) => checkAsked === null,
      ),
    );
    const passes = await until(async () => {
      await database.watches.renew(labId, CHAPTER, 60_000);
      const found = await database.stepPasses.ofPerson(personId, CHAPTER);
      return found.length === 4 && found;
    });
    expect(passes).toHaveLength(4);
    const attempts = await database.attempts.ofPerson(personId, CHAPTER, 1_000);
    const buttons = attempts.filter(({ trigger }) => trigger === "button").map(({ verdict }) => verdict);
    // Judged before the restart and once more after it is two verdicts, and never the same one twice.
    expect(new Set(buttons.map(({ key, outcome }) => `${key} ${outcome}`)).size).toBe(buttons.length);
    expect(new Set(buttons.map(({ key }) => key)).size).toBe(10);
  });
});
