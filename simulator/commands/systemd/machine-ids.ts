/** Ids that systemd gives a machine and each of its boots: made up, the same whenever and by whatever they are asked for. */
import { createHash } from "node:crypto";

/** 32 hexadecimal digits. @param boot the node's count of boots */
export function bootId(node: string, boot: number): string {
  return digest(`${node}/boot/${boot}`);
}

/** As /etc/machine-id has it. @param seed the lab's */
export function machineId(seed: string | number, node: string): string {
  return digest(`${seed}/${node}/machine`);
}

const digest = (text: string) => createHash("md5").update(text).digest("hex");
