/**
 * What corosync's tools printed after the steps of the recorded scenarios, typed again after the same steps here.
 *
 * The table says which step of `conformance.json` a file was kept after; its node is the `-onN` of the name, else the
 * first that was up. What is not compared stands in the lists, with the reason.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { replay } from "../../conformance/replay.ts";
import { nodeName } from "../../conformance/scenario-lab.ts";
import { readTable, type StatesScenario } from "../../conformance/table.ts";
import { comparable } from "../testing/recorded.ts";
import { qnetdLine, shellLine } from "../testing/shell-line.ts";
import { runsOf, TOOLS, WHOLE_CLUSTERS } from "./testing/tool-recordings.ts";

const FOLDER = new URL("../../recordings/corosync/", import.meta.url);

/** Scenario, then the file names by the number of the step they were kept after. */
const KEPT: Record<string, Record<number, string>> = {
  "add-node-online-1-2-3-4": {
    2: "add-2-before-start",
    3: "add-2-after-start add-2-token",
    4: "add-3-before-start",
    5: "add-3-after-start add-3-token",
    6: "add-4-before-start",
    7: "add-4-after-start add-4-token",
  },
  "config-errors": {
    2: "config-version-mismatch-on1 config-version-mismatch-on3",
    3: "wrong-authkey-on1 wrong-authkey-on3",
    4: "cfgtool-R-output",
    6: "reload-bump-on-1-only",
  },
  "n1-kill-down": { 1: "n1-all-up n1-pvecm-create" },
  "n2-cold-start": { 1: "n2-cold-1up", 2: "n2-cold-2up" },
  "n2-expected": {
    3: "n2-expected1",
    4: "n2-expected1-2-back",
    7: "n2-splitbrain-expected-on1 n2-splitbrain-expected-on2",
  },
  "n2-graceful-stop": { 2: "n2-graceful-1up" },
  "n2-kill-down": { 1: "n2-all-up", 2: "n2-1up-1killed" },
  "n2-partitions": { 2: "n2-part-1_2-on1 n2-part-1_2-on2" },
  "n2-two_node": {
    1: "n2-two_node-waiting-for-all",
    2: "n2-two_node-both-up",
    3: "n2-two_node-one-killed",
    5: "n2-two_node-split-on1 n2-two_node-split-on2",
    7: "n2-two_node-one-stopped",
    9: "n2-two_node-cold-other-alone",
    10: "n2-two_node-waiting-expected1",
  },
  "n3-cable-ifdown": { 2: "n3-cable3-on1 n3-cable3-on3", 4: "n3-ifdown3-on3", 5: "n3-ifup3-on3" },
  "n3-cold-start": { 1: "n3-cold-1up", 2: "n3-cold-2up", 3: "n3-cold-3up" },
  "n3-expected-minority": {
    2: "n3-expected-before-minority n3-expected-cmd-refused",
    4: "n3-expected1-minority n3-expected1-other-side",
    5: "n3-expected1-after-heal",
    8: "n3-expected1-two-dead",
    9: "n3-expected1-two-dead-2-back",
    11: "n3-expected1-all-up",
    12: "n3-expected5-all-up",
  },
  "n3-graceful-stop": { 2: "n3-graceful-2up", 3: "n3-graceful-1up" },
  "n3-hang": { 6: "n3-hang-3-seen-by-1 n3-hang-tools-on-hung-node", 10: "n3-hang-23-seen-by-1" },
  "n3-kill-down": {
    1: "n3-all-up n3-all-up-node2 n3-cmapctl-config",
    2: "n3-2up-1killed",
    3: "n3-1up-2killed n3-blocked-status-then-cfgtool-H",
  },
  "n3-partitions": {
    2: "n3-part-1_23-on1 n3-part-1_23-on2",
    4: "n3-part-12_3-on1 n3-part-12_3-on3",
    6: "n3-part-1_2_3-on1 n3-part-1_2_3-on2 n3-part-1_2_3-on3",
  },
  "n3-two-links": {
    1: "n3-2links-up n3-2links-quorumtool-options",
    2: "n3-2links-link0-down",
    3: "n3-2links-link0-back",
    4: "n3-2links-link1-down",
    6: "n3-2links-link0-down-1-2 n3-2links-link0-down-1-2-on3",
    8: "n3-2links-cable0-pulled-on1 n3-2links-cable0-pulled-on2",
    10: "n3-2links-both-down-on1",
  },
  "n3-wait_for_all": {
    2: "n3-wait_for_all-2up",
    3: "n3-wait_for_all-3up",
    4: "n3-wait_for_all-one-killed",
    9: "n3-wait_for_all-2back-on2",
  },
  "n4-auto_tie_breaker": { 1: "n4-atb-up", 2: "n4-atb-split-on1 n4-atb-split-on3" },
  "n4-cold-start": { 1: "n4-cold-1up", 2: "n4-cold-2up", 3: "n4-cold-3up", 4: "n4-cold-4up" },
  "n4-kill-down": { 1: "n4-all-up", 2: "n4-3up-1killed", 3: "n4-2up-2killed", 4: "n4-1up-3killed" },
  "n4-last_man_standing": { 1: "n4-lms-up", 2: "n4-lms-3up", 3: "n4-lms-2up", 4: "n4-lms-1up" },
  "n4-partitions": {
    2: "n4-part-1_234-on1 n4-part-1_234-on2",
    4: "n4-part-123_4-on1 n4-part-123_4-on4",
    6: "n4-part-12_34-on1 n4-part-12_34-on3",
    8: "n4-part-13_24-on1 n4-part-13_24-on2",
    10: "n4-part-12_3_4-on1 n4-part-12_3_4-on3 n4-part-12_3_4-on4",
  },
  "n5-cold-start": { 5: "n5-all-up" },
  "n2-two_node without wait_for_all": { 1: "n2-two_node-nowfa-1up", 2: "n2-two_node-nowfa-2up" },
  "n3-expected of two": { 3: "n3-expected2-one-dead n3-expected2-one-dead-on2" },
  "n4-graceful stops": { 2: "n4-graceful-3up", 3: "n4-graceful-2up", 4: "n4-graceful-1up" },
  "qdevice-n2-ffsplit": {
    1: "qdev-n2-ffsplit-before",
    2: "qdev-n2-ffsplit-device-configured-not-running",
    3: "qdev-n2-ffsplit-up qdev-n2-ffsplit-up-on2 qdev-n2-ffsplit-qnetd-tool",
    4: "qdev-n2-ffsplit-2-lost qdev-n2-ffsplit-2-lost-qnetd-tool",
    5: "qdev-n2-ffsplit-2-back",
    6: "qdev-n2-ffsplit-cut-1_2Q-on1 qdev-n2-ffsplit-cut-1_2Q-on2",
    8: "qdev-n2-ffsplit-cut-1Q_2-on1 qdev-n2-ffsplit-cut-1Q_2-on2",
    10: "qdev-n2-ffsplit-cut-12_Q-on1",
    12: "qdev-n2-ffsplit-cut-1_2-both-see-qnetd-on1 qdev-n2-ffsplit-cut-1_2-both-see-qnetd-on2",
    14: "qdev-n2-ffsplit-qnetd-dead",
    15: "qdev-n2-ffsplit-qnetd-dead-2-lost",
    16: "qdev-n2-ffsplit-qnetd-back-2-lost",
    18: "qdev-n2-ffsplit-qdevice-stopped-on-1 qdev-n2-ffsplit-qdevice-stopped-on-1-seen-by-2",
  },
  "qdevice-n4-ffsplit": {
    1: "qdev-n4-ffsplit-before",
    2: "qdev-n4-ffsplit-device-configured-not-running",
    3: "qdev-n4-ffsplit-up qdev-n4-ffsplit-up-on2 qdev-n4-ffsplit-qnetd-tool",
    4: "qdev-n4-ffsplit-4-lost qdev-n4-ffsplit-4-lost-qnetd-tool",
    5: "qdev-n4-ffsplit-4-back",
    6: "qdev-n4-ffsplit-only-1-left",
    8: "qdev-n4-ffsplit-cut-12Q_34-on1 qdev-n4-ffsplit-cut-12Q_34-on3",
    10: "qdev-n4-ffsplit-cut-12_34Q-on1 qdev-n4-ffsplit-cut-12_34Q-on3",
    12: "qdev-n4-ffsplit-cut-1Q_234-on1 qdev-n4-ffsplit-cut-1Q_234-on2",
    14: "qdev-n4-ffsplit-qnetd-dead",
    15: "qdev-n4-ffsplit-qnetd-dead-4-lost",
    16: "qdev-n4-ffsplit-qnetd-back-4-lost",
    18: "qdev-n4-ffsplit-qdevice-stopped-on-1 qdev-n4-ffsplit-qdevice-stopped-on-1-seen-by-2",
  },
  "remove-node": {
    3: "remove-4-after",
    4: "removed-4-boots-on1 removed-4-boots-on4",
    6: "remove-live-3-on1 remove-live-3-on3",
  },
};

