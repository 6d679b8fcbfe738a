/** Running a subshell as a process: its ways to end become an exit status, and its descriptors are let go. */

import { Refusal } from "../cluster/refusal.ts";
import { BoundReached } from "./bound.ts";
import { FileError } from "./node-files.ts";
import { Terminated } from "./process.ts";
import { FunctionReturn, LoopExit, type Shell, ShellExit } from "./shell.ts";
import { statusOfSignal } from "./signals.ts";
import { runPendingTraps, runTrap } from "./traps.ts";
import { ShellError } from "./variables.ts";

/** Run to its end. Never rejects. */
export async function runAsProcess(child: Shell, body: () => Promise<number>): Promise<number> {
  let status = 1;
  try {
    status = await runToEnd(child, body);
  } catch (error) {
    // It was ended while it still had something to say about its end.
    if (!(error instanceof Terminated)) throw error;
    child.process.endedBy ??= error.signal;
    status = statusOfSignal(error.signal);
  } finally {
    child.descriptors.closeAll();
    child.process.finish(status);
  }
  return status;
}

/** A shell's body, what traps do for signals that came during its last command, and what its EXIT trap does then. */
export async function runToEnd(shell: Shell, body: () => Promise<number>): Promise<number> {
  const status = await endOf(shell, async () => {
    const ended = await body();
    await runPendingTraps(shell);
    return ended;
  });
  return shell.traps.get("EXIT") ? endOf(shell, () => runTrap(shell, "EXIT", status)) : status;
}

/** What a shell's body answers, its exceptions turned into a status. */
export async function endOf(shell: Shell, body: () => Promise<number>): Promise<number> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof ShellExit || error instanceof FunctionReturn) return error.status;
    if (error instanceof LoopExit) return 0;
    if (error instanceof Terminated) {
      shell.process.endedBy ??= error.signal;
      return statusOfSignal(error.signal);
    }
    if (error instanceof ShellError) {
      await shell.complainOf(error);
      return error.status;
    }
    return endOfFault(shell, error);
  }
}

/** A refusal of the model, or a fault of ours: told where it happened, and other sessions go on. */
export async function endOfFault(shell: Shell, error: unknown): Promise<number> {
  if (error instanceof Refusal || error instanceof FileError || error instanceof BoundReached) {
    await shell.complain(error.message);
    return 1;
  }
  shell.around.onFault(error);
  await shell.complain(`fault in this simulated shell: ${error instanceof Error ? error.message : String(error)}`);
  return 255;
}
