/** The quorum device by `pvecm qdevice`, beside recordings 40, 41 and 44, and what it is for: two nodes. */
import { describe, expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, freshLab, ROOT_PASSWORD, run, setPaths } from "../../cluster/testing/lab-steps.ts";
import { clusterCommands } from "../cluster-commands.ts";
import { comparable, recorded } from "../testing/recorded.ts";
import { type ProgramRun, runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";

const QNETD = "10.99.7.14";

function withQnetd(nodes: number): LabState {
  const lab = clusterOf(nodes);
  act(lab, "corosync/qnetd", { address: QNETD });
  lab.qnetd!.rootPassword = ROOT_PASSWORD;
  return lab;
}

function typed(lab: LabState, node: string, line: string, keys?: string): Promise<ProgramRun> {
  const argv = line.split(" ");
  return runProgram(lab, node, clusterCommands[argv[0]!]!.program, argv, keys === undefined ? {} : { keys });
}

const DIALOGUE = `yes\r${ROOT_PASSWORD}\r`;

/** Of a transcript of several commands, what the nth wrote. */
function written(file: string, command: string, from: string, to: string): string {
  const { output } = recorded(`../guests/${file}`, "pve1", command);
  return output.slice(output.indexOf(from), output.indexOf(to));
}

const withoutKey = (text: string) => comparable(text).replace(/SHA256:\S+\./, "SHA256:KEY.");

const same = (text: string) =>
  comparable(text)
    .replaceAll(/^Config Version:.*$/gm, "Config Version:   N")
    .replaceAll(/^(Ring ID:\s+|Configuration version:\s+).*$/gm, "$1N")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, "TIME")
    .replaceAll(/config_version: \d+/g, "config_version: N");

describe("pvecm qdevice on three nodes", () => {
  it("refuses an odd number of nodes without --force", async () => {
    const lab = withQnetd(3);
    const seen = await typed(lab, "pve1", `pvecm qdevice setup ${QNETD}`);
    const { output } = recorded(
      "../guests/40-qdevice-setup.txt",
      "pve1",
      `pvecm qdevice setup ${QNETD}; echo "exit $?"`,
    );
    expect(`${seen.output}exit ${seen.status}\n`).toBe(output);
  });

  it("prints what was recorded, gives the votes that were recorded, and takes them back", async () => {
    const lab = withQnetd(3);
    const seen = await typed(lab, "pve1", `pvecm qdevice setup ${QNETD} --force`, DIALOGUE);
    const { output } = recorded(
      "../guests/40-qdevice-setup.txt",
      "pve1",
      `pvecm qdevice setup ${QNETD} --force; echo "exit $?"`,
    );
    expect(withoutKey(`${seen.output}exit ${seen.status}\n`)).toBe(withoutKey(output));

    const shown =
      'pvecm status; echo "exit $?"; pvecm nodes; corosync-qdevice-tool -sv; sed -n "/quorum {/,\\$p" /etc/pve/corosync.conf';
    run(lab, 2_000);
    const status = await typed(lab, "pve1", "pvecm status");
    expect(same(status.output)).toBe(same(written("41-qdevice-status.txt", shown, "Cluster information", "exit 0")));
    const nodes = await typed(lab, "pve1", "pvecm nodes");
    expect(same(nodes.output)).toBe(
      same(
        written(
          "41-qdevice-status.txt",
          shown,
          "\nMembership information\n----------------------\n    Nodeid      Votes    Qdevice Name\n         1",
          "Qdevice information",
        ),
      ),
    );
    const tool = await typed(lab, "pve1", "corosync-qdevice-tool -sv");
    // The order of the quorum node list is that of the ring's messages.
    const unordered = (text: string) =>
      same(text).replaceAll(/^ {4}\d\tNode ID = \d, State/gm, "    N\tNode ID = N, State");
    expect(unordered(tool.output).trimEnd()).toBe(
      unordered(written("41-qdevice-status.txt", shown, "Qdevice information", "quorum {")).trimEnd(),
    );

    const removal = 'pvecm qdevice remove; echo "exit $?"; pvecm status; pvecm qdevice remove; echo "exit $?"';
    const removed = await typed(lab, "pve1", "pvecm qdevice remove");
    expect(removed.output).toBe(written("44-qdevice-remove.txt", removal, "Synchronizing", "exit 0"));
    run(lab, 1_000);
    const after = await typed(lab, "pve1", "pvecm status");
    expect(same(after.output)).toBe(
      same(written("44-qdevice-remove.txt", removal, "Cluster information", "No QDevice")),
    );
    expect(await typed(lab, "pve1", "pvecm qdevice remove")).toMatchObject({
      output: "No QDevice configured!\n",
      status: 255,
    });
  });

  it("is told by the API through pvesh as recorded, and not listed in the cluster's status", async () => {
    const lab = withQnetd(3);
    await typed(lab, "pve1", `pvecm qdevice setup ${QNETD} --force`, DIALOGUE);
    run(lab, 3_000);
    const asked =
      'curl -sk https://localhost:8006/api2/json/cluster/config/qdevice -H "$(true)" -o /dev/null -w "%{http_code}\\n"; ' +
      "pvesh get /cluster/config/qdevice --output-format json; pvesh get /cluster/status --output-format json";
    const [, device, status] = recorded("../guests/41-qdevice-status.txt", "pve1", asked).output.trim().split("\n");
    const json = async (path: string) =>
      JSON.parse((await typed(lab, "pve1", `pvesh get ${path} --output-format json`)).output);
    const instant = (facts: Record<string, string>) => ({
      ...facts,
      "Last poll call": facts["Last poll call"]!.replace(/^\S+/, "INSTANT"),
    });
    expect(instant(await json("/cluster/config/qdevice"))).toEqual(instant(JSON.parse(device!)));
    const plain = (rows: Record<string, unknown>[]) =>
      rows
        .map((row) => (row.type === "cluster" ? { ...row, version: "N" } : row))
        .toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
    expect(plain(await json("/cluster/status"))).toEqual(plain(JSON.parse(status!)));
  });

  it("lets pve1 go on alone with both others lost, as recorded", async () => {
    const lab = withQnetd(3);
    await typed(lab, "pve1", `pvecm qdevice setup ${QNETD} --force`, DIALOGUE);
    for (const node of ["pve2", "pve3"]) act(lab, "power/set", { node, state: "off" });
    run(lab, 40_000);
    const seen = await typed(lab, "pve1", "pvecm status");
    expect(seen.status).toBe(0);
    expect(seen.output).toContain("Total votes:      3\n");
  });

  it("leaves the one whose corosync is cut off without the device's votes, as recorded", async () => {
    const lab = withQnetd(3);
    await typed(lab, "pve1", `pvecm qdevice setup ${QNETD} --force`, DIALOGUE);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 40_000);
    const seen = await typed(lab, "pve3", "pvecm status");
    const expected = recorded("../guests/42-qdevice-lose-pve3.txt", "pve3", 'pvecm status; echo "exit $?"');
    expect(same(`${seen.output}exit ${seen.status}\n`)).toBe(same(expected.output));
    const majority = await typed(lab, "pve1", "pvecm status");
    const there = recorded("../guests/42-qdevice-lose-pve3.txt", "pve1", 'pvecm status; echo "exit $?"');
    expect(same(`${majority.output}exit ${majority.status}\n`)).toBe(same(there.output));
  });
});

