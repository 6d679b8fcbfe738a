/** Quorum lost, forced, split and found again, as transcripts of a real cluster have it: typed anew, in their order. */
import { describe, expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, run, setPaths } from "../../cluster/testing/lab-steps.ts";
import { type RecordedRun, recordedRuns, withoutOwnNumbers } from "../testing/recorded.ts";
import { shellLine } from "../testing/shell-line.ts";

/** Lists of `.members` and answers of the API come in any order; digests and starting times are each run's own. */
const shape = (text: string) => withoutOwnNumbers(text.replaceAll(/^[[{]+".*$/gm, asSorted));

/** One line of JSON with its keys and lists in one order. */
function asSorted(line: string): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, sorted(inner)]),
    );
  };
  return JSON.stringify(sorted(JSON.parse(line)));
}

async function types(lab: LabState, { node, command, output, exit }: RecordedRun, edit = shape): Promise<void> {
  const seen = await shellLine(lab, node, command);
  expect({ command, output: edit(seen.output), exit: seen.exit }).toEqual({ command, output: edit(output), exit });
}

/** Recorded processes of guests are other ones. */
const withoutPids = (text: string) => shape(text.replaceAll(/^( +\d+ .* )\d+ +$/gm, "$1PID"));

/** A guest as the recorded cluster had it. */
async function guest(lab: LabState, node: string, vmid: number, name: string, more = ""): Promise<void> {
  const { exit } = await shellLine(lab, node, `qm create ${vmid} --name ${name} --memory 128 ${more}`);
  expect(exit).toBe(0);
}

const DISK = "--scsi0 local-lvm:1 --boot order=scsi0";

describe("a node that was cut off", () => {
  it("32: reads everything, writes nothing, and says so in the words of each tool", async () => {
    const lab = clusterOf(3);
    await guest(lab, "pve3", 101, "db1", DISK);
    await guest(lab, "pve3", 102, "app3", "--net0 virtio,bridge=vmbr0 --ostype l26 --boot order=net0");
    await shellLine(lab, "pve3", "qm set 102 --memory 64; echo hello > /etc/pve/oracle-test; qm start 102");
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 15_000);
    // Answers whose values are those of the machines, and prompts; pvesh.test.ts and pvecm.test.ts have them.
    const elsewhere =
      /pvesm status|pvesh get \/(?:nodes |cluster\/(?:resources|config))|task list|pvecm (?:add|updatecerts)/;
    const runs = recordedRuns("32-noquorum-pve3.txt").filter(({ command }) => !elsewhere.test(command));
    expect(runs).toHaveLength(34);
    // Sizes, times and files of that cluster; which stream came first; uuids and cards of the guests.
    const text = (output: string) =>
      withoutPids(output)
        .replaceAll(/^total \d+$/gm, "total")
        .replaceAll(/^([dl-][rwx-]{9}) +\d+ (\w+ +[\w-]+) +\d+ \w{3} +\d+ +[\d:]+/gm, "$1 $2")
        // Its disk was a file there.
        .replaceAll(/^ +Logical volume .*\n/gm, "")
        .replaceAll(/^.* (?:oracle-test|datacenter\.cfg)\n/gm, "")
        .replaceAll(/ctime=\d+|uuid=[\w-]+|vmgenid: .*|virtio=[\w:]+/g, "OWN")
        .replaceAll(/creation-qemu=[\d.]+/g, "QEMU")
        .replace(/^(unable to open file .*)\n(update VM .*)$/m, "$2\n$1");
    for (const one of runs) await types(lab, one, text);
  });

  it("36: has quorum, its files and the others again", async () => {
    const lab = clusterOf(3);
    await guest(lab, "pve3", 101, "db1", DISK);
    await guest(lab, "pve3", 102, "app3");
    await shellLine(lab, "pve3", "qm set 102 --memory 64; echo hello > /etc/pve/oracle-test");
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 15_000);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
    run(lab, 10_000);
    await types(lab, recordedRuns("36-heal-pve3-status.txt")[0]!);
  });
});

