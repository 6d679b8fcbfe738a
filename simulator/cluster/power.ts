/** Power of the nodes: the plug pulled, the button pressed, a machine that stands still. */

import { scheduleBoot } from "./boot.ts";
import { corosyncProcessContinues } from "./corosync/corosync.ts";
import { disturb } from "./corosync/world.ts";
import { resetNetwork } from "./host-network/node-network.ts";
import { log } from "./journal.ts";
import { releaseParked, schedule } from "./kernel.ts";
import { readClockAtBoot } from "./node-settings/clock.ts";
import { reap } from "./processes.ts";
import { Refusal } from "./refusal.ts";
import type { LabState, Power } from "./state.ts";

export type PowerInputs = {
  /**
   * `off`: the plug is pulled; every process dies, what was only in memory is gone. `on`: it boots, or goes on when it
   * was hung. `hung`: its kernel stands still. @throws Refusal "unknown-node", "powered-off" (a node that is off cannot hang)
   */
  "power/set": { args: { node: string; state: Power }; result: undefined };
};

export const powerInputs = {
  "power/set": (lab: LabState, args: { node: string; state: Power }): undefined => {
    const node = lab.nodes[args.node];
    if (!node) throw new Refusal("unknown-node", `there is no node ${args.node} in this lab`);
    if (args.state === node.power) return undefined;
    if (args.state === "off") powerOff(lab, args.node);
    else if (args.state === "on") powerOn(lab, args.node);
    else if (node.power === "off") throw new Refusal("powered-off", `node ${args.node} is powered off`);
    else hangNode(lab, args.node);
    return undefined;
  },
};

/** Pull the plug. Slices hear of it by `services/power-lost`, for what they keep about processes. */
export function powerOff(lab: LabState, name: string): void {
  const node = lab.nodes[name]!;
  disturb(lab);
  node.power = "off";
  delete node.shutdown;
  delete node.bootHeld;
  for (const pid of Object.keys(node.processes)) reap(lab, name, Number(pid));
  schedule(lab, 0, { kind: "services/power-lost", node: name });
  schedule(lab, 0, { kind: "ha/power-lost", node: name });
}

/** Press the button: the machine boots; one that was hung goes on where it stood. */
export function powerOn(lab: LabState, name: string): void {
  const node = lab.nodes[name]!;
  disturb(lab);
  if (node.power === "hung") {
    node.power = "on";
    for (const process of Object.values(node.processes)) {
      if (process.stopped) continue;
      if (process.pid === node.corosync.daemon?.pid) corosyncProcessContinues(lab, name, process.stoppedAtMs);
      releaseParked(lab, name, process.pid);
    }
    if (node.bootHeld) {
      delete node.bootHeld;
      schedule(lab, 0, { kind: "power/booted", node: name, data: { bootCount: node.bootCount } });
    }
    return;
  }
  node.power = "on";
  delete node.kernelSettings;
  delete node.filter;
  node.bootCount += 1;
  readClockAtBoot(lab, name);
  resetNetwork(lab, name);
  node.bootedAtMs = lab.nowMs;
  log(lab, name, { unit: "", identifier: "kernel", pid: 0, text: "Linux version 6.8.12-20-pve (build@proxmox)" });
  scheduleBoot(lab, name);
}

function hangNode(lab: LabState, name: string): void {
  disturb(lab);
  const node = lab.nodes[name]!;
  node.power = "hung";
  for (const process of Object.values(node.processes)) if (!process.stopped) process.stoppedAtMs = lab.nowMs;
  schedule(lab, 0, { kind: "ha/hung", node: name });
}
