/**
 * What corosync, pmxcfs and the API's daemons write down while quorum goes and comes, beside journals of a real cluster.
 *
 * pmxcfs's two groups (`dcdb`, `status`) are held each in its order, all other lines as a set: knet, votequorum and
 * totem are threads of their own.
 */
import { expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, createCluster, freshLab, joinNode, run, setPaths } from "../../cluster/testing/lab-steps.ts";
import { recordedRuns, recordingText } from "../testing/recorded.ts";
import { shellLine } from "../testing/shell-line.ts";

/** Of that machine's load or of its host, not of the cluster. */
const LEFT_OUT = /cpg_send_message retried|Could not increase RLIMIT_MEMLOCK|max_cpuid|deliver_queue|pam_unix/;

function told(text: string): { dcdb: string[]; status: string[]; rest: string[] } {
  const lines = text
    .split("\n")
    .flatMap((line) => /^\w{3} \d\d [\d:.]+ \w+ (\w[\w.]*\[\d+\]: .*)$/.exec(line)?.[1] ?? [])
    .filter((line) => !LEFT_OUT.test(line))
    .map((line) =>
      line
        .replaceAll(/\[\d+\]:/g, "[PID]:")
        .replace(/worker \d+|HUP to \d+/, "PID")
        .replace(/received in \d+ ms/, "received in N ms")
        .replaceAll(/\b(\d)\/\d+/g, "$1/PID")
        .replace(/membership \([\da-f.]+\)/, "membership (RING)")
        .replace(/\(\d+\) updates|\d+ inode updates/, "N updates")
        .trimEnd(),
    );
  const part = (name: string) => lines.filter((line) => line.includes(`[${name}]`));
  return {
    dcdb: part("dcdb"),
    status: part("status"),
    rest: lines.filter((line) => !line.includes("[dcdb]") && !line.includes("[status]")).toSorted(),
  };
}

/** The part of a recording between a line that names it and the next such line. */
function section(file: string, node: string): string {
  return recordingText(file)
    .split(/^--- journal /m)
    .find((part) => part.startsWith(`${node} `))!;
}

const UNITS = "-u corosync -u pve-cluster -u pvedaemon -u pveproxy";

/** What a node's journal holds from an instant of model time on. */
async function journalSince(lab: LabState, node: string, sinceMs: number): Promise<string> {
  const since = Math.floor((sinceMs + lab.wallOffsetMs) / 1000);
  return (await shellLine(lab, node, `journalctl --no-pager -o short-precise --since @${since} ${UNITS}`)).output;
}

it("07, 31, 36 and 37: joining, a cut, a heal, the last of three, and the others back", async () => {
  const lab = freshLab(3);
  createCluster(lab, "pve1", "lab");
  run(lab, 20_000);
  let sinceMs = lab.nowMs;
  joinNode(lab, "pve2");
  run(lab, 20_000);
  const third = lab.nowMs;
  joinNode(lab, "pve3");
  run(lab, 20_000);
  const [first, joiner] = recordedRuns("07-logs-after-join.txt");
  // A wrong password came first there.
  const accepted = (text: string) => text.replaceAll(/^.*authentication failure.*\n/gm, "");
  expect(told(await journalSince(lab, "pve1", sinceMs))).toEqual(told(accepted(first!.output)));
  expect(told(await journalSince(lab, "pve3", third))).toEqual(told(joiner!.output));

  sinceMs = lab.nowMs;
  setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
  run(lab, 15_000);
  for (const node of ["pve1", "pve3"])
    expect(told(await journalSince(lab, node, sinceMs))).toEqual(told(section("31-cut-pve3-timing.txt", node)));

  const healMs = lab.nowMs;
  setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
  run(lab, 10_000);
  for (const node of ["pve1", "pve3"])
    expect(told(await journalSince(lab, node, healMs))).toEqual(told(section("36-heal-pve3-timing.txt", node)));

  setPaths(lab, ["pve1"], ["pve2", "pve3"], false);
  setPaths(lab, ["pve2"], ["pve3"], false);
  run(lab, 15_000);
  await shellLine(lab, "pve1", "pvecm expected 1; echo x > /etc/pve/alone");
  setPaths(lab, ["pve1"], ["pve2"], true);
  run(lab, 10_000);
  setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
  run(lab, 10_000);
  const [alone] = recordedRuns("37-pve1-alone-expected1-log.txt");
  expect(told(await journalSince(lab, "pve1", healMs))).toEqual(told(alone!.output));
});

it("39: the losing side of a split brain takes the other's files without a word of warning", async () => {
  const lab = clusterOf(3);
  setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
  run(lab, 15_000);
  await shellLine(lab, "pve3", "pvecm expected 1; sleep 2; echo a > /etc/pve/only-on-pve3");
  await shellLine(lab, "pve1", "for i in 1 2 3 4 5; do echo $i > /etc/pve/only-on-pve1; done");
  const healMs = lab.nowMs;
  setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
  run(lab, 6_000);
  // How often this daemon had synchronised before.
  const text = (one: string) => told(one.replaceAll(/epoch (\d\/\d+)\/\w+/g, "epoch $1"));
  for (const recording of recordedRuns("39-split-brain-expected1-log.txt"))
    expect(text(await journalSince(lab, recording.node, healMs))).toEqual(text(recording.output));
});
