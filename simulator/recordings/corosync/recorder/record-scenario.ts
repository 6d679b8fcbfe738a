/**
 * Brings a real cluster through the steps of a scenario, and writes down what each node says after every one.
 *
 * A step is over when nothing was logged for longer than any of corosync's timeouts and the nodes say the same twice.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { rawCuts, whyNotReplayable } from "../../../conformance/operands.ts";
import { timesOfLogs } from "../../../conformance/step-times.ts";
import type { Expectation, StatesScenario, Step } from "../../../conformance/table.ts";
import type { ToolRun } from "./hosts.ts";
import { RealCluster } from "./real-cluster.ts";

const STARTS_APART_MS = 128;
const SETTLE_MS_MAX = 90_000;
/** Nothing happens for as long as this where a device is: its server gives a client up after 12 s, a node it after 16. */
const DEVICE_QUIET_MS = 18_000;
/** Heuristics in mode `on` run every 30 s; what came of them is told at once. */
const HEURISTICS_QUIET_MS = 33_000;
const LOOK_EVERY_MS = 250;
const SAME_AFTER_MS = 1_500;

/** @param say is told of every step that was recorded */
export async function recordScenario(
  scenario: StatesScenario,
  say: (line: string) => void = () => undefined,
): Promise<Omit<StatesScenario, "unread">> {
  const reason = whyNotReplayable(scenario);
  if (reason !== undefined) throw new Error(`${scenario.name}: ${reason}`);
  const { unread: _, ...plain } = scenario;
  const device = hasDevice(scenario);
  const cluster = await RealCluster.make(plain, device);
  try {
    const steps: Step[] = [];
    for (const step of scenario.steps) {
      const offsetMs = Date.now() - performance.now();
      const eventMs = Date.now();
      const tool = await perform(cluster, step);
      const settled = await settle(cluster, quietMs(scenario, cluster, device));
      const logs = cluster
        .allNodes()
        .map((id) => cluster.log(id, eventMs).map(({ atMs, text }) => ({ ms: atMs - eventMs, text })));
      const jumped = Math.abs(Date.now() - performance.now() - offsetMs) > 20;
      const { do: what, op, ...operands } = step;
      const {
        tool: _tool,
        expect: _expect,
        ms: _ms,
        unsettled: _unsettled,
        detection_ms: _d,
        remerge_ms: _r,
        ...given
      } = operands;
      steps.push({
        do: what,
        op,
        ...given,
        ...(tool && ["cfgH", "expected", "conf"].includes(op) && { tool }),
        expect: expectations(cluster),
        ms: { ...timesOfLogs(logs), ...(jumped && { disturbed: true }) },
        ...(!settled && { unsettled: true }),
      });
      say(`${scenario.name}: ${what}${settled ? "" : " (never settled)"}`);
    }
    return { ...plain, steps };
  } finally {
    await cluster.close();
  }
}

