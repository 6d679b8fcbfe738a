/** Running a subshell as a process: its ways to end become an exit status, and its descriptors are let go. */

import { Terminated } from "./process.ts";
import { FunctionReturn, LoopExit, type Shell, ShellExit } from "./shell.ts";
import { statusOfSignal } from "./signals.ts";
import { runTrap } from "./traps.ts";
import { ShellError } from "./variables.ts";

/** Run to its end. Never rejects, but for our own bugs. */
export async function runAsProcess(child: Shell, body: () => Promise<number>): Promise<number> {
  let status = 1;
  try {
    status = await endOf(child, body);
    if (child.traps.get("EXIT")) status = await endOf(child, () => runTrap(child, "EXIT", status));
  } finally {
    child.descriptors.closeAll();
    child.process.finish(status);
  }
  return status;
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
      await shell.complain(error.message);
      return error.status;
    }
    throw error;
  }
}
