/** One case of a chapter's proof: a fresh simulated lab in fast time, driven over SSH, and what its checks must say. */
import {
  type Chapter,
  type ChapterProofs,
  drawnVariables,
  firstDraw,
  selfPacedVariables,
} from "../content/pipeline/load-chapter.ts";
import { NodeSessions } from "../content/pipeline/node-sessions.ts";
import { letTimePass, replay } from "../content/pipeline/replay.ts";
import type { Action, LabAction } from "../content/pipeline/schemas.ts";
import type { ShownOutput } from "../content/pipeline/shown-output.ts";
import type { ChapterChecks, CheckContext } from "../grader/checks/check.ts";
import { inWords } from "../grader/checks/messages.en.ts";
import { judge, outcomeOf } from "../grader/judge.ts";
import { openLabClients } from "../grader/lab-clients.ts";
import { type Sample, withoutAnswer } from "../grader/mutants.ts";
import { needsOf } from "../grader/needs.ts";
import type { Observation } from "../grader/observation.ts";
import { observe } from "../grader/observe.ts";
import type { CheckVerdict, Outcome } from "../grader/verdict.ts";
import type { StartedLab } from "./lab-process.ts";
import type { LabThreads } from "./lab-threads.ts";
import { compareOutputs } from "./prove-outputs.ts";

/** A node that is off costs an observation this long; a living one answers in milliseconds. */
const NODE_BUDGET_MS = 3_000;
/** Looks at a state that should have come by now, a second of the lab's time apart. */
const LOOKS = 15;

export interface ProofOptions {
  /** Every action and what the nodes print, to standard error. */
  verbose: boolean;
  /** Of the simulated lab. */
  seed: string;
  labs: LabThreads;
  "write-outputs": boolean;
}

export interface Case {
  name: string;
  /** Values of drawn variables; what is not here has its first one. */
  draw: Record<string, string>;
  actions: Action[];
  /** `step/check` -> what must be said after the actions; with `once`, what must have been said on the way. */
  expected: Record<string, { outcome: Outcome; message?: string; once?: boolean }>;
}

export function casesOf({ chapter }: Chapter, proofs: ChapterProofs): Case[] {
  const solved = Object.fromEntries(
    chapter.steps.flatMap(({ id, moment, checks }) =>
      checks.map((check) => [`${id}/${check.id}`, { outcome: "passed" as const, once: moment }]),
    ),
  );
  return [
    ...drawsOf(chapter).map((draw, index) => ({
      name: index === 0 ? "solve" : `solve/${index + 1}`,
      ...{ draw, actions: proofs.solve, expected: solved },
    })),
    ...proofs.wrong.map(({ name, proof }) => ({
      name: `wrong/${name}`,
      draw: proof.draw,
      actions: proof.do,
      expected: Object.fromEntries(
        Object.entries(proof.verdicts).flatMap(([key, outcome]) => {
          if (outcome === "any") return [];
          const message = proof.messages[key];
          return [[key, { outcome, ...(message !== undefined && { message }) }]];
        }),
      ),
    })),
  ];
}

/** So many labs that every value is drawn in one of them; after those, as many that chance has drawn. */
const CHANCE_DRAWS = 2;

/** What the solution is proved on: one lab where nothing is drawn. */
function drawsOf(chapter: Chapter["chapter"]): Record<string, string>[] {
  const drawn = Object.entries(chapter.variables).flatMap(([name, variable]) =>
    "oneOf" in variable ? [{ name, values: variable.oneOf }] : [],
  );
  if (drawn.length === 0) return [{}];
  const most = Math.max(...drawn.map(({ values }) => values.length));
  return [
    ...Array.from({ length: most }, (_, turn) =>
      Object.fromEntries(drawn.map(({ name, values }) => [name, values[turn % values.length]!])),
    ),
    ...Array.from({ length: CHANCE_DRAWS }, (_, turn) => drawnVariables(chapter, `proof ${turn + 1}`)),
  ];
}

/** What a chapter's cases leave behind, for its mutants. */
export interface Kept {
  samples: Sample[];
  /** The lab when everything was right. */
  right: Observation | undefined;
}

