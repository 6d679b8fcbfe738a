/**
 * Whether shells are doing anything. In stepped and fast time the host moves the clock only when every running program
 * waits for the model: each step of a shell and each transfer of a stream touches, and silence over some turns of the
 * event loop means that all of them wait.
 */
export interface ShellActivity {
  touch(): void;
}

/** For shells in real time, where nobody asks. */
export const noActivity: ShellActivity = { touch: () => {} };
