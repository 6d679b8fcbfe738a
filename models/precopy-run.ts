/**
 * A whole precopy migration from begin to end, for the figure: the same steps as the simulated lab's, with Proxmox
 * looking once a second and doubling the downtime limit.
 */
import { beginPrecopy, countRise, leftToSendMib, type PrecopyPlan, stepPrecopy } from "./precopy.ts";

export interface PrecopyChoice {
  /** Memory of the guest that really travels, MiB. */
  usedMib: number;
  /** How fast the guest writes, MiB/s, over `workingSetMib` of its memory. */
  dirtyMibPerS: number;
  workingSetMib: number;
  bandwidthMibPerS: number;
  /** Longest stop that is allowed at first, milliseconds. */
  downtimeLimitMs: number;
  /** Auto-converge and the doubled limit, as Proxmox has them; without them precopy is on its own. */
  help: boolean;
}

export interface PrecopyPoint {
  atMs: number;
  /** What would have to be sent if the guest stopped now, MiB; never more than its memory. */
  leftMib: number;
}

export interface PrecopyRun {
  points: PrecopyPoint[];
  /** When each round began and what it had to send. */
  rounds: { atMs: number; toSendMib: number }[];
  /** Each help that was given: a slower processor (percent taken away), or a longer limit (ms). */
  helps: { atMs: number; kind: "throttle" | "limit"; value: number }[];
  converged: boolean;
  elapsedMs: number;
  /** How long the guest stands still at the end; 0 without an end. */
  downtimeMs: number;
  sentMib: number;
}

/** The figure gives up here: a migration that takes longer does not converge by itself. */
export const GIVE_UP_MS = 240_000;
const LOOK_MS = 1_000;
const POINT_MS = 250;
/** Proxmox counts the video memory, too. */
const VIDEO_MIB = 16;

export function runPrecopy(choice: PrecopyChoice): PrecopyRun {
  const plan: PrecopyPlan = {
    totalMib: choice.usedMib + VIDEO_MIB,
    usedMib: choice.usedMib,
    dirtyMibPerS: choice.dirtyMibPerS,
    workingSetMib: Math.min(choice.workingSetMib, choice.usedMib),
    bandwidthMibPerS: choice.bandwidthMibPerS,
    linkMibPerS: choice.bandwidthMibPerS,
  };
  let state = { ...beginPrecopy(plan), downtimeLimitMs: choice.downtimeLimitMs };
  let counter = { lastRemainingMib: 0, rises: 0 };
  const run: PrecopyRun = {
    points: [{ atMs: 0, leftMib: choice.usedMib }],
    rounds: [{ atMs: 0, toSendMib: choice.usedMib }],
    ...{ helps: [], converged: false, elapsedMs: 0, downtimeMs: 0, sentMib: 0 },
  };
  for (let atMs = POINT_MS; atMs <= GIVE_UP_MS; atMs += POINT_MS) {
    const before = state;
    state = stepPrecopy(plan, state, POINT_MS);
    if (!choice.help) Object.assign(state, { throttlePercent: 0, highRounds: 0 });
    run.points.push({ atMs: state.elapsedMs, leftMib: leftToSendMib(plan, state) });
    if (state.completed) break;
    if (state.round > before.round) run.rounds.push({ atMs, toSendMib: state.remainingMib });
    if (state.throttlePercent > before.throttlePercent) {
      run.helps.push({ atMs, kind: "throttle", value: state.throttlePercent });
    }
    if (!choice.help || atMs % LOOK_MS !== 0) continue;
    const next = countRise(counter, state.remainingMib);
    counter = next.counter;
    if (next.double) {
      state.downtimeLimitMs *= 2;
      run.helps.push({ atMs, kind: "limit", value: state.downtimeLimitMs });
    }
  }
  return {
    ...run,
    converged: state.completed,
    elapsedMs: state.elapsedMs,
    downtimeMs: state.downtimeMs,
    sentMib: state.sentMib,
  };
}

/** The same in a few sentences, for whoever cannot see the drawing. */
export function precopyInWords(run: PrecopyRun): string {
  const seconds = (ms: number) => (ms >= 10_000 ? String(Math.round(ms / 1000)) : (ms / 1000).toFixed(1));
  const rounds = run.rounds.length === 1 ? "one round" : `${run.rounds.length} rounds`;
  if (!run.converged) {
    return `After ${seconds(run.elapsedMs)} s and ${rounds} as much is left as before: the guest writes faster than the network carries. It never ends by itself.`;
  }
  const throttle = run.helps.filter(({ kind }) => kind === "throttle").at(-1);
  const limit = run.helps.filter(({ kind }) => kind === "limit").at(-1);
  const help = [
    throttle && `took ${throttle.value} % of the guest's processor time away`,
    limit && `raised the limit to ${limit.value} ms`,
  ].filter(Boolean);
  const helped = help.length > 0 ? ` For this the host ${help.join(" and ")}.` : "";
  return `It takes ${seconds(run.elapsedMs)} s and ${rounds}, and ${Math.round(run.sentMib)} MiB are sent. At the end the guest stands still for ${run.downtimeMs} ms.${helped}`;
}
