/**
 * `npm run bench:grader [-- --rounds N] [-- --watch SECONDS] [--json FILE]`: what a look costs.
 *
 * `check-ratio`: a full look at three nodes against the same calls of the API sent bare and in parallel, in turns, so that
 * a busy machine slows both; medians. `calls`: calls for each node and minute while somebody watches.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openLabClients } from "../../grader/lab-clients.ts";
import { LabObserver } from "../../grader/lab-observer.ts";
import { observe } from "../../grader/observe.ts";
import { startLabProcess } from "../../tools/lab-process.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "30" },
    watch: { type: "string", default: "60" },
    json: { type: "string" },
  },
});
const lab = await startLabProcess({ nodes: 3, seed: "bench" });
const clients = openLabClients(lab.description);
const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;
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

  const spent = new Map<string, number>();
  const startedMs = performance.now();
  const observer = new LabObserver({
    labId: "bench",
    nodes: lab.description.nodes.map(({ name }) => name),
    reach: async () => lab.description,
    watched: async () => [{ key: "course/chapter" }],
    baseline: async () => undefined,
    judged: async () => {},
    seen: ({ nodes }) => {
      for (const { name, calls } of nodes) spent.set(name, (spent.get(name) ?? 0) + calls);
    },
    busy: async () => {},
    log: (text) => process.stderr.write(`${text}\n`),
  });
  await new Promise((resolve) => setTimeout(resolve, Number(values.watch) * 1000));
  await observer.stop();
  const minutes = (performance.now() - startedMs) / 60_000;
  const perMinute = Math.max(...spent.values()) / minutes;
  const result = {
    checkRatio: ratio,
    fullMs: median(full),
    bareMs: median(calls),
    callsPerNodeAndMinute: perMinute,
    watchedSeconds: Number(values.watch),
  };
  process.stdout.write(
    `a full look at three nodes: ${result.fullMs.toFixed(1)} ms; the same calls bare: ${result.bareMs.toFixed(1)} ms; ratio ${ratio.toFixed(2)} (at most 1.3)\n` +
      `calls for each node and minute while watched: ${perMinute.toFixed(1)} (budget 30; the first minute may spend a quiet one's)\n`,
  );
  if (values.json) writeFileSync(values.json, `${JSON.stringify(result)}\n`);
} finally {
  clients.close();
  await lab.stop();
}
