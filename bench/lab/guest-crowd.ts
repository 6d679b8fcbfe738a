/** Memory of a host with 100 awake three-node clusters of three running guests each, all with an open shell into a guest. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HostProcess, startHostProcess } from "../../simulator/host/testing/host-process.ts";
import { type NodeShell, openShellOn, runOn } from "../../simulator/host/testing/node-shell.ts";
import type { Figure } from "../figures.ts";
import { residentBytes } from "../terminal/processes.ts";

const ACTIVE = 100;
const GIB = 1024 ** 3;
const MODEL = "guests-model";
const STORE =
  "pvesm list shared >/dev/null 2>&1 || pvesm add nfs shared --server 10.10.10.5 --export /export/guests --content images";

/** Resident memory with all of them awake. @throws when a lab cannot be made, with what its node printed */
export async function guestCrowd(): Promise<Figure[]> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "quorate-bench-guests-"));
  const host = await startHostProcess({ dataDirectory, workers: 2 });
  const shells: NodeShell[] = [];
  try {
    await makeModel(host);
    const before = residentBytes(host.child.pid!);
    for (let index = 0; index < ACTIVE; index++) {
      const lab = `active-${index}`;
      await host.ask("POST", `/labs/${MODEL}/copy`, { lab, seed: lab });
      const shell = await openShellOn((await host.describe(lab)).nodes[2]!.ssh);
      shells.push(shell);
      await shell.shows(/# $/);
      shell.write("ssh -o StrictHostKeyChecking=accept-new 10.10.10.101\r");
      await shell.shows(/root@vm101:~# $/);
    }
    const after = residentBytes(host.child.pid!);
    return [
      {
        name: `resident memory of the host with ${ACTIVE} active labs of three guests each`,
        value: after / GIB,
        unit: "GiB",
        atMost: 2.5,
      },
      { name: "  for each of them", value: (after - before) / 1024 ** 2 / ACTIVE, unit: "MiB" },
    ];
  } finally {
    for (const shell of shells) shell.close();
    await host.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

/** A cluster of three with a running guest on each node, made in fast time by the commands that a learner types. */
async function makeModel(host: HostProcess): Promise<void> {
  const { nodes } = await host.create({ lab: MODEL, seed: MODEL, nodes: ["pve1", "pve2", "pve3"] });
  await host.ask("PUT", `/labs/${MODEL}/clock`, { mode: "fast" });
  const must = async (at: number, command: string) => {
    const { output, status } = await runOn(nodes[at]!.ssh, command);
    if (status !== 0) throw new Error(`status ${status} of a command on pve${at + 1}\n${output}`);
  };
  await must(0, "pvecm create bench; sleep 30");
  for (const at of [1, 2]) {
    const { ssh, api } = nodes[0]!;
    await must(
      at,
      `pvesh create /cluster/config/join --hostname 10.10.10.11 --password '${ssh.password}' --fingerprint ${api.certSha256}`,
    );
    await must(0, "sleep 30");
  }
  await must(0, STORE);
  for (const at of [0, 1, 2]) {
    const vmid = 101 + at;
    await must(
      at,
      `qm create ${vmid} --name vm${vmid} --memory 1024 --tags web --net0 virtio,bridge=vmbr0 --scsi0 shared:4 && qm start ${vmid} && sleep 20`,
    );
  }
  await host.ask("PUT", `/labs/${MODEL}/clock`, { mode: "real" });
  await host.ask("POST", `/labs/${MODEL}/sleep`);
}
