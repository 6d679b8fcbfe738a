import { expect, test } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, freshLab } from "../../cluster/testing/lab-steps.ts";
import { fastPort } from "../../commands/testing/run-program.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { callAsRoot } from "../in-process.ts";

async function get(lab: LabState, path: string, params: Record<string, string> = {}) {
  const signal = new AbortController().signal;
  const answer = await callAsRoot({ lab: fastPort(lab), node: "pve1", signal, method: "GET", path, params });
  return answer.kind === "answered" ? (answer.data as Record<string, unknown>[]) : answer;
}

test("a disk is listed with its partitions when they are asked for, and none is unused", async () => {
  const lab = freshLab(1);
  expect(await get(lab, "/nodes/pve1/disks/list")).toMatchObject([{ devpath: "/dev/sda", used: "BIOS boot" }]);
  const all = await get(lab, "/nodes/pve1/disks/list", { "include-partitions": "1" });
  expect((all as { devpath: string }[]).map((one) => one.devpath)).toEqual([
    "/dev/sda",
    "/dev/sda1",
    "/dev/sda2",
    "/dev/sda3",
  ]);
  expect(await get(lab, "/nodes/pve1/disks/list", { type: "unused" })).toEqual([]);
});

test("versions are those that pveversion tells", async () => {
  const list = (await get(freshLab(1), "/nodes/pve1/apt/versions")) as { Package: string; Version: string }[];
  expect(list.find((one) => one.Package === "corosync")?.Version).toBe("3.1.7-1+deb12u2");
});

test("backup jobs and the firewall's options are what their files say, and nothing without", async () => {
  const lab = clusterOf(2);
  expect(await get(lab, "/cluster/backup")).toEqual([]);
  expect(await get(lab, "/cluster/firewall/options")).toEqual({ digest: expect.stringMatching(/^\w{40}$/) });
  const files = createNodeFiles(fastPort(lab), "pve1");
  const write = (path: string, text: string) => files.writeFile(path, new TextEncoder().encode(text));
  await write("/etc/pve/jobs.cfg", "vzdump: backup-1\n\tenabled 1\n\tall 1\n\tschedule 02:00\n");
  await write("/etc/pve/firewall/cluster.fw", "[OPTIONS]\nenable: 1\npolicy_in: DROP\n[RULES]\nIN SSH(ACCEPT)\n");
  expect(await get(lab, "/cluster/backup")).toEqual([
    { id: "backup-1", type: "vzdump", enabled: "1", all: "1", schedule: "02:00" },
  ]);
  expect(await get(lab, "/cluster/firewall/options")).toMatchObject({ enable: 1, policy_in: "DROP" });
});
