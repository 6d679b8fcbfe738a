/** The simulator's host as the product runs it, in a process of its own, with labs made for measuring. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HostProcess, startHostProcess } from "../../simulator/host/testing/host-process.ts";
import { runOn } from "../../simulator/host/testing/node-shell.ts";

export const NODES = ["pve1", "pve2", "pve3"];
/** One for each core that the figures are promised for. */
const WORKERS = 2;

export interface BenchHost extends HostProcess {
  dataDirectory: string;
  /** Stop it and remove its data. */
  close(): Promise<void>;
}

export async function startBenchHost(): Promise<BenchHost> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "quorate-bench-"));
  const host = await startHostProcess({ dataDirectory, workers: WORKERS });
  return {
    ...host,
    dataDirectory,
    close: async () => {
      await host.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** A lab whose three nodes are one cluster, made in fast time by the commands that a learner types; left asleep. */
export async function makeClusterLab(host: BenchHost, lab: string): Promise<void> {
  const { nodes } = await host.create({ lab, seed: lab, nodes: NODES });
  await host.ask("PUT", `/labs/${lab}/clock`, { mode: "fast" });
  const [first, ...others] = nodes;
  await must(first!.ssh, "pvecm create bench; sleep 30");
  for (const node of others) {
    const join = `pvesh create /cluster/config/join --hostname 10.10.10.11 --password '${first!.ssh.password}' --fingerprint ${first!.api.certSha256}`;
    await must(node.ssh, join);
    // A join ends before the last daemon is back; in fast time sleeping costs nothing.
    await must(first!.ssh, "sleep 30");
  }
  const { output } = await runOn(first!.ssh, "pvecm status");
  if (!/Nodes: +3/.test(output)) throw new Error(`the lab is no cluster of three:\n${output}`);
  await host.ask("PUT", `/labs/${lab}/clock`, { mode: "real" });
  await host.ask("POST", `/labs/${lab}/sleep`);
}

async function must(door: Parameters<typeof runOn>[0], command: string): Promise<void> {
  const { output, status } = await runOn(door, command);
  if (status !== 0) throw new Error(`${command.replace(/--password \S+/, "")}: status ${status}\n${output}`);
}
