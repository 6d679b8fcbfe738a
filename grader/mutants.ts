/**
 * Whether a chapter's proof would notice a broken check: each check is broken on purpose, and judged again on the
 * observations that the proof has stored.
 *
 * Three ways to be broken: it always passes, it never passes, it ignores one node (that node's answer is replaced by the
 * one it gave when everything was right). A mutant that agrees with every expectation has survived: the proof lacks a
 * state that tells the difference.
 */
import type { Check, CheckContext } from "./checks/check.ts";
import { couldNotCheck, passed } from "./checks/check.ts";
import { say } from "./checks/messages.ts";
import type { Observation } from "./observation.ts";
import type { Outcome } from "./verdict.ts";

/** One judgement of the proof that had to come out as it did. */
export interface Sample {
  case: string;
  /** `step/check`. */
  key: string;
  context: CheckContext;
  expected: Outcome;
}

export type MutantKind = "always passes" | "never passes" | `ignores ${string}`;

/** @param right the lab when everything was right @returns a line for each mutant that survived */
export function survivors(
  checks: ReadonlyMap<string, Check>,
  samples: readonly Sample[],
  right: Observation | undefined,
): string[] {
  return [...checks].flatMap(([key, check]) => {
    const own = samples.filter((sample) => sample.key === key);
    return mutantsOf(check, own, right).flatMap(({ kind, mutant }) =>
      own.every(({ context, expected }) => mutant(context).outcome === expected) ? [`${key} that ${kind}`] : [],
    );
  });
}

function mutantsOf(
  check: Check,
  samples: readonly Sample[],
  right: Observation | undefined,
): { kind: MutantKind; mutant: Check }[] {
  const always: Check = () => passed(say("check.broken", { reason: "mutant" }), []);
  const never: Check = () => couldNotCheck(say("check.broken", { reason: "mutant" }), say("next.tell-author"));
  const blind = right ? right.nodes.map(({ name }) => name).filter((node) => matters(check, samples, node)) : [];
  return [
    { kind: "always passes", mutant: always },
    { kind: "never passes", mutant: never },
    ...blind.map((node) => ({
      kind: `ignores ${node}` as const,
      mutant: (context: CheckContext) =>
        check({ ...context, observation: withNodeOf(context.observation, node, right!) }),
    })),
  ];
}

/** Whether the check looks at this node at all: without its answer a passed check passes no more. */
function matters(check: Check, samples: readonly Sample[], node: string): boolean {
  return samples.some(
    ({ context, expected }) =>
      expected === "passed" &&
      check(context).outcome === "passed" &&
      check({ ...context, observation: withoutAnswer(context.observation, node, "dead") }).outcome !== "passed",
  );
}

/** The same look, had this node not answered: at all, or not in time. */
export function withoutAnswer(observation: Observation, node: string, how: "dead" | "slow"): Observation {
  const trouble =
    how === "dead"
      ? ({ kind: "no-connection", reason: "connection refused" } as const)
      : ({ kind: "timeout", reason: "no answer within 25000 ms", seconds: 25 } as const);
  return {
    ...observation,
    nodes: observation.nodes.map((entry) =>
      entry.name === node
        ? { name: node, reached: { answered: false, trouble }, tookMs: how === "dead" ? 1 : 25_000, calls: 1 }
        : entry,
    ),
  };
}

function withNodeOf(observation: Observation, node: string, other: Observation): Observation {
  const replaced = other.nodes.find(({ name }) => name === node);
  return {
    ...observation,
    nodes: observation.nodes.map((entry) => (entry.name === node && replaced ? replaced : entry)),
  };
}
