/**
 * Seeded runs of random faults on whole clusters, with somebody writing to /etc/pve all the while.
 *
 * Held: nothing is written without quorum; an answered write is kept; members of one partition have the same files; after
 * everything is repaired, all nodes have, with the last answered write of each file. Nodes join and are removed.
 */
import { CONFIG_PATH, readConfigFile } from "../cluster/corosync/config-file.ts";
import { isQuorate, membersOf } from "../cluster/corosync/view.ts";
import { writeLocalFile } from "../cluster/files/file-changes.ts";
import { deviceNamed } from "../cluster/host-network/network-stack.ts";
import { random } from "../cluster/kernel.ts";
import { serveRequestsForTest } from "../cluster/pki/test-issuer.ts";
import { pmxcfsAnswer } from "../cluster/pmxcfs/pmxcfs-changes.ts";
import { pmxcfsFile } from "../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../cluster/state.ts";
import { act, stepOne } from "../cluster/stepping.ts";
import { createCluster, freshLab, joinNode } from "../cluster/testing/lab-steps.ts";
import type { FaultRun } from "./fault-run.ts";

const PATHS = ["f0", "f1", "f2"] as const;
type Path = (typeof PATHS)[number];
/** After a repair everything is in order within this, boots included. */
const REPAIR_MS = 300_000;
/** Time for one fault to play out. */
const PATIENT_MS = 60_000;

interface Running {
  lab: LabState;
  members: string[];
  /** Nodes that have not been in the cluster yet. */
  spare: string[];
  /** What each file may hold: the last answered write, and later ones that were never answered. */
  allowed: Record<Path, Set<string | undefined>>;
  pending?: { node: string; id: number; path: Path; content: string };
  writes: number;
  /** The highest version of the database that any quorate node had. */
  quorateVersion: number;
}

class Violation extends Error {}

/** Run one seed. Errors of the model itself are violations, too. */
export function pmxcfsFaultRun(seed: string, faults: number): FaultRun & { writes: number } {
  const sizes = [2, 3, 3, 4, 5];
  const n = sizes[[...seed].reduce((sum, letter) => sum + letter.codePointAt(0)!, 0) % sizes.length]!;
  const lab = freshLab(n + 1, seed);
  createCluster(lab, "pve1", "lab");
  const names = Object.keys(lab.nodes);
  for (const node of names.slice(1, n)) joinNode(lab, node);
  const members = names.slice(0, n);
  const allowed = Object.fromEntries(PATHS.map((path) => [path, new Set([undefined])])) as Running["allowed"];
  const run: Running = { lab, members, spare: names.slice(n), allowed, writes: 0, quorateVersion: 0 };
  const done: string[] = [];
  try {
    step(run, 30_000);
    for (let i = 0; i < faults; i++) {
      done.push(`${Math.round(lab.nowMs / 1000)}s ${fault(run)}`);
      step(run, random(lab) < 0.4 ? PATIENT_MS : random(lab) * 9_000);
    }
    done.push("repair");
    repair(run);
    return { seed, cluster: `${n} nodes with /etc/pve`, done, writes: run.writes };
  } catch (error) {
    const violation = error instanceof Error ? error.message : String(error);
    return { seed, cluster: `${n} nodes with /etc/pve`, done, writes: run.writes, violation };
  }
}

function step(run: Running, ms: number): void {
  const { lab } = run;
  const untilMs = lab.nowMs + ms;
  while (stepOne(lab, untilMs)) {
    serveRequestsForTest(lab);
    watch(run);
  }
}

const FAULTS = [
  "write",
  "write",
  "write",
  "write",
  "cut",
  "heal",
  "heal",
  "off",
  "on",
  "on",
  "nic",
  "hang",
  "join",
  "remove",
];

