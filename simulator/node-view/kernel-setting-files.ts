/** /proc/sys of a node: names of its settings and their files. */
import { Refusal } from "../cluster/refusal.ts";
import { FileError } from "../shell/node-files.ts";
import type { Onlooker } from "./network-devices.ts";

const FOLDER = "/proc/sys/";

/** The setting whose file a path is. */
export function settingOfPath(path: string): string | undefined {
  return path.startsWith(FOLDER) ? path.slice(FOLDER.length).replaceAll("/", ".") : undefined;
}

/** Where a setting's file lies below /proc/sys. A device's name may have dots of its own: `vmbr0.5`. */
export function pathOfSetting(name: string): string[] {
  const [, above, device, key] = /^(net\.ipv[46]\.conf)\.(.+)\.([a-z_0-9]+)$/.exec(name) ?? [];
  return above && device && key ? [...above.split("."), device, key] : name.split(".");
}

/**
 * Write a setting of a node's kernel.
 *
 * @throws FileError EPERM where there is nothing to be written, EINVAL for a value that the kernel does not take, ENOENT
 *   for a name of something that it does not have
 */
export function writeKernelSetting({ lab, node }: Onlooker, name: string, value: string): void {
  try {
    lab.act("kernel/set", { node, name, value });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new FileError(error.code === "read-only" ? "EPERM" : error.code === "not-found" ? "ENOENT" : "EINVAL", name);
  }
}
