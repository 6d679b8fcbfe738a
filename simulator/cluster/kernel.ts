/**
 * The event kernel: one ordered queue, one clock, one source of randomness, all plain data.
 *
 * Slices schedule events here, each of a kind that some slice handles; `stepping.ts` takes those that are due and hands
 * them over. The same seed and the same inputs at the same instants give the same lab, on any machine.
 *
 * Events may belong to a process of a node. Such an event vanishes when the process is dead, and waits while the
 * process or its node is hung, as a stopped process's timers and packets do.
 */
import { invariant } from "./invariant.ts";
import { nextRandom } from "./random.ts";
import type { LabState, NodeState, ScheduledEvent } from "./state.ts";

/** What an event is when it is handed in: everything but its place in the queue. */
export interface EventSpec {
  /** Key of the handler, `slice/verb`: `corosync/token-timeout`. */
  kind: string;
  /** The node it happens on; absent for the lab as a whole. */
  node?: string;
  /** The process on that node that it belongs to; it dies and hangs with it. */
  pid?: number;
  /** Plain data for the handler. */
  data?: unknown;
}

/** An event's handler. `event.data` is what the scheduler put there; narrow it with the slice's own type. */
export type EventHandler = (lab: LabState, event: ScheduledEvent) => void;

/**
 * Put an event into the queue.
 *
 * @param delayMs model milliseconds from now, 0 or more; equal instants keep the order in which they were scheduled
 * @returns the event's id, for `cancel`
 */
export function schedule(lab: LabState, delayMs: number, spec: EventSpec): number {
  invariant(delayMs >= 0 && Number.isFinite(delayMs), `event ${spec.kind} in ${delayMs} ms`);
  const event: ScheduledEvent = { ...spec, id: lab.nextEventId++, atMs: lab.nowMs + delayMs };
  insert(lab, event);
  return event.id;
}

/** Keep the queue sorted, latest first, so that taking the next event is a pop; queues hold tens of events. */
function insert(lab: LabState, event: ScheduledEvent): void {
  let low = 0;
  let high = lab.queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lab.queue[middle]!.atMs > event.atMs) low = middle + 1;
    else high = middle;
  }
  lab.queue.splice(low, 0, event);
}

/** Take an event out again; one that has already happened or was never there is no error. */
export function cancel(lab: LabState, id: number | undefined): void {
  if (id === undefined) return;
  const index = lab.queue.findIndex((event) => event.id === id);
  if (index >= 0) lab.queue.splice(index, 1);
}

/** When the next event is due, in model milliseconds; undefined when nothing is scheduled. */
export function nextEventAtMs(lab: LabState): number | undefined {
  return lab.queue.at(-1)?.atMs;
}

/** Events that waited while a process was hung happen now, in their order; they keep their ids. */
export function releaseParked(lab: LabState, nodeName: string, pid: number): void {
  const process = lab.nodes[nodeName]?.processes[pid];
  if (!process) return;
  const parked = process.parked;
  process.parked = [];
  for (const event of parked) insert(lab, { ...event, atMs: lab.nowMs });
}

/** A number in [0, 1) from the lab's own seeded generator. */
export function random(lab: LabState): number {
  return nextRandom(lab.rng);
}

/** A number between two bounds from the lab's own generator. */
export function randomBetween(lab: LabState, low: number, high: number): number {
  return low + random(lab) * (high - low);
}

/** A node of the lab; its absence is our bug. */
export function nodeOf(lab: LabState, name: string): NodeState {
  const node = lab.nodes[name];
  invariant(node, `no node ${name} in this lab`);
  return node;
}
