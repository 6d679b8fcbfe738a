/** From nothing, and from sleep, to the first prompt of a three-node lab, beside a bare ssh2 handshake and prompt. */
import { openShellOn, type SshDoorAddress } from "../../simulator/host/testing/node-shell.ts";
import { type Figure, median, percentile } from "../figures.ts";
import { startBareSsh } from "./bare-ssh.ts";
import { makeClusterLab, NODES, startBenchHost } from "./lab-host.ts";

const ROUNDS = 30;
/** Rounds before those that count: programs are compiled as they are first used. */
const WARM_UP = 10;
/** Between two rounds. */
const BETWEEN_MS = 400;
const TIMES_MAX = 2;

export async function startAndWake(): Promise<Figure[]> {
  const host = await startBenchHost();
  const bare = await startBareSsh();
  try {
    const beganAt = performance.now();
    await firstPrompt((await host.create({ lab: "first", seed: "first", nodes: NODES })).nodes[0]!.ssh);
    const veryFirstMs = performance.now() - beganAt;
    await makeClusterLab(host, "cluster");
    const took = { bare: [] as number[], cold: [] as number[], wake: [] as number[] };
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const lab = `cold-${round}`;
      // What is ready in advance is made again between two labs; a room of thirty takes seconds to come in.
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
      const bareMs = await timed(() => firstPrompt(bare.door));
      const coldMs = await timed(async () => {
        await firstPrompt((await host.create({ lab, seed: lab, nodes: NODES })).nodes[0]!.ssh);
      });
      await host.ask("POST", "/labs/cluster/sleep");
      const wakeMs = await timed(async () => firstPrompt((await host.describe("cluster")).nodes[0]!.ssh));
      await host.ask("DELETE", `/labs/${lab}`);
      if (round < WARM_UP) continue;
      took.bare.push(bareMs);
      took.cold.push(coldMs);
      took.wake.push(wakeMs);
    }
    const burst = await burstOf(host, 10);
    const bareMs = median(took.bare);
    return [
      { name: "bare ssh2 handshake and prompt, median", value: bareMs, unit: "ms" },
      { name: "cold start of a three-node lab to its first prompt, median", value: median(took.cold), unit: "ms" },
      { name: "  as times of the bare handshake", value: median(took.cold) / bareMs, unit: "x", atMost: TIMES_MAX },
      { name: "  p95", value: percentile(took.cold, 0.95), unit: "ms" },
      { name: "  the host's very first lab (programs are compiled)", value: veryFirstMs, unit: "ms" },
      { name: "  ten at once, the slowest (two are ready in advance, the rest are made)", value: burst, unit: "ms" },
      { name: "wake of a three-node cluster to its first prompt, median", value: median(took.wake), unit: "ms" },
      { name: "  as times of the bare handshake", value: median(took.wake) / bareMs, unit: "x", atMost: TIMES_MAX },
      { name: "  p95", value: percentile(took.wake, 0.95), unit: "ms" },
    ];
  } finally {
    bare.stop();
    await host.close();
  }
}

async function burstOf(host: Awaited<ReturnType<typeof startBenchHost>>, count: number): Promise<number> {
  const took = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      timed(async () => {
        const { nodes } = await host.create({ lab: `burst-${index}`, seed: `${index}`, nodes: NODES });
        await firstPrompt(nodes[0]!.ssh);
      }),
    ),
  );
  return Math.max(...took);
}

async function firstPrompt(door: SshDoorAddress): Promise<void> {
  const shell = await openShellOn(door);
  await shell.shows(/# $/);
  shell.close();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
