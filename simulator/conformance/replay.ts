/** Replaying one recorded scenario on the model, in stepped time, and comparing what each node sees. */
import type { ToolAnswer } from "../cluster/corosync/corosync.ts";
import { votequorumStatus } from "../cluster/corosync/view.ts";
import { randomBetween } from "../cluster/kernel.ts";
import { pathIsUp } from "../cluster/network.ts";
import { continueProcess, reap, stopProcess } from "../cluster/processes.ts";
import type { LabState } from "../cluster/state.ts";
import { act, advance, stepOne } from "../cluster/stepping.ts";
import { QNETD_ID, rawCuts, whyNotReplayable } from "./operands.ts";
import {
  labOfScenario,
  NETWORKS,
  NICS,
  nodeName,
  RING_KEY,
  type ScenarioConfig,
  setProbe,
  writeAuthkey,
  writeConfig,
} from "./scenario-lab.ts";
import { stepTimes } from "./step-times.ts";
import type { Expectation, StatesScenario, Step } from "./table.ts";

export type Outcome =
  | { kind: "ok" }
  | { kind: "not-modelled"; reason: string }
  | { kind: "difference"; step: number; do: string; on: string; field: string; seen: string; expected: string };

export interface Replayed {
  name: string;
  outcome: Outcome;
  /** Steps after which the membership never settles: judged by that, as the format intends, and not by a snapshot. */
  movingSteps: { step: number; do: string; memberships: number }[];
}

/** The driver of the recordings gave a step this long to settle. */
const SETTLE_MS_MAX = 60_000;
/**
 * It read the state a moment after everything had come to rest, and the next step began a while later: pings and the
 * token then stand anywhere. After the first step it took its time, as most tools' output was kept then, and after
 * outages and hangs it waited for what might come.
 *
 * @source the journals among the recordings: from a membership to the next fault 3 to 4 s, from the first 4 to 7 s, from
 * that of an outage 9 to 10 s
 */
function readAfterMs(index: number, step: Step): { least: number; most: number } {
  if (step.op.endsWith("_for") || step.op === "resume") return { least: 8_400, most: 10_000 };
  return index === 0 ? { least: 4_500, most: 7_500 } : SETTLED_MS;
}
const SETTLED_MS = { least: 2_600, most: 4_200 };

/**
 * The driver started one node after the other, so far apart: the second of two nodes sends its fifth merge message
 * 2.83 s after its own start, which is when rings of two that were started together merged (2916 to 3030 ms).
 */
const STARTS_APART_MS = { least: 120, most: 136 };

/** A device's heartbeats, connection attempts and polls have come to rest after this. */
const DEVICE_SETTLE_MS = 30_000;
const QNETD_ADDRESS = "10.77.0.99";

/**
 * A cut that is not transitive between neighbours of a ring forms a membership each consensus timeout: so many at least
 * in the time to settle. One that settles all the same is compared as any other.
 */
const MOVING_LEAST = 3;

interface Run {
  scenario: StatesScenario;
  lab: LabState;
  config: ScenarioConfig;
}

/**
 * Replay a scenario.
 *
 * @param seed the same seed gives the same run
 * @param observe when given, is told of every step and when its event was; states are then not compared
 */
