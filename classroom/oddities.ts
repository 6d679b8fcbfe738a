/**
 * What is unusual about somebody's passes: questions for whoever teaches, never verdicts.
 *
 * Each has an innocent explanation, which stands beside it. Nothing here changes a pass.
 */
import type { KeptPass } from "../database/step-passes.ts";

export type Oddity =
  /** Real nodes of another seat's lab showed the same cluster: the same task, or name and addresses. */
  | { kind: "cluster-of-another-seat"; step: string; cluster: string | undefined; personId: string; task?: string }
  /** A task that a pass rests on began before the chapter's baseline was taken. */
  | { kind: "task-before-baseline"; step: string; task: string; node: string; secondsBefore: number }
  /** All of a chapter's steps (three or more) were passed together. */
  | { kind: "all-at-once"; chapter: string; steps: number; seconds: number };

/** Steps that take a person minutes each. */
const TOGETHER_MS = 20_000;
const TOGETHER_STEPS = 3;
/** Clocks are told in whole seconds, and the baseline's nodes are asked one after another. */
const CLOCK_SLACK_MS = 5_000;

/**
 * @param passes of one person in one class
 * @param others passes on real nodes of the same class; the person's own among them do not matter
 */
export function oddities(
  personId: string,
  passes: readonly KeptPass[],
  others: readonly (KeptPass & { personId: string })[],
): Oddity[] {
  const earned = passes.filter(({ waivedFor }) => waivedFor === null);
  return [...claimedElsewhere(personId, earned, others), ...beforeBaseline(earned), ...allAtOnce(earned)];
}

/** One question for each other person: the first pass that shows it. */
function claimedElsewhere(
  personId: string,
  passes: readonly KeptPass[],
  others: readonly (KeptPass & { personId: string })[],
): Oddity[] {
  const found = new Map<string, Oddity>();
  for (const pass of passes) {
    // Simulated labs cannot be anybody else's.
    if (pass.receipt?.labBackend !== "inventory") continue;
    const tasks = new Set(tasksOf(pass).map(({ upid }) => upid));
    const clusters = new Map(fingerprints(pass));
    for (const other of others) {
      // A group shares its lab, and one person may have had two.
      if (other.personId === personId || other.labId === pass.labId || found.has(other.personId)) continue;
      const task = tasksOf(other).find(({ upid }) => tasks.has(upid))?.upid;
      const same = fingerprints(other).find(([fingerprint]) => clusters.has(fingerprint));
      if (task === undefined && same === undefined) continue;
      const cluster = same?.[1] ?? [...clusters.values()][0];
      found.set(other.personId, {
        kind: "cluster-of-another-seat",
        step: pass.stepKey,
        cluster,
        personId: other.personId,
        ...(task !== undefined && { task }),
      });
    }
  }
  return [...found.values()];
}

/** Name and addresses of a cluster; a name alone says nothing, as whole classes use one. */
function fingerprints({ receipt }: KeptPass): [fingerprint: string, name: string][] {
  return (receipt?.clusters ?? []).flatMap(({ name, addresses }): [string, string][] =>
    addresses.length < 2 ? [] : [[`${name} ${addresses.join(" ")}`, name]],
  );
}

function beforeBaseline(passes: readonly KeptPass[]): Oddity[] {
  const told = new Set<string>();
  return passes.flatMap((pass) => {
    const { receipt } = pass;
    if (receipt?.baselineAt === undefined) return [];
    const baselineMs = Date.parse(receipt.baselineAt);
    return tasksOf(pass).flatMap(({ upid, node, startMs }): Oddity[] => {
      // A clock that is not known may be hours off.
      const ahead = receipt.nodes.find(({ name }) => name === node)?.clockAheadMs;
      if (ahead === undefined || told.has(upid)) return [];
      const beforeMs = baselineMs - (startMs - ahead);
      if (beforeMs <= CLOCK_SLACK_MS) return [];
      told.add(upid);
      const secondsBefore = Math.round(beforeMs / 1000);
      return [{ kind: "task-before-baseline", step: pass.stepKey, task: upid, node, secondsBefore }];
    });
  });
}

function allAtOnce(passes: readonly KeptPass[]): Oddity[] {
  const chapters = Map.groupBy(passes, ({ stepKey }) => stepKey.slice(0, stepKey.lastIndexOf("/")));
  return [...chapters].flatMap(([chapter, list]): Oddity[] => {
    const at = list.map(({ passedAt }) => passedAt.getTime());
    const spanMs = Math.max(...at) - Math.min(...at);
    if (list.length < TOGETHER_STEPS || spanMs > TOGETHER_MS) return [];
    return [{ kind: "all-at-once", chapter, steps: list.length, seconds: Math.round(spanMs / 1000) }];
  });
}

/** Tasks that the evidence names, with their start by the node's own clock, which a UPID holds in hexadecimal. */
function tasksOf({ receipt }: KeptPass): { upid: string; node: string; startMs: number }[] {
  const evidence = (receipt?.checks ?? []).flatMap((check) => check.evidence);
  return evidence.flatMap(({ source }) => {
    const upid = /UPID:[^\s:]+:[0-9A-F]+:[0-9A-F]+:[0-9A-F]+:\S+/.exec(source)?.[0];
    if (upid === undefined) return [];
    const [, node, , , start] = upid.split(":") as [string, string, string, string, string];
    return [{ upid, node, startMs: Number.parseInt(start, 16) * 1000 }];
  });
}
