/**
 * Seeded runs of random faults on clusters of every kind, while invariants are watched.
 *
 * A run is known by its seed alone: nodes (1 to 9), votes, options of votequorum, links, quorum device and every fault
 * follow from it. `npm run faults -- --seed SEED` replays one.
 */
import { votequorumStatus } from "../cluster/corosync/view.ts";
import { random } from "../cluster/kernel.ts";
import type { LabState } from "../cluster/state.ts";
import { act, advance, stepOne } from "../cluster/stepping.ts";
import { labOfScenario, NETWORKS, NICS, nodeName, type ScenarioConfig, writeConfig } from "./scenario-lab.ts";

export interface FaultRun {
  seed: string;
  /** The cluster in words: `5 nodes, votes 2 1 1 1 1, last_man_standing`. */
  cluster: string;
  /** Faults in order, each with its model second. */
  done: string[];
  /** What did not hold; undefined when everything did. */
  violation?: string;
}

interface Running {
  lab: LabState;
  config: ScenarioConfig;
  ids: number[];
  /** Nodes of the lab that are in the nodelist now. */
  members: number[];
  rings: Map<number, number>;
  /** Both sides of a cut may be quorate: two_node, votes forced with `-e`, lists that differ. */
  splitAllowed: boolean;
  device: boolean;
  /** The device's algorithm is lms: two parts may be quorate in one case, see mayKeepItsVote. */
  lms: boolean;
  /** auto_tie_breaker is set: half of the votes may be enough. */
  tieBreaker: boolean;
}

const QNETD = { address: "10.77.0.99", name: "qnetd" };
/** Everything comes to rest within this when nothing happens; flapping cuts never do. */
const REST_MS = 120_000;

/** A token's hop is an event; looking at all nodes after each would be most of the work. */
const WATCH_EVERY = 7;

class Violation extends Error {}

/** Run one seed. Errors of the model (broken invariants of its own) are violations, too. */
export function faultRun(seed: string, faults: number): FaultRun {
  const { run, cluster } = clusterFromSeed(seed);
  const done: string[] = [];
  try {
    startAll(run);
    for (let i = 0; i < faults; i++) {
      done.push(`${Math.round(run.lab.nowMs / 1000)}s ${fault(run)}`);
      const patient = random(run.lab) < 0.5;
      const endMs = run.lab.nowMs + (patient ? 60_000 : random(run.lab) * 9_000);
      for (let events = 0; stepOne(run.lab, endMs); events++) if (events % WATCH_EVERY === 0) watch(run);
      watch(run);
      if (isQuiet(run)) watchAtRest(run);
    }
    done.push("repair");
    repair(run);
    return { seed, cluster, done };
  } catch (error) {
    return { seed, cluster, done, violation: error instanceof Error ? error.message : String(error) };
  }
}

function clusterFromSeed(seed: string): { run: Running; cluster: string } {
  const chance = choices(seed);
  const n = 1 + chance(9);
  const links = n > 1 && chance(4) === 0 ? 2 : 1;
  const votes = chance(3) === 0 ? Object.fromEntries(Array.from({ length: n }, (_, i) => [i + 1, 1 + chance(3)])) : {};
  const options: Record<string, number> = {};
  if (n === 2 && chance(2) === 0) options.two_node = 1;
  if (chance(4) === 0) options.wait_for_all = 1;
  if (n > 2 && chance(4) === 0) options.auto_tie_breaker = 1;
  const total = Object.values(votes).reduce((sum, own) => sum + own, 0) || n;
  // corosync does not start with both and an odd number of votes.
  const refused = options.auto_tie_breaker === 1 && options.wait_for_all !== 1 && total % 2 === 1;
  if (n > 2 && chance(4) === 0 && !refused) options.last_man_standing = 1;
  const evenVotes = Object.keys(votes).length === 0;
  const device = Object.keys(options).length === 0 && evenVotes && n > 1 && links === 1 && chance(3) === 0;
  const algorithm = n % 2 === 0 && chance(3) > 0 ? "ffsplit" : "lms";
  const { lab, config } = labOfScenario({ kind: "states", name: "faults", n, votes, options, links, steps: [] }, seed);
  const ids = Array.from({ length: n }, (_, i) => i + 1);
  if (device) {
    const section = algorithm === "ffsplit" ? "votes: 1" : `votes: ${n - 1}`;
    config.quorum = `device {\n model: net\n ${section}\n net {\n  algorithm: ${algorithm}\n  host: ${QNETD.address}\n  tls: on\n }\n}\n`;
    act(lab, "corosync/qnetd", { address: QNETD.address });
    for (const id of ids) writeConfig(lab, id, config);
  }
  const words = [
    `${n} nodes`,
    ...(evenVotes ? [] : [`votes ${Object.values(votes).join(" ")}`]),
    ...Object.keys(options),
    ...(links > 1 ? ["2 links"] : []),
    ...(device ? [`device ${algorithm}`] : []),
  ];
  // Of an odd number of votes the smaller part may break the tie: it counts how many fewer there are than before, so a
  // node that comes while the larger part goes hides one that went (votequorum.c, are_we_quorate).
  const oddTie = options.auto_tie_breaker === 1 && total % 2 === 1;
  const lms = device && algorithm === "lms";
  const splitAllowed = options.two_node === 1 || options.last_man_standing === 1 || oddTie;
  const tieBreaker = options.auto_tie_breaker === 1;
  const run: Running = { lab, config, ids, members: [...ids], rings: new Map(), splitAllowed, device, lms, tieBreaker };
  return { run, cluster: words.join(", ") };
}

