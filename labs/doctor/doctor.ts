/** `npm run doctor` and its page: every node of an inventory at once, then the nodes of each seat against each other. */
import type { LearntKeys } from "../../database/inventories.ts";
import type { Inventory } from "../inventory/expand-inventory.ts";
import { examineNode, type NodeFacts } from "./examine-node.ts";
import { type NodeReport, SUBJECTS } from "./findings.ts";

/** Nodes looked at together: a class has dozens, and each opens two connections. */
const AT_ONCE = 16;
/** One node in all. */
const NODE_MS = 40_000;
/** Clocks of a cluster's nodes that differ by more spoil tickets and logs. */
const SKEW_LOOK_MS = 3_000;
const SKEW_WRONG_MS = 60_000;

/** @param told of each node as it is done, of how many */
export async function runDoctor(
  inventory: Inventory,
  options: { learnt?: LearntKeys; trust?: boolean; seats?: readonly string[] },
  told: (done: number, of: number, report: NodeReport) => void = () => {},
): Promise<NodeReport[]> {
  const jobs = inventory.seats
    .filter(({ name }) => options.seats === undefined || options.seats.includes(name))
    .flatMap(({ name: seat, nodes }) =>
      nodes.map((node) => ({ seat, node, peers: nodes.filter((one) => one !== node) })),
    );
  const results = new Array<{ report: NodeReport; facts: NodeFacts }>(jobs.length);
  let next = 0;
  let done = 0;
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, jobs.length) }, async () => {
      for (let index = next++; index < jobs.length; index = next++) {
        const job = jobs[index]!;
        const learnt = options.learnt?.[`${job.seat}/${job.node.name}`];
        const result = await late(examineNode({ ...job, learnt, trust: options.trust ?? false }), job);
        results[index] = result;
        told(++done, jobs.length, result.report);
      }
    }),
  );
  for (const seat of Map.groupBy(results, ({ report }) => report.seat).values()) compare(seat);
  for (const { report } of results) {
    report.findings.sort((a, b) => SUBJECTS.indexOf(a.subject) - SUBJECTS.indexOf(b.subject));
  }
  return results.map(({ report }) => report);
}

/** What only shows beside the other nodes of the seat. */
function compare(seat: { report: NodeReport; facts: NodeFacts }[]): void {
  const releases = new Set(seat.flatMap(({ facts }) => facts.pveVersion ?? []));
  const vendors = new Set(seat.flatMap(({ facts }) => facts.cpuVendor ?? []));
  const offsets = seat.flatMap(({ facts }) => facts.clockOffsetMs ?? []).sort((a, b) => a - b);
  const middle = offsets[Math.floor(offsets.length / 2)];
  for (const { report, facts } of seat) {
    const add = (finding: NodeReport["findings"][number]) => report.findings.push(finding);
    if (facts.clockOffsetMs !== undefined && middle !== undefined) {
      const among = Math.round(Math.abs(facts.clockOffsetMs - middle) / 1000);
      const ours = Math.round(facts.clockOffsetMs / 1000);
      const wrong = among * 1000 > SKEW_LOOK_MS;
      const far = Math.abs(facts.clockOffsetMs) > SKEW_WRONG_MS;
      add({
        subject: "clock",
        health: among * 1000 > SKEW_WRONG_MS ? "wrong" : wrong || far ? "look" : "good",
        seen: `${among} s from the seat's others, ${ours} s from ours`,
        ...((wrong || far) && { next: "On the node: chronyc makestep, and see that it reaches a time server." }),
      });
    }
    if (seat.length < 2 || facts.pveVersion === undefined) continue;
    const differ = releases.size > 1;
    add({
      subject: "sameVersion",
      health: differ ? "look" : "good",
      seen: [...releases].join(", "),
      ...(differ && { next: "Bring the nodes of a seat to one version: apt update && apt full-upgrade." }),
    });
    if (facts.cpuVendor === undefined) continue;
    const mixed = vendors.size > 1;
    add({
      subject: "sameCpu",
      health: mixed ? "wrong" : "good",
      seen: [...vendors].join(", "),
      ...(mixed && { next: "Guests cannot move live between vendors: put nodes of one kind into a seat." }),
    });
  }
}

async function late(
  work: ReturnType<typeof examineNode>,
  { seat, node }: { seat: string; node: { name: string; ssh: { host: string } } },
): ReturnType<typeof examineNode> {
  const startedMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<Awaited<ReturnType<typeof examineNode>>>((resolve) => {
    timer = setTimeout(() => {
      const seen = `not done within ${NODE_MS / 1000} s`;
      const findings = [{ subject: "ssh" as const, health: "unknown" as const, seen, next: "Try this node alone." }];
      const tookMs = Math.round(performance.now() - startedMs);
      resolve({ report: { seat, node: node.name, host: node.ssh.host, findings, tookMs }, facts: {} });
    }, NODE_MS);
  });
  const failed = work.catch((error: Error) => ({
    report: {
      ...{ seat, node: node.name, host: node.ssh.host },
      findings: [{ subject: "ssh" as const, health: "wrong" as const, seen: error.message }],
      tookMs: Math.round(performance.now() - startedMs),
    },
    facts: {},
  }));
  return Promise.race([failed, over]).finally(() => clearTimeout(timer));
}
