/** corosync-cmapctl and corosync-cfgtool where nothing was recorded: what they change, and what they refuse. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { votequorumStatus } from "../../cluster/corosync/view.ts";
import type { LabPort } from "../../cluster/port.ts";
import { powerOff } from "../../cluster/power.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, run } from "../../cluster/testing/lab-steps.ts";
import { fastPort, runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";
import { corosyncQuorumtool } from "./corosync-quorumtool.ts";

it("sets, shows and deletes keys, and refuses those that are fixed", async () => {
  const lab = clusterOf(2);
  const answers = async (line: string) => {
    const { output, exit } = await shellLine(lab, "pve1", line);
    return `${output}exit ${exit}`;
  };
  expect(await answers("corosync-cmapctl -s own.key u16 7")).toBe("exit 0");
  expect(await answers("corosync-cmapctl -g own.key")).toBe("own.key (u16) = 7\nexit 0");
  expect(await answers("corosync-cmapctl -q -g own.key")).toBe("7\nexit 0");
  expect(await answers("corosync-cmapctl -s own.key u8 256")).toBe("256 is not valid u8 integer\nexit 1");
  expect(await answers("corosync-cmapctl -s own.key u8 many")).toBe("many is not valid u8 type value\nexit 1");
  expect(await answers("corosync-cmapctl -s own.key word x")).toBe("Unknown type word\nexit 1");
  expect(await answers("corosync-cmapctl -s own.key u8")).toBe("At least 3 parameters are expected for set\nexit 1");
  expect(await answers("corosync-cmapctl -s nodelist.node.0.name str x")).toBe(
    "Failed to set key nodelist.node.0.name. Error CS_ERR_ACCESS\nexit 1",
  );
  expect(await answers("corosync-cmapctl -s own.other str 'two words'")).toBe("exit 0");
  expect(await answers("corosync-cmapctl own.")).toBe("own.key (u16) = 7\nown.other (str) = two words\nexit 0");
  expect(await answers("corosync-cmapctl -d own.key")).toBe("exit 0");
  expect(await answers("corosync-cmapctl -d own.key")).toBe("Can't delete key own.key. Error CS_ERR_NOT_EXIST\nexit 1");
  expect(await answers("corosync-cmapctl -D own.")).toBe("exit 0");
  expect(await answers("corosync-cmapctl own.")).toBe("exit 1");
  expect(await answers("corosync-cmapctl -s ab u8 1")).toBe("Failed to set key ab. Error CS_ERR_NAME_TOO_LONG\nexit 1");
  expect(await answers("corosync-cmapctl -s 'a b' u8 1")).toBe(
    "Failed to set key a b. Error CS_ERR_INVALID_PARAM\nexit 1",
  );
});

it("corosync-cfgtool -k ends a member's corosync at once, and no other's", async () => {
  const lab = clusterOf(3);
  expect(await shellLine(lab, "pve1", "corosync-cfgtool -k 9")).toEqual({
    output: "Killing node 9\nCould not kill node (error = CS_ERR_NOT_EXIST)\n",
    exit: 1,
  });
  expect(await shellLine(lab, "pve1", "corosync-cfgtool -k 3")).toEqual({ output: "Killing node 3\n", exit: 0 });
  run(lab, 20_000);
  expect(votequorumStatus(lab, "pve1")!.members.map(({ nodeId }) => nodeId)).toEqual([1, 2]);
  expect(lab.nodes.pve3!.services.units.corosync.active).toBe("failed");
  expect(
    lab.nodes.pve3!.journal.some((line) => line.text.includes("Killed by node 1 : Killed by corosync-cfgtool")),
  ).toBe(true);
});

it("corosync-cfgtool -L has nothing to do, and -a does not know every node", async () => {
  const lab = clusterOf(2);
  expect(await shellLine(lab, "pve1", "corosync-cfgtool -L")).toEqual({ output: "", exit: 0 });
  expect(await shellLine(lab, "pve1", "corosync-cfgtool -a 5")).toEqual({
    output: "Could not get node address for nodeid 5\n",
    exit: 1,
  });
});

it("corosync-quorumtool -v gives a node votes for the whole partition, and takes none that the others still expect", async () => {
  const lab = clusterOf(3);
  expect(await shellLine(lab, "pve1", "corosync-quorumtool -v 100")).toEqual({ output: "", exit: 0 });
  const recording = new URL("../../recordings/corosync/tools/n3-2links-quorumtool-votes.txt", import.meta.url);
  const figures = /^(?:Expected|Highest|Total|Quorum:|Flags| +\d).*$/gm;
  const [, report, ...refused] = readFileSync(recording, "utf8").split(/^\$ corosync-quorumtool /m);
  const after = await shellLine(lab, "pve2", "corosync-quorumtool -s");
  expect(after.output.replace(" (local)", "").match(figures)).toEqual(report!.replace(" (local)", "").match(figures));
  for (const transcript of refused) {
    const [args, ...printed] = transcript.split("\n");
    const { output, exit } = await shellLine(lab, "pve1", `corosync-quorumtool ${args}`);
    expect(`${output}exit ${exit}\n`).toBe(printed.join("\n"));
  }
});

it("corosync-quorumtool -m shows the quorum again after each change, and ends with corosync", async () => {
  const lab = clusterOf(3);
  powerOff(lab, "pve3");
  const port = fastPort(lab);
  let waits = 0;
  // Whether corosync hangs, the membership without pve3, and the next change.
  const until: LabPort["until"] = (condition, options) => {
    waits += 1;
    if (waits === 3) act(lab, "corosync/kill", { node: "pve1" });
    return port.until(condition, options);
  };
  const argv = ["corosync-quorumtool", "-m"];
  const { status, output } = await runProgram(lab, "pve1", corosyncQuorumtool, argv, { port: { ...port, until } });
  expect(status).toBe(1);
  expect(output.match(/^Nodes: .*$/gm)).toEqual(["Nodes:            3", "Nodes:            2"]);
  expect(output).toMatch(/\nUnable to dispatch quorum status: CS_ERR_LIBRARY\n$/);
});

it("corosync-cpgtool shows pmxcfs's groups, and says when corosync is away", async () => {
  const lab = clusterOf(2);
  const pids = ["pve1", "pve2"].map((node) => lab.nodes[node]!.corosync.daemon!.cpg.local[0]!.pid);
  const { output, exit } = await shellLine(lab, "pve1", "corosync-cpgtool -d :");
  const rows = ["pve_kvstore_v1", "pve_dcdb_v1"].flatMap((group) => [
    `${group}\\x00:${pids[0]}:1`,
    `${group}\\x00:${pids[1]}:2`,
  ]);
  expect({ output, exit }).toEqual({ output: `${["GRP_NAME:PID:NODEID", ...rows].join("\n")}\n`, exit: 0 });
  const names = await shellLine(lab, "pve1", "corosync-cpgtool -n");
  expect(names.output).toBe("pve_kvstore_v1\\x00\npve_dcdb_v1\\x00\n");
  const table = await shellLine(lab, "pve1", "corosync-cpgtool");
  expect(table.output).toMatch(/^Group Name\t {7}PID\t {3}Node ID\npve_kvstore_v1\\x00\n\t\t +\d+\t {9}1 \([\d.]+\)\n/);
  act(lab, "corosync/kill", { node: "pve1" });
  expect(await shellLine(lab, "pve1", "corosync-cpgtool")).toEqual({
    output: "Could not initialize corosync cpg API error 2\n",
    exit: 1,
  });
});

it("corosync-qdevice-tool refuses as it does where no daemon runs (seen with 3.0.3)", async () => {
  const lab = clusterOf(1);
  const answers = async (line: string) => {
    const { output, exit } = await shellLine(lab, "pve1", line);
    return `${output}exit ${exit}`;
  };
  const usage = "usage: corosync-qdevice-tool [-Hhsv] [-p qdevice_ipc_socket_path]\nexit 1";
  for (const options of ["", " -h", " -v", " word"])
    expect(await answers(`corosync-qdevice-tool${options}`)).toBe(usage);
  expect(await answers("corosync-qdevice-tool -x")).toBe(`corosync-qdevice-tool: invalid option -- 'x'\n${usage}`);
  for (const options of ["-s", "-sv", "-s word", "-p /nowhere -s"]) {
    expect(await answers(`corosync-qdevice-tool ${options}`)).toBe(
      "corosync-qdevice-tool: Can't connect to QDevice socket (is QDevice running?): No such file or directory\nexit 3",
    );
  }
});
