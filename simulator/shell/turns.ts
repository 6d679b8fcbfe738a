/**
 * Sharing one thread between shells: who computes gives way at least every 10 ms, and each turn of the event loop
 * resumes one of those who wait, in their order, so that keys, timers and sockets are served between any two.
 */

/** How long one may compute at a stretch, milliseconds; more makes ^C and other sessions feel late. */
const SLICE_MS = 3;

const waiting: (() => void)[] = [];
let scheduled = false;
let sliceEndsAt = 0;

/** Whether the present stretch of computing is used up. */
export function turnIsOver(): boolean {
  return performance.now() >= sliceEndsAt;
}

/** Resolves in a later turn of the event loop, with a fresh stretch. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (scheduled) return;
    scheduled = true;
    setImmediate(resumeOne);
  });
}

function resumeOne(): void {
  const resume = waiting.shift();
  scheduled = waiting.length > 0;
  if (scheduled) setImmediate(resumeOne);
  sliceEndsAt = performance.now() + SLICE_MS;
  resume?.();
}
