/** From observations to a lab's picture: what each node says now, and what changed since the look before. */
import type {
  ClusterSeen,
  GuestPicture,
  LabPicture,
  NodePicture,
  PictureEvent,
  PictureEventKind,
  TaskPicture,
} from "../labs/lab-picture.ts";
import type { NodeObservation, Observation, ResourceSeen, TaskSeen } from "./observation.ts";

const EVENTS_MAX = 100;
const TASKS_MAX = 30;

/**
 * @param before the picture of the look before; without one, nothing is new
 * @param renewed the lab was put into another state since: that is what happened, and nodes are not compared
 */
export function pictureAfter(before: LabPicture | undefined, seen: Observation, renewed = false): LabPicture {
  const takenAtMs = Date.parse(seen.takenAt);
  const compared = renewed ? undefined : before;
  const nodes = seen.nodes.map((node) => nodePicture(compared?.nodes.find(named(node.name)), node));
  const known = before?.events ?? [];
  let seq = known.at(-1)?.seq ?? 0;
  const changes: Change[] = compared
    ? grouped(nodes.flatMap((node) => changesOf(compared.nodes.find(named(node.name)), node)))
    : renewed
      ? [{ kind: "lab-changed", nodes: [], about: [] }]
      : [];
  const events = changes.map((change): PictureEvent => ({ seq: ++seq, atMs: takenAtMs, ...change }));
  return { format: 1, takenAtMs, nodes, events: [...known, ...events].slice(-EVENTS_MAX) };
}

/** Whether both show the same, apart from when. */
export function samePicture(a: LabPicture, b: LabPicture): boolean {
  return a.events.at(-1)?.seq === b.events.at(-1)?.seq && told(a) === told(b);
}

/** Fields by name: the database gives them back in an order of its own. */
function told({ nodes }: LabPicture): string {
  return JSON.stringify(
    nodes.map(({ name, state, cluster: c, tasks, guests = [], device }) => [
      ...[name, state, device, c && [c.name, c.quorate, c.members, c.configured, c.votes.present, c.votes.expected]],
      ...tasks.map(({ upid, outcome }) => [upid, outcome]),
      ...guests.map(({ vmid, name, node, status, ha }) => [vmid, name, node, status, ha]),
    ]),
  );
}

const named = (name: string) => (node: { name: string }) => node.name === name;

function nodePicture(before: NodePicture | undefined, seen: NodeObservation): NodePicture {
  const tasks = seen.tasks?.read ? seen.tasks.value.slice(0, TASKS_MAX).map(taskPicture) : (before?.tasks ?? []);
  const votesOf = seen.configNodes?.read
    ? Object.fromEntries(seen.configNodes.value.map(({ name, votes }) => [name, votes]))
    : before?.votesOf;
  const guests = seen.resources?.read ? seen.resources.value.flatMap(guestPicture) : before?.guests;
  const device = seen.qdevice?.read ? votesFor(seen.qdevice.value) : before?.device;
  const kept = {
    ...{ name: seen.name, ...(votesOf && { votesOf }), ...(guests && { guests }) },
    ...{ ...(device !== undefined && { device }), tasks },
  };
  const lastSaid = before?.cluster !== undefined && { cluster: before.cluster };
  if (!seen.reached.answered) return { ...kept, state: "silent", ...lastSaid };
  if (!seen.status?.read) return { ...kept, state: "unclear", ...lastSaid };
  const { cluster, nodes } = seen.status.value;
  if (cluster === null) {
    return { name: seen.name, state: "answers", cluster: null, ...(guests && { guests }), tasks };
  }
  const configured = nodes.map(({ name }) => name).sort();
  const members = nodes.flatMap(({ name, online }) => (online ? [name] : [])).sort();
  // A node that has just been added is told by the next look at everything; until then it counts as it does by default.
  const sum = (names: string[]) => names.reduce((votes, name) => votes + (votesOf?.[name] ?? 1), 0);
  const votes = { present: sum(members), expected: sum(configured) };
  return {
    ...kept,
    state: "answers",
    cluster: { name: cluster.name, quorate: cluster.quorate, members, configured, votes },
  };
}

