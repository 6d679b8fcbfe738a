/** Observations for tests of checks, written as a person would tell them. */
import type { NodeObservation, Observation, TaskSeen } from "../observation.ts";

export interface Member {
  cluster: string;
  members: string[];
  /** All members unless told. */
  online?: string[];
  quorate?: boolean;
  version?: number;
  votes?: number[];
}
/** More that a node told, laid over what `lab` made of it. */
export function withFacts(observation: Observation, facts: Record<string, Partial<NodeObservation>>): Observation {
  return { ...observation, nodes: observation.nodes.map((node) => ({ ...node, ...facts[node.name] })) };
}

export type Told = ((Member | "alone" | "dead" | "slow") & { tasks?: TaskSeen[] }) | { alone: true; tasks: TaskSeen[] };

let counter = 0;

/** A task that did not run before. */
export function task(
  node: string,
  type: string,
  outcome: TaskSeen["outcome"] = "ok",
  text?: string,
  more: Partial<TaskSeen> = {},
): TaskSeen {
  const startTime = more.startTime ?? 1_795_392_000 + ++counter;
  const hex = startTime.toString(16).toUpperCase();
  const upid = `UPID:${node}:${(++counter).toString(16).toUpperCase().padStart(8, "0")}:00016901:${hex}:${type}::root@pam:`;
  return { upid, type, id: "", user: "root@pam", startTime, outcome, ...(text !== undefined && { text }), ...more };
}

export function lab(nodes: Record<string, Told>): Observation {
  return {
    format: 1,
    lab: "sample",
    takenAt: "2026-11-23T00:12:08.000Z",
    depth: "check",
    nodes: Object.entries(nodes).map(([name, told]) => nodeOf(name, told)),
  };
}

function nodeOf(name: string, told: Told): NodeObservation {
  const base = { name, tookMs: 12, calls: 4 };
  if (told === "dead") {
    const trouble = { kind: "no-connection", reason: "connection refused" } as const;
    return { ...base, reached: { answered: false, trouble } };
  }
  if (told === "slow") {
    const trouble = { kind: "timeout", reason: "no answer within 25000 ms", seconds: 25 } as const;
    return { ...base, reached: { answered: false, trouble } };
  }
  const reached = { answered: true } as const;
  const tasks = { read: true, value: typeof told === "object" ? (told.tasks ?? []) : [] } as const;
  if (told === "alone" || "alone" in told) {
    const nodes = [{ name, nodeId: 0, online: true, local: true }];
    const status = { read: true, value: { cluster: null, nodes } } as const;
    return { ...base, reached, status, configNodes: { read: true, value: [] }, tasks };
  }
  const { cluster, members, online = members, quorate = true, version = members.length, votes } = told;
  return {
    ...base,
    reached,
    status: {
      read: true,
      value: {
        cluster: { name: cluster, quorate, configuredNodes: members.length, configVersion: version },
        nodes: members.map((member, index) => ({
          name: member,
          nodeId: index + 1,
          online: online.includes(member),
          local: member === name,
        })),
      },
    },
    configNodes: {
      read: true,
      value: members.map((member, index) => ({ name: member, nodeId: index + 1, votes: votes?.[index] ?? 1 })),
    },
    tasks,
  };
}
