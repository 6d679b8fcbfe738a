/**
 * A lab as its nodes tell it, small enough to be drawn and sent at every change.
 *
 * Each node speaks for itself: two halves of a cut cluster may both be here, each with its own view. Power and cables
 * are not in it; they are the lab's surroundings. Plain data without imports: browser, gateway and grader load it.
 */

/** What a node said of its cluster when it answered last. */
export interface ClusterSeen {
  name: string;
  quorate: boolean;
  /** Names of nodes, sorted: those it is together with now, itself included, and all that are configured. */
  members: string[];
  configured: string[];
  /** Sums of the votes in the cluster's configuration, as this node has it. */
  votes: { present: number; expected: number };
}

export interface NodePicture {
  name: string;
  /** `unclear`: it answers, and does not say how its cluster stands. */
  state: "answers" | "silent" | "unclear";
  /** `null` outside any cluster. Of a node that is silent or unclear: as it was when it told it last. */
  cluster?: ClusterSeen | null | undefined;
  /** Votes of each configured node, as this node's configuration has them. */
  votesOf?: Record<string, number> | undefined;
  /** All machines of the cluster as this node lists them; of a node that is silent, as it was when it told it last. */
  guests?: GuestPicture[] | undefined;
  /** Whether a QDevice votes for this node; absent without one, and where no chapter asks for it. */
  device?: boolean | undefined;
  /** Latest tasks, newest first; what is compared to tell new ones. */
  tasks: TaskPicture[];
}

export interface GuestPicture {
  vmid: number;
  name?: string | undefined;
  node: string;
  /** `running`, `stopped`, `unknown` and so on, as Proxmox says it. */
  status: string;
  /** Where HA looks after it: `started`, `fence`, `error` and so on. */
  ha?: string | undefined;
}

export interface TaskPicture {
  upid: string;
  type: string;
  id: string;
  /** The node's own clock, seconds since 1970. */
  startTime: number;
  outcome: "running" | "ok" | "warnings" | "failed";
}

/** Something that changed between two looks, told by the nodes named first. */
export interface PictureEvent {
  /** Counts up within the lab. */
  seq: number;
  /** Our clock, milliseconds since 1970: when it was seen, at most some seconds after it was so. */
  atMs: number;
  kind: PictureEventKind;
  nodes: string[];
  /** Other nodes, a cluster's name, a task's type and id, or a machine's VMID and its HA state or node; by kind. */
  about: string[];
}

export type PictureEventKind =
  | "lab-changed"
  | "silent"
  | "answers"
  | "in-cluster"
  | "out-of-cluster"
  | "quorate"
  | "not-quorate"
  | "sees"
  | "misses"
  | "ha-state"
  | "ha-ends"
  | "guest-moved"
  | "task-started"
  | "task-ok"
  | "task-warnings"
  | "task-failed";

export interface LabPicture {
  format: 1;
  /** Our clock, milliseconds since 1970. */
  takenAtMs: number;
  nodes: NodePicture[];
  /** Oldest first; the latest hundred. */
  events: PictureEvent[];
}