function votesFor(device: { castsVote?: boolean | undefined } | null): boolean | undefined {
  return device === null ? undefined : device.castsVote === true;
}

function guestPicture({ vmid, name, node, status, haState }: ResourceSeen): GuestPicture[] {
  if (vmid === undefined || node === undefined) return [];
  return [{ vmid, ...(name && { name }), node, status: status ?? "unknown", ...(haState && { ha: haState }) }];
}

function taskPicture({ upid, type, id, startTime, outcome }: TaskSeen): TaskPicture {
  return { upid, type, id, startTime, outcome };
}

type Change = Pick<PictureEvent, "kind" | "nodes" | "about">;

function changesOf(before: NodePicture | undefined, now: NodePicture): Change[] {
  if (!before) return [];
  const changes: Change[] = [];
  const add = (kind: PictureEventKind, about: string[] = []) => changes.push({ kind, nodes: [now.name], about });
  if (before.state !== "silent" && now.state === "silent") add("silent");
  if (before.state === "silent" && now.state !== "silent") add("answers");
  if (now.state === "answers") clusterChanges(before.cluster, now.cluster, now.name, add);
  guestChanges(before.guests, now.guests, add);
  taskChanges(before.tasks, now.tasks, add);
  return changes;
}

type Add = (kind: PictureEventKind, about?: string[]) => void;

function clusterChanges(
  before: ClusterSeen | null | undefined,
  now: ClusterSeen | null | undefined,
  self: string,
  add: Add,
): void {
  if (before === undefined || now === undefined) return;
  if (before && now?.name !== before.name) add("out-of-cluster", [before.name]);
  if (!now) return;
  const same = before?.name === now.name ? before : undefined;
  if (!same) add("in-cluster", [now.name]);
  const others = (names: string[] | undefined) => (names ?? []).filter((name) => name !== self);
  const gone = others(same?.members).filter((name) => !now.members.includes(name));
  const come = others(now.members).filter((name) => !same?.members.includes(name));
  if (gone.length > 0) add("misses", gone);
  if (come.length > 0) add("sees", come);
  if (same?.quorate !== now.quorate) add(now.quorate ? "quorate" : "not-quorate", [now.name]);
}

/** What HA does with machines, and where they are after it: no task of a node tells it. */
function guestChanges(before: GuestPicture[] | undefined, now: GuestPicture[] | undefined, add: Add): void {
  for (const { vmid, node, ha } of now ?? []) {
    const was = before?.find((one) => one.vmid === vmid);
    if (!was) continue;
    const machine = String(vmid);
    if (was.ha !== ha) add(ha === undefined ? "ha-ends" : "ha-state", ha === undefined ? [machine] : [machine, ha]);
    if (was.node !== node) add("guest-moved", [machine, node]);
  }
}

function taskChanges(before: TaskPicture[], now: TaskPicture[], add: Add): void {
  const newest = Math.max(0, ...before.map(({ startTime }) => startTime));
  for (const task of [...now].reverse()) {
    const known = before.find(({ upid }) => upid === task.upid);
    // Older ones that are not known fell off the list before.
    if (known ? known.outcome === task.outcome : task.startTime < newest) continue;
    add(task.outcome === "running" ? "task-started" : `task-${task.outcome}`, [task.type, task.id]);
  }
}

/** What several nodes say alike is told once; what was lost comes before what follows from it. */
function grouped(changes: Change[]): Change[] {
  const groups = Map.groupBy(changes, ({ kind, about, nodes }) =>
    JSON.stringify(kind.startsWith("task") ? [kind, about, nodes] : [kind, about]),
  );
  return [...groups.values()]
    .map((same) => ({ ...same[0]!, nodes: [...new Set(same.flatMap(({ nodes }) => nodes))] }))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

const order: PictureEventKind[] = [
  "lab-changed",
  ...(["task-started", "silent", "answers", "out-of-cluster", "in-cluster", "misses", "sees"] as const),
  ...(["not-quorate", "quorate", "ha-state", "ha-ends", "guest-moved"] as const),
  ...(["task-ok", "task-warnings", "task-failed"] as const),
];