describe("pvecm expected 1 on the last node of three", () => {
  it("37: is quorate, writes, and gives way to the others one by one", async () => {
    const lab = clusterOf(3);
    await guest(lab, "pve1", 100, "web1", DISK);
    await shellLine(lab, "pve1", "qm start 100");
    setPaths(lab, ["pve1"], ["pve2", "pve3"], false);
    setPaths(lab, ["pve2"], ["pve3"], false);
    run(lab, 20_000);
    const runs = recordedRuns("37-pve1-alone-expected1.txt");
    expect(runs).toHaveLength(23);
    for (const [index, one] of runs.entries()) {
      // pve2 came back before the 16th line, pve3 before the 20th.
      if (index === 15) setPaths(lab, ["pve1"], ["pve2"], true);
      if (index === 19) setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
      if (index === 15 || index === 19) run(lab, 10_000);
      await types(lab, one, withoutPids);
    }
  });
});

describe("both sides of a cut write", () => {
  it("39: the side with more writes wins, and the other's are gone without a word", async () => {
    const lab = clusterOf(3);
    await guest(lab, "pve3", 100, "web1", `${DISK} --net0 virtio,bridge=vmbr0`);
    await shellLine(lab, "pve3", "qm set 100 --boot 'order=scsi0;net0'; qm set 100 --cores 1; qm start 100");
    await guest(lab, "pve3", 101, "db1", DISK);
    await guest(lab, "pve3", 102, "app3");
    await guest(lab, "pve3", 103, "victim", DISK);
    await guest(lab, "pve3", 104, "mover", DISK);
    await shellLine(lab, "pve3", "qm set 102 --memory 64; qm set 103 --memory 64");
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 15_000);
    // The majority wrote more in the meantime, as the recorded one had.
    await shellLine(lab, "pve1", "for i in $(seq 1 40); do echo $i > /etc/pve/counter; done; rm /etc/pve/counter");
    const runs = recordedRuns("39-split-brain-expected1.txt");
    // The migration that left 104 locked on the minority belongs to recording 38.
    const without104 = (text: string) => withoutPids(text.replaceAll(/^.*\b104\b.*\n/gm, ""));
    for (const one of runs.slice(0, 3)) await types(lab, one, without104);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
    run(lab, 10_000);
    for (const one of runs.slice(3, 7)) await types(lab, one, without104);
  });

  it("39b: a minority that wrote more wins over the majority", async () => {
    const lab = clusterOf(3);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 15_000);
    const [minority, majority, first, third] = recordedRuns("39b-split-brain-minority-more-writes.txt");
    // How many lines and versions .version has depends on what happened before.
    const text = (output: string) =>
      shape(
        output
          .replaceAll(/^\d+\n/gm, "")
          .replaceAll(/("\w+"): \d+/g, "$1: N")
          .replaceAll(/\b(\d)\/\d+/g, "$1/PID")
          .replaceAll(/\d+ inode|\(\d+\) updates/g, "N"),
      );
    const since = (run: RecordedRun) => ({
      ...run,
      command: run.command.replace(" --since @1795395244", " --since -4s"),
    });
    await types(lab, minority!, text);
    await types(lab, majority!, text);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
    run(lab, 5_000);
    await types(lab, since(first!), text);
    await types(lab, since(third!), text);
  });
});

describe("a node that crashed", () => {
  it("40: its guests' configurations can be moved by hand, and .vmlist follows", async () => {
    const lab = clusterOf(3);
    await guest(lab, "pve1", 100, "web1", DISK);
    await shellLine(lab, "pve1", "qm start 100");
    await guest(lab, "pve3", 101, "db1");
    await guest(lab, "pve3", 102, "app3");
    await shellLine(lab, "pve3", "qm set 102 --memory 64");
    act(lab, "power/set", { node: "pve3", state: "off" });
    run(lab, 15_000);
    const [migrate, list, move] = recordedRuns("40-node-crash-pve3-cli.txt");
    // Recorded while the machine answered and its sshd did not; the order of .vmlist is that of a hash.
    const text = (output: string) =>
      withoutPids(output)
        .replaceAll(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/gm, "TIME")
        .replace(/duration \d\d:\d\d:\d\d/, "duration TIME")
        .replaceAll(/Connection refused|No route to host/g, "UNREACHABLE")
        .replaceAll(/^("\d+": \{.*?)[,}]*$/gm, "$1")
        .split("\n");
    const inAnyOrder = (output: string) => text(output).toSorted().join("\n");
    await types(lab, migrate!, (output) => text(output).join("\n"));
    await types(lab, list!, inAnyOrder);
    await types(lab, move!, inAnyOrder);
  });
});

