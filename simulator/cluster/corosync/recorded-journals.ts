/**
 * Where in the recorded scenarios each recorded journal was written: for tests.
 *
 * A journal's name says what happened and on which node it was kept. Scenarios that are not in the table are made here
 * after the same pattern.
 */
import { readTable, type StatesScenario, type Step } from "../../conformance/table.ts";

export interface JournalPlace {
  scenario: StatesScenario;
  /** Index of the step. */
  step: number;
  nodeId: number;
}

const TABLE = new URL("../../recordings/corosync/conformance.json", import.meta.url).pathname;

/** All places, by the journal's name without `log-` and `.txt`. */
export function journalPlaces(names: readonly string[]): Map<string, JournalPlace> {
  const table = readTable(TABLE).filter((scenario) => scenario.kind === "states");
  const scenarioOf = (name: string) => table.find((scenario) => scenario.name === name) ?? madeScenario(name);
  const places = new Map<string, JournalPlace>();
  for (const name of names) {
    for (const [pattern, place] of RULES) {
      const match = pattern.exec(name);
      if (!match) continue;
      const [scenarioName, label, nodeId, further = 0] = place(match);
      const scenario = scenarioOf(scenarioName);
      const step = scenario.steps.findIndex(({ do: text }) =>
        label instanceof RegExp ? label.test(text) : text === label,
      );
      if (step < 0) throw new Error(`no step ${String(label)} in ${scenarioName}`);
      places.set(name, { scenario, step: step + further, nodeId });
      break;
    }
  }
  return places;
}

/** Scenario, what its step says of itself, node, and how many steps after that one. */
type Place = [scenario: string, label: string | RegExp, nodeId: number, further?: number];

/** Of `n3-rejoin-2-own-log` and the like: the node itself, or the first. */
const who = (own: string, id: string) => (own === "own-log" ? Number(id) : 1);

const LOST: Record<string, string | RegExp> = {
  "2-lost": "power loss of 2",
  "4-lost": "power loss of 4",
  register: "start corosync-qdevice on all",
  reload: /^add device section/,
  "qnetd-dead": "qnetd dies",
  "qdevice-stopped": "qdevice daemon stopped on 1",
  "cut-1_2-both-see-qnetd": "cut 1|2 but both reach qnetd",
};