function fault(run: Running): string {
  const { lab, members } = run;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random(lab) * from.length)]!;
  const node = pick(members);
  switch (pick(FAULTS)) {
    case "write":
      return write(run, node, pick(PATHS));
    case "cut": {
      const side = members.filter(() => random(lab) < 0.5);
      for (const one of side) {
        for (const two of members.filter((other) => !side.includes(other))) setPath(lab, one, two, false);
      }
      return `cut ${side.join(" ")} off`;
    }
    case "heal":
      heal(run);
      return "heal";
    case "off":
      act(lab, "power/set", { node, state: "off" });
      return `power of ${node} lost`;
    case "on":
      act(lab, "power/set", { node, state: "on" });
      return `power of ${node} on`;
    case "hang":
      if (lab.nodes[node]!.power !== "on") return "nothing";
      act(lab, "power/set", { node, state: "hung" });
      return `${node} hangs`;
    case "nic":
      if (lab.nodes[node]!.power !== "on") return "nothing";
      setBridge(lab, node, random(lab) < 0.5);
      return `nic of ${node}`;
    case "join":
      return join(run);
    default:
      return remove(run, node);
  }
}

function write(run: Running, node: string, path: Path): string {
  const { lab } = run;
  if (run.pending || lab.nodes[node]!.power !== "on" || lab.nodes[node]!.pmxcfs.pid === 0) return "nothing";
  const content = `${node} ${++run.writes}\n`;
  const quorate = isQuorate(lab, node);
  const answer = act(lab, "files/change", { node, change: { op: "write", path: `/etc/pve/${path}`, content } });
  if (answer.state === "done") throw new Violation(`${node} wrote ${path} without asking the others`);
  if (answer.state === "pending") run.pending = { node, id: answer.id, path, content };
  return `write ${path} on ${node}${quorate ? "" : ", not quorate"}: ${answer.state}`;
}

/** The whole cluster is well first: a join into a broken one is refused, which has tests of its own. */
function join(run: Running): string {
  const { lab, members } = run;
  const node = run.spare[0];
  heal(run);
  step(run, PATIENT_MS);
  const whole = members.every(
    (name) => lab.nodes[name]!.power === "on" && membersOf(lab, name).length === members.length,
  );
  if (node === undefined || !members.includes("pve1") || !whole || !isQuorate(lab, "pve1")) return "nothing";
  const task = joinNode(lab, node);
  if (task.exitStatus !== "OK") throw new Violation(`${node} did not join: ${task.exitStatus}`);
  run.spare = run.spare.slice(1);
  run.members = [...members, node];
  return `join ${node}`;
}

/** As the manual says: the node is off, for good, when another one removes it. */
function remove(run: Running, target: string): string {
  const { lab, members } = run;
  const by = members.find((name) => name !== target && lab.nodes[name]!.power === "on" && isQuorate(lab, name));
  if (by === undefined || members.length < 3 || run.pending || target === "pve1") return "nothing";
  act(lab, "power/set", { node: target, state: "off" });
  step(run, 30_000);
  if (!isQuorate(lab, by)) return `power of ${target} lost`;
  act(lab, "cluster/delete-node", { node: by, target });
  step(run, 20_000);
  // Quorum may have gone in between: then the node is still a member.
  const gone = !(pmxcfsFile(lab, by, "corosync.conf") ?? target).includes(`name: ${target}\n`);
  if (gone) run.members = run.members.filter((name) => name !== target);
  return `${gone ? "remove" : "try to remove"} ${target} on ${by}`;
}

function setPath(lab: LabState, from: string, to: string, up: boolean): void {
  act(lab, "network/set-path", { from, to, up });
}

/** A node has its bridge from some point of its boot on, and then it is up. */
function setBridge(lab: LabState, node: string, up: boolean): void {
  if (deviceNamed(lab.nodes[node]!.net, "vmbr0")) act(lab, "network/nic", { node, nic: "vmbr0", up });
}

function heal({ lab, members }: Running): void {
  for (const [index, one] of members.entries()) {
    setBridge(lab, one, true);
    for (const two of members.slice(index + 1)) setPath(lab, one, two, true);
  }
}

