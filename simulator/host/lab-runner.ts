/**
 * A lab in motion: steps the model forward in one of three clock modes and lets commands and doors wait for it.
 *
 * - real: model time follows the machine's monotonic clock. A gap (a laptop that slept, a process that was stopped) is
 *   not lived through: the model goes on from where it stood, and only its wall clock is set anew.
 * - stepped: model time moves by `advance` alone.
 * - fast: model time jumps to the next event whenever something waits for the model, and stands still otherwise.
 */

import type { Inputs } from "../cluster/inputs.ts";
import { nextEventAtMs } from "../cluster/kernel.ts";
import type { LabPort } from "../cluster/port.ts";
import type { LabState } from "../cluster/state.ts";
import { act, stepOne } from "../cluster/stepping.ts";
import type { Activity } from "./activity.ts";

export type ClockMode = "real" | "stepped" | "fast";

/** The machine's clocks, as arguments, so that tests can let a laptop sleep. */
export interface MachineClock {
  /** Monotonic milliseconds. */
  monotonicMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Call back once after so many milliseconds; returns the way to stop that. */
  after(ms: number, callback: () => void): () => void;
}

const machineClock: MachineClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** In real time the runner looks at the clock at least this often, so that a gap is seen as one. */
const HEARTBEAT_MS = 1_000;
/** A heartbeat later than this was a gap: a sleeping laptop, a stopped process, a machine that was out of breath. */
const GAP_MS = 3_000;
/** Nodes' wall clocks may be off by this much before they are set anew. */
const WALL_DRIFT_MS = 1_000;

interface Waiter {
  condition: ((lab: LabState) => unknown) | undefined;
  deadlineMs: number;
  background: boolean;
  settle(value: unknown): void;
  fail(reason: unknown): void;
}

export interface RunnerOptions {
  lab: LabState;
  mode: ClockMode;
  activity: Activity;
  clock?: MachineClock;
  /** Told of each input before it is carried out, with the model instant at which it entered. */
  onInput?(atMs: number, kind: string, args: unknown): void;
  /** Told after something changed (an event or an input). */
  onChange?(): void;
  /** A bug in the model or a handler: the lab stops and this says so. */
  onFailure(error: unknown): void;
}