const RULES: [RegExp, (match: RegExpExecArray) => Place][] = [
  [/^n(\d)-forming$/, (m) => [`n${m[1]}-kill-down`, "start all", 1]],
  [/^n(\d)-cold-start-(\d)-seen-by-1$/, (m) => [`n${m[1]}-cold-start`, `start ${m[2]}`, 1]],
  [/^n(\d)-kill-(\d)$/, (m) => [`n${m[1]}-kill-down`, `kill ${m[2]}`, 1]],
  [/^n(\d)-rejoin-(\d)-(own-log|seen-by-1)$/, (m) => [`n${m[1]}-kill-down`, `start ${m[2]}`, who(m[3]!, m[2]!)]],
  [
    /^n(\d)-graceful-stop-(\d)-(own-log|seen-by-1)$/,
    (m) => [`n${m[1]}-graceful-stop`, `term ${m[2]}`, who(m[3]!, m[2]!)],
  ],
  [/^n3-cfgtool-H-(own-log|seen-by-1)$/, (m) => ["n3-graceful-stop", "cfgtool -H on 3", who(m[1]!, "3")]],
  [/^n(\d)-part-([\d_]+)-on(\d)$/, (m) => [`n${m[1]}-partitions`, `cut ${m[2]!.replaceAll("_", "|")}`, Number(m[3])]],
  [
    /^n(\d)-heal-([\d_]+)-on(\d)$/,
    (m) => [`n${m[1]}-partitions`, `cut ${m[2]!.replaceAll("_", "|")}`, Number(m[3]), 1],
  ],
  [
    /^n(\d)-blip-(\d+)ms-on1$/,
    (m) => [`n${m[1]}-network-blip`, `cut ${m[1]} for ${(Number(m[2]) / 1000).toFixed(1)} s`, 1],
  ],
  [/^n3-hang-(\d)s-on(\d)$/, (m) => ["n3-hang", `hang 3 for ${m[1]}.0 s`, Number(m[2])]],
  [/^n3-hang-3-seen-by-1$/, () => ["n3-hang", "hang 3", 1]],
  [/^n3-resume-3-(own-log|seen-by-1)$/, (m) => ["n3-hang", "resume 3", who(m[1]!, "3")]],
  [/^n3-cable3-on(\d)$/, (m) => ["n3-cable-ifdown", "cable of 3 pulled", Number(m[1])]],
  [/^n3-cable3-back-on3$/, () => ["n3-cable-ifdown", "cable back", 3]],
  [/^n3-if(down|up)3-on3$/, (m) => ["n3-cable-ifdown", `node 3: ip link set eth0 ${m[1]}`, 3]],
  [/^n3-2links-forming$/, () => ["n3-two-links", "start all", 1]],
  [/^n3-2links-link(\d)-down$/, (m) => ["n3-two-links", `cut link ${m[1]} everywhere`, 1]],
  [/^n3-2links-link0-up$/, () => ["n3-two-links", "heal link 0", 1]],
  [/^n3-2links-both-down-on1$/, () => ["n3-two-links", "cut both links 1|23", 1]],
  [/^n3-2links-cable0-pulled-on1$/, () => ["n3-two-links", /^pull cable/, 1]],
  [/^n3-expected-1$/, () => ["n3-expected-minority", "expected 1 on 1", 1]],
  [/^n3-expected-1-heal-on(\d)$/, (m) => ["n3-expected-minority", "heal", Number(m[1])]],
  [/^n2-two_node-start-(\d)(-seen-by-1)?$/, (m) => ["n2-two_node", `start ${m[1]}`, 1]],
  [/^n2-two_node-kill-2$/, () => ["n2-two_node", "kill 2", 1]],
  [/^add-(\d)-reload-on1$/, (m) => ["add-node-online-1-2-3-4", `add ${m[1]} to nodelist, reload on 1`, 1]],
  [/^add-(\d)-start-seen-by-1$/, (m) => ["add-node-online-1-2-3-4", `start ${m[1]}`, 1]],
  [/^config-version-mismatch-on(\d)$/, (m) => ["config-errors", /config_version 2/, Number(m[1])]],
  [/^wrong-authkey-on(\d)$/, (m) => ["config-errors", "start 3 with a wrong authkey", Number(m[1])]],
  [/^reload-same-version$/, () => ["config-errors", "reload with unchanged config_version", 1]],
  [/^reload-bump-on-1-only-on2$/, () => ["config-errors", /^bump version/, 2]],
  [/^remove-4-on1$/, () => ["remove-node", /^remove 4/, 1]],
  [/^remove-live-3-on(\d)$/, (m) => ["remove-node", /^remove live 3/, Number(m[1])]],
  [/^removed-4-boots-seen-by-1$/, () => ["remove-node", /^start 4/, 1]],
  [/^n3-(kill|term)-restart-1s-on(\d)$/, (m) => [`n3-${m[1]}-restart`, "restart", Number(m[2])]],
  [
    /^qdev-n(\d)-ffsplit-(.+?)(-on(\d))?$/,
    (m) => [`qdevice-n${m[1]}-ffsplit`, LOST[m[2]!] ?? m[2]!.replace("-", " ").replace("_", "|"), Number(m[4] ?? 1)],
  ],
];

/** `n5-kill-down`, `n4-graceful-stop`, `n3-network-blip`, `n3-term-restart`. */
function madeScenario(name: string): StatesScenario {
  const [, size, kind] = /^n(\d)-(.+)$/.exec(name)!;
  const n = Number(size);
  const ids = Array.from({ length: n }, (_, index) => index + 1);
  const others = ids.slice(1);
  const on = (op: string, id: number): Step => ({ do: `${op} ${id}`, op, nodes: [id] });
  const start: Step = { do: "start all", op: "start", nodes: ids };
  const steps: Record<string, Step[]> = {
    "kill-down": [...others.toReversed().map((id) => on("kill", id)), ...others.map((id) => on("start", id))],
    "graceful-stop": others.toReversed().map((id) => on("term", id)),
    "network-blip": [500, 1000, 1500, 2000, 2500, 3000, 4000, 6000].map((ms) => ({
      do: `cut ${n} for ${(ms / 1000).toFixed(1)} s`,
      op: "cut_for",
      args: [[ids.slice(0, -1), [n]], ms],
    })),
    "kill-restart": [{ do: "restart", op: "kill_restart", args: [[n], 1000] }],
    "term-restart": [{ do: "restart", op: "term_restart", args: [[n], 1000] }],
  };
  return { kind: "states", name, n, steps: [start, ...steps[kind!]!], unread: [] };
}
