/**
 * Records what real pmxcfs daemons do on several nodes, as root on Debian 12 with corosync and sqlite3 installed and
 * pmxcfs built from pve-cluster 8.1.3. Nobody's own cluster is touched: every node is a set of namespaces.
 *
 *   node record.ts OUT --pmxcfs PROGRAM --perl FOLDER,FOLDER [--only NAME,NAME]
 *
 * What OUT holds of other scenarios stays. One that fails is named and left out.
 */
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  changedSince,
  DELIVERED_MS,
  isBrief,
  type PmxcfsScenario,
  type PmxcfsStep,
  type RecordedScenario,
  type RecordedStep,
  readRecorded,
  type SeenNode,
  STEPS_APART_MS,
} from "../scenarios.ts";
import { type Programs, RealPmxcfs } from "./real-pmxcfs.ts";
import { SCENARIOS } from "./written-scenarios.ts";

const [out, ...args] = process.argv.slice(2);
const option = (name: string) => args[args.indexOf(name) + 1]!;
const programs: Programs = { pmxcfs: option("--pmxcfs"), perl: option("--perl").split(",") };
const only = args.includes("--only") ? option("--only").split(",") : undefined;

for (const scenario of SCENARIOS.filter(({ name }) => only?.includes(name) ?? true)) {
  try {
    const recorded = await record(scenario);
    const before = existsSync(out!) ? readRecorded(out!) : [];
    const all = [...before.filter(({ name }) => name !== scenario.name), recorded];
    const order = (one: RecordedScenario) => SCENARIOS.findIndex(({ name }) => name === one.name);
    all.sort((a, b) => order(a) - order(b));
    writeFileSync(out!, `[\n${all.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
    console.log(`${scenario.name}: recorded`);
  } catch (error) {
    console.error(`${scenario.name}: not recorded:`, error);
  }
}
process.exit();

async function record(scenario: PmxcfsScenario): Promise<RecordedScenario> {
  const nodes = await RealPmxcfs.make(scenario, programs);
  try {
    const conf = nodes.conf();
    const first = Array.from({ length: scenario.n }, (_, index) => index + 1).filter(
      (id) => !scenario.later?.includes(id),
    );
    const steps: RecordedStep[] = [];
    const starts: number[] = [];
    let before: Record<string, SeenNode> = {};
    const begin: PmxcfsStep[] = [
      { op: "corosync", nodes: first, what: "start" },
      { op: "pmxcfs", nodes: first, what: "start" },
    ];
    for (const step of [...begin, ...scenario.steps]) {
      await sleep(STEPS_APART_MS);
      starts.push(Math.floor(Date.now() / 1000));
      const typed = await perform(nodes, step);
      if (!step.quick) {
        if (isBrief(step, steps.at(-1))) await sleep(DELIVERED_MS);
        else await nodes.settle();
      }
      const now = step.quick ? undefined : nodes.look(starts);
      const seen = now && Object.fromEntries(Object.entries(now).map(([id, of]) => [id, changedSince(before[id], of)]));
      steps.push({ ...step, ...(typed && { typed }), ...(seen && { seen }) });
      before = now ?? before;
    }
    return { ...scenario, conf, steps };
  } finally {
    await nodes.close();
  }
}

async function perform(nodes: RealPmxcfs, step: PmxcfsStep): Promise<RecordedStep["typed"]> {
  switch (step.op) {
    case "type": {
      const { output, exit } = nodes.type(step.node, step.line);
      return { output, exit };
    }
    case "cut":
      nodes.cut(step.groups);
      return undefined;
    case "heal":
      nodes.heal();
      return undefined;
    case "corosync":
    case "pmxcfs":
      for (const id of step.nodes) {
        await nodes[step.op](id, step.what);
        await sleep(STEPS_APART_MS);
      }
      return undefined;
    case "log":
      nodes.log(step.node, step, step.times ?? 1);
      return undefined;
    case "wait":
      await sleep(step.ms);
      return undefined;
  }
}
