/** What a check is: a pure function of what was observed, composed by chapters from the vocabulary beside this file. */
import type { Observation } from "../observation.ts";
import type { Evidence, Message, Verdict } from "../verdict.ts";
import { say } from "./messages.ts";

export interface CheckContext {
  /** The lab before the chapter began; absent when nobody stored it. */
  baseline?: Observation;
  /** Earlier observations since the baseline, oldest first; may have gaps. */
  history: readonly Observation[];
  observation: Observation;
  /** Steps of the chapter that passed in this lab since the baseline; unlike `history` it outlives the grader. */
  passedSteps?: ReadonlySet<string>;
  /** The learner's own values: `clusterName`. */
  variables: Readonly<Record<string, string>>;
}

/** What a check must be told beyond the facts that every observation has; see `observe.ts` for what each costs. */
export interface CheckNeeds {
  /** These guests, as the list of the node that has each tells of them: running or not, locked or not. */
  guests?: readonly VmidValue[];
  /** Their configuration, too: a call for each. */
  configs?: readonly VmidValue[];
  /** Whether they are paused, which no list tells: a call for each that runs. */
  states?: readonly VmidValue[];
  ha?: boolean;
  qdevice?: boolean;
  /** Storages as the cluster's settings define them: those that nobody may use are in no list of resources. */
  storages?: boolean;
  /** State of the cluster's links, over SSH. */
  links?: boolean;
  /** Whether these files are there and the same, over SSH. */
  files?: readonly string[];
  /** What the node's journal says of quorum; needs the right Sys.Syslog. */
  quorumJournal?: boolean;
  /** Addresses of guests to ping without a pause, over SSH; needs the lab's capability `probe`. */
  pings?: readonly Value[];
}

/** A machine's id, or the learner's own value that holds it. */
export type VmidValue = number | Value;

export interface Check {
  (context: CheckContext): Verdict;
  readonly needs?: CheckNeeds;
}

/** The checks of a chapter, by step and check id; `checks.ts` exports one called `checks`. */
export type ChapterChecks = Record<string, Record<string, Check>>;

/** A value that is written in the chapter or belongs to the learner. */
export type Value = string | { variable: string };

/** The learner's own value of this name. */
export function variable(name: string): Value {
  return { variable: name };
}

/** Thrown inside a check that misses something it stands on; becomes its verdict. */
export class CouldNotCheck extends Error {
  override name = "CouldNotCheck";
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super(verdict.message.id);
    this.verdict = verdict;
  }
}

export function resolved(value: Value, { variables }: CheckContext): string {
  if (typeof value === "string") return value;
  const found = variables[value.variable];
  if (found !== undefined) return found;
  throw new CouldNotCheck(
    couldNotCheck(say("variable.missing", { variable: value.variable }), say("next.tell-author")),
  );
}

/** The baseline, or the verdict of a check of change that has none. */
export function baselineOf({ baseline }: CheckContext): Observation {
  if (baseline) return baseline;
  throw new CouldNotCheck(couldNotCheck(say("baseline.missing"), say("next.take-baseline")));
}

/** Wraps a check's body, so that a missing value or baseline anywhere in it is its verdict. */
export function check(body: (context: CheckContext) => Verdict, needs?: CheckNeeds): Check {
  const wrapped = (context: CheckContext) => {
    try {
      return body(context);
    } catch (error) {
      if (error instanceof CouldNotCheck) return error.verdict;
      throw error;
    }
  };
  return needs ? Object.assign(wrapped, { needs }) : wrapped;
}

export function resolvedVmid(vmid: VmidValue, context: CheckContext): number {
  if (typeof vmid === "number") return vmid;
  const number = Number(resolved(vmid, context));
  if (Number.isInteger(number) && number >= 100) return number;
  const name = typeof vmid === "string" ? "vmid" : vmid.variable;
  throw new CouldNotCheck(couldNotCheck(say("variable.missing", { variable: name }), say("next.tell-author")));
}

export function passed(message: Message, evidence: Evidence[]): Verdict {
  return { outcome: "passed", message, evidence };
}

export function notYet(
  message: Message,
  told: { seen: Message; expected: Message; next: Message },
  evidence: Evidence[],
): Verdict {
  return { outcome: "not-yet", message, ...told, evidence };
}

export function couldNotCheck(
  message: Message,
  next: Message,
  evidence: Evidence[] = [],
  told: { seen?: Message; expected?: Message } = {},
): Verdict {
  return { outcome: "could-not-check", message, ...told, next, evidence };
}
