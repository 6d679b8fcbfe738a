/**
 * `npm run bench:grader [-- --rounds N] [-- --watch SECONDS] [--learners N] [--presses N] [--json FILE]`: what a look costs.
 *
 * `check-ratio`: a full look at three nodes against the same calls of the API sent bare and in parallel, in turns, so that
 * a busy machine slows both; medians. `calls`: the most calls that a node got within any 60 s while somebody watches and
 * presses Check. Then a class presses Check at once (`burst.ts`). Exit status 1 where a promise is missed.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openLabClients } from "../../grader/lab-clients.ts";
import { LabObserver } from "../../grader/lab-observer.ts";
import { observe } from "../../grader/observe.ts";
import { startLabProcess } from "../../tools/lab-process.ts";
import { type Figure, median, reached, tableOf } from "../figures.ts";
import { burst } from "./burst.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "30" },
    watch: { type: "string", default: "130" },
    learners: { type: "string", default: "200" },
    presses: { type: "string", default: "5" },
    json: { type: "string" },
  },
});
const figures: Figure[] = [];
const lab = await startLabProcess({ nodes: 3, seed: "bench" });
const clients = openLabClients(lab.description);
const timed = async (work: () => Promise<unknown>) => {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
};
try {
  const look = () => observe(lab.description, { clients, depth: "check" });
  // As the observer does: the status first, which tells whether the node is there, then everything else at once.
  const bare = () =>
    Promise.all(
      clients.nodes.map(async ({ node, api }) => {
        await api.clusterStatus();
        await Promise.all([
          api.clusterConfigNodes(),
          api.nodeTasks(node.name, { limit: 200, source: "all" }),
          api.nodeTime(node.name),
          api.clusterResources(),
        ]);
      }),
    );
  for (const warm of [look, bare, look, bare]) await warm();
  const full: number[] = [];
  const calls: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    full.push(await timed(look));
    calls.push(await timed(bare));
  }
  const ratio = median(full) / median(calls);

  const sent: number[] = [];
  let asked: Date | undefined;
  const observer = new LabObserver({
    labId: "bench",
    nodes: lab.description.nodes.map(({ name }) => name),
    reach: async () => lab.description,
    watched: async () => [{ key: "course/chapter", ...(asked && { askedAt: asked }) }],
    baseline: async () => undefined,
    judged: async () => {
      asked = undefined;
    },
    seen: ({ nodes }) => {
      const calls = Math.max(...nodes.map((node) => node.calls));
      for (let call = 0; call < calls; call++) sent.push(performance.now());
    },
    busy: async () => {},
    log: (text) => process.stderr.write(`${text}\n`),
  });
  // A learner who presses whenever the one before is answered, with the picture and a board open: both read the same looks.
  const until = performance.now() + Number(values.watch) * 1000;
  let answered = 0;
  while (performance.now() < until) {
    if (asked === undefined) {
      answered++;
      asked = new Date();
      observer.nudge();
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  await observer.stop();
  const perMinute = Math.max(...sent.map((atMs) => sent.filter((at) => at >= atMs && at < atMs + 60_000).length));
  figures.push(
    { name: "full look at three nodes", value: median(full), unit: "ms" },
    { name: "the same calls bare and in parallel", value: median(calls), unit: "ms" },
    { name: "ratio of the two", value: ratio, unit: "", atMost: 1.3 },
    { name: "calls of a node within any minute, pressing all the time", value: perMinute, unit: "", atMost: 30 },
    { name: "presses answered in that time", value: answered - 1, unit: "" },
  );
} finally {
  clients.close();
  await lab.stop();
}
if (Number(values.learners) > 0) {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  figures.push(...(await burst(Number(values.learners), Number(values.presses), say)));
}
process.stdout.write(`${tableOf(figures)}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(figures)}\n`);
if (figures.some((figure) => reached(figure) === false)) process.exitCode = 1;