export class LabRunner {
  readonly lab: LabState;
  readonly port: LabPort;
  #mode: ClockMode;
  #options: RunnerOptions;
  #clock: MachineClock;
  #waiters = new Set<Waiter>();
  #anchor: { modelMs: number; monotonicMs: number };
  #stopTimer: (() => void) | undefined;
  #closed = false;
  /** The model is on its way to the present: without this a condition that reads would begin it anew, and again. */
  #catchingUp = false;
  /** One driver at a time: an `advance` and the fast loop take turns. */
  #driving: Promise<void> = Promise.resolve();
  #fastLoop = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? machineClock;
    this.lab = options.lab;
    this.#mode = options.mode;
    this.#anchor = { modelMs: this.lab.nowMs, monotonicMs: this.#clock.monotonicMs() };
    this.port = {
      read: (query) => {
        this.#current();
        return query(this.lab);
      },
      act: (kind, args) => this.act(kind, args),
      sleep: async (ms, signal) => {
        await this.#wait(undefined, { timeoutMs: ms, ...(signal && { signal }) });
      },
      until: (condition, waitOptions) => this.#wait(condition, waitOptions ?? {}) as Promise<never>,
    };
    this.#schedule();
  }

  get mode(): ClockMode {
    return this.#mode;
  }

  /** Change the clock's mode; model time itself does not jump. */
  setMode(mode: ClockMode): void {
    this.#current();
    this.#mode = mode;
    this.#anchor = { modelMs: this.lab.nowMs, monotonicMs: this.#clock.monotonicMs() };
    this.#schedule();
  }

  /** Let something enter the model now. */
  act<K extends keyof Inputs>(kind: K, args: Inputs[K]["args"]): Inputs[K]["result"] {
    this.#current();
    this.#options.onInput?.(this.lab.nowMs, kind as string, args);
    try {
      return act(this.lab, kind, args);
    } finally {
      this.#changed();
      this.#schedule();
    }
  }

  /**
   * Stepped time: go forward by `ms`, event by event; what an event wakes runs to its next wait before the next event.
   *
   * @throws Error when the clock is not in stepped mode
   */
  async advance(ms: number): Promise<void> {
    if (this.#mode !== "stepped") throw new Error(`the clock is in ${this.#mode} mode; only a stepped one is advanced`);
    const run = this.#driving.then(async () => {
      const targetMs = this.lab.nowMs + ms;
      await this.#options.activity.settled();
      while (!this.#closed && this.lab.nowMs < targetMs) {
        this.#stepOnce(targetMs);
        await this.#options.activity.settled();
      }
    });
    this.#driving = run.catch(() => undefined);
    await run;
  }

  /** No event happens any more; everything that waits is refused. */
  close(reason: Error): void {
    this.#current();
    this.#closed = true;
    this.#stopTimer?.();
    for (const waiter of [...this.#waiters]) waiter.fail(reason);
  }

  /** In real time: bring the model to the present instant. A condition that reads while that goes on sees it as it is. */
  #current(): void {
    if (this.#mode !== "real" || this.#closed || this.#catchingUp) return;
    this.#catchingUp = true;
    try {
      this.#catchUp();
    } finally {
      this.#catchingUp = false;
    }
  }

  #catchUp(): void {
    const nowMonotonic = this.#clock.monotonicMs();
    let elapsed = nowMonotonic - this.#anchor.monotonicMs;
    const since = this.#anchor.modelMs + elapsed - this.lab.nowMs;
    if (since > GAP_MS) {
      // The machine slept. The model did not: it goes on as if a moment had passed.
      elapsed -= since - 1;
      this.#anchor = { modelMs: this.#anchor.modelMs + elapsed, monotonicMs: nowMonotonic };
      this.#stepTo(this.#anchor.modelMs);
    } else if (since > 0) {
      this.#stepTo(this.#anchor.modelMs + elapsed);
    }
    const drift = this.#clock.wallMs() - (this.lab.nowMs + this.lab.wallOffsetMs);
    if (Math.abs(drift) > WALL_DRIFT_MS) {
      const wallMs = Math.round(this.#clock.wallMs());
      this.#options.onInput?.(this.lab.nowMs, "clock/set-wall", { wallMs });
      act(this.lab, "clock/set-wall", { wallMs });
    }
  }

  /** Handle everything due by an instant, asking those who wait after each event. */
  #stepTo(untilMs: number): void {
    while (!this.#closed && (this.#stepOnce(untilMs) || this.lab.nowMs < untilMs)) {
      // Each turn is one event, or the clock moved to somebody's deadline.
    }
  }

  /**
   * Handle the next event due by an instant, or move the clock to the next deadline or to the instant itself.
   *
   * @returns whether an event happened
   */
  #stepOnce(untilMs: number): boolean {
    try {
      const happened = stepOne(this.lab, Math.min(untilMs, this.#nextDeadlineMs() ?? untilMs));
      if (happened) this.#changed();
      else this.#release();
      return happened;
    } catch (error) {
      this.#closed = true;
      this.#options.onFailure(error);
      for (const waiter of [...this.#waiters]) waiter.fail(error);
      return false;
    }
  }

  #changed(): void {
    this.#options.onChange?.();
    this.#release();
  }

  /** Let go everyone whose condition holds or whose time is up. */
  #release(): void {
    for (const waiter of [...this.#waiters]) {
      let value: unknown;
      try {
        value = waiter.condition?.(this.lab);
      } catch (error) {
        waiter.fail(error);
        continue;
      }
      if (value !== undefined) waiter.settle(value);
      else if (waiter.deadlineMs <= this.lab.nowMs) waiter.settle(undefined);
    }
  }

  #nextDeadlineMs(): number | undefined {
    let next: number | undefined;
    for (const waiter of this.#waiters) {
      if (waiter.deadlineMs < (next ?? Number.POSITIVE_INFINITY) && waiter.deadlineMs > this.lab.nowMs) {
        next = waiter.deadlineMs;
      }
    }
    return next;
  }

  #nextInstantMs(): number | undefined {
    const event = nextEventAtMs(this.lab);
    const deadline = this.#nextDeadlineMs();
    if (event === undefined) return deadline;
    return deadline === undefined ? event : Math.min(event, deadline);
  }

  #wait<T>(
    condition: ((lab: LabState) => T | undefined) | undefined,
    options: { timeoutMs?: number; signal?: AbortSignal; background?: boolean },
  ): Promise<T | undefined> {
    this.#current();
    this.#options.activity.touch();
    return new Promise<T | undefined>((resolve, reject) => {
      if (this.#closed) return reject(new Error("this lab is closed"));
      if (options.signal?.aborted) return reject(options.signal.reason);
      const immediate = condition?.(this.lab);
      if (immediate !== undefined) return resolve(immediate);
      // A deadline of now is over: no event has to come for it.
      if (options.timeoutMs !== undefined && options.timeoutMs <= 0) return resolve(undefined);
      const done = () => {
        this.#waiters.delete(waiter);
        options.signal?.removeEventListener("abort", abort);
        this.#options.activity.touch();
      };
      const waiter: Waiter = {
        condition,
        deadlineMs: options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : this.lab.nowMs + options.timeoutMs,
        background: options.background ?? false,
        settle: (value) => {
          done();
          resolve(value as T | undefined);
        },
        fail: (reason) => {
          done();
          reject(reason);
        },
      };
      const abort = () => waiter.fail(options.signal?.reason);
      options.signal?.addEventListener("abort", abort);
      this.#waiters.add(waiter);
      this.#schedule();
    });
  }

  /** See to it that the model moves when it next has to. */
  #schedule(): void {
    if (this.#closed) return;
    if (this.#mode === "fast") void this.#runFast();
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#mode !== "real") return;
    const next = this.#nextInstantMs();
    const presentMs = this.#anchor.modelMs + this.#clock.monotonicMs() - this.#anchor.monotonicMs;
    const waitMs = next === undefined ? HEARTBEAT_MS : Math.min(HEARTBEAT_MS, Math.max(0, next - presentMs));
    this.#stopTimer = this.#clock.after(waitMs, () => {
      this.#current();
      this.#schedule();
    });
  }

  async #runFast(): Promise<void> {
    if (this.#fastLoop) return;
    this.#fastLoop = true;
    try {
      while (!this.#closed && this.#mode === "fast") {
        await this.#options.activity.settled();
        if (this.#closed || this.#mode !== "fast") return;
        if (![...this.#waiters].some((waiter) => !waiter.background)) return;
        const next = this.#nextInstantMs();
        if (next === undefined) return;
        this.#stepOnce(next);
      }
    } finally {
      this.#fastLoop = false;
    }
  }
}
