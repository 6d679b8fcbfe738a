/**
 * Sharing one thread between shells: who computes gives way after a few milliseconds, and each turn of the event loop
 * resumes one of those who wait, so that keys, timers and sockets are served between any two.
 *
 * Turns go round between sessions and not between processes: a fork bomb's hundreds share the turns of one.
 */

/** How long one may compute at a stretch, milliseconds; more makes ^C and other sessions feel late. */
const SLICE_MS = 3;

/** By session: who waits, in their order. The map's order is that of the sessions' turns. */
const waiting = new Map<object, (() => void)[]>();
let scheduled = false;
let sliceEndsAt = 0;

/** Whether the present stretch of computing is used up. */
export function turnIsOver(): boolean {
  return performance.now() >= sliceEndsAt;
}

/** Resolves in a later turn of the event loop, with a fresh stretch. @param session whose turn it takes */
export function nextTurn(session: object): Promise<void> {
  return new Promise((resolve) => {
    const queue = waiting.get(session);
    if (queue) queue.push(resolve);
    else waiting.set(session, [resolve]);
    if (scheduled) return;
    scheduled = true;
    setImmediate(resumeOne);
  });
}

function resumeOne(): void {
  const first = waiting.entries().next();
  if (first.done) {
    scheduled = false;
    return;
  }
  const [session, queue] = first.value;
  const resume = queue.shift();
  // To the end of the round, or out of it.
  waiting.delete(session);
  if (queue.length > 0) waiting.set(session, queue);
  scheduled = waiting.size > 0;
  if (scheduled) setImmediate(resumeOne);
  sliceEndsAt = performance.now() + SLICE_MS;
  resume?.();
}