/** @returns what was wrong, nothing when it is proved */
export async function proveCase(
  chapter: Chapter,
  checks: ChapterChecks,
  proofs: ChapterProofs,
  proof: Case,
  options: ProofOptions,
  kept: Kept,
): Promise<string[]> {
  const nodes = chapter.chapter.lab.nodes;
  const lab = await options.labs.open({ nodes: nodes.length, seed: options.seed, clock: "fast" });
  const clients = openLabClients(lab.description);
  const sessions = new NodeSessions(lab.description);
  try {
    const names = lab.description.nodes.map((node) => node.name);
    if (names.join() !== nodes.join())
      return [`the simulated lab has ${names.join(", ")}, the chapter ${nodes.join(", ")}`];
    const variables = { ...selfPacedVariables(chapter.chapter), ...firstDraw(chapter.chapter), ...proof.draw };
    const needs = needsOf(checks, variables);
    let baseline: Observation | undefined;
    const history: Observation[] = [];
    const passedSteps = new Set<string>();
    const away: string[] = [];
    const keep = (context: CheckContext, said: readonly CheckVerdict[]) => {
      for (const { key, outcome } of said) {
        kept.samples.push({ case: proof.name, key: keyOf(key), context, expected: outcome });
      }
    };
    const look = () =>
      observe(lab.description, {
        clients,
        budget: { perNodeMs: NODE_BUDGET_MS },
        needs,
        ...(baseline && { baseline, depth: "check" }),
      });
    const verdicts = async (seen?: Observation) => {
      const observation = seen ?? (await look());
      const said = judge(chapter, checks, {
        observation,
        history,
        variables,
        passedSteps,
        ...(baseline && { baseline }),
      });
      if (seen === undefined) {
        history.push(observation);
        const on = said.filter(({ outcome }) => outcome === "passed");
        const then = { observation, history: history.slice(0, -1), variables, passedSteps: new Set(passedSteps) };
        for (const { key } of on) {
          const seen = { ...then, ...(baseline && { baseline }) };
          kept.samples.push({ case: proof.name, key: keyOf(key), context: seen, expected: "passed" });
        }
        for (const [step, verdicts] of Map.groupBy(said, ({ key }) => key.split("/")[2]!)) {
          if (outcomeOf(verdicts) !== "passed" || passedSteps.has(step)) continue;
          passedSteps.add(step);
          // What a moment asks for is over at the end: a node is taken away from it now.
          if (proof.name === "solve" && baseline) {
            const whole = { ...then, baseline };
            away.push(...withOneNodeAway(chapter, checks, whole, said, keep, step).map((one) => `at ${step}, ${one}`));
          }
        }
      }
      return said;
    };
    const log = options.verbose ? (line: string) => process.stderr.write(`${line}\n`) : undefined;
    const doing = {
      lab: lab.description,
      variables,
      applyFault: (fault: LabAction["lab"]) => applyFault(lab, fault),
      stepOutcome: async (step: string) => {
        const outcomes = new Set(
          (await verdicts()).filter(({ key }) => key.split("/")[2] === step).map((v) => v.outcome),
        );
        return outcomes.size === 1 ? [...outcomes][0] : undefined;
      },
      ...(log && { log }),
    };
    await replay(proofs.stage.actions, doing);
    for (let looks = 1; ; looks++) {
      baseline = undefined;
      baseline = await look();
      const early = (await verdicts(baseline)).filter(({ outcome }) => outcome !== "not-yet");
      if (early.length === 0) break;
      // On a busy machine a node may answer too late: that says nothing of the chapter.
      const late = early.every(({ outcome }) => outcome === "could-not-check");
      if (!late || looks === LOOKS) return early.map((verdict) => `before anything was done: ${told(verdict)}`);
    }
    const context = (observation: Observation, over: Partial<CheckContext> = {}): CheckContext => ({
      ...{ observation, history: [...history], variables, passedSteps: new Set(passedSteps), baseline: baseline! },
      ...over,
    });
    keep(context(baseline), await verdicts(baseline));
    const printed: ShownOutput[] = [];
    await replay(proof.actions, { ...doing, onPrinted: (output) => printed.push(output) });
    if (proof.name === "solve") {
      const drift = await compareOutputs(chapter, printed, options["write-outputs"]);
      if (drift.length > 0) return drift;
    }
    for (let looks = 1; ; looks++) {
      const said = await verdicts();
      const differing = said.flatMap((verdict) => difference(verdict, proof.expected, passedSteps));
      const last = history.at(-1)!;
      if (differing.length === 0) {
        keep(context(last), said);
        if (proof.name.startsWith("wrong/")) return [];
        kept.right = last;
        return [
          ...away,
          ...withOneNodeAway(chapter, checks, context(last), said, keep),
          ...redone(chapter, checks, context(last, { baseline: last, history: [], passedSteps: new Set() }), said),
        ];
      }
      if (looks === LOOKS) return differing;
      await letTimePass(sessions, lab.description);
    }
  } catch (error) {
    const tail = lab.log().trim().split("\n").slice(-5).join("\n");
    return [`${(error as Error).message}${tail === "" ? "" : `\nthe lab said:\n${tail}`}`];
  } finally {
    sessions.close();
    clients.close();
    await lab.stop();
  }
}

