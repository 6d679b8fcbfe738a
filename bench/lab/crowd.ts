/**
 * A classroom: 100 three-node clusters awake, each with one open shell that runs a command every two seconds, and 1,000
 * labs asleep beside them, on one host. Latency is from Enter to the next prompt, beside that of a single lab alone.
 */
import { type NodeShell, openShellOn } from "../../simulator/host/testing/node-shell.ts";
import { type Figure, median, percentile } from "../figures.ts";
import { processorSeconds, residentBytes } from "../terminal/processes.ts";
import { type BenchHost, makeClusterLab, startBenchHost } from "./lab-host.ts";

const EVERY_MS = 2_000;
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** What learners type most. */
const TYPED = ["pvecm status", "ls -l /etc/pve", "qm list", "systemctl --no-pager status pve-cluster", "pvesm status"];

/** @param size.commands of each shell that count */
export async function crowd(size = { active: 100, asleep: 1_000, commands: 20 }): Promise<Figure[]> {
  const { active, asleep, commands } = size;
  const host = await startBenchHost();
  try {
    await makeClusterLab(host, "model");
    for (let index = 0; index < asleep; index++) {
      await host.ask("POST", "/labs/model/copy", { lab: `asleep-${index}`, seed: `${index}` });
    }
    const idleBytes = residentBytes(host.child.pid!);
    const names = Array.from({ length: active }, (_, index) => `active-${index}`);
    const alone = await latencies(host, names.slice(0, 1), commands * TYPED.length);
    const oneBytes = residentBytes(host.child.pid!);
    const beganS = processorSeconds(host.child.pid!);
    const beganAt = performance.now();
    const together = await latencies(host, names, commands);
    const share = (processorSeconds(host.child.pid!) - beganS) / ((performance.now() - beganAt) / 1000);
    const allBytes = residentBytes(host.child.pid!);
    const [oneP95, allP95] = [percentile(alone, 0.95), percentile(together, 0.95)];
    return [
      { name: "a command in one lab alone, median", value: median(alone), unit: "ms" },
      { name: "  p95", value: oneP95, unit: "ms" },
      { name: `a command in ${active} active labs, median`, value: median(together), unit: "ms" },
      { name: "  p95", value: allP95, unit: "ms" },
      { name: "  p95 as times of one lab alone", value: allP95 / oneP95, unit: "x", atMost: 10 },
      { name: "  processor of the host", value: share * 100, unit: "% of a core" },
      {
        name: `resident memory of the host with them and ${asleep} asleep`,
        value: allBytes / GIB,
        unit: "GiB",
        atMost: 2,
      },
      { name: "  with the sleeping ones alone", value: idleBytes / MIB, unit: "MiB" },
      { name: "  for each further active lab", value: (allBytes - oneBytes) / MIB / (active - 1), unit: "MiB" },
    ];
  } finally {
    await host.close();
  }
}

/** Milliseconds of every command that counts, of all labs together; each starts at a moment of its own. */
async function latencies(host: BenchHost, labs: string[], commands: number): Promise<number[]> {
  const shells: NodeShell[] = [];
  for (const lab of labs) {
    await host.ask("POST", "/labs/model/copy", { lab, seed: lab }).catch(() => undefined);
    const shell = await openShellOn((await host.describe(lab)).nodes[0]!.ssh);
    await shell.shows(/# $/);
    shells.push(shell);
  }
  const everyMs = labs.length === 1 ? EVERY_MS / 10 : EVERY_MS;
  const took: number[] = [];
  await Promise.all(
    shells.map(async (shell, index) => {
      await pause((everyMs * index) / shells.length);
      for (let turn = 0; turn < TYPED.length + commands; turn++) {
        const began = performance.now();
        shell.write(`${TYPED[turn % TYPED.length]}\r`);
        await shell.shows(/\r\n[^\n]*# $/);
        const ms = performance.now() - began;
        // The first time each command is compiled.
        if (turn >= TYPED.length) took.push(ms);
        await pause(Math.max(0, everyMs - ms));
      }
    }),
  );
  for (const shell of shells) shell.close();
  return took;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
