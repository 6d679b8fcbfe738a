/** A lab port whose time the test moves, without a model behind it. */
import { loginInputs } from "../../cluster/accounts/logins.ts";
import type { InputHandlers } from "../../cluster/inputs.ts";
import type { LabPort } from "../../cluster/port.ts";
import type { LabState } from "../../cluster/state.ts";
import type { ShellActivity } from "../activity.ts";

/** Turns of the event loop without a touch after which everything waits. */
const QUIET_TURNS = 5;

export interface FakeLab {
  port: LabPort;
  /** For the shells on it: in fast time the clock jumps only when they all wait. */
  activity: ShellActivity;
  readonly nowMs: number;
  /** How many wait for model time now. */
  readonly sleeping: number;
  /** Resolves when somebody waits for model time. */
  untilSleeping(): Promise<void>;
  /** Move model time on and wake who has waited long enough. */
  pass(ms: number): void;
  /** From now on every wait is over in no time, and the clock jumps. */
  runFast(): void;
}

const WALL_OFFSET_MS = Date.UTC(2026, 0, 5, 10, 0, 0);

/** @param state what programs see of the lab beside the clock */
export function createFakeLab(state: Partial<LabState> = {}): FakeLab {
  const lab = { nowMs: 0, wallOffsetMs: WALL_OFFSET_MS, nodes: {}, ...state } as LabState;
  const sleepers = new Set<{ untilMs: number; wake: () => void }>();
  const watchers = new Set<() => void>();
  let fast = false;
  const settle = () => {
    for (const sleeper of [...sleepers]) if (sleeper.untilMs <= lab.nowMs) sleeper.wake();
  };
  let touches = 0;
  let jumping = false;
  const jump = async () => {
    if (!fast || jumping) return;
    jumping = true;
    while (sleepers.size > 0) {
      for (let quiet = 0; quiet < QUIET_TURNS; ) {
        const before = touches;
        await new Promise<void>((resolve) => setImmediate(resolve));
        quiet = touches === before ? quiet + 1 : 0;
      }
      const next = Math.min(...[...sleepers].map((sleeper) => sleeper.untilMs));
      if (!Number.isFinite(next)) break;
      lab.nowMs = Math.max(lab.nowMs, next);
      settle();
    }
    jumping = false;
  };
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const aborted = () => {
        sleepers.delete(sleeper);
        reject(signal!.reason);
      };
      const sleeper = {
        untilMs: lab.nowMs + ms,
        wake: () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", aborted);
          resolve();
        },
      };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", aborted, { once: true });
      for (const watcher of [...watchers]) watcher();
      void jump();
    });
  return {
    activity: { touch: () => void touches++ },
    port: {
      read: (query) => query(lab),
      act: (kind, args) => {
        // What sessions and `su` note; nothing else is there to be changed.
        const taken = { ...loginInputs, "journal/write": () => undefined } as Partial<InputHandlers>;
        const handler = taken[kind];
        if (!handler) throw new Error("the fake lab takes no inputs");
        return handler(lab, args);
      },
      sleep,
      async until(condition, options) {
        const found = condition(lab);
        if (found !== undefined) return found;
        await sleep(options?.timeoutMs ?? Number.POSITIVE_INFINITY, options?.signal);
        return condition(lab);
      },
    },
    get nowMs() {
      return lab.nowMs;
    },
    get sleeping() {
      return sleepers.size;
    },
    untilSleeping() {
      if (sleepers.size > 0) return Promise.resolve();
      return new Promise((resolve) => {
        const watcher = () => {
          watchers.delete(watcher);
          resolve();
        };
        watchers.add(watcher);
      });
    },
    pass(ms) {
      lab.nowMs += ms;
      settle();
    },
    runFast() {
      fast = true;
      void jump();
    },
  };
}