describe("pvecm qdevice on two nodes", () => {
  it("lets either node go on alone, also when the one that is left was started anew", async () => {
    const lab = withQnetd(2);
    const set = await typed(lab, "pve1", `pvecm qdevice setup ${QNETD}`, DIALOGUE);
    expect(set.status).toBe(0);
    run(lab, 3_000);
    const status = await typed(lab, "pve2", "pvecm status");
    expect(status.output).toContain("Expected votes:   3\n");
    expect(status.output).toContain("Flags:            Quorate Qdevice \n");
    for (const lost of ["pve1", "pve2"]) {
      act(lab, "power/set", { node: lost, state: "off" });
      run(lab, 30_000);
      const left = lost === "pve1" ? "pve2" : "pve1";
      expect((await typed(lab, left, "pvecm status")).status, `${left} without ${lost}`).toBe(0);
      act(lab, "power/set", { node: lost, state: "on" });
      run(lab, 90_000);
      const back = await typed(lab, lost, "pvecm status");
      expect(back.output, `${lost} is back`).toContain("Total votes:      3\n");
    }
  });

  it("asks for no key a second time, and refuses a second device", async () => {
    const lab = withQnetd(2);
    await typed(lab, "pve1", `pvecm qdevice setup ${QNETD}`, DIALOGUE);
    run(lab, 3_000);
    expect(await typed(lab, "pve2", `pvecm qdevice setup ${QNETD}`)).toMatchObject({
      output: "QDevice already configured!\n",
      status: 255,
    });
    await typed(lab, "pve1", "pvecm qdevice remove");
    run(lab, 3_000);
    const again = await typed(lab, "pve1", `pvecm qdevice setup ${QNETD}`);
    expect(again.output).toContain("All keys were skipped");
    expect(again.status).toBe(0);
  });

  it.each([
    ["no\r", "Host key verification failed."],
    ["yes\rwrong\rwrong\rwrong\r", "Permission denied (publickey,password)."],
  ])("changes nothing after the answers %j", async (keys, message) => {
    const lab = withQnetd(2);
    const seen = await typed(lab, "pve1", `pvecm qdevice setup ${QNETD}`, keys);
    expect(seen.output).toContain(message);
    expect(seen.status).toBe(255);
    expect((await typed(lab, "pve1", "pvecm status")).output).toContain("Expected votes:   2\n");
  });

  it("refuses while a node is away, without quorum, and at a host that is not there", async () => {
    const lab = withQnetd(3);
    expect((await typed(lab, "pve1", "pvecm qdevice setup 10.99.7.99 --force")).output).toContain("No route to host");
    act(lab, "power/set", { node: "pve3", state: "off" });
    run(lab, 15_000);
    expect(await typed(lab, "pve1", `pvecm qdevice setup ${QNETD} --force`)).toMatchObject({
      output: "All nodes must be online! Node pve3 is offline, aborting.\n",
      status: 255,
    });
    act(lab, "power/set", { node: "pve2", state: "off" });
    run(lab, 15_000);
    expect((await typed(lab, "pve1", `pvecm qdevice setup ${QNETD} --force`)).output).toBe(
      "All nodes must be online! Node pve2 is offline, aborting.\n",
    );
  });

  it("refuses without a cluster, and values that are no address or network", async () => {
    const lab = freshLab(1);
    expect(await typed(lab, "pve1", `pvecm qdevice setup ${QNETD}`)).toMatchObject({
      output: "Error: Corosync config '/etc/pve/corosync.conf' does not exist - is this node part of a cluster?\n",
      status: 255,
    });
    const usage = "pvecm qdevice setup <address> [OPTIONS]\n";
    for (const [line, wrong] of [
      ["pvecm qdevice setup qnetd", "address: invalid format - value does not look like a valid IP address\n"],
      ["pvecm qdevice setup 10.99.7.256", "address: invalid format - value does not look like a valid IP address\n"],
      [
        `pvecm qdevice setup ${QNETD} --network 10.99.7.0`,
        "network: invalid format - value does not look like a valid CIDR network\n",
      ],
    ] as const) {
      const seen = await typed(lab, "pve1", line);
      expect(seen.output).toBe(`400 Parameter verification failed.\n${wrong}\n${usage}`);
      expect(seen.status).toBe(255);
    }
    expect((await typed(lab, "pve1", "pvecm qdevice setup")).output).toBe(`400 not enough arguments\n${usage}`);
  });

  it("takes a network, and uses the address all the same", async () => {
    const lab = withQnetd(2);
    const set = await typed(lab, "pve1", `pvecm qdevice setup ${QNETD} --network 10.99.7.0/24`, DIALOGUE);
    expect(set.status).toBe(0);
    expect((await typed(lab, "pve1", "corosync-cmapctl -q -g quorum.device.net.host")).output).toBe(`${QNETD}\n`);
  });

  it("refuses a host without corosync-qnetd, such as a node", async () => {
    const lab = withQnetd(2);
    const seen = await typed(lab, "pve1", "pvecm qdevice setup 10.99.7.12", "yes\r");
    expect(seen.output).toContain("corosync-qnetd-certutil: command not found\n");
    expect(seen.status).toBe(255);
    expect((await typed(lab, "pve1", "pvecm status")).output).toContain("Expected votes:   2\n");
  });

  it("keeps certificates on every node, refuses those of an attempt that stopped half-way, and removes them", async () => {
    const lab = withQnetd(2);
    const store = async (node: string) => (await shellLine(lab, node, "ls /etc/corosync/qdevice/net/nssdb")).output;
    await typed(lab, "pve1", `pvecm qdevice setup ${QNETD}`, DIALOGUE);
    for (const node of ["pve1", "pve2"]) expect(await store(node)).toContain("cert9.db");
    run(lab, 3_000);
    expect((await typed(lab, "pve1", `pvecm qdevice setup ${QNETD} --force`)).output).toContain(
      "Qdevice already configured, must be removed before setting up new one!\n",
    );
    await typed(lab, "pve1", "pvecm qdevice remove");
    for (const node of ["pve1", "pve2"]) expect(await store(node)).toContain("No such file or directory");
    await shellLine(lab, "pve1", "mkdir -p /etc/corosync/qdevice/net/nssdb");
    expect((await typed(lab, "pve1", `pvecm qdevice setup ${QNETD}`)).output).toMatch(
      /QDevice certificate store already initialised, set force to delete!\n$/,
    );
    expect((await typed(lab, "pve1", `pvecm qdevice setup ${QNETD} --force`)).status).toBe(0);
  });
});

it("a lock that stayed behind is waited for, ends when it is old enough, and is no lack of quorum", async () => {
  const lab = withQnetd(2);
  const waiting = "trying to acquire cfs lock 'file-corosync_conf' ...\n";
  await shellLine(lab, "pve2", "mkdir /etc/pve/priv/lock/file-corosync_conf");
  const early = await typed(lab, "pve1", `pvecm qdevice setup ${QNETD}`, DIALOGUE);
  expect(early).toMatchObject({
    stderr: `${waiting.repeat(9)}cfs-lock 'file-corosync_conf' error: got lock request timeout\n`,
    status: 255,
  });
  run(lab, 125_000);
  const late = await typed(lab, "pve1", `pvecm qdevice setup ${QNETD} --force`, DIALOGUE);
  expect(late.stderr).toContain(waiting);
  expect(late.stderr).not.toContain("cfs-lock 'file-corosync_conf' error");
  expect(late.status).toBe(0);
  expect((await shellLine(lab, "pve2", "grep -c 'device {' /etc/pve/corosync.conf")).output).toBe("1\n");
});
