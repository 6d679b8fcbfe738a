/** How fast the model runs: simulated seconds per real second, on one core. */
import { random } from "../../simulator/cluster/kernel.ts";
import type { LabState } from "../../simulator/cluster/state.ts";
import { act } from "../../simulator/cluster/stepping.ts";
import { change as changeFile, clusterOf, run } from "../../simulator/cluster/testing/lab-steps.ts";
import { type Figure, median } from "../figures.ts";

const RUNS = 3;
const SIMULATED_SECONDS = 1_800;

const runs = (speed: (seconds: number) => number) =>
  median(Array.from({ length: RUNS }, () => speed(SIMULATED_SECONDS)));

export function modelSpeed(): Figure[] {
  return [
    {
      name: "healthy five-node cluster at rest (no events: the clock jumps), simulated per real second",
      value: runs(healthySpeed),
      unit: "x",
      atLeast: 1_000,
    },
    { name: "healthy, a write to /etc/pve every second", value: runs(writingSpeed), unit: "x" },
    {
      name: "five-node cluster with a fault every 10 s, simulated per real second",
      value: runs(faultySpeed),
      unit: "x",
      atLeast: 200,
    },
  ];
}

const NODES = 5;
const FAULT_EVERY_MS = 10_000;

/**
 * A five-node cluster that nothing happens to: its queue is empty and the clock jumps, so the figure only says that no
 * event is left per token or heartbeat. `writingSpeed` is the one to watch.
 */
function healthySpeed(simulatedSeconds: number): number {
  const lab = clusterOf(NODES, "bench healthy");
  return measured(simulatedSeconds, () => run(lab, simulatedSeconds * 1000));
}

/** A healthy cluster that writes a file of /etc/pve every second: the token goes round, five databases change. */
function writingSpeed(simulatedSeconds: number): number {
  const lab = clusterOf(NODES, "bench writes");
  return measured(simulatedSeconds, () => {
    for (let second = 0; second < simulatedSeconds; second++) {
      const untilMs = lab.nowMs + 1_000;
      changeFile(lab, "pve3", { op: "write", path: "/etc/pve/bench", content: `second ${second}\n` });
      run(lab, untilMs - lab.nowMs);
    }
  });
}

/** The same with a fault, or its end, every ten seconds: a node cut off, its corosync killed or hung. */
function faultySpeed(simulatedSeconds: number): number {
  const lab = clusterOf(NODES, "bench faults");
  return measured(simulatedSeconds, () => {
    for (let at = 0; at < simulatedSeconds * 1000; at += FAULT_EVERY_MS) {
      change(lab, at / FAULT_EVERY_MS);
      run(lab, FAULT_EVERY_MS);
    }
  });
}

function change(lab: LabState, step: number): void {
  const names = Object.keys(lab.nodes);
  if (step % 2 === 1) {
    for (const node of names) {
      act(lab, "network/unplug", { node, unplugged: false });
      act(lab, "corosync/resume", { node });
      act(lab, "corosync/start", { node });
    }
    return;
  }
  const node = names[Math.floor(random(lab) * names.length)]!;
  const kind = Math.floor(random(lab) * 3);
  if (kind === 0) act(lab, "network/unplug", { node, unplugged: true });
  else act(lab, kind === 1 ? "corosync/kill" : "corosync/hang", { node });
}

function measured(simulatedSeconds: number, work: () => void): number {
  const began = performance.now();
  work();
  return simulatedSeconds / ((performance.now() - began) / 1000);
}
