/**
 * Worker tasks of a node: a UPID, a log, an end. They live in the model, so that a task outlives the command or the
 * request that started it, and its log is read in the same way by both.
 */

export interface TaskState {
  upid: string;
  node: string;
  pid: number;
  /** Age of the machine when the worker started, in 1/100 s. */
  pstart: number;
  /** Wall clock, whole seconds since 1970. */
  startS: number;
  type: string;
  /** `100`, or empty. */
  id: string;
  /** `root@pam`. */
  user: string;
  /** `root@pam!grader` when a token started it; else empty. */
  tokenId: string;
  /** Who started it, as the logs name it: `pvedaemon`, `pvecm`. */
  program: string;
  /** What the worker wrote, as it writes it: a line may stand unfinished (`waiting for quorum...`). */
  output: string;
  running: boolean;
  /** Wall clock, whole seconds; 0 while it runs. */
  endS: number;
  /** `OK` or the error's text; empty while it runs. */
  exitStatus: string;
}

/** A node keeps so many finished tasks; Proxmox keeps a thousand in its index, a lab has far fewer. */
export const TASKS_MAX = 300;

/** Characters of one task's output; a task that writes more has a fault. */
export const TASK_OUTPUT_MAX = 256 * 1024;