/** Commands that are not typed again, with the reason. */
const NOT_COMPARED: Record<string, string> = {
  "corosync-cmapctl stats.knet.": "answers with an error of its own time",
};

/** Scenarios that were recorded and are not in the table. */
const FURTHER: StatesScenario[] = [
  further("n2-two_node without wait_for_all", 2, [
    { do: "start 1", op: "start", nodes: [1] },
    { do: "start 2", op: "start", nodes: [2] },
  ]),
  further("n3-expected of two", 3, [
    { do: "start all", op: "start", nodes: [1, 2, 3] },
    { do: "kill 3", op: "kill", nodes: [3] },
    { do: "expected 2 on 1", op: "expected", node: 1, value: 2 },
  ]),
  further("n4-graceful stops", 4, [
    { do: "start all", op: "start", nodes: [1, 2, 3, 4] },
    ...[4, 3, 2].map((id) => ({ do: `term ${id}`, op: "term", nodes: [id] })),
  ]),
];

function further(name: string, n: number, steps: StatesScenario["steps"]): StatesScenario {
  const options = name.includes("two_node") ? { options: { two_node: 1, wait_for_all: 0 } } : {};
  return { kind: "states", name, n, steps, unread: [], ...options };
}

/** Files of which nothing is typed again here, with the reason. */
const NOT_TYPED: Record<string, string> = {
  ...Object.fromEntries(
    ["n3-partial-1-2-on1", "n3-partial-1-2-on2", "n3-partial-1-2-on3"].map((file) => [file, "a moving state"]),
  ),
  ...Object.fromEntries(
    ["n3-2links-crossed-on1", "n3-2links-crossed-on2", "n3-2links-crossed-on3"].map((file) => [file, "a moving state"]),
  ),
  "n3-2links-quorumtool-votes": "follows a change that is no step of a table: changing-tools.test.ts",
  ...Object.fromEntries(WHOLE_CLUSTERS.map((file) => [file, "typed on whole clusters: recorded-tools.test.ts"])),
};