/** After every event. */
function watch(run: Running): void {
  const { lab, pending } = run;
  if (pending) {
    const answer = lab.nodes[pending.node]!.power === "off" ? undefined : pmxcfsAnswer(lab, pending.node, pending.id);
    if (lab.nodes[pending.node]!.power === "off" || (answer?.state === "refused" && answer.errno === "EIO")) {
      run.allowed[pending.path].add(pending.content);
      delete run.pending;
    } else if (answer) {
      if (answer.state === "done") {
        if (!isQuorate(lab, pending.node)) throw new Violation(`${pending.node} wrote ${pending.path} without quorum`);
        run.allowed[pending.path] = new Set([pending.content]);
      }
      delete run.pending;
    }
  }
  for (const name of run.members) {
    const { pmxcfs } = lab.nodes[name]!;
    if (isQuorate(lab, name)) run.quorateVersion = Math.max(run.quorateVersion, pmxcfs.database.version);
  }
  for (const name of run.members) {
    const { version } = lab.nodes[name]!.pmxcfs.database;
    if (version > run.quorateVersion) throw new Violation(`${name} has version ${version} that no quorate node had`);
  }
}

/**
 * A node that was away while members were added or removed gets the new corosync.conf with the other files, and its
 * corosync goes on with the old one until it is started anew; one that was off does not even get so far, as its corosync
 * ends when it meets a newer version, and needs a copy of the file: so it is in Proxmox, too.
 *
 * @source pve-cluster dcdb.c: after a merge the file is written and corosync is not told; corosync exec/cmap.c
 */
function restartWhenOld(run: Running, node: string): void {
  const { lab } = run;
  const daemon = lab.nodes[node]!.corosync.daemon;
  if (daemon && daemon.configText === pmxcfsFile(lab, node, "corosync.conf")) return;
  const model = run.members.find((name) => isQuorate(lab, name));
  if (!daemon && model !== undefined) writeLocalFile(lab, node, CONFIG_PATH, readConfigFile(lab, model)!);
  act(lab, "power/set", { node, state: "off" });
  act(lab, "power/set", { node, state: "on" });
}

/** Heal and boot everything; then all nodes have the same files. */
function repair(run: Running): void {
  const { lab } = run;
  for (const node of run.members) act(lab, "power/set", { node, state: "on" });
  heal(run);
  const same = () => {
    const first = run.members[0]!;
    const files = JSON.stringify(lab.nodes[first]!.pmxcfs.database.entries);
    return run.members.every(
      (name) =>
        isQuorate(lab, name) &&
        membersOf(lab, name).length === run.members.length &&
        lab.nodes[name]!.pmxcfs.pid !== 0 &&
        lab.nodes[name]!.pmxcfs.sync.phase === "synced" &&
        JSON.stringify(lab.nodes[name]!.pmxcfs.database.entries) === files,
    );
  };
  step(run, PATIENT_MS);
  for (const node of run.members) restartWhenOld(run, node);
  const untilMs = lab.nowMs + REPAIR_MS;
  while (lab.nowMs < untilMs && !same()) step(run, 1_000);
  if (!same()) {
    const seen = run.members.map((name) => {
      const { pmxcfs } = lab.nodes[name]!;
      const config = lab.nodes[name]!.corosync.daemon?.config;
      const { phase } = pmxcfs.sync;
      const conf = `config ${config?.configVersion} of ${config?.nodes.length} nodes`;
      return `${name} with ${membersOf(lab, name).join(" ")}, ${conf}, ${phase} ${pmxcfs.database.version}`;
    });
    throw new Violation(`not the same files ${REPAIR_MS / 1000} s after the repair: ${seen.join("; ")}`);
  }
  for (const path of PATHS) {
    const content = pmxcfsFile(lab, run.members[0]!, path);
    if (!run.allowed[path].has(content)) {
      const might = [...run.allowed[path]].map((one) => JSON.stringify(one)).join(" or ");
      throw new Violation(`${path} holds ${JSON.stringify(content)}, not ${might}: an answered write is lost`);
    }
  }
}
