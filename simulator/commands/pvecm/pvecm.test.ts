import { describe, expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, createCluster, freshLab, ROOT_PASSWORD, run, setPaths } from "../../cluster/testing/lab-steps.ts";
import { clusterCommands } from "../cluster-commands.ts";
import { comparable, recorded } from "../testing/recorded.ts";
import { type ProgramRun, runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";

/** Run a recorded command line (no shell syntax but quotes) on a node. */
function run1(
  lab: LabState,
  node: string,
  commandLine: string,
  options: Parameters<typeof runProgram>[4] = {},
): Promise<ProgramRun> {
  const argv = commandLine.replaceAll('"', "").split(" ");
  return runProgram(lab, node, clusterCommands[argv[0]!]!.program, argv, options);
}

async function expectRecorded(lab: LabState, file: string, node: string, command: string, nth = 0): Promise<void> {
  const expected = recorded(file, node, command, nth);
  const seen = await run1(lab, node, command);
  expect({ output: comparable(seen.output), exit: seen.status }).toEqual({
    output: comparable(expected.output),
    exit: expected.exit,
  });
}

describe("pvecm outside a cluster", () => {
  it.each(["pvecm status", "pvecm nodes", "pvecm expected 1"])("%s says what a real node says", async (command) => {
    await expectRecorded(freshLab(1), "01-standalone-pvecm-status.txt", "pve1", command);
  });
});

it("pvesh has no join information of a node outside any cluster, and exits with 2", async () => {
  const command = "pvesh get /cluster/config/join --output-format json";
  await expectRecorded(freshLab(1), "01-standalone-pvecm-status.txt", "pve1", command);
});

describe("pvecm create", () => {
  it.each(["pvecm create lab cluster", 'pvecm create "lab_1"'])("refuses %s as recorded", async (command) => {
    await expectRecorded(freshLab(1), "03-create.txt", "pve1", command);
  });

  it("prints, and leaves behind, what was recorded", async () => {
    const lab = freshLab(1);
    const file = "03-create.txt";
    await expectRecorded(lab, file, "pve1", "pvecm create lab");
    run(lab, 2_000);
    await expectRecorded(lab, file, "pve1", "pvecm status");
    await expectRecorded(lab, file, "pve1", "pvecm nodes");
    await expectRecorded(lab, file, "pve1", "pvecm create lab2");
  });

  it("makes a cluster of a name that nothing knows, with which corosync does not start", async () => {
    const lab = freshLab(1);
    const seen = await run1(lab, "pve1", "pvecm create lab --link0 nosuch.example");
    expect(seen.output).toMatch(
      /Restart corosync and cluster filesystem\nJob for corosync\.service failed because .*\nSee .*\ncommand 'systemctl restart corosync pve-cluster' failed: exit code 1\n$/,
    );
    const told = lab.nodes.pve1!.journal.filter(({ unit }) => unit === "corosync.service").map(({ text }) => text);
    expect(told).toContain("  [MAIN  ] failed to parse bindnet address 'nosuch.example'");
    expect(told).toContain("corosync.service: Main process exited, code=exited, status=8/n/a");
    expect(lab.nodes.pve1!.pmxcfs.quorate).toBe(false);
  });

  it("takes a name that /etc/hosts knows", async () => {
    const lab = freshLab(1);
    expect((await run1(lab, "pve1", "pvecm create lab --link0 pve1")).output).not.toContain("failed");
    expect(lab.nodes.pve1!.corosync.daemon!.config.nodes[0]!.addresses).toEqual([
      { number: 0, address: expect.stringMatching(/^10\./) },
    ]);
  });
});

describe("pvecm add", () => {
  it("holds the recorded dialogue and brings the node in", async () => {
    const lab = freshLab(3);
    createCluster(lab, "pve1", "lab");
    const expected = recorded("04-join-pve2.txt", "pve2", "pvecm add 10.99.7.11");
    const seen = await run1(lab, "pve2", "pvecm add 10.99.7.11", { keys: `${ROOT_PASSWORD}\ryes\r` });
    expect(comparable(seen.output)).toBe(comparable(expected.output));
    expect(seen.status).toBe(0);
    await expectRecorded(lab, "04-join-pve2.txt", "pve2", "pvecm status");
    await expectRecorded(lab, "04-join-pve2.txt", "pve1", "pvecm status");
  });

  it("prints the fingerprint that the other node's API shows", async () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const seen = await run1(lab, "pve2", "pvecm add 10.99.7.11", { keys: `${ROOT_PASSWORD}\rno\r` });
    expect(seen.output).toContain(`X509 SHA256 key fingerprint is ${lab.pki.nodes.pve1!.fingerprint}.`);
    const expected = recorded("02-join-errors.txt", "pve2", "pvecm add 10.99.7.11", 3);
    expect(comparable(seen.output)).toBe(comparable(expected.output));
    expect(seen.status).toBe(0);
  });

  it("takes 3 s to say that the password is wrong, and exits with 0", async () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const before = lab.nowMs;
    const seen = await run1(lab, "pve2", "pvecm add 10.99.7.11", { keys: "wrong\ryes\r" });
    const expected = recorded("02-join-errors.txt", "pve2", "pvecm add 10.99.7.11", 2);
    expect(comparable(seen.output)).toBe(comparable(expected.output));
    expect(seen.status).toBe(0);
    expect(lab.nowMs - before).toBeGreaterThan(3_000);
    expect(lab.nowMs - before).toBeLessThan(4_500);
  });

  it("says what a script without a terminal gets to see", async () => {
    const lab = clusterOf(2);
    const expected = recorded("32-noquorum-pve3.txt", "pve3", "pvecm add 10.99.7.11 --force");
    const seen = await run1(lab, "pve2", "pvecm add 10.99.7.11 --force", { stdin: "" });
    expect({ output: seen.output, exit: seen.status }).toEqual({ output: expected.output, exit: expected.exit });
  });

  it("reads password and answer from a pipe", async () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const seen = await run1(lab, "pve2", "pvecm add 10.99.7.11", { stdin: `${ROOT_PASSWORD}\nyes\n` });
    expect(seen.output).toMatch(/successfully added node 'pve2' to cluster\.\n$/);
  });

  it("refuses a node that is a member already", async () => {
    const lab = clusterOf(2);
    const seen = await run1(lab, "pve2", "pvecm add 10.99.7.11", { keys: `${ROOT_PASSWORD}\r` });
    expect(comparable(seen.output)).toBe(`Please enter superuser (root) password for '10.99.7.11': STARS
detected the following error(s):
* authentication key '/etc/corosync/authkey' already exists
* cluster config '/etc/pve/corosync.conf' already exists
* corosync is already running, is this node already in a cluster?!
Check if node may join a cluster failed!
`);
    expect(seen.status).toBe(0);
  });

  // Typed on pve-cluster 8.1.3 against a server that answers so.
  it("ends where its input ends before the question is answered", async () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const seen = await run1(lab, "pve2", "pvecm add 10.99.7.11", { stdin: `${ROOT_PASSWORD}\n` });
    expect(seen.output).toMatch(
      /continue connecting \(yes\/no\)\? Use of uninitialized value \$answer .* line 256, <STDIN> line 1\.\nFingerprint not verified, abort!\n$/,
    );
    expect(seen.status).toBe(0);
  });

  it("goes on with --force over what it detected, two empty lines before the warning when a link is wrong", async () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    await shellLine(lab, "pve1", "systemctl stop pveproxy");
    await shellLine(lab, "pve2", "touch /etc/corosync/authkey");
    const words = "pvecm add 10.99.7.11 --force --link0 10.1.2.3";
    const seen = await run1(lab, "pve2", words, { stdin: `${ROOT_PASSWORD}\n` });
    expect(seen.output).toBe(`detected the following error(s):
* authentication key '/etc/corosync/authkey' already exists
* link0: cannot use IP '10.1.2.3', not found on local node!


WARNING : detected error but forced to continue!

Establishing API connection with host '10.99.7.11'
500 Can't connect to 10.99.7.11:8006 (Connection refused)
`);
  });

  it("refuses an address that is not the node's own, as recorded", async () => {
    const lab = freshLab(4);
    createCluster(lab, "pve1", "lab");
    const command = "pvecm add 10.99.7.11 --link0 10.99.7.99 --link1 10.99.8.14";
    const expected = recorded("48-join-two-links-4th-node.txt", "pve4", command);
    const seen = await run1(lab, "pve4", command.replace(" --link1 10.99.8.14", ""), { keys: `${ROOT_PASSWORD}\r` });
    expect(comparable(seen.output)).toBe(comparable(expected.output));
  });

  it("is refused by a cluster without quorum, as recorded", async () => {
    const lab = clusterOf(3);
    const fourth = freshLab(4);
    createCluster(fourth, "pve1", "lab");
    expect(lab.nodes.pve4).toBeUndefined();
    for (const node of ["pve2", "pve3"]) {
      await run1(fourth, node, "pvecm add 10.99.7.11", { stdin: `${ROOT_PASSWORD}\nyes\n` });
      run(fourth, 3_000);
    }
    act(fourth, "power/set", { node: "pve2", state: "off" });
    act(fourth, "power/set", { node: "pve3", state: "off" });
    run(fourth, 15_000);
    const expected = recorded("45-join-nonquorate-cluster.txt", "pve4", "pvecm add 10.99.7.11");
    const seen = await run1(fourth, "pve4", "pvecm add 10.99.7.11", { keys: `${ROOT_PASSWORD}\ryes\r` });
    expect(comparable(seen.output)).toBe(comparable(expected.output));
  });

  it.each([
    ["powered off", (lab: LabState) => act(lab, "power/set", { node: "pve1", state: "off" })],
    ["cut off", (lab: LabState) => setPaths(lab, ["pve2"], ["pve1"], false)],
  ])("says that a host which is %s cannot be reached", async (_, fault) => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    fault(lab);
    const seen = await run1(lab, "pve2", "pvecm add 10.99.7.11", { stdin: `${ROOT_PASSWORD}\nyes\n` });
    expect(seen.output).toBe(
      "Establishing API connection with host '10.99.7.11'\n500 Can't connect to 10.99.7.11:8006 (No route to host)\n",
    );
    expect(seen.status).toBe(0);
  });
});

