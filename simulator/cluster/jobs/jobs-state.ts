/** Jobs of a node as plain data; what they do is in jobs.ts. */

export interface JobState {
  id: number;
  node: string;
  pid: number;
  /** Empty for one that is no task. */
  upid: string;
  /** What it does, the key of its steps: `migrate`. */
  kind: string;
  vmid: number;
  /** What it has written. */
  output: string;
  running: boolean;
  /** The error's text; empty while it runs and after success. */
  error: string;
  exitCode: number;
  /** Plain data of the kind's own. */
  data: unknown;
}

export interface JobsState {
  jobs: JobState[];
  nextId: number;
  /** By guest: the job that holds its lock file. */
  guestLocks: Record<number, number>;
}

export function newJobsState(): JobsState {
  return { jobs: [], nextId: 1, guestLocks: {} };
}
