/** What happens to guests without quorum, typed as it was recorded: recordings 38 (two migrations) and 60 (a destroy). */
import { expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, run, setPaths } from "../../cluster/testing/lab-steps.ts";
import { type RecordedRun, recordedRuns } from "../testing/recorded.ts";
import { shellLine } from "../testing/shell-line.ts";

/** What is each run's own: times, numbers of processes, ids, versions. Three more guests were on the recorded node. */
const shape = (text: string) =>
  text
    .replaceAll(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm, "")
    .replaceAll(/^(meta|smbios1|vmgenid): .*$/gm, "$1: OWN")
    .replaceAll(/tmp\.\d+/g, "tmp.PID")
    .replaceAll(/\d\d:\d\d:\d\d\)/g, "DURATION)")
    .replaceAll("/mnt/pve-shared/", "/mnt/pve/shared/")
    .replaceAll(/^( +\d+ \w+ +running +.*) \d+ *$/gm, "$1 PID")
    .replaceAll(/^ +(?:102 app3|103 victim|105 localvm) .*\n/gm, "")
    // Sizes of folders and the order of what is listed are the node's own, and so are dates.
    .replaceAll(/^(?:total \d+|d.*)\n/gm, "")
    .replaceAll(/Nov 23 \d\d:\d\d/g, "DATE")
    .trimEnd();

async function typed(lab: LabState, { node, command, output }: RecordedRun): Promise<void> {
  const said = await shellLine(lab, node, command);
  expect(shape(said.output), command).toBe(shape(output));
}

async function clusterWithStorages(): Promise<LabState> {
  const lab = clusterOf(3);
  await shellLine(lab, "pve1", "pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
  await shellLine(lab, "pve1", "pvesm add dir ldir --path /var/lib/ldir --content images,rootdir");
  return lab;
}

it("60: a destroy loses the disk and keeps the configuration", async () => {
  const lab = await clusterWithStorages();
  await shellLine(lab, "pve3", "qm create 101 --name db1 --memory 128 --scsi0 ldir:1");
  const [made, destroyed, after] = recordedRuns("60-destroy-without-quorum.txt", "guests");
  await typed(lab, made!);
  setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
  run(lab, 20_000);
  await typed(lab, destroyed!);
  setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
  run(lab, 20_000);
  await typed(lab, after!);
});

it("38: a live migration is refused by the target and the guest runs on, an offline one strands it", async () => {
  const lab = await clusterWithStorages();
  // Only corosync is cut off: ssh goes through.
  act(lab, "services/control", { node: "pve3", unit: "corosync", action: "stop" });
  run(lab, 20_000);
  const runs = recordedRuns("38-corosync-only-partition.txt", "guests").filter((one) =>
    /migrate 104/.test(one.command),
  );
  expect(runs).toHaveLength(2);
  for (const one of runs) await typed(lab, one);
});
