/** Whether the server can be reached, as far as a page that has a connection knows; small, as every page carries it. */

let reached = true;
const listeners = new Set<() => void>();

export function serverReached(): boolean {
  return reached;
}

/** Told by the page's connection. */
export function tellServerReached(now: boolean): void {
  if (now === reached) return;
  reached = now;
  for (const listener of [...listeners]) listener();
}

/** Called after each change; the function it gives ends that. */
export function subscribeServerReached(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
