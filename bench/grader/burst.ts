/**
 * Everybody presses Check at the same moment: learners with a simulated lab each, one grader, one database.
 *
 * Measured from the press to its answer in the database. Counted afterwards: every press of every learner has one attempt
 * for each check, no more and no less.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { newId } from "../../database/ids.ts";
import { startTestDatabase } from "../../database/testing/test-database.ts";
import { unpackJudgement } from "../../grader/judgement.ts";
import { SimulatedLabs } from "../../labs/simulated.ts";
import type { Figure } from "../figures.ts";
import { percentile } from "../figures.ts";
import { NODES, startBenchHost } from "../lab/lab-host.ts";

const COURSE = "vm-migration-and-clustering";
const CHAPTER = `${COURSE}/create-a-cluster`;
const CHECKS = 10;
/** Between two presses of one learner: the calls of one come back within the minute. */
const PAUSE_MS = 30_000;
/** Labs opened at once while the class comes in. */
const ARRIVING = 4;
const ANSWER_WITHIN_MS = 120_000;

/** Bytes, after a full collection. */
interface Memory {
  rss: number;
}

/** @param presses of each learner, all at once each time */
export async function burst(learners: number, presses: number, say: (line: string) => void): Promise<Figure[]> {
  const postgres = await startTestDatabase();
  const host = await startBenchHost();
  const { database } = postgres;
  const file = fileURLToPath(new URL("./grader-child.ts", import.meta.url));
  const grader = fork(file, [postgres.url, host.url], { execArgv: ["--expose-gc"] });
  const memory = async () => {
    grader.send("memory");
    return ((await once(grader, "message")) as [Memory])[0];
  };
  try {
    await once(grader, "message");
    const labs = new SimulatedLabs(host.url);
    const all: { labId: string; personId: string }[] = [];
    const openOne = async () => {
      const personId = newId();
      await database.prisma.person.create({ data: { id: personId, name: "L", email: `${personId}@no-mail.invalid` } });
      const variables = { clusterName: "lab" };
      const { lab } = await database.labs.findOrCreate({ personId, courseId: COURSE, nodes: NODES, variables });
      await labs.create({ labId: lab.id, nodes: NODES, seed: lab.seed });
      await labs.reach(lab.id);
      await database.watches.renew(lab.id, CHAPTER, 3_600_000);
      all.push({ labId: lab.id, personId });
    };
    let left = learners;
    await Promise.all(
      Array.from({ length: ARRIVING }, async () => {
        while (left-- > 0) await openOne();
      }),
    );
    await until(
      async () => (await database.prisma.attempt.count({ where: { trigger: "watch" } })) >= learners * CHECKS,
    );
    say(`${learners} learners are there, and their chapters judged once`);

    const waits: number[] = [];
    const used: Memory[] = [await memory()];
    for (let press = 0; press < presses; press++) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const startedMs = performance.now();
      const open = new Set(all.map(({ labId }) => labId));
      await Promise.all(all.map(({ labId }) => database.watches.askCheck(labId, CHAPTER)));
      const deadline = startedMs + ANSWER_WITHIN_MS;
      while (open.size > 0 && performance.now() < deadline) {
        const waiting = new Set(
          (await database.watches.current()).flatMap(({ labId, checkAsked }) => (checkAsked ? [labId] : [])),
        );
        for (const labId of open) {
          if (waiting.has(labId)) continue;
          open.delete(labId);
          waits.push(performance.now() - startedMs);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      used.push(await memory());
      say(`press ${press + 1}: ${learners - open.size} of ${learners} answered`);
    }
    const buttons = await database.prisma.attempt.groupBy({
      by: ["personId", "key"],
      where: { trigger: "button" },
      _count: true,
    });
    const expected = learners * presses * CHECKS;
    const found = buttons.reduce((sum, { _count }) => sum + _count, 0);
    const exact = buttons.filter(({ _count }) => _count === presses).length;
    const judged = await database.prisma.attempt.findMany({
      where: { trigger: "button", key: `${CHAPTER}/create/cluster-named` },
      select: { judgement: { select: { body: true } } },
      take: learners,
      orderBy: { judgedAt: "desc" },
    });
    const calls: number[] = [];
    const bytes: number[] = [];
    for (const { judgement } of judged) {
      if (!judgement) continue;
      bytes.push(judgement.body.byteLength);
      const { observation } = await unpackJudgement(judgement.body);
      calls.push(...observation.nodes.map((node) => node.calls));
    }
    return [
      { name: "presses answered", value: waits.length, unit: "", atLeast: learners * presses },
      { name: "press to answer, median", value: percentile(waits, 0.5), unit: "ms" },
      { name: "press to answer, p95", value: percentile(waits, 0.95), unit: "ms" },
      { name: "press to answer, longest", value: Math.max(...waits), unit: "ms" },
      { name: "calls for each node and check, median", value: percentile(calls, 0.5), unit: "" },
      { name: "calls for each node and check, most", value: Math.max(...calls), unit: "" },
      {
        name: "attempts lost or doubled",
        value: Math.abs(expected - found) + (buttons.length - exact),
        unit: "",
        atMost: 0,
      },
      { name: "what one judgement takes in the database, median", value: percentile(bytes, 0.5), unit: "bytes" },
      { name: "grader's memory at the end", value: used.at(-1)!.rss / 1024 ** 2, unit: "MiB" },
      { name: "the same against after the first press", value: used.at(-1)!.rss / used[1]!.rss, unit: "", atMost: 1.2 },
    ];
  } finally {
    grader.send("stop");
    await once(grader, "exit");
    await host.close();
    await postgres.stop();
  }
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 600_000;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error("the class did not come in within ten minutes");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