/** What counts from the start of a daemon or cluster, and instants. */
const plain = (text: string) =>
  comparable(text)
    .replaceAll(/^(\s*Ring ID:\s+\d+)\.[0-9a-f]+$/gm, "$1.RING")
    .replaceAll(/^(\s+Client address:\s+::ffff:[\d.]+):\d+$/gm, "$1:PORT")
    .replaceAll(/^(Connected since|Echo reply received|Last poll call):\t+.*$/gm, "$1: INSTANT");

/** Which of the nodes that all connect at once is answered last is chance: it said `No change` for node 1 of 2 and node 4 of 4. */
const withoutOrder = (text: string, file: string) =>
  file.endsWith("-ffsplit-qnetd-tool") ? text.replaceAll(/Vote:\t\t\t(?:No change|ACK) \(ACK\)/g, "VOTE") : text;

/** The node that a file was recorded on: it says so itself, in one way or the other. */
function nodeOfFile(file: string): string {
  const text = readFileSync(new URL(`${file}.txt`, TOOLS), "utf8");
  const id = /^Node ID: +(?:0x0*)?(\d+)$/m.exec(text) ?? /^Local node ID (\d+),/m.exec(text);
  if (file.endsWith("-on-hung-node")) return nodeName(3);
  return nodeName(Number(id?.[1] ?? 1));
}

/** The lab as it was after a step, for each step that a file was kept after. */
function labsAfter(name: string, steps: number[]): Map<number, LabState> {
  const table = [...readTable(new URL("conformance.json", FOLDER).pathname), ...FURTHER];
  const scenario = table.find((one) => one.name === name);
  const labs = new Map<number, LabState>();
  let number = 0;
  replay(scenario as StatesScenario, "tools", (_, lab) => {
    number += 1;
    if (steps.includes(number)) labs.set(number, structuredClone(lab));
  });
  return labs;
}

for (const [name, files] of Object.entries(KEPT)) {
  const steps = Object.keys(files).map(Number);
  const labs = labsAfter(name, steps);
  for (const step of steps) {
    it.each(files[step]!.split(" "))(`%s, after step ${step} of ${name}`, async (file) => {
      const seen: string[] = [];
      const expected: string[] = [];
      for (const { command, output, exit } of runsOf(file)) {
        if (command in NOT_COMPARED) continue;
        const lab = structuredClone(labs.get(step)!);
        const onServer = command.startsWith("corosync-qnetd-tool");
        const answer = await (onServer ? qnetdLine(lab, command) : shellLine(lab, nodeOfFile(file), command));
        seen.push(withoutOrder(plain(`$ ${command}\n${answer.output}exit ${answer.exit}\n`), file));
        expected.push(withoutOrder(plain(`$ ${command}\n${output}exit ${exit}\n`), file));
      }
      expect(seen).toEqual(expected);
    });
  }
}

it("every kept output is typed again, or has its reason", () => {
  const kept = readdirSync(TOOLS).map((file) => file.replace(/\.txt$/, ""));
  const typed = Object.values(KEPT).flatMap((files) => Object.values(files).flatMap((text) => text.split(" ")));
  expect([...typed, ...Object.keys(NOT_TYPED)].toSorted()).toEqual(kept.toSorted());
});