/** Small numbers from a text, apart from the lab's own generator. */
function choices(seed: string): (below: number) => number {
  let hash = 2_166_136_261;
  for (const character of seed) hash = Math.imul(hash ^ character.codePointAt(0)!, 16_777_619) >>> 0;
  return (below) => {
    hash = (Math.imul(hash ^ (hash >>> 15), 2_246_822_519) + 374_761_393) >>> 0;
    return (hash >>> 8) % below;
  };
}

function startAll({ lab, ids, device }: Running): void {
  for (const id of ids) {
    act(lab, "corosync/start", { node: nodeName(id) });
    if (random(lab) < 0.5) advance(lab, lab.nowMs + random(lab) * 4_000);
  }
  advance(lab, lab.nowMs + 20_000);
  if (device) for (const id of ids) act(lab, "corosync/qdevice", { node: nodeName(id), running: true });
}

const FAULTS = [
  "kill",
  "kill",
  "term",
  "start",
  "start",
  "start",
  "hang",
  "resume",
  "resume",
  "shutdown",
  "cut",
  "cut",
  "one-way",
  "pair",
  "heal",
  "heal",
  "heal",
  "blip",
  "nic",
  "cable",
  "latency",
  "loss",
  "membership",
  "expected",
  "reload",
  "device",
  "qnetd",
] as const;

