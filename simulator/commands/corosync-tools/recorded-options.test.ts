/**
 * Every option of corosync's tools, typed one after the other on a cluster of three with corosync 3.1.7 and
 * corosync-qdevice 3.0.3 (Debian 12), and typed again in a lab. What is not compared stands in the lists.
 */
import { readdirSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { powerOff } from "../../cluster/power.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, ROOT_PASSWORD, run } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands.ts";
import { comparable } from "../testing/recorded.ts";
import { runProgram } from "../testing/run-program.ts";
import { qnetdLine, shellLine } from "../testing/shell-line.ts";
import { runsOf, TOOLS } from "./testing/tool-recordings.ts";

const QNETD = "10.99.7.99";
const NODES = ["pve1", "pve2", "pve3"];

/** Commands that are not typed again, with the reason. */
const NOT_COMPARED: Record<string, string> = {
  "corosync foo": "starts the daemon, which is a unit's business",
  "corosync-cmapctl -bq totem.": "values alone, of a file that says other things",
  'corosync-cmapctl -m stats | sed -E "s/= .*//"': "counters of packets are not modelled",
  "timeout 1 corosync-cmapctl -t totem.token": "read the end of its input, for which a test's clock does not wait",
  "timeout 1 corosync-cmapctl -T totem.": "the same",
  "timeout 2 corosync-quorumtool -m": "what it printed was lost in the buffer of a pipe",
  "timeout 2 corosync-quorumtool -am": "the same",
  "corosync-qdevice-net-certutil": "long help is written anew",
  "corosync-qdevice-net-certutil -h": "the same",
};

/** On a pipe, as recorded, what goes to standard output comes last; on a terminal it comes in its turn. */
const BOTH_STREAMS = /^corosync-cfgtool -[kR]/;
const inAnyOrder = (command: string, text: string) =>
  BOTH_STREAMS.test(command) ? text.split("\n").toSorted().join("\n") : text;

/** Where a tool's long help is printed, which is written anew. */
const HELPS = ["cfgtool", "quorumtool", "cpgtool", "cmapctl"];

/** What is each run's own: rings, instants, ports, counters. The lab has other addresses, and other keys in its file. */
const plain = (text: string) =>
  comparable(text)
    .replaceAll("10.77.0.", "10.99.7.")
    .replaceAll(/^(\s*Ring ID:\s+\d+)\.[0-9a-f]+$/gm, "$1.RING")
    .replaceAll(/^\w{3} \d\d [\d:.]+ (notice|info )/gm, "INSTANT $1")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:]{8}/g, "INSTANT")
    .replaceAll(/(Configuration version:\t+)\d+/g, "$1N")
    .replaceAll(/(::ffff:[\d.]+):\d+/g, "$1:PORT")
    .replaceAll(/^(?:logging|totem\.interface|runtime\.services\.\w+\.\d+)\..*\n/gm, "")
    .replaceAll(/(config_version|join_count) \((\w+)\) = \d+/g, "$1 ($2) = N");

const seen = new Map<string, { ours: string[]; real: string[] }>();

/** Type a recording's commands on a node or on the host of corosync-qnetd. */
async function type(lab: LabState, file: string, where: string): Promise<void> {
  const [ours, real]: [string[], string[]] = [[], []];
  const runs = runsOf(file, "options");
  const help = HELPS.includes(file) ? `corosync-${file} -h` : undefined;
  const [ownHelp, realHelp] = help
    ? [(await shellLine(lab, where, help)).output, runs.find(({ command }) => command === help)!.output]
    : [undefined, undefined];
  const shown = (command: string, text: string, long: string | undefined) =>
    plain(inAnyOrder(command, long ? text.replace(long, "HELP\n") : text));
  for (const { command, output, exit } of runs) {
    if (command in NOT_COMPARED) continue;
    const answer = where === "qnetd" ? await qnetdLine(lab, command) : await shellLine(lab, where, command);
    ours.push(`$ ${command}\n${shown(command, answer.output, ownHelp)}exit ${answer.exit}`);
    real.push(`$ ${command}\n${shown(command, output, realHelp)}exit ${exit}`);
  }
  seen.set(file, { ours, real });
}

beforeAll(async () => {
  const lab = clusterOf(3);
  const everywhere = async (line: string) => {
    for (const node of NODES) expect((await shellLine(lab, node, line)).exit).toBe(0);
  };
  await shellLine(lab, "pve1", "systemctl stop corosync");
  await type(lab, "not-running", "pve1");
  await shellLine(lab, "pve1", "systemctl start corosync");
  run(lab, 20_000);
  // Nobody had joined a process group.
  await everywhere("systemctl stop pve-cluster");
  for (const file of ["corosync", "cfgtool", "quorumtool", "cpgtool", "cmapctl", "qdevice-not-running"]) {
    await type(lab, file, "pve1");
    run(lab, 1_000);
  }
  await everywhere("systemctl start pve-cluster");
  run(lab, 20_000);
  act(lab, "corosync/qnetd", { address: QNETD });
  lab.qnetd!.rootPassword = ROOT_PASSWORD;
  await qnetdLine(lab, "systemctl stop corosync-qnetd");
  await type(lab, "qnetd-not-running", "qnetd");
  await qnetdLine(lab, "systemctl start corosync-qnetd");
  await runProgram(lab, "pve1", allCommands.pvecm!.program, ["pvecm", "qdevice", "setup", QNETD, "--force"], {
    keys: `yes\r${ROOT_PASSWORD}\r`,
  });
  run(lab, 14_000);
  await type(lab, "qdevice", "pve1");
  await type(lab, "qnetd", "qnetd");
  await type(lab, "quorumtool-device", "pve1");
  await type(lab, "cmapctl-device", "pve1");
  powerOff(lab, "pve3");
  run(lab, 12_000);
  await type(lab, "one-lost", "pve1");
  await type(lab, "kill-node-2", "pve1");
  await type(lab, "qdevice-H", "pve1");
  await type(lab, "qnetd-H", "qnetd");
  await type(lab, "cfgtool-H", "pve1");
});

it.each([
  "not-running",
  "corosync",
  "cfgtool",
  "quorumtool",
  "cpgtool",
  "cmapctl",
  "qdevice-not-running",
  "qnetd-not-running",
  "qdevice",
  "qnetd",
  "quorumtool-device",
  "cmapctl-device",
  "one-lost",
  "kill-node-2",
  "qdevice-H",
  "qnetd-H",
  "cfgtool-H",
])("%s", (file) => {
  const { ours, real } = seen.get(file)!;
  expect(real.length).toBeGreaterThan(0);
  expect(ours).toEqual(real);
});

it("leaves no recording out", () => {
  expect(readdirSync(new URL("../options/", TOOLS)).toSorted()).toEqual(
    [...seen.keys()].map((file) => `${file}.txt`).toSorted(),
  );
});