function hasDevice(scenario: StatesScenario): boolean {
  return scenario.steps.some(({ op, quorum }) => /^(q|killnode|boot)/.test(op) || /\bdevice\s*\{/.test(quorum ?? ""));
}

/** What every node that answers says, those that say the same together. */
function expectations(cluster: RealCluster): Expectation[] {
  const groups = new Map<string, Expectation>();
  for (const id of cluster.live()) {
    const state = cluster.state(id);
    if (!state) continue;
    const key = JSON.stringify(state);
    const group = groups.get(key);
    if (group) group.on.push(id);
    else groups.set(key, { on: [id], ...state });
  }
  return [...groups.values()];
}

/** Longer than any silence in which something is still to come. */
function quietMs({ totem = {}, options = {} }: StatesScenario, cluster: RealCluster, device: boolean): number {
  const nodes = Math.max(cluster.config.nodelist.length, cluster.allNodes().length);
  const tokenMs = (totem.token ?? 3_000) + Math.max(0, nodes - 2) * (totem.token_coefficient ?? 650);
  const consensusMs = totem.consensus ?? tokenMs * 1.2;
  const windowMs = options.last_man_standing ? Number(options.last_man_standing_window ?? 10_000) + 4_000 : 0;
  const heuristics = /heuristics\s*\{[^}]*mode: on/.test(cluster.config.quorum);
  return Math.max(
    tokenMs + consensusMs + 2_500,
    windowMs,
    device ? DEVICE_QUIET_MS : 0,
    heuristics ? HEURISTICS_QUIET_MS : 0,
  );
}

/** @returns whether it came to rest in time */
export async function settle(cluster: RealCluster, quiet: number): Promise<boolean> {
  const lines = () =>
    cluster
      .live()
      .map((id) => cluster.log(id).filter(({ text }) => !/\[KNET|Token has not|RLIMIT_MEMLOCK/.test(text)).length)
      .join();
  const beganMs = performance.now();
  let [seen, since] = [lines(), beganMs];
  while (performance.now() - beganMs < SETTLE_MS_MAX) {
    await sleep(LOOK_EVERY_MS);
    const now = lines();
    if (now !== seen) [seen, since] = [now, performance.now()];
    if (performance.now() - since < quiet) continue;
    const said = JSON.stringify(expectations(cluster));
    await sleep(SAME_AFTER_MS);
    if (lines() === seen && JSON.stringify(expectations(cluster)) === said) return true;
    since = performance.now() - quiet + SAME_AFTER_MS;
  }
  return false;
}

async function perform(cluster: RealCluster, step: Step): Promise<ToolRun | undefined> {
  const { hosts, config } = cluster;
  const nodes = step.nodes ?? [];
  switch (step.op) {
    case "start":
      await startOneByOne(cluster, nodes);
      return undefined;
    case "kill":
      return each(nodes, (id) => cluster.signal("corosync", id, "SIGKILL"));
    case "term":
      return each(nodes, (id) => cluster.signal("corosync", id, "SIGTERM"));
    case "hang":
      return each(nodes, (id) => cluster.signal("corosync", id, "SIGSTOP"));
    case "resume":
      return each(nodes, (id) => cluster.signal("corosync", id, "SIGCONT"));
    case "cfgH":
      return nodes.map((id) => cluster.tool(id, "corosync-cfgtool", "-H"))[0];
    case "hang_for": {
      const [ids, ms] = forTime(step);
      each(ids, (id) => cluster.signal("corosync", id, "SIGSTOP"));
      await sleep(ms);
      return each(ids, (id) => cluster.signal("corosync", id, "SIGCONT"));
    }
    case "cut_for": {
      const [groups, ms] = step.args as [number[][], number];
      hosts.cut(groups);
      await sleep(ms);
      hosts.heal();
      return undefined;
    }
    case "kill_restart":
    case "term_restart": {
      const [ids, ms] = forTime(step);
      each(ids, (id) => cluster.signal("corosync", id, step.op === "kill_restart" ? "SIGKILL" : "SIGTERM"));
      await sleep(ms);
      for (const id of ids) {
        await cluster.ended("corosync", id);
        cluster.startCorosync(id);
      }
      return undefined;
    }
    case "cut":
      hosts.cut(step.groups!, step.links);
      return undefined;
    case "heal":
      hosts.heal();
      return undefined;
    case "cable":
      hosts.setCable(step.node!, step.link ?? 0, step.up!);
      return undefined;
    case "ifdown":
      hosts.setCard(step.node!, step.link ?? 0, step.up!);
      return undefined;
    case "raw":
      hosts.heal();
      for (const cut of rawCuts(step)!) {
        if (cut.kind === "one-way")
          for (let link = 0; link < hosts.links; link++) hosts.setPath(cut.from, cut.to, link, false);
        else hosts.cut([[cut.node], cluster.allNodes().filter((id) => id !== cut.node)], [cut.link]);
      }
      return undefined;
    case "expected":
      return cluster.tool(step.node!, "corosync-quorumtool", "-e", String(step.value));
    case "conf":
      if (step.bump !== false) config.version += 1;
      config.nodelist = step.nodelist ?? config.nodelist;
      config.votes = step.votes ?? config.votes;
      config.quorum = step.quorum ?? config.quorum;
      for (const id of step.writtenOn ?? cluster.allNodes()) cluster.writeConfig(id);
      return cluster.tool(step.reloadOn!, "corosync-cfgtool", "-R");
    case "qdevice":
      return each(nodes, (id) => cluster.startQdevice(id));
    case "qdevice_stop":
      return each(nodes, (id) => cluster.signal("qdevice", id, "SIGTERM"));
    case "qdevice_kill":
      return each(nodes, (id) => cluster.signal("qdevice", id, "SIGKILL"));
    case "qdevice_hang":
      return each(nodes, (id) => cluster.signal("qdevice", id, "SIGSTOP"));
    case "qdevice_resume":
      return each(nodes, (id) => cluster.signal("qdevice", id, "SIGCONT"));
    case "qnetd":
      cluster.setServer(step.up!);
      return undefined;
    case "qnetd_hang":
      cluster.signalServer("SIGSTOP");
      return undefined;
    case "qnetd_resume":
      cluster.signalServer("SIGCONT");
      return undefined;
    case "probe":
      return each(nodes, (id) => cluster.setProbe(id, step.up!));
    case "killnode":
      return each(nodes, (id) => {
        cluster.signal("qdevice", id, "SIGKILL");
        cluster.signal("corosync", id, "SIGKILL");
      });
    case "boot":
      await startOneByOne(cluster, nodes);
      // As its unit does: it comes after corosync, which takes a while to answer.
      for (const id of nodes) await answers(cluster, id);
      return each(nodes, (id) => cluster.startQdevice(id));
    case "noop":
      return undefined;
    default:
      throw new Error(`op ${step.op} cannot be done on real daemons`);
  }
}

async function answers(cluster: RealCluster, id: number): Promise<void> {
  const limitMs = performance.now() + SETTLE_MS_MAX;
  while (cluster.state(id) === undefined && cluster.isRunning("corosync", id) && performance.now() < limitMs)
    await sleep(100);
}

async function startOneByOne(cluster: RealCluster, ids: readonly number[]): Promise<void> {
  for (const [index, id] of ids.entries()) {
    if (index > 0) await sleep(STARTS_APART_MS);
    cluster.startCorosync(id);
  }
}

function each(ids: readonly number[], action: (id: number) => void): undefined {
  for (const id of ids) action(id);
}

function forTime(step: Step): [ids: number[], ms: number] {
  const [ids, ms] = step.args as [number | number[], number];
  return [[ids].flat(), ms];
}