function fault(run: Running): string {
  const { lab, ids } = run;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random(lab) * from.length)]!;
  const id = pick(ids);
  const node = nodeName(id);
  const other = pick(ids);
  const kind = pick(FAULTS);
  switch (kind) {
    case "kill":
    case "term":
    case "start":
    case "hang":
    case "resume":
    case "shutdown":
      act(lab, `corosync/${kind}`, { node });
      if (kind === "start" && run.device) act(lab, "corosync/qdevice", { node, running: true });
      return `${kind} ${id}`;
    case "cut": {
      const side = ids.filter(() => random(lab) < 0.5);
      const link = run.config.links > 1 && random(lab) < 0.5 ? NETWORKS[Math.floor(random(lab) * 2)] : undefined;
      for (const one of side) {
        for (const two of ids.filter((candidate) => !side.includes(candidate))) setPath(run, one, two, link, false);
      }
      return `cut ${side.join(" ")} off${link ? ` on ${link}` : ""}`;
    }
    case "one-way":
      if (other === id) return "nothing";
      act(lab, "network/set-path", { from: node, to: nodeName(other), direction: "forward", up: false });
      return `cut ${id} to ${other} one way`;
    case "pair":
      setPath(run, id, other, undefined, false);
      return `cut ${id} and ${other}`;
    case "heal":
      heal(run);
      return "heal";
    case "blip": {
      const ms = Math.floor(random(lab) * 5_000);
      for (const two of ids) setPath(run, id, two, undefined, false);
      advance(lab, lab.nowMs + ms);
      for (const two of ids) setPath(run, id, two, undefined, true);
      return `blip of ${id} for ${ms} ms`;
    }
    case "nic":
      act(lab, "network/nic", { node, nic: NICS[0], up: random(lab) < 0.4 });
      return `nic of ${id}`;
    case "cable":
      act(lab, "network/unplug", { node, network: NETWORKS[0], unplugged: random(lab) < 0.6 });
      return `cable of ${id}`;
    case "latency":
    case "loss": {
      const amount = kind === "loss" ? random(lab) * 40 : random(lab) * 1_500;
      for (const two of ids.filter((candidate) => candidate !== id)) {
        const change = kind === "loss" ? { lossPercent: amount } : { latencyMs: amount };
        act(lab, "network/set-path", { from: node, to: nodeName(two), ...change });
      }
      return `${kind} of ${amount.toFixed(1)} at ${id}`;
    }
    case "membership":
      return changeNodelist(run, id);
    case "expected": {
      const value = 1 + Math.floor(random(lab) * (ids.length + 2));
      const answer = act(lab, "corosync/expected", { node, value });
      if (answer.exitCode === 0) run.splitAllowed = true;
      return `expected ${value} on ${id}: ${answer.exitCode}`;
    }
    case "reload":
      run.config.version += 1;
      for (const one of ids) writeConfig(lab, one, run.config);
      act(lab, "corosync/reload", { node });
      return `reload on ${id}`;
    case "device":
      if (!run.device) return "nothing";
      act(lab, "corosync/qdevice", { node, running: random(lab) < 0.6 });
      return `qdevice of ${id}`;
    case "qnetd":
      if (!run.device) return "nothing";
      act(lab, "corosync/qnetd", { up: random(lab) < 0.6 });
      return "qnetd";
  }
}

/** A node leaves the nodelist, or one that was out comes back. Those cut off keep what they had: lists may differ. */
function changeNodelist(run: Running, id: number): string {
  if (run.device) return "nothing";
  const inside = run.members.includes(id);
  if (inside && run.members.length === 1) return "nothing";
  run.members = inside ? run.members.filter((other) => other !== id) : [...run.members, id].toSorted((a, b) => a - b);
  run.config.nodelist = run.members;
  run.config.version += 1;
  run.splitAllowed = true;
  for (const one of run.ids) writeConfig(run.lab, one, run.config);
  const on = run.members.find((one) => run.lab.nodes[nodeName(one)]!.corosync.daemon) ?? run.members[0]!;
  act(run.lab, "corosync/reload", { node: nodeName(on) });
  return `${inside ? "remove" : "add"} ${id}, reload on ${on}`;
}

function setPath({ lab, config }: Running, one: number, two: number, only: string | undefined, up: boolean): void {
  if (one === two) return;
  for (const network of NETWORKS.slice(0, config.links)) {
    if (only !== undefined && network !== only) continue;
    act(lab, "network/set-path", { from: nodeName(one), to: nodeName(two), network, up });
  }
}

function heal({ lab, ids, config }: Running): void {
  for (const id of ids) {
    const node = nodeName(id);
    for (let link = 0; link < config.links; link++) {
      act(lab, "network/nic", { node, nic: NICS[link]!, up: true });
      act(lab, "network/unplug", { node, network: NETWORKS[link]!, unplugged: false });
    }
    for (const other of ids.filter((candidate) => candidate > id)) {
      act(lab, "network/set-path", { from: node, to: nodeName(other), up: true, latencyMs: 0, lossPercent: 0 });
    }
  }
}

/** At every few events: nobody is quorate without the votes, and ring numbers never go back. */
function watch(run: Running): void {
  for (const id of run.ids) {
    const status = votequorumStatus(run.lab, nodeName(id));
    if (!status) continue;
    const { quorate, totalVotes, quorum, expectedVotes, ringId, members } = status;
    // After a reload what was judged before holds until the votes have gone round: by the votes expected then, too.
    const tied = run.tieBreaker && totalVotes >= Math.min(Math.floor(expectedVotes / 2), quorum - 1);
    if (quorate && totalVotes < quorum && !tied) {
      throw new Violation(`pve${id} is quorate with ${totalVotes} of ${quorum} votes in ring ${ringId}`);
    }
    if (!members.some((member) => member.local)) throw new Violation(`pve${id} is not in its own ring ${ringId}`);
    const seq = Number.parseInt(ringId.split(".")[1]!, 16);
    if (seq < (run.rings.get(id) ?? 0)) throw new Violation(`the ring of pve${id} went back to ${ringId}`);
    run.rings.set(id, seq);
  }
}

