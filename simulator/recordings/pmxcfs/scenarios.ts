/**
 * What a recorded scenario of pmxcfs is: nodes, steps and what the real daemons said after each; and what whoever records
 * and whoever does it again have to do alike.
 */
import { readFileSync } from "node:fs";

/** Instants are told apart by the second. */
export const STEPS_APART_MS = 1_100;
/** In this time every node has carried out what one has written. */
export const DELIVERED_MS = 300;
/** Files up to so many bytes are kept with their text. */
export const SHORT_BYTES = 60;

export interface PmxcfsScenario {
  name: string;
  /** What it shows. */
  desc: string;
  /** Nodes; each begins with a running corosync and pmxcfs, apart from those in `later`. */
  n: number;
  /** Nodes on which nothing runs at first. */
  later?: number[];
  /** Token timeout in milliseconds; one second when it is absent. */
  tokenMs?: number;
  steps: PmxcfsStep[];
}

export type PmxcfsStep = (
  | { op: "type"; node: number; line: string }
  | { op: "cut"; groups: number[][] }
  | { op: "heal" }
  | { op: "corosync" | "pmxcfs"; nodes: number[]; what: "start" | "term" | "kill" | "local" }
  /** A line of the cluster's log, as the services of a node write it. */
  | { op: "log"; node: number; tag: string; user: string; pri: number; msg: string; times?: number }
  | { op: "wait"; ms: number }
) & {
  /** Nothing is waited for: the next step comes at once, and no state is looked at. */
  quick?: true;
};

/** A step and what was seen of it. */
export type RecordedStep = PmxcfsStep & {
  typed?: { output: string; exit: number };
  /** By node id, of those whose pmxcfs runs: what is other than after the step before. Absent for a quick step. */
  seen?: Record<string, ChangedNode>;
};

export interface RecordedScenario extends Omit<PmxcfsScenario, "steps"> {
  /** The corosync.conf that every node begins with. */
  conf: string;
  steps: RecordedStep[];
}

/** Of one node after a step. Instants are those of steps: 3 is the third's, 0 one before the first. */
export interface SeenNode {
  /** Version of the database: of its root. */
  version: number;
  /** `.version` without its start and what the nodes tell. */
  counts: Record<string, number>;
  members: unknown;
  vmlist: unknown;
  /** Lines of `.clusterlog`, newest first. */
  log: { uid: number; at: number; node: string; pri: number; tag: string; user: string; msg: string }[];
  /** By path below /etc/pve: type, mode, owner, instant of its last change and size, then its text where that is short. */
  tree: Record<string, string>;
  /** What pmxcfs wrote since the step before: without its own name and instant; process ids are `PID`. */
  journal: string[];
}

/** What of a node changed; in `counts` and `tree` null stands for what is gone. */
export type ChangedNode = Partial<Omit<SeenNode, "counts" | "tree">> & {
  counts?: Record<string, number | null>;
  tree?: Record<string, string | null>;
};

/** Whether after a step its delivery alone is waited for, and not until nobody says anything more. */
export function isBrief(step: PmxcfsStep, before: PmxcfsStep | undefined): boolean {
  return ["type", "log", "wait"].includes(step.op) && before?.quick === undefined;
}

/** What a shell is given for a line that is typed. */
export function typedText(line: string): string {
  return `exec 2>&1; cd /etc/pve; ${line}`;
}

/** @param starts when each step began, seconds since 1970. @returns the step of an instant */
export function stepAt(starts: readonly number[], second: number): number {
  return starts.findLastIndex((start) => start <= second) + 1;
}

/** What a daemon's own files tell. @param text of one of them */
export function seenInFiles(
  text: (name: string) => string,
  starts: readonly number[],
): Pick<SeenNode, "counts" | "members" | "vmlist" | "log"> {
  const { starttime: _, kvstore: __, ...counts } = JSON.parse(text(".version")) as Record<string, number>;
  const log = JSON.parse(text(".clusterlog")).data as (Omit<SeenNode["log"][number], "at"> & { time: number; pid: number })[];
  return {
    counts,
    members: JSON.parse(text(".members")),
    vmlist: JSON.parse(text(".vmlist")),
    log: log.map(({ time, pid: _pid, ...line }) => ({ ...line, at: stepAt(starts, time) })),
  };
}

/** A line of the journal as it is kept. */
export function keptLine(text: string): string {
  return text.replaceAll(/(\d+)\/\d+/g, "$1/PID");
}

/** @param before what the same daemon was seen to have; absent for one that was not seen before */
export function changedSince(before: SeenNode | undefined, now: SeenNode): ChangedNode {
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  const { version, members, vmlist, log, journal } = now;
  const counts = changedKeys(before?.counts ?? {}, now.counts);
  const tree = changedKeys(before?.tree ?? {}, now.tree);
  return {
    ...(version !== before?.version && { version }),
    ...(!same(members, before?.members) && { members }),
    ...(!same(vmlist, before?.vmlist) && { vmlist }),
    ...(!same(log, before?.log) && { log }),
    ...(Object.keys(counts).length > 0 && { counts }),
    ...(Object.keys(tree).length > 0 && { tree }),
    ...(journal.length > 0 && { journal }),
  };
}

function changedKeys<T>(before: Record<string, T>, now: Record<string, T>): Record<string, T | null> {
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(now, key));
  const changed = Object.entries(now).filter(([key, value]) => before[key] !== value);
  return Object.fromEntries([...changed, ...gone.map((key) => [key, null] as const)]);
}

export function readRecorded(file: string): RecordedScenario[] {
  return JSON.parse(readFileSync(file, "utf8"));
}
