/** Recorded command lines about power, the serial port and snapshots, run anew in a shell of a node. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, run } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

/** Commands on pve2 with their output, in order. */
function blocksOf(name: string): { command: string; output: string }[] {
  const text = readFileSync(new URL(`../../recordings/pve/guests/${name}.txt`, import.meta.url), "utf8");
  return [...text.matchAll(/^root@pve2:~# (.*)\n([\s\S]*?)^\[exit/gm)].map(([, command, output]) => ({
    command: command!,
    output: output!,
  }));
}

const shell = async (lab: LabState, line: string) => (await shellLine(lab, "pve2", line)).output;

async function labWithGuest(): Promise<LabState> {
  const lab = clusterOf(3);
  await shell(lab, "pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
  await shell(lab, "qm create 110 --name osguest --memory 768 --scsi0 shared:1 --net0 virtio,bridge=vmbr0");
  await shell(lab, "qm start 110");
  run(lab, 15_000);
  return lab;
}

/** Times, pids, uptimes and tasks' numbers are each run's own. */
const shape = (text: string) =>
  text
    .replaceAll(/\d+m\d+\.\d+s/g, "TIME")
    .replaceAll(/UPID:pve2:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}/g, "UPID")
    .replaceAll(/│ \d{10} │ \d{10} │/g, "│ TIMES │")
    .replaceAll(/(uptime|pid): \d+/g, "$1: N")
    .replaceAll(/768( +)1\.00 \d+ *$/gm, "768$1 1.00 PID")
    .trimEnd();

it("g30-power-os-guest: suspend, resume, reboot, pending serial port, shutdown", async () => {
  const lab = await labWithGuest();
  for (const { command, output } of blocksOf("g30-power-os-guest")) {
    expect(shape(await shell(lab, command.replace(/timeout 5 /g, ""))), command).toBe(shape(output));
    run(lab, 15_000);
  }
});

it("g31-qm-terminal: its first line once the port is there", async () => {
  const lab = await labWithGuest();
  await shell(lab, "qm stop 110; qm set 110 --serial0 socket; qm start 110");
  const [block] = blocksOf("g31-qm-terminal");
  expect((await shell(lab, "qm terminal 110")).split("\n")[0]).toBe(block!.output.split("\n")[0]);
});

it("g32-snapshot-ram: refused on a raw file", async () => {
  const lab = await labWithGuest();
  for (const { command, output } of blocksOf("g32-snapshot-ram")) expect(await shell(lab, command)).toBe(output);
});