describe("a node without quorum", () => {
  async function cutOff(): Promise<LabState> {
    const lab = clusterOf(3);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 15_000);
    return lab;
  }

  it.each([
    "pvecm status",
    "pvecm nodes",
    "corosync-quorumtool -s",
    "corosync-cfgtool -s",
    "corosync-cfgtool -n",
    "pvecm delnode pve1",
    "pvecm create other",
  ])("%s prints what was recorded", async (command) => {
    await expectRecorded(await cutOff(), "32-noquorum-pve3.txt", "pve3", command);
  });
});

it("an unknown command is refused with the usage", async () => {
  expect((await run1(freshLab(1), "pve1", "pvecm nonsense")).output).toMatch(
    /^ERROR: unknown command 'pvecm nonsense'\nUSAGE/,
  );
});

describe("tools of a quorate cluster", () => {
  it.each(["corosync-quorumtool -s", "corosync-quorumtool -l", "corosync-cfgtool -s", "corosync-cfgtool -n"])(
    "%s prints what was recorded",
    async (command) => {
      await expectRecorded(clusterOf(3), "30-quorate-tools.txt", "pve1", command);
    },
  );

  it("deletes a member that is off, and refuses one that is none", async () => {
    const lab = clusterOf(3);
    act(lab, "power/set", { node: "pve3", state: "off" });
    run(lab, 15_000);
    expect((await run1(lab, "pve1", "pvecm delnode pve3")).output).toBe(
      "Could not kill node (error = CS_ERR_NOT_EXIST)\nKilling node 3\n",
    );
    run(lab, 3_000);
    expect((await run1(lab, "pve1", "pvecm status")).output).toContain("Expected votes:   2\n");
    expect((await run1(lab, "pve1", "pvecm delnode pve3")).output).toBe(
      "Node/IP: pve3 is not a known host of the cluster.\n",
    );
    expect((await run1(lab, "pve1", "pvecm delnode pve1")).output).toBe("Cannot delete myself from cluster!\n");
  });

  it("fails as recorded when the cluster file system does not run", async () => {
    const lab = clusterOf(2);
    expect((await run1(lab, "pve2", "systemctl stop pve-cluster")).status).toBe(0);
    const seen = await run1(lab, "pve2", "pvecm status");
    expect(seen).toMatchObject({
      status: 111,
      output: `ipcc_send_rec[1] failed: Connection refused
ipcc_send_rec[2] failed: Connection refused
ipcc_send_rec[3] failed: Connection refused
Unable to load access control list: Connection refused
`,
    });
  });
});

it("pvecm addnode says each second that it waits for the lock, and adds nobody without it", async () => {
  const lab = clusterOf(2);
  await shellLine(lab, "pve2", "mkdir /etc/pve/priv/lock/file-corosync_conf");
  const waited = await run1(lab, "pve1", "pvecm addnode pve9 --new_node_ip 10.99.7.19");
  const lines = "trying to acquire cfs lock 'file-corosync_conf' ...\n".repeat(9);
  expect(waited).toMatchObject({
    stderr: `${lines}cfs-lock 'file-corosync_conf' error: got lock request timeout\n`,
    status: 255,
  });
  expect((await shellLine(lab, "pve2", "grep -c pve9 /etc/pve/corosync.conf")).output).toBe("0\n");
});
