/**
 * A guest's processors, and how many of them a node lets it have.
 *
 * @source qemu-server 8.3.13 PVE/QemuServer.pm config_to_command
 */
import { NODE_CPUS } from "../files/synthetic.ts";
import type { ConfigKeys } from "./guest-config.ts";

/** What the file says of a count; values that Proxmox cannot read, and zero, are as good as none. */
function countIn(text: string | undefined): number | undefined {
  return /^\d+$/.test(text ?? "") ? Number(text) || undefined : undefined;
}

/** `sockets` times `cores`: also what can be plugged in at most. `smp` is the old name of the sockets. */
export function maxProcessors({ sockets, smp, cores }: ConfigKeys): number {
  return (countIn(sockets) ?? countIn(smp) ?? 1) * (countIn(cores) ?? 1);
}

/** How many a guest that runs has: never more than its node lets it start with. */
export function pluggedProcessors(keys: ConfigKeys): number {
  const most = Math.min(maxProcessors(keys), NODE_CPUS);
  return Math.min(countIn(keys.vcpus) ?? most, most);
}

/** Why a node does not start a guest with so many; undefined when it does. Told before storages are looked at. */
export function processorRefusal(keys: ConfigKeys): string | undefined {
  return maxProcessors(keys) > NODE_CPUS ? `MAX ${NODE_CPUS} vcpus allowed per VM on this node` : undefined;
}
