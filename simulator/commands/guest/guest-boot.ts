/** One boot of the system inside a guest: what sessions belong to. */
import { hostNameOf } from "../../cluster/guests/agent.ts";
import type { QemuInstance } from "../../cluster/guests/guests-state.ts";

export interface GuestBoot {
  vmid: number;
  bootId: string;
  /** What the system calls itself. */
  hostName: string;
}

export function bootOf(instance: QemuInstance): GuestBoot {
  const { vmid, machine, config } = instance;
  return { vmid, bootId: machine.bootId, hostName: hostNameOf(config, vmid) };
}