function isQuiet({ lab }: Running): boolean {
  return !lab.queue.some((event) =>
    /^(totem|knet|corosync|votequorum|qdevice\/(?!heartbeat)|qnetd\/(?!silent))/.test(event.kind),
  );
}

/** When nothing is going on: rings are what their members say, and one of them at most is quorate. */
function watchAtRest(run: Running): void {
  const rings = new Map<string, { id: number; quorate: boolean; members: string }[]>();
  for (const id of run.ids) {
    const status = votequorumStatus(run.lab, nodeName(id));
    if (!status) continue;
    const members = status.members.map(({ nodeId }) => nodeId).join(" ");
    rings.set(status.ringId, [...(rings.get(status.ringId) ?? []), { id, quorate: status.quorate, members }]);
  }
  for (const [ring, nodes] of rings) {
    if (new Set(nodes.map(({ members }) => members)).size > 1) {
      throw new Violation(`ring ${ring} has different members: ${nodes.map(({ members }) => members).join(" | ")}`);
    }
    // Each node decides a tie by what it remembers itself.
    const mayDiffer = run.device || run.tieBreaker || run.splitAllowed;
    if (!mayDiffer && new Set(nodes.map(({ quorate }) => quorate)).size > 1) {
      throw new Violation(`ring ${ring} is quorate on some of ${nodes.map(({ id }) => id).join(" ")}`);
    }
  }
  const quorate = [...rings].filter(([, nodes]) => nodes.some((node) => node.quorate));
  if (
    quorate.length > 1 &&
    !run.splitAllowed &&
    !(
      run.lms &&
      mayKeepItsVote(
        quorate.map(([ring]) => ring),
        rings,
      )
    )
  ) {
    throw new Violation(
      `two quorate rings: ${quorate.map(([ring, nodes]) => `${ring} of ${nodes[0]!.members}`).join(", ")}`,
    );
  }
}

/**
 * lms decides for one client at a time and tells nobody else: the part that had the vote keeps it when two that were
 * refused meet and become as large or larger. Recorded with the real daemons. So there are two parts at most, and the
 * one whose ring was formed later has several nodes and no fewer than the other.
 */
export function mayKeepItsVote(quorate: readonly string[], rings: ReadonlyMap<string, readonly unknown[]>): boolean {
  const seqOf = (ring: string) => Number.parseInt(ring.split(".")[1]!, 16);
  const [earlier, later, ...further] = quorate.toSorted((a, b) => seqOf(a) - seqOf(b));
  const nodesOf = (ring: string) => rings.get(ring)!.length;
  return further.length === 0 && nodesOf(later!) >= 2 && nodesOf(later!) >= nodesOf(earlier!);
}

/** With everything in order again and every node started anew, all are in one quorate ring. */
function repair(run: Running): void {
  const { lab, ids } = run;
  heal(run);
  if (run.device) act(lab, "corosync/qnetd", { up: true });
  run.members = [...ids];
  run.config.nodelist = [...ids];
  run.config.version += 1;
  for (const id of ids) {
    writeConfig(lab, id, run.config);
    act(lab, "corosync/resume", { node: nodeName(id) });
    act(lab, "corosync/kill", { node: nodeName(id) });
  }
  advance(lab, lab.nowMs + 1_000);
  for (const id of ids) {
    act(lab, "corosync/start", { node: nodeName(id) });
    if (run.device) act(lab, "corosync/qdevice", { node: nodeName(id), running: true });
  }
  const whole = () =>
    ids.every((id) => {
      const status = votequorumStatus(lab, nodeName(id));
      return status?.quorate && status.members.length === ids.length;
    });
  const endMs = lab.nowMs + REST_MS;
  while (!whole()) {
    if (!stepOne(lab, endMs)) {
      const seen = ids
        .map((id) => votequorumStatus(lab, nodeName(id)))
        .map((one) => one && `${one.ringId} ${one.members.length} ${one.quorate}`);
      throw new Violation(`not whole ${REST_MS / 1000} s after the repair: ${seen.join("; ")}`);
    }
  }
}