/**
 * All was right, of the chapter or of `step` alone, and one node does not answer, or not in time: a pass stays, or that
 * node could not be asked.
 */
function withOneNodeAway(
  chapter: Chapter,
  checks: ChapterChecks,
  context: CheckContext,
  right: readonly CheckVerdict[],
  keep: (context: CheckContext, said: readonly CheckVerdict[]) => void,
  step?: string,
): string[] {
  const asked = ({ key }: CheckVerdict) => step === undefined || key.split("/")[2] === step;
  return context.observation.nodes.flatMap(({ name, reached }) => {
    if (!reached.answered) return [];
    return (["dead", "slow"] as const).flatMap((how) => {
      const without = { ...context, observation: withoutAnswer(context.observation, name, how) };
      const said = judge(chapter, checks, without);
      keep(without, said.filter(asked));
      return said.flatMap((verdict, index) => {
        if (!asked(verdict) || right[index]!.outcome !== "passed" || verdict.outcome !== "not-yet") return [];
        // That a node is silent may itself be what a check asks about.
        return verdict.message.values?.node === name ? [] : [silenceIsWrong(name, how, verdict)];
      });
    });
  });
}

/** For an author: the check, and the two ways out. */
function silenceIsWrong(node: string, how: "dead" | "slow", verdict: CheckVerdict): string {
  const when = how === "dead" ? "does not answer" : "does not answer in time";
  return `all is right, ${node} ${when}, and that is called a mistake: ${told(verdict)}
  Either the other nodes did not know of it yet: wait for that in solve.yaml (until: { on, run }).
  Or the check has to say could-not-check where ${node} is silent.`;
}

/** The chapter begun again where it ended: nothing that was done before may count as done now. */
function redone(
  chapter: Chapter,
  checks: ChapterChecks,
  context: CheckContext,
  right: readonly CheckVerdict[],
): string[] {
  return judge(chapter, checks, context).flatMap((verdict, index) => {
    if (verdict.outcome !== "could-not-check" || right[index]!.outcome === "could-not-check") return [];
    return [`redone: ${told(verdict)}`];
  });
}

/** `step/check`. */
function keyOf(key: string): string {
  return key.split("/").slice(2).join("/");
}

function difference(verdict: CheckVerdict, expected: Case["expected"], passedSteps: ReadonlySet<string>): string[] {
  const key = keyOf(verdict.key);
  const wanted = expected[key];
  if (!wanted || (wanted.once && passedSteps.has(key.split("/")[0]!))) return [];
  if (verdict.outcome !== wanted.outcome) return [`expected ${wanted.outcome}: ${told(verdict)}`];
  if (wanted.message !== undefined && wanted.message !== verdict.message.id) {
    return [`expected the message ${wanted.message}, not ${verdict.message.id}: ${told(verdict)}`];
  }
  return [];
}

function told({ key, outcome, message, seen }: CheckVerdict): string {
  const sight = seen ? ` [${inWords(seen)}]` : "";
  return `${keyOf(key)} is ${outcome}: ${inWords(message)}${sight}`;
}

async function applyFault(lab: StartedLab, fault: LabAction["lab"]): Promise<void> {
  if ("power" in fault) await lab.control("PUT", `/nodes/${fault.power}/power`, { state: fault.state });
  else if ("passSeconds" in fault) {
    await lab.control("PUT", "/clock", { mode: "stepped" });
    await lab.control("POST", "/clock/advance", { ms: fault.passSeconds * 1000 });
    await lab.control("PUT", "/clock", { mode: "fast" });
  } else {
    const { link, ...change } = fault;
    await lab.control("PUT", `/links/${link}`, change);
  }
}