describe("a second link by hand", () => {
  const networks = [{ name: "cluster", nic: "ens19", subnet: "10.99.8.0" }];

  it("56: an edit without a new version is used, one with it is told, and link 1 carries what link 0 cannot", async () => {
    const lab = clusterOf(3, "second-link", networks);
    await shellLine(
      lab,
      "pve1",
      `sed "s/config_version: .*/config_version: 7/" /etc/pve/corosync.conf > /etc/pve/new; mv /etc/pve/new /etc/pve/corosync.conf`,
    );
    run(lab, 10_000);
    const [unbumped, bumped, cut, join] = recordedRuns("56-corosync-conf-edit.txt");
    await types(lab, unbumped!);
    // The journal's last 30 lines there begin before the edit; here it is its own.
    const journal = (output: string) =>
      shape(output)
        .replaceAll(/^.*wrote new corosync config.*\n/gm, "")
        .replaceAll(/^\w{3} \d\d [\d:.]+ (\w+ \w+)\[\d+\]/gm, "$1")
        .split("\n")
        .filter((line) => line.startsWith("pve1 "))
        .toSorted();
    const rest = (output: string) => shape(output.replaceAll(/^\w{3} \d\d [\d:.]+ pve1.*\n/gm, ""));
    await types(lab, bumped!, (output) => [...journal(output), rest(output)].join("\n"));
    // As there: a link that was just made bears silence longer.
    run(lab, 3_000);
    for (const other of ["pve1", "pve2"])
      act(lab, "network/set-path", { from: "pve3", to: other, network: "lan", up: false });
    run(lab, 10_000);
    await types(lab, cut!);
    // The first answer was recorded up to its 900th byte, in the midst of `totem`.
    const [whole, nodes] = join!.command.split("; ").map((command) => command.replace(/ \| head.*/, ""));
    const answer = JSON.parse((await shellLine(lab, "pve1", whole!)).output);
    const there = JSON.parse(`${join!.output.slice(0, 900)}}}`);
    const known = (list: Record<string, string>[]) =>
      list.map(({ pve_fp, ...node }) => node).toSorted((a, b) => Number(a.nodeid) - Number(b.nodeid));
    expect(known(answer.nodelist)).toEqual(known(there.nodelist));
    expect([answer.preferred_node, answer.totem.interface]).toEqual([there.preferred_node, there.totem.interface]);
    await types(lab, { ...join!, command: nodes!, output: join!.output.slice(900) });
  });
});

describe("services of one node stopped", () => {
  it("55: without pmxcfs every tool is refused, without corosync the last members stay on show", async () => {
    const lab = clusterOf(3);
    await guest(lab, "pve3", 101, "db1", DISK);
    await guest(lab, "pve3", 102, "app3");
    await guest(lab, "pve3", 103, "victim", DISK);
    await guest(lab, "pve3", 104, "mover", DISK);
    await shellLine(lab, "pve3", "for i in 102 103 104; do qm set $i --memory 64; done; systemctl stop pve-cluster");
    const [refused, seen, left, alone] = recordedRuns("55-services-down.txt");
    // The folder's size and dates, and how many links the root has.
    const listing = (text: string) =>
      shape(
        text.replaceAll(/^(d[rwx-]{9}) +\d+ (\w+ \w+) +\d+ \w{3} +\d+ +[\d:]+/gm, "$1 $2").replace(/^total \d+$/m, ""),
      );
    await types(lab, refused!, listing);
    await types(lab, seen!);
    await shellLine(lab, "pve3", "systemctl start pve-cluster; sleep 10; systemctl stop corosync; sleep 4");
    // knet notices the closed port and the ring the leave, each in its time.
    const anyOrder = (text: string) => shape(text).split("\n").toSorted().join("\n");
    await types(lab, left!, anyOrder);
    await types(lab, alone!);
  });
});
