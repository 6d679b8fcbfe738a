/** The two files that say a node's time zone. */
import type { NodeFiles } from "../shell/node-files.ts";

/** Write both. @param target where /etc/localtime leads: timedatectl and Proxmox write it differently */
export async function changeZone(files: NodeFiles, zone: string, target: string): Promise<void> {
  await files.writeFile("/etc/timezone", new TextEncoder().encode(`${zone}\n`));
  await files.unlink("/etc/localtime").catch(() => undefined);
  await files.symlink(target, "/etc/localtime");
}
