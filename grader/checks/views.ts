/** What a node says about its cluster, in the form that the checks reason about. */
import type { NodeObservation, Observation, TaskSeen, Trouble } from "../observation.ts";
import type { Evidence, Message, Verdict } from "../verdict.ts";
import { couldNotCheck, notYet } from "./check.ts";
import { say } from "./messages.ts";

/** One node's own answer. */
export type View =
  | { kind: "unknown"; node: string; why: Message }
  | { kind: "alone"; node: string }
  | {
      kind: "member";
      node: string;
      name: string;
      quorate: boolean;
      configVersion: number;
      /** Configured members, sorted. */
      members: string[];
      /** Configured members that this node sees online, sorted. */
      online: string[];
    };
export type MemberView = Extract<View, { kind: "member" }>;

export function viewOf(observation: Observation, node: string): View {
  const seen = observation.nodes.find((entry) => entry.name === node);
  if (seen === undefined) return { kind: "unknown", node, why: say("node.not-in-lab", { node }) };
  if (!seen.reached.answered) return { kind: "unknown", node, why: troubleInWords(node, seen.reached.trouble) };
  const status = seen.status;
  if (status === undefined) {
    return { kind: "unknown", node, why: say("reach.nonsense", { node, reason: "its status was not read" }) };
  }
  if (!status.read) return { kind: "unknown", node, why: troubleInWords(node, status.trouble) };
  const { cluster, nodes } = status.value;
  if (cluster === null) {
    // A member whose corosync never started says the same of itself as a node without a cluster; its files do not.
    const files = seen.configNodes;
    if (files?.read && files.value.length > 0) {
      return { kind: "unknown", node, why: say("reach.no-corosync", { node }) };
    }
    return { kind: "alone", node };
  }
  return {
    kind: "member",
    node,
    name: cluster.name,
    quorate: cluster.quorate,
    configVersion: cluster.configVersion,
    members: nodes.map((entry) => entry.name).sort(),
    online: nodes
      .filter((entry) => entry.online)
      .map((entry) => entry.name)
      .sort(),
  };
}

/**
 * The node's view, or, where it did not tell this fact, why not: what an account may not see or a node does not answer
 * is as unknown as a node that is silent.
 */
export function viewFor(observation: Observation, node: string, fact: "guests" | "resources" | "tasks"): View {
  const view = viewOf(observation, node);
  const told = entryOf(observation, node)?.[fact];
  if (view.kind === "unknown" || told === undefined || told.read) return view;
  return { kind: "unknown", node, why: troubleInWords(node, told.trouble) };
}

/** Whether the node gave no sign of life. One that refuses a login or shows an unknown certificate does live. */
export function isSilent(observation: Observation, node: string): boolean {
  const reached = entryOf(observation, node)?.reached;
  if (reached === undefined || reached.answered) return false;
  return reached.trouble.kind === "no-connection" || reached.trouble.kind === "timeout";
}

export function viewsOf(observation: Observation, nodes: readonly string[]): View[] {
  return nodes.map((node) => viewOf(observation, node));
}

/** Whether two nodes speak of one cluster: the same name, and each lists the other. */
export function sameCluster(a: MemberView, b: MemberView): boolean {
  return a.name === b.name && a.members.includes(b.node) && b.members.includes(a.node);
}

/** A task that the baseline does not know: by its UPID, so that a wrong clock on the node does no harm. */
export function newTasks(observation: Observation, baseline: Observation, node: string, type: string): TaskSeen[] {
  const before = new Set(tasksOf(baseline, node).map((task) => task.upid));
  return tasksOf(observation, node).filter((task) => task.type === type && !before.has(task.upid));
}

/** Tasks of a node, newest first. */
export function tasksOf(observation: Observation, node: string): TaskSeen[] {
  const tasks = entryOf(observation, node)?.tasks;
  return tasks?.read ? [...tasks.value].sort((a, b) => b.startTime - a.startTime || (a.upid < b.upid ? 1 : -1)) : [];
}

export function entryOf(observation: Observation, node: string): NodeObservation | undefined {
  return observation.nodes.find((entry) => entry.name === node);
}

/** Proxmox's own reason for a failed task. Some ends only say that it failed; then the log's line before says why. */
export function taskReason({ text, log = [] }: TaskSeen): string {
  const lines = log.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("TASK ERROR"));
  const before = lines.filter((line) => line !== text).at(-1);
  if (text === undefined) return before ?? "unknown";
  return before !== undefined && /(aborted|failed)!?$/.test(text) ? `${before} (${text})` : text;
}

/** The verdict when the nodes that matter did not answer; the first one's trouble is what was seen. */
export function unreachable(unknown: readonly View[], expected: Message, evidence: Evidence[] = []): Verdict {
  const nodes = unknown.map((view) => view.node);
  const first = unknown.find((view) => view.kind === "unknown");
  return couldNotCheck(
    say("node.unreachable", { nodes }),
    say("next.look-at-node", { nodes }),
    [...evidence, ...unknown.flatMap(evidenceOf)],
    { ...(first && { seen: first.why }), expected },
  );
}

/** The verdict on a node that stands alone, where its cluster is asked about. */
export function withoutCluster(alone: View, expected: Message): Verdict {
  const told = { seen: seenOf(alone), expected, next: say("next.create-first", { of: alone.node }) };
  return notYet(say("cluster.none", { node: alone.node }), told, evidenceOf(alone));
}

/** The smallest record of a view. */
export function evidenceOf(view: View): Evidence[] {
  const { node } = view;
  switch (view.kind) {
    case "unknown":
      return [{ node, source: "reached", value: view.why.id.replace(/^reach\./, "") }];
    case "alone":
      return [{ node, source: "cluster/status.cluster", value: null }];
    case "member":
      return [
        { node, source: "cluster/status.name", value: view.name },
        { node, source: "cluster/status.quorate", value: view.quorate },
        { node, source: "cluster/status.version", value: view.configVersion },
        { node, source: "cluster/status.members", value: view.members.join(" ") },
        { node, source: "cluster/status.online", value: view.online.join(" ") },
      ];
  }
}

export function taskEvidence(task: TaskSeen): Evidence {
  return { node: task.upid.split(":")[1]!, source: `task ${task.upid}`, value: task.text ?? task.outcome };
}

/** What a node says, as something seen. */
export function seenOf(view: View): Message {
  switch (view.kind) {
    case "unknown":
      return view.why;
    case "alone":
      return say("seen.no-cluster", { node: view.node });
    case "member":
      return say("seen.cluster", { node: view.node, name: view.name, members: view.members });
  }
}

function troubleInWords(node: string, { kind, reason, seconds, privilege }: Trouble): Message {
  switch (kind) {
    case "no-connection":
      return say("reach.no-connection", { node, reason });
    case "timeout":
      return say("reach.timeout", { node, seconds: seconds ?? 25 });
    case "certificate":
      return say("reach.certificate", { node });
    case "login":
      return say("reach.login", { node });
    case "forbidden":
      return say("reach.forbidden", { node, privilege: privilege ?? reason });
    case "server-error":
      return say("reach.server-error", { node, reason });
    case "nonsense":
      return say("reach.nonsense", { node, reason });
    case "host-key":
      return say("reach.host-key", { node });
    case "other-node":
      return say("reach.other-node", { node, other: reason });
  }
}
