/**
 * Do in a lab what `solve.yaml` or `wrong/NAME.yaml` says: type commands over SSH, answer prompts, cause faults, wait
 * for states. The replayer knows nothing of grading; a step's verdict is asked from outside.
 *
 * It never waits for a time: between two looks a node sleeps a second of its own time, which a lab in fast time jumps.
 */
import { setTimeout } from "node:timers/promises";
import type { LabDescription } from "../../labs/lab-description.ts";
import { NodeSessions, NodeUnreachable } from "./node-sessions.ts";
import type { Action, LabAction, RunAction, UntilAction, WhenAction } from "./schemas.ts";
import { printedText, type ShownOutput } from "./shown-output.ts";

export interface ReplayOptions {
  lab: LabDescription;
  /** The learner's own values, written `{{name}}` in the files. */
  variables: Record<string, string>;
  /** How all checks of a step stand now: one outcome when they agree, else undefined. */
  stepOutcome(step: string): Promise<"passed" | "not-yet" | "could-not-check" | undefined>;
  /** Carry out a fault. @throws when the lab cannot */
  applyFault(fault: LabAction["lab"]): Promise<void>;
  /** Told of each action as it begins, and of what the nodes print. */
  log?: (line: string) => void;
  /** Told of each command that has ended: as the file names it, and what it printed. */
  onPrinted?: (output: ShownOutput) => void;
  /** Wall-clock time after which an action has failed, milliseconds; 120,000 unless told. */
  actionTimeoutMs?: number;
}

/** An action did not go as its file says. The message names the action, the node and the end of what was printed. */
export class ReplayFailed extends Error {
  override name = "ReplayFailed";
}

/** @throws ReplayFailed at the first action that fails */
export async function replay(actions: readonly Action[], options: ReplayOptions): Promise<void> {
  const sessions = new NodeSessions(options.lab);
  const wanted = actionsFor(actions, options.variables);
  try {
    for (const [index, action] of wanted.entries()) {
      const name = `action ${index + 1} of ${wanted.length} (${describeAction(action)})`;
      options.log?.(name);
      try {
        await perform(action, sessions, options);
      } catch (cause) {
        throw new ReplayFailed(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    }
  } finally {
    sessions.close();
  }
}

/** What is to be done with these values: a `when` that fits gives its actions, another one nothing. */
export function actionsFor(
  actions: readonly Action[],
  variables: Readonly<Record<string, string>>,
): Exclude<Action, WhenAction>[] {
  return actions.flatMap((action) => {
    if (!("when" in action)) return [action];
    const fits = Object.entries(action.when).every(([name, values]) => [values].flat().includes(variables[name] ?? ""));
    return fits ? actionsFor(action.do, variables) : [];
  });
}

/** `on pve2: pvecm add pve1`, as an author recognises it. */
export function describeAction(action: Exclude<Action, WhenAction>): string {
  if ("run" in action) return `on ${action.on}: ${action.run}`;
  if ("lab" in action) {
    if ("power" in action.lab) return `${action.lab.power} ${action.lab.state}`;
    return "link" in action.lab ? `link ${action.lab.link}` : `${action.lab.passSeconds} s pass`;
  }
  if ("step" in action.until) return `until ${action.until.step} is ${action.until.is}`;
  return `until on ${action.until.on}: ${action.until.run}`;
}

async function perform(
  action: Exclude<Action, WhenAction>,
  sessions: NodeSessions,
  options: ReplayOptions,
): Promise<void> {
  if ("run" in action) return run(action, sessions, options);
  if ("lab" in action) {
    const { lab } = action;
    return options.applyFault("power" in lab ? { ...lab, power: filled(lab.power, options) } : lab);
  }
  return until(action, sessions, options);
}

async function run(action: RunAction, sessions: NodeSessions, options: ReplayOptions): Promise<void> {
  const fill = (text: string) => filled(text, options);
  const { status, output } = await sessions.run(fill(action.on), fill(action.run), {
    answers: action.answer.map(({ prompt, type }) => ({ prompt: fill(prompt), type: fill(type) })),
    timeoutMs: options.actionTimeoutMs ?? ACTION_TIMEOUT_MS,
    ...(options.log && { onOutput: options.log }),
  });
  options.onPrinted?.({ node: action.on, command: action.run.trim(), status, text: printedText(output) });
  if (action.exit !== undefined && status !== action.exit) {
    throw new Error(`ended with status ${status}, expected ${action.exit}; it printed:\n${tail(output)}`);
  }
}

async function until({ until: wanted }: UntilAction, sessions: NodeSessions, options: ReplayOptions): Promise<void> {
  const timeoutMs = options.actionTimeoutMs ?? ACTION_TIMEOUT_MS;
  if ("run" in wanted) {
    const command = filled(wanted.run, options);
    const loop = `while true; do ${command}; [ $? -eq ${wanted.exit} ] && break; sleep 1; done`;
    await untilRun(filled(wanted.on, options), loop, sessions, options, timeoutMs);
    return;
  }
  const startedMs = performance.now();
  for (;;) {
    const outcome = await options.stepOutcome(wanted.step);
    if (outcome === wanted.is) return;
    if (performance.now() - startedMs > timeoutMs) {
      throw new Error(`is ${outcome ?? "of several outcomes"} after ${Math.round(timeoutMs / 1000)} s`);
    }
    await letTimePass(sessions, options.lab);
  }
}

/** A node that is booting refuses, and one that goes down takes its shell with it: both are waited for, too. */
async function untilRun(
  node: string,
  loop: string,
  sessions: NodeSessions,
  options: ReplayOptions,
  timeoutMs: number,
): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    const leftMs = timeoutMs - (performance.now() - startedMs);
    try {
      const { status, output } = await sessions.run(node, loop, { answers: [], timeoutMs: Math.max(1_000, leftMs) });
      if (status === 0) return;
      if (leftMs <= 0) throw new Error(`the shell ended with status ${status}; it printed:\n${tail(output)}`);
    } catch (cause) {
      if (!(cause instanceof NodeUnreachable) || leftMs <= 0) throw cause;
    }
    // The only node that was on may be the one that restarts: then nobody can sleep, and the lab's time passes alone.
    await letTimePass(sessions, options.lab).catch(() => setTimeout(RECONNECT_MS));
  }
}

/** One second of the lab's own time, on the first node that answers: a node that is off holds nobody up. */
export async function letTimePass(sessions: NodeSessions, lab: LabDescription): Promise<void> {
  const nodes = lab.nodes.map(({ name }) => sessions.run(name, "sleep 1", { answers: [], timeoutMs: 10_000 }));
  await Promise.any(nodes).catch((cause: unknown) => {
    throw new Error("no node answers over SSH", { cause });
  });
}

const ACTION_TIMEOUT_MS = 120_000;
/** Between two tries while no node answers, milliseconds of wall-clock time. */
const RECONNECT_MS = 200;

/** Puts in the learner's values and the nodes' passwords. @throws Error for a name that nothing has */
function filled(text: string, { variables, lab }: ReplayOptions): string {
  return text.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (_, name: string) => {
    const node = /^password\.(.+)$/.exec(name)?.[1];
    const value = node === undefined ? variables[name] : lab.nodes.find((entry) => entry.name === node)?.ssh.password;
    if (value === undefined) throw new Error(`nothing is known about {{${name}}}`);
    return value;
  });
}

function tail(output: string): string {
  return output.trimEnd().split("\n").slice(-12).join("\n");
}
