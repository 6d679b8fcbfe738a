/**
 * What the steps of a table may say: the operands of each operation, those it cannot do without, and their sense.
 *
 * A step that says more than its operation takes would be replayed as something else than was meant, so it is refused.
 */
import type { Expectation, StatesScenario, Step } from "./table.ts";

type Operand = keyof Step;

/** The host of qnetd in the groups of a cut. */
export const QNETD_ID = 99;

const OPERANDS: Record<string, { needed: Operand[]; allowed?: Operand[] }> = {
  ...Object.fromEntries(
    [
      ...["start", "kill", "term", "hang", "resume", "cfgH", "killnode", "boot"],
      ...["qdevice", "qdevice_stop", "qdevice_kill", "qdevice_hang", "qdevice_resume"],
    ].map((op) => [op, { needed: ["nodes"] }]),
  ),
  // What a heuristics command of every node looks for, /run/probe, is there or not.
  probe: { needed: ["nodes", "up"] },
  qnetd_hang: { needed: [] },
  qnetd_resume: { needed: [] },
  ...Object.fromEntries(
    ["hang_for", "cut_for", "kill_restart", "term_restart"].map((op) => [op, { needed: ["args"] }]),
  ),
  cut: { needed: ["groups"], allowed: ["links"] },
  heal: { needed: [] },
  cable: { needed: ["node", "up"], allowed: ["link"] },
  ifdown: { needed: ["node", "up"], allowed: ["link"] },
  expected: { needed: ["node", "value"] },
  conf: { needed: ["reloadOn"], allowed: ["votes", "nodelist", "quorum", "writtenOn", "bump"] },
  qnetd: { needed: ["up"] },
  noop: { needed: [] },
  raw: { needed: [] },
};

/** Of every step, whatever its operation. */
const COMMON: Operand[] = ["do", "op", "note", "expect", "ms", "detection_ms", "remerge_ms", "unsettled", "tool"];
/** Operations that a tool does, which then has an exit code. */
const WITH_TOOL = ["cfgH", "expected", "conf"];

/** What a scenario may set in the quorum section; `device` is a section of its own. */
const QUORUM_KEYS = [
  "two_node",
  "wait_for_all",
  "auto_tie_breaker",
  "auto_tie_breaker_node",
  "last_man_standing",
  "last_man_standing_window",
  "expected_votes",
  "provider",
];

/** And in the totem section. */
const TOTEM_KEYS = ["token", "token_coefficient", "consensus"];

/** Why a scenario cannot be replayed as it is meant; undefined when it can. */
export function whyNotReplayable(scenario: StatesScenario): string | undefined {
  if (scenario.unread.length > 0) return `unknown field ${scenario.unread.join(", ")}`;
  const option = Object.keys(scenario.options ?? {}).find((key) => !QUORUM_KEYS.includes(key));
  if (option !== undefined) return `unknown option ${option}`;
  const totemKey = Object.keys(scenario.totem ?? {}).find((key) => !TOTEM_KEYS.includes(key));
  if (totemKey !== undefined) return `unknown key ${totemKey} of totem`;
  const noLink = Object.keys(scenario.priorities ?? {}).find((link) => !(Number(link) < (scenario.links ?? 1)));
  if (noLink !== undefined) return `priority of link ${noLink} of ${scenario.links ?? 1}`;
  const ids = [...(scenario.nodelist ?? []), ...Object.keys(scenario.votes ?? {}).map(Number)];
  const stranger = ids.find((id) => id > scenario.n);
  if (stranger !== undefined) return `node ${stranger} of ${scenario.n}`;
  for (const [index, step] of scenario.steps.entries()) {
    const wrong = wrongInStep(scenario, step);
    if (wrong !== undefined) return `step ${index + 1} (${step.do}): ${wrong}`;
  }
  return undefined;
}

function wrongInStep(scenario: StatesScenario, step: Step): string | undefined {
  const { op } = step;
  const operands = Object.hasOwn(OPERANDS, op) ? OPERANDS[op] : undefined;
  if (!operands) return `unknown op ${op}`;
  const missing = operands.needed.find((operand) => step[operand] === undefined);
  if (missing) return `op ${op} without ${missing}`;
  const known = [...COMMON, ...operands.needed, ...(operands.allowed ?? [])];
  const further = (Object.keys(step) as Operand[]).find((operand) => !known.includes(operand));
  if (further) return `op ${op} takes no ${further}`;
  if (step.tool && !WITH_TOOL.includes(op)) return `op ${op} has no tool`;
  const args = wrongArgs(step);
  if (args) return args;
  const ids = idsOf(step);
  const stranger = ids.find((id) => id > scenario.n && id !== QNETD_ID);
  if (stranger !== undefined) return `node ${stranger} of ${scenario.n}`;
  const links = [...(step.links ?? []), ...(step.link === undefined ? [] : [step.link])];
  const link = links.find((number) => number < 0 || number >= (scenario.links ?? 1));
  if (link !== undefined) return `link ${link} of ${scenario.links ?? 1}`;
  if (step.op === "raw" && rawCuts(step) === undefined) return "op raw in words that say no cut";
  return undefined;
}

function idsOf(step: Step): number[] {
  const seen = (step.expect ?? []).flatMap(({ on, nodes }: Expectation) => [...on, ...nodes]);
  const one = [step.node, step.reloadOn].filter((id) => id !== undefined);
  const written = [...(step.writtenOn ?? []), ...(step.nodelist ?? []), ...Object.keys(step.votes ?? {}).map(Number)];
  return [...(step.nodes ?? []), ...(step.groups ?? []).flat(), ...argIds(step), ...written, ...one, ...seen];
}

function argIds(step: Step): number[] {
  return step.args === undefined ? [] : [step.args[0]].flat(2).map(Number);
}

/** `[nodes or groups, milliseconds]`. */
function wrongArgs({ op, args }: Step): string | undefined {
  if (!args) return undefined;
  const isId = (value: unknown) => Number.isInteger(value) && Number(value) > 0;
  const isGroup = (value: unknown) => Array.isArray(value) && value.every(isId);
  const [whom, ms] = args;
  const right =
    op === "cut_for" ? Array.isArray(whom) && whom.length > 1 && whom.every(isGroup) : isId(whom) || isGroup(whom);
  if (!right || args.length !== 2) return `op ${op} with args ${JSON.stringify(args)}`;
  return typeof ms === "number" && ms >= 0 ? undefined : `op ${op} for ${JSON.stringify(ms)} ms`;
}

/** One direction of one pair on all links, or all of a node's paths on one link. */
export type RawCut = { kind: "one-way"; from: number; to: number } | { kind: "link"; node: number; link: number };

/** The cuts that a `raw` step describes in its words; undefined when it describes none that is understood. */
export function rawCuts(step: Step): RawCut[] | undefined {
  const text = step.do;
  const oneWay = [...text.matchAll(/drop (\d+) ?-> ?(\d+) one way/g)].map(
    ([, from, to]): RawCut => ({ kind: "one-way", from: Number(from), to: Number(to) }),
  );
  const links = [...text.matchAll(/node (\d+) loses link (\d+)/g)].map(
    ([, node, link]): RawCut => ({ kind: "link", node: Number(node), link: Number(link) }),
  );
  const cuts = [...oneWay, ...links];
  return cuts.length > 0 ? cuts : undefined;
}
