/**
 * Stepping a lab forward, and letting things into it: the one place that knows every slice.
 *
 * A lab is a value (`LabState`) that steps forward: `advance(lab, untilMs)` takes the events that are due, in order,
 * and hands each to the handler of its kind. Handlers change the value and schedule further events. What enters from
 * outside (a command, a fault) is an input: `act(lab, kind, args)`.
 */
import { handlers } from "./handlers.ts";
import { type Inputs, inputHandlers } from "./inputs.ts";
import { invariant } from "./invariant.ts";
import type { LabState, ScheduledEvent } from "./state.ts";

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
  const handler = inputHandlers[kind];
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
  const handler = handlers[event.kind];
  invariant(handler, `no handler for event ${event.kind}`);
  handler(lab, event);
}
