/** Leaving a cluster, as transcripts of a real one have it: lines of the recordings typed anew, in their order. */
import { describe, expect, it } from "vitest";
import { memberLines } from "../../cluster/join/cluster-jobs.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, ROOT_PASSWORD, run, runUntil } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands.ts";
import { comparable, type RecordedRun, recordedRuns, withoutOwnNumbers as shape } from "../testing/recorded.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";

async function types(lab: LabState, { node, command, output, exit }: RecordedRun, edit = shape): Promise<void> {
  const seen = await shellLine(lab, node, command);
  expect({ command, output: edit(seen.output), exit: seen.exit }).toEqual({ command, output: edit(output), exit });
}

const runs = (file: string, pattern = /./) =>
  recordedRuns(file).filter(({ node, command }) => pattern.test(`${node} ${command}`));

describe("pvecm delnode", () => {
  it("42: kills the node first and then cannot write, when that costs the quorum", async () => {
    const lab = clusterOf(3);
    act(lab, "power/set", { node: "pve3", state: "off" });
    run(lab, 15_000);
    const [remove, status] = runs("42-delnode.txt", /^pve1 pvecm/);
    await types(lab, remove!);
    run(lab, 20_000);
    await types(lab, status!);
  });

  it("43: takes a running node out, whose corosync is killed and whose folder stays", async () => {
    const lab = clusterOf(3);
    const [remove, status, , left, again] = runs("43-delnode-pve3.txt", /delnode|pvecm status|pvesh/);
    // The recorded lock was busy with something else for a moment, and guests were on the node.
    const without = (text: string) =>
      shape(text.replace(/^trying to acquire.*\n/m, "").replaceAll(/^\d+\.conf\n/gm, ""));
    await types(lab, remove!, without);
    run(lab, 5_000);
    await types(lab, status!, without);
    const journal = (text: string) =>
      shape(text)
        .replaceAll(/^.*(Consumed .* CPU time|service synchronization|QUORUM).*$\n?/gm, "")
        .trimEnd();
    await types(lab, left!, journal);
    await types(lab, again!);
  });

  it("42 and 43: the lock that stayed behind without quorum is waited for once, when it is old enough", async () => {
    const lab = clusterOf(3);
    act(lab, "power/set", { node: "pve3", state: "off" });
    run(lab, 15_000);
    await shellLine(lab, "pve1", "pvecm delnode pve2");
    act(lab, "power/set", { node: "pve3", state: "on" });
    run(lab, 60_000);
    const lock = "/etc/pve/priv/lock/file-corosync_conf";
    expect((await shellLine(lab, "pve1", `test -d ${lock} && echo there`)).output).toBe("there\n");
    const busy = await shellLine(lab, "pve1", "pvecm delnode pve2");
    const waiting = "trying to acquire cfs lock 'file-corosync_conf' ...\n";
    expect(busy).toEqual({
      output: `${waiting.repeat(9)}cfs-lock 'file-corosync_conf' error: got lock request timeout\n`,
      exit: 255,
    });
    run(lab, 130_000);
    await shellLine(lab, "pve2", "systemctl start corosync; sleep 5");
    const [remove] = runs("43-delnode-pve3.txt", /pvecm delnode pve3$/);
    const { node, command, output, exit } = remove!;
    expect(await shellLine(lab, node, command)).toEqual({ output, exit });
    expect((await shellLine(lab, "pve1", `test -d ${lock} || echo gone`)).output).toBe("gone\n");
  });

  it("a deletion that is ended before it wrote writes nothing, and the next one takes the node out", async () => {
    const lab = clusterOf(3);
    const nodes = () => shellLine(lab, "pve1", "grep -c nodeid /etc/pve/corosync.conf");
    const { id } = act(lab, "cluster/delete-node", { node: "pve1", target: "pve3", program: "pvecm" });
    runUntil(lab, () => memberLines(lab, "pve1", id)[0]);
    act(lab, "cluster/stop-delete", { node: "pve1", id });
    run(lab, 5_000);
    expect((await nodes()).output).toBe("3\n");
    expect(Object.values(lab.nodes.pve1!.processes).filter(({ name }) => name === "pvecm")).toEqual([]);
    run(lab, 125_000);
    const { output, exit } = await shellLine(lab, "pve1", "pvecm delnode pve3");
    expect(output).toMatch(/^(?:trying to acquire cfs lock 'file-corosync_conf' \.\.\.\n){1,2}/);
    expect(output).toContain("Could not kill node (error = CS_ERR_NOT_EXIST)\nKilling node 3\n");
    expect(exit).toBe(0);
    expect((await nodes()).output).toBe("2\n");
  });

  it("47: removes a ghost that was never there", async () => {
    const lab = clusterOf(3);
    act(lab, "cluster/add-node", { node: "pve1", name: "pve4", newNodeAddress: "10.99.7.13" });
    run(lab, 8_000);
    const [status, remove, other] = runs("47-ghost-node-duplicate-ip.txt");
    // The list of the API comes in any order.
    const text = (output: string) =>
      shape(output.replace(/^.*(QUORUM|service synchronization|pmtud: [PG]).*\n/gm, "").replace(/^\[\{.*\n/m, ""));
    await types(lab, status!, text);
    await types(lab, remove!, text);
    run(lab, 3_000);
    await types(lab, other!, text);
  });

  it("49: the removed node boots with its old configuration and sits alone in a cluster of four", async () => {
    const lab = clusterOf(4);
    act(lab, "power/set", { node: "pve4", state: "off" });
    run(lab, 20_000);
    const [remove] = runs("49-delnode-powered-off-pve4.txt", /^pve1 pvecm nodes; pvecm status/);
    const text = (output: string) => shape(output.replace(/^\[\{.*\n/m, "").replace(/^ssh-rsa .*\n/m, ""));
    await types(lab, { ...remove!, command: remove!.command.replace(/; grep -A5.*/, "") }, text);
    act(lab, "power/set", { node: "pve4", state: "on" });
    run(lab, 100_000);
    const [alone] = runs("49-delnode-powered-off-pve4.txt", /^pve4 /);
    // Two links were configured there, and the order of .members is that of a hash.
    const lines = (output: string) =>
      shape(output)
        .replaceAll(/^.*KNET.*\n/gm, "")
        .replaceAll(/,$/gm, "")
        .split("\n")
        .toSorted()
        .join("\n");
    await types(
      lab,
      {
        ...alone!,
        command: alone!.command.replace(/; journalctl.*/, ""),
        output: alone!.output.replaceAll(/^\w{3} \d\d .*\n/gm, ""),
      },
      lines,
    );
  });
});

describe("separating a node without installing it anew", () => {
  it("44: local mode, an empty corosync, and joining again over ssh", async () => {
    const lab = clusterOf(3);
    await shellLine(lab, "pve1", "pvecm delnode pve3");
    run(lab, 5_000);
    const [apart, clean, join, status, other] = runs("44-separate-and-rejoin.txt");
    // Guests and folders of that cluster, and the widths of a listing.
    const text = (output: string) =>
      shape(
        output
          .replaceAll(/^(total|[d-][r-][w-]).*\n/gm, "")
          .replaceAll(/^ +(VMID|\d+ (db1|app3)) .*\n?/gm, "")
          .replaceAll(
            /^(alone|oracle-test|virtual-guest|storage\.cfg|user\.cfg|datacenter\.cfg|corosync\.conf)\n/gm,
            "",
          ),
      );
    await types(lab, apart!, text);
    await types(
      lab,
      { ...clean!, command: clean!.command.replace(/ \/etc\/pve\/nodes\/pve3\/qemu-server\/\*\.conf/, "") },
      text,
    );
    const joined = await runProgram(lab, "pve3", allCommands.pvecm!.program, join!.command.split(" "), {
      keys: `yes\r${ROOT_PASSWORD}\r`,
    });
    // root's key was known to the cluster there, and its host key was not.
    const dialogue = (output: string) =>
      comparable(shape(output.replaceAll("\r", ""))).replaceAll(
        /^.*(password: |authenticity|key fingerprint|not known by|continue connecting|Permanently added).*\n/gm,
        "",
      );
    expect(dialogue(joined.output)).toBe(dialogue(join!.output));
    expect(joined.status).toBe(0);
    run(lab, 3_000);
    await types(lab, status!, text);
    await types(lab, other!, text);
  });
});

describe("corosync.conf with a lower version", () => {
  it("57: is shown and not used", async () => {
    const lab = clusterOf(3);
    const raise =
      'sed "s/config_version: .*/config_version: 8/" /etc/pve/corosync.conf > /etc/pve/new; mv /etc/pve/new /etc/pve/corosync.conf';
    await shellLine(lab, "pve1", raise);
    run(lab, 5_000);
    // Links were two there; what was in the journal before differs.
    const text = (output: string) =>
      shape(output.slice(output.indexOf("local corosync.conf is newer")).replaceAll(/^ +LINK: 1.*\n/gm, ""));
    const [edit] = runs("57-corosync-conf-lower-version.txt");
    await types(lab, edit!, text);
  });
});

describe("pvecm expected on the last node of three", () => {
  it("37: is quorate at once with 1, and the others that come back raise it again", async () => {
    const lab = clusterOf(3);
    for (const node of ["pve2", "pve3"]) act(lab, "power/set", { node, state: "off" });
    run(lab, 20_000);
    const lines = runs("37-pve1-alone-expected1.txt", /^pve1 (pvecm|echo)/);
    for (const line of lines.slice(0, 11)) await types(lab, line);
  });
});

describe("corosync-quorumtool -e", () => {
  // @source goldens/n3-expected-cmd-refused.txt
  it.each(["0", "x"])("refuses %s with exit 1", async (value) => {
    expect(await shellLine(clusterOf(1), "pve1", `corosync-quorumtool -e ${value}`)).toEqual({
      output: "New expected votes value was not valid, try a positive number\n",
      exit: 1,
    });
  });
});

describe("corosync-cfgtool -H", () => {
  // @source conformance.json cfgH; FACTS 3
  it("ends corosync here, and lowers nobody's expected votes", async () => {
    const lab = clusterOf(3);
    expect(await shellLine(lab, "pve3", "corosync-cfgtool -H")).toEqual({
      output: "Shutting down corosync\n",
      exit: 0,
    });
    run(lab, 3_000);
    expect((await shellLine(lab, "pve3", "systemctl is-active corosync")).output).not.toBe("active\n");
    expect((await shellLine(lab, "pve1", "pvecm status")).output).toContain("Expected votes:   3\n");
  });
});
