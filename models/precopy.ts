/**
 * Precopy: how a running machine's memory gets to another host while the machine goes on writing to it.
 *
 * A pure model of its own: no lab, no clock, no randomness. Sizes in MiB, times in milliseconds, rates in MiB/s. The
 * migration of the simulated nodes and the course's figure both step it.
 *
 * A round sends every page that was dirty at its beginning; what the guest dirties meanwhile is the next round. The
 * migration switches over when what is left fits into the downtime limit at the present speed. QEMU's auto-converge
 * throttles the virtual CPU after two rounds in a row that dirtied more than half of what they sent; Proxmox doubles
 * the downtime limit each time a new round has begun six times.
 *
 * @source QEMU 7.2 migration/ram.c (migration_trigger_throttle, throttle-trigger-threshold 50 %), qemu-server
 * QemuMigrate.pm phase2 (counter, doubling); recordings guests/01-07 and 12
 */

export interface PrecopyPlan {
  /** Memory as QEMU counts it, the video card's with it: what log lines call the total. */
  totalMib: number;
  /** What really has to travel in the first round; pages of zeros do not. */
  usedMib: number;
  /** How fast the guest writes to its memory, unthrottled. */
  dirtyMibPerS: number;
  /** Over how much memory those writes are spread. */
  workingSetMib: number;
  /** The link, or the limit if that is lower. */
  bandwidthMibPerS: number;
  /** What the link gives when no limit holds: the last part is sent at this speed. */
  linkMibPerS: number;
}

export interface PrecopyState {
  elapsedMs: number;
  /** 1 is the first pass over all memory. */
  round: number;
  /** Still to be sent in this round. */
  remainingMib: number;
  /** Dirtied again since the round began: at least this much is the next round. */
  dirtyMib: number;
  sentMib: number;
  /** Sent in this round. */
  roundSentMib: number;
  /** Pages of later rounds, for the counters of XBZRLE. */
  resentMib: number;
  /** 0, or 20 to 99: how much of its time the virtual CPU is kept from running. */
  throttlePercent: number;
  /** Rounds in a row that dirtied too much. */
  highRounds: number;
  downtimeLimitMs: number;
  /** Rate at which memory was dirtied in the round before. */
  measuredDirtyMibPerS: number;
  completed: boolean;
  /** QEMU's own figure: from stopping the guest to the last byte. */
  downtimeMs: number;
}

/** Downtime limit that Proxmox begins with. */
export const FIRST_DOWNTIME_LIMIT_MS = 100;
const THROTTLE_FIRST_PERCENT = 20;
const THROTTLE_STEP_PERCENT = 10;
const THROTTLE_MAX_PERCENT = 99;
const THROTTLE_TRIGGER = 0.5;
const ROUNDS_BEFORE_THROTTLE = 2;
/** Stopping, the devices' state, the last handshake. */
const SWITCH_MS = 5;
/** Finer steps change no result by more than a few milliseconds of model time. */
const STEP_MS = 50;

export function beginPrecopy(plan: PrecopyPlan): PrecopyState {
  return {
    elapsedMs: 0,
    round: 1,
    remainingMib: plan.usedMib,
    dirtyMib: 0,
    sentMib: 0,
    roundSentMib: 0,
    resentMib: 0,
    throttlePercent: 0,
    highRounds: 0,
    downtimeLimitMs: FIRST_DOWNTIME_LIMIT_MS,
    measuredDirtyMibPerS: 0,
    completed: false,
    downtimeMs: 0,
  };
}

/**
 * Let time pass.
 *
 * @returns a new state; unchanged once it has completed, in which case `elapsedMs` says when
 */
export function stepPrecopy(plan: PrecopyPlan, before: PrecopyState, ms: number): PrecopyState {
  const state = { ...before };
  let left = ms;
  while (left > 0 && !state.completed) {
    const step = Math.min(STEP_MS, left);
    left -= step;
    advanceStep(plan, state, step);
  }
  return state;
}

/** How fast memory gets dirty now, with the throttle on. */
export function effectiveDirtyRate(plan: PrecopyPlan, state: Readonly<PrecopyState>): number {
  return plan.dirtyMibPerS * (1 - state.throttlePercent / 100);
}

