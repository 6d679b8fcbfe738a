/**
 * The one small interface through which commands and both doors reach the model.
 *
 * Nothing else of a lab is visible to them, so that real, stepped and fast time, and a lab restored from disk, are the
 * same code. All times are model time.
 */
import type { Inputs } from "./inputs.ts";
import type { LabState } from "./state.ts";

declare global {
  // The model is compiled without the platform's types, and only passes a signal on; elsewhere this adds nothing to it.
  interface AbortSignal {}
}

export interface LabPort {
  /** Look at the lab as it is now. The state must not be changed or kept; copy out what is needed. */
  read<T>(query: (lab: Readonly<LabState>) => T): T;
  /**
   * Change something, now. Recorded in the lab's log of inputs.
   *
   * @throws Refusal as the model gives it
   */
  act<K extends keyof Inputs>(kind: K, args: Inputs[K]["args"]): Inputs[K]["result"];
  /** Wait for model time to pass. @throws the signal's reason when it aborts first */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Wait until a condition gives something other than undefined; it is asked now and after every event and input.
   *
   * @returns what it gave, or undefined when `timeoutMs` of model time passed first
   * @throws the signal's reason when it aborts first
   */
  until<T>(
    condition: (lab: Readonly<LabState>) => T | undefined,
    options?: {
      timeoutMs?: number;
      signal?: AbortSignal;
      /** A door that only watches (for its certificate, its node's power): does not make the clock run in fast time. */
      background?: boolean;
    },
  ): Promise<T | undefined>;
}
