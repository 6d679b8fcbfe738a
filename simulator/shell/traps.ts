/** `trap`: what a shell does when a signal comes, a command fails, or it ends. */
import type { SignalName } from "./process.ts";
import { runSource } from "./script-run.ts";
import type { Shell } from "./shell.ts";

const listening = new WeakMap<Shell, Map<string, () => void>>();

/** Set or, with `undefined`, take back what happens at a signal or event. */
export function setTrap(shell: Shell, name: string, action: string | undefined): void {
  shell.inheritedTraps = undefined;
  if (action === undefined) shell.traps.delete(name);
  else shell.traps.set(name, action);
  if (["EXIT", "ERR", "DEBUG", "RETURN"].includes(name)) return;
  const signal = `SIG${name}` as SignalName;
  const listeners = listening.get(shell) ?? new Map<string, () => void>();
  listening.set(shell, listeners);
  listeners.get(name)?.();
  listeners.delete(name);
  if (action === "") shell.process.ignored.add(signal);
  else shell.process.ignored.delete(signal);
  if (!action) return;
  listeners.set(
    name,
    shell.process.onSignal(signal, () => {
      shell.pendingTraps.push(signal);
      for (const wake of [...shell.trapArrived]) wake();
    }),
  );
}

/** A command is next: `$BASH_COMMAND` tells it, and a DEBUG trap sees it. */
export async function aboutToRun(shell: Shell, node: { line: number }, text: () => string): Promise<void> {
  shell.line = node.line;
  if (shell.inTrap) return;
  shell.presentCommand = text;
  if (shell.traps.get("DEBUG") && (shell.calls.length === 0 || shell.options.has("functrace")))
    await runTrap(shell, "DEBUG", shell.lastStatus);
}

/** Run what is set for signals that came. */
export async function runPendingTraps(shell: Shell): Promise<void> {
  while (shell.pendingTraps.length > 0 && !shell.inTrap) {
    const name = shell.pendingTraps.shift()!.slice(3);
    await runTrap(shell, name, shell.lastStatus);
  }
}

/** Run one trap; `$?` inside and afterwards is `status`. */
export async function runTrap(shell: Shell, name: string, status: number): Promise<number> {
  const action = shell.traps.get(name);
  if (!action || shell.inTrap) return status;
  if (name === "EXIT") shell.traps.delete(name);
  shell.inTrap = true;
  shell.lastStatus = status;
  const line = shell.line;
  try {
    await runSource(shell, action, { origin: `${name.toLowerCase()} trap: `, firstLine: shell.line || 1 });
  } finally {
    shell.inTrap = false;
    shell.lastStatus = status;
    shell.line = line;
  }
  return status;
}
