/**
 * The event kernel: one ordered queue, one clock, one source of randomness, all plain data.
 *
 * A lab is a value (`LabState`) that steps forward: `advance(lab, untilMs)` takes the events that are due, in order,
 * and hands each to the handler registered for its kind. Handlers change the value and schedule further events. What
 * enters from outside (a command, a fault) is an input: `act(lab, kind, args)`. The same seed and the same inputs at
 * the same instants give the same lab, on any machine.
 *
 * Events may belong to a process of a node. Such an event vanishes when the process is dead, and waits while the
 * process or its node is hung, as a stopped process's timers and packets do.
 */
import { handlerOf } from "./handlers.ts";
import { type Inputs, inputHandlerOf } from "./inputs.ts";
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

/**
 * Put an event into the queue if some slice handles its kind: how one slice tells another of something without
 * depending on it.
 */
export function scheduleIfHandled(lab: LabState, delayMs: number, spec: EventSpec): void {
  if (handlerOf(spec.kind)) schedule(lab, delayMs, spec);
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

/**
 * Handle the next event if it is due by `untilMs`.
 *
 * @returns whether there was one; when false the clock stands at `untilMs`
 */
export function stepOne(lab: LabState, untilMs: number): boolean {
  const next = lab.queue.at(-1);
  if (!next || next.atMs > untilMs) {
    if (untilMs > lab.nowMs) lab.nowMs = untilMs;
    return false;
  }
  lab.queue.pop();
  invariant(next.atMs >= lab.nowMs, `event ${next.kind} lies in the past`);
  lab.nowMs = next.atMs;
  deliver(lab, next);
  return true;
}

/** Step the lab forward to an instant, event by event. */
export function advance(lab: LabState, untilMs: number): void {
  while (stepOne(lab, untilMs)) {
    // Each step is one event; the loop ends when none is due.
  }
}

/**
 * Let something enter the lab from outside, at the present instant.
 *
 * @returns what the input's handler answers
 * @throws Refusal when the node or the cluster refuses it, with the text a learner would see
 */
export function act<K extends keyof Inputs>(lab: LabState, kind: K, args: Inputs[K]["args"]): Inputs[K]["result"] {
  const handler = inputHandlerOf(kind);
  invariant(handler, `no handler for input ${kind}`);
  return handler(lab, args);
}

/** Hand an event to its handler, unless its process is gone; park it while its process or node is hung. */
function deliver(lab: LabState, event: ScheduledEvent): void {
  if (event.node !== undefined) {
    const node = lab.nodes[event.node];
    invariant(node, `event ${event.kind} for unknown node ${event.node}`);
    if (event.pid !== undefined) {
      const process = node.processes[event.pid];
      if (!process) return;
      if (process.stopped || node.power === "hung") {
        process.parked.push(event);
        return;
      }
    }
  }
  const handler = handlerOf(event.kind);
  invariant(handler, `no handler for event ${event.kind}`);
  handler(lab, event);
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