export function replay(
  scenario: StatesScenario,
  seed: string,
  observe?: (step: Step, lab: LabState, eventMs: number) => void,
): Replayed {
  const { name } = scenario;
  const movingSteps: Replayed["movingSteps"] = [];
  const reason = whyNotReplayable(scenario);
  if (reason) return { name, outcome: { kind: "not-modelled", reason }, movingSteps };
  const run: Run = { scenario, ...labOfScenario(scenario, seed) };
  const withDevice = usesQdevice(scenario);
  if (withDevice) {
    act(run.lab, "corosync/qnetd", { address: QNETD_ADDRESS });
    for (const id of allIds(run)) setProbe(run.lab, id, true);
  }
  let recordedRings: Record<string, string> = {};
  let ourRings: Record<string, string> = {};
  for (const [index, step] of scenario.steps.entries()) {
    const at = { step: index + 1, do: step.do };
    if (step.op === "start") for (const id of step.nodes!) prepareStart(run, id, step);
    const eventMs = run.lab.nowMs;
    const answer = operations[step.op]!(run, step);
    settle(run.lab, readAfterMs(index, step));
    if (withDevice) {
      advance(run.lab, run.lab.nowMs + (/heuristics\s*\{/.test(run.config.quorum) ? 1.2 : 1) * DEVICE_SETTLE_MS);
      settle(run.lab);
    }
    if (observe) {
      observe(step, run.lab, eventMs);
      continue;
    }
    const memberships = isTransitive(run) ? 0 : (stepTimes(run.lab, eventMs).memberships ?? 0);
    if (memberships >= MOVING_LEAST) {
      movingSteps.push({ ...at, memberships });
      recordedRings = {};
      ourRings = {};
      continue;
    }
    const difference = toolDifference(step, answer) ?? stateDifference(run.lab, step, recordedRings, ourRings);
    if (difference) return { name, outcome: { kind: "difference", ...at, ...difference }, movingSteps };
    ({ recordedRings, ourRings } = rememberRings(run.lab, step));
  }
  return { name, outcome: { kind: "ok" }, movingSteps };
}

/** Whether any two nodes that both reach a third reach each other, over whatever links: else no ring lasts. */
function isTransitive({ lab, config }: Run): boolean {
  const ids = config.nodelist.filter((id) => {
    const daemon = lab.nodes[nodeName(id)]?.corosync.daemon;
    return daemon && !lab.nodes[nodeName(id)]!.processes[daemon.pid]?.stopped;
  });
  const reach = (a: number, b: number) =>
    NETWORKS.slice(0, config.links).some(
      (network) => pathIsUp(lab, network, nodeName(a), nodeName(b)) && pathIsUp(lab, network, nodeName(b), nodeName(a)),
    );
  return ids.every((a) =>
    ids.every((b) => a >= b || reach(a, b) || !ids.some((c) => c !== a && c !== b && reach(a, c) && reach(b, c))),
  );
}

function usesQdevice(scenario: StatesScenario): boolean {
  return scenario.steps.some((step) => step.op.startsWith("q") || /\bdevice\s*\{/.test(step.quorum ?? ""));
}

/** Let the model come to rest, then a moment longer. */
export function settle(lab: LabState, further = SETTLED_MS): void {
  const limitMs = lab.nowMs + SETTLE_MS_MAX;
  const ours = (kind: string) => /^(corosync|knet|totem|votequorum)\//.test(kind);
  while (lab.nowMs < limitMs && lab.queue.some((event) => ours(event.kind))) {
    if (!stepOne(lab, limitMs)) break;
  }
  advance(lab, lab.nowMs + randomBetween(lab, further.least, further.most));
}

type Operation = (run: Run, step: Step) => ToolAnswer | undefined;

const operations: Record<string, Operation> = {
  start: (run, step) => startOneByOne(run, step.nodes!),
  kill: (run, step) => forEachNode(run, step.nodes!, "corosync/kill"),
  term: (run, step) => forEachNode(run, step.nodes!, "corosync/term"),
  hang: (run, step) => forEachNode(run, step.nodes!, "corosync/hang"),
  resume: (run, step) => forEachNode(run, step.nodes!, "corosync/resume"),
  cfgH: (run, step) => {
    const answers = step.nodes!.map((id) => act(run.lab, "corosync/shutdown", { node: nodeName(id) }));
    return answers[0];
  },
  hang_for: (run, step) => {
    const { ids, ms } = nodesForTime(step);
    forEachNode(run, ids, "corosync/hang");
    advance(run.lab, run.lab.nowMs + ms);
    return forEachNode(run, ids, "corosync/resume");
  },
  cut_for: (run, step) => {
    const [groups, ms] = step.args as [number[][], number];
    cut(run, groups, undefined, false);
    advance(run.lab, run.lab.nowMs + ms);
    return cut(run, groups, undefined, true);
  },
  kill_restart: (run, step) => restart(run, step, "corosync/kill"),
  term_restart: (run, step) => restart(run, step, "corosync/term"),
  cut: (run, step) => cut(run, step.groups!, step.links, false),
  heal: (run) => {
    const ids = run.lab.qnetd ? [...allIds(run), QNETD_ID] : allIds(run);
    return cut(
      run,
      ids.map((id) => [id]),
      undefined,
      true,
    );
  },
  cable: (run, step) => {
    const network = NETWORKS[step.link ?? 0]!;
    act(run.lab, "network/unplug", { node: nodeName(step.node!), network, unplugged: step.up === false });
    return undefined;
  },
  ifdown: (run, step) => {
    act(run.lab, "network/nic", { node: nodeName(step.node!), nic: NICS[step.link ?? 0]!, up: step.up === true });
    return undefined;
  },
  expected: (run, step) => {
    return act(run.lab, "corosync/expected", { node: nodeName(step.node!), value: Number(step.value) });
  },
  conf: (run, step) => {
    const { config } = run;
    if (step.bump !== false) config.version += 1;
    config.nodelist = step.nodelist ?? config.nodelist;
    config.votes = step.votes ?? config.votes;
    config.quorum = step.quorum ?? config.quorum;
    for (const id of step.writtenOn ?? allIds(run)) writeConfig(run.lab, id, config);
    return act(run.lab, "corosync/reload", { node: nodeName(step.reloadOn!) });
  },
  qdevice: (run, step) => setQdevice(run, step.nodes!, true),
  qdevice_stop: (run, step) => setQdevice(run, step.nodes!, false),
  qdevice_kill: (run, step) => signalQdevice(run, step.nodes!, (node, pid) => reap(run.lab, node, pid)),
  qdevice_hang: (run, step) => signalQdevice(run, step.nodes!, (node, pid) => stopProcess(run.lab, node, pid)),
  qdevice_resume: (run, step) => signalQdevice(run, step.nodes!, (node, pid) => continueProcess(run.lab, node, pid)),
  qnetd_hang: (run) => act(run.lab, "corosync/qnetd", { frozen: true }),
  qnetd_resume: (run) => act(run.lab, "corosync/qnetd", { frozen: false }),
  probe: (run, step) => {
    for (const id of step.nodes!) setProbe(run.lab, id, step.up!);
    return undefined;
  },
  qnetd: (run, step) => act(run.lab, "corosync/qnetd", { up: step.up === true }),
  killnode: (run, step) => {
    // The recordings ended the node's processes: its connections were reset.
    setQdevice(run, step.nodes!, false);
    return forEachNode(run, step.nodes!, "corosync/kill");
  },
  boot: (run, step) => {
    startOneByOne(run, step.nodes!);
    return setQdevice(run, step.nodes!, true);
  },
  noop: () => undefined,
  raw: (run, step) => {
    // The recordings healed first without saying so, where the step before had left a cut.
    operations.heal!(run, step);
    for (const raw of rawCuts(step)!) {
      if (raw.kind === "one-way") {
        const [from, to] = [nodeName(raw.from), nodeName(raw.to)];
        act(run.lab, "network/set-path", { from, to, direction: "forward", up: false });
      } else cut(run, [[raw.node], allIds(run).filter((id) => id !== raw.node)], [raw.link], false);
    }
    return undefined;
  },
};

/**
 * What the recordings did before a start without saying so in a step: a node that still ran was killed and given up by
 * the others first (`config-errors`), and its key was another one or the right one again.
 */
function prepareStart(run: Run, id: number, step: Step): void {
  if (run.lab.nodes[nodeName(id)]!.corosync.daemon) {
    forEachNode(run, [id], "corosync/kill");
    settle(run.lab);
  }
  writeAuthkey(run.lab, id, /wrong (auth)?key/.test(step.do) ? RING_KEY.toUpperCase() : RING_KEY);
}

function setQdevice(run: Run, ids: number[], running: boolean): undefined {
  for (const id of ids) act(run.lab, "corosync/qdevice", { node: nodeName(id), running });
  return undefined;
}

function signalQdevice(run: Run, ids: number[], signal: (node: string, pid: number) => void): undefined {
  for (const node of ids.map(nodeName)) {
    const qdevice = run.lab.nodes[node]!.corosync.qdevice;
    if (qdevice) signal(node, qdevice.pid);
  }
}

type ProcessInput = "corosync/start" | "corosync/kill" | "corosync/term" | "corosync/hang" | "corosync/resume";

function startOneByOne(run: Run, ids: number[]): undefined {
  for (const [index, id] of ids.entries()) {
    const { lab } = run;
    if (index > 0) advance(lab, lab.nowMs + randomBetween(lab, STARTS_APART_MS.least, STARTS_APART_MS.most));
    act(lab, "corosync/start", { node: nodeName(id) });
  }
}

function forEachNode(run: Run, ids: number[], input: ProcessInput): undefined {
  for (const id of ids) act(run.lab, input, { node: nodeName(id) });
  return undefined;
}

function nodesForTime(step: Step): { ids: number[]; ms: number } {
  const [nodes, ms] = step.args as [number | number[], number];
  return { ids: Array.isArray(nodes) ? nodes : [nodes], ms };
}

function restart(run: Run, step: Step, input: ProcessInput): undefined {
  const { ids, ms } = nodesForTime(step);
  forEachNode(run, ids, input);
  advance(run.lab, run.lab.nowMs + ms);
  return forEachNode(run, ids, "corosync/start");
}

function hostName(id: number): string {
  return id === QNETD_ID ? "qnetd" : nodeName(id);
}

/** Cut or heal all paths between nodes of different groups; and to the host of qnetd on the main network. */
function cut(run: Run, groups: number[][], links: number[] | undefined, up: boolean): undefined {
  const ids = allIds(run);
  const hosts = run.lab.qnetd ? [...ids, QNETD_ID] : ids;
  const real = groups.map((group) => group.filter((id) => hosts.includes(id)));
  for (const [index, group] of real.entries()) {
    for (const from of group) {
      for (const to of real.slice(index + 1).flat()) {
        for (const link of links ?? linkNumbers(run)) {
          if ((from === QNETD_ID || to === QNETD_ID) && link > 0) continue;
          act(run.lab, "network/set-path", { from: hostName(from), to: hostName(to), network: NETWORKS[link]!, up });
        }
      }
    }
  }
  return undefined;
}

function allIds(run: Run): number[] {
  return Array.from({ length: run.scenario.n }, (_, index) => index + 1);
}

function linkNumbers(run: Run): number[] {
  return Array.from({ length: run.config.links }, (_, number) => number);
}

type Difference = { on: string; field: string; seen: string; expected: string };

function toolDifference(step: Step, answer: ToolAnswer | undefined): Difference | undefined {
  if (!step.tool) return undefined;
  const on = nodeName(step.node ?? step.reloadOn ?? step.nodes?.[0] ?? 0);
  if (!answer) return differ(on, "tool exit", "no tool ran", step.tool.exit);
  if (answer.exitCode !== step.tool.exit) return differ(on, "tool exit", answer.exitCode, step.tool.exit);
  if (answer.output !== step.tool.output) return differ(on, "tool output", answer.output, step.tool.output);
  return undefined;
}

function stateDifference(
  lab: LabState,
  step: Step,
  recordedRings: Record<string, string>,
  ourRings: Record<string, string>,
): Difference | undefined {
  if (!step.expect) return undefined;
  for (const expectation of step.expect) {
    for (const id of expectation.on) {
      const node = nodeName(id);
      const status = votequorumStatus(lab, node);
      if (!status) return differ(node, "corosync", "does not answer", "answers");
      const nodes = status.members.map((member) => member.nodeId);
      const fields: [string, unknown, unknown][] = [
        ["quorate", status.quorate, expectation.quorate],
        ["expected", status.expectedVotes, expectation.expected],
        ["highest", status.highestExpected, expectation.highest],
        ["total", status.totalVotes, expectation.total],
        ["quorum", status.quorum, expectation.quorum],
        ["flags", status.flags.join(" "), expectation.flags.trim()],
        ["nodes", nodes.join(" "), expectation.nodes.join(" ")],
        ["blocked", !status.quorate, expectation.blocked ?? false],
        ["ring leader", leaderOf(status.ringId), Math.min(...nodes).toString(16)],
      ];
      if (expectation.qdev) {
        const states = Object.fromEntries(nodes.map((nodeId) => [nodeId, status.device?.states[nodeId] ?? "NR"]));
        for (const [id, recorded] of Object.entries(expectation.qdev)) {
          fields.push([`qdev ${id}`, states[id], recorded]);
        }
        fields.push(["device vote", status.device?.cast ?? 0, expectation.qdeviceVote ?? 0]);
      }
      const wrong = fields.find(([, seen, expected]) => seen !== expected);
      if (wrong) return differ(node, ...wrong);
      const membersBefore = nodes.map((nodeId) => ourRings[nodeName(nodeId)]).filter((ring) => ring !== undefined);
      const highestSeq = Math.max(...membersBefore.map(seqOf));
      const before = { ours: ourRings[node], recorded: recordedRings[node], highestSeq };
      const ring = ringDifference(step, status.ringId, expectation.ring, before);
      if (ring) return differ(node, "ring", ...ring);
    }
    const rings = new Set(expectation.on.map((id) => votequorumStatus(lab, nodeName(id))!.ringId));
    if (rings.size > 1)
      return differ(`nodes ${expectation.on.join(" ")}`, "ring", [...rings].join(" and "), "the same");
  }
  return undefined;
}

/**
 * A ring's number says whether a membership was formed. The recorded number itself depends on races; what counts is
 * whether it went up, by 4 for each membership from the highest of those that its members were in, or stayed. After an
 * outage of a given length that, too, was the luck of the moment (recorded: 0.5 s re-formed a ring of five, 1.0 s did
 * not), so then both will do.
 */
function ringDifference(
  step: Step,
  ours: string,
  recorded: string,
  before: { ours: string | undefined; recorded: string | undefined; highestSeq: number },
): [seen: string, expected: string] | undefined {
  if (before.ours === undefined || before.recorded === undefined) return undefined;
  const grown = seqOf(ours) - before.highestSeq;
  const byFours = `${before.highestSeq.toString(16)} plus a multiple of 4`;
  if (grown < 0) return [ours, `not below ${before.highestSeq.toString(16)}`];
  if (step.op.endsWith("_for")) return grown % 4 === 0 ? undefined : [ours, byFours];
  if (recorded === before.recorded && ours !== before.ours) return [ours, `${before.ours}, as before`];
  if (seqOf(recorded) > seqOf(before.recorded) && ours === before.ours) {
    return [ours, `a new membership after ${before.ours}`];
  }
  const restarted = step.op === "start" || step.op === "boot" || step.op.endsWith("restart");
  return restarted || grown % 4 === 0 ? undefined : [ours, byFours];
}

function rememberRings(
  lab: LabState,
  step: Step,
): { recordedRings: Record<string, string>; ourRings: Record<string, string> } {
  const recordedRings: Record<string, string> = {};
  const ourRings: Record<string, string> = {};
  for (const { on, ring } of step.expect ?? ([] as Expectation[])) {
    for (const id of on) {
      recordedRings[nodeName(id)] = ring;
      ourRings[nodeName(id)] = votequorumStatus(lab, nodeName(id))!.ringId;
    }
  }
  return { recordedRings, ourRings };
}

function leaderOf(ring: string): string {
  return ring.split(".")[0]!;
}

function seqOf(ring: string): number {
  return Number.parseInt(ring.split(".")[1]!, 16);
}

function differ(on: string, field: string, seen: unknown, expected: unknown): Difference {
  return { on, field, seen: JSON.stringify(seen), expected: JSON.stringify(expected) };
}