/** How long the guest would stand still if it stopped now: what `info migrate` calls expected downtime. */
export function expectedDowntimeMs(plan: PrecopyPlan, state: Readonly<PrecopyState>): number {
  return ((state.remainingMib + state.dirtyMib) / plan.bandwidthMibPerS) * 1000;
}

/**
 * What would have to be sent if the guest stopped now, MiB: each page once, also one that waits for its turn in this
 * round and has changed since. Writes are taken as spread evenly over the guest's memory.
 */
export function leftToSendMib(plan: PrecopyPlan, state: Readonly<PrecopyState>): number {
  const written = state.round === 1 ? plan.usedMib : Math.min(plan.workingSetMib, plan.usedMib);
  const waiting = written > 0 ? Math.min(1, state.remainingMib / written) : 0;
  return state.remainingMib + state.dirtyMib * (1 - waiting);
}

function advanceStep(plan: PrecopyPlan, state: PrecopyState, ms: number): void {
  const seconds = ms / 1000;
  state.elapsedMs += ms;
  // A program goes through its data from end to end: no page twice before all are dirty.
  const spread = Math.min(plan.workingSetMib, plan.totalMib);
  state.dirtyMib = Math.min(spread, state.dirtyMib + effectiveDirtyRate(plan, state) * seconds);
  const sent = Math.min(state.remainingMib, plan.bandwidthMibPerS * seconds);
  state.remainingMib -= sent;
  state.sentMib += sent;
  state.roundSentMib += sent;
  if (state.round > 1) state.resentMib += sent;
  const limitMib = (plan.bandwidthMibPerS * state.downtimeLimitMs) / 1000;
  if (state.remainingMib <= limitMib && state.remainingMib + state.dirtyMib <= limitMib) {
    complete(plan, state);
  } else if (state.remainingMib <= 0) nextRound(plan, state);
}

function complete(plan: PrecopyPlan, state: PrecopyState): void {
  const last = state.remainingMib + state.dirtyMib;
  // The limit of the bandwidth does not hold while the guest stands still (guests/12).
  state.downtimeMs = Math.round(SWITCH_MS + (last / plan.linkMibPerS) * 1000);
  state.sentMib += last;
  state.remainingMib = 0;
  state.dirtyMib = 0;
  state.elapsedMs += state.downtimeMs;
  state.completed = true;
}

function nextRound(plan: PrecopyPlan, state: PrecopyState): void {
  state.measuredDirtyMibPerS = (state.dirtyMib / Math.max(state.roundSentMib, 0.001)) * plan.bandwidthMibPerS;
  if (state.dirtyMib > state.roundSentMib * THROTTLE_TRIGGER) {
    state.highRounds += 1;
    if (state.highRounds >= ROUNDS_BEFORE_THROTTLE) {
      state.highRounds = 0;
      state.throttlePercent =
        state.throttlePercent === 0
          ? THROTTLE_FIRST_PERCENT
          : Math.min(state.throttlePercent + THROTTLE_STEP_PERCENT, THROTTLE_MAX_PERCENT);
    }
  } else state.highRounds = 0;
  state.round += 1;
  state.remainingMib = state.dirtyMib;
  state.dirtyMib = 0;
  state.roundSentMib = 0;
}

/** Proxmox's part: it looks at what remains once a second, and doubles the limit after six new rounds. */
export interface DowntimeCounter {
  lastRemainingMib: number;
  rises: number;
}

export const RISES_BEFORE_DOUBLING = 6;

/**
 * One look of Proxmox at a migration that goes on.
 *
 * @returns the counter after it, and whether the downtime limit is to be doubled now
 */
export function countRise(
  counter: DowntimeCounter,
  remainingMib: number,
): { counter: DowntimeCounter; double: boolean } {
  const rose = counter.lastRemainingMib > 0 && remainingMib > counter.lastRemainingMib;
  const rises = counter.rises + (rose ? 1 : 0);
  if (rises < RISES_BEFORE_DOUBLING) return { counter: { lastRemainingMib: remainingMib, rises }, double: false };
  return { counter: { lastRemainingMib: remainingMib, rises: 0 }, double: true };
}
