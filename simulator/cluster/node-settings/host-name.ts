/**
 * What a node calls itself: the kernel's host name, which a boot takes from /etc/hostname and which can be changed at any
 * time. The lab, its doors and the cluster know the node by the name that it was installed with.
 */
import { readNodeFile } from "../files/node-tree.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";

/** The kernel's host name now. */
export function hostNameOf(lab: Readonly<LabState>, node: string): string {
  return lab.nodes[node]?.hostName ?? node;
}

export function setHostName(lab: LabState, node: string, name: string): void {
  const owner = nodeOf(lab, node);
  if (name === node) delete owner.hostName;
  else owner.hostName = name;
}

/** What /etc/hostname says: its first line that is no comment, as systemd reads it; undefined when it says nothing. */
export function staticHostName(lab: Readonly<LabState>, node: string): string | undefined {
  const lines = (readNodeFile(lab, node, "/etc/hostname") ?? "").split("\n").map((line) => line.trim());
  const name = lines.find((line) => line !== "" && !line.startsWith("#"));
  return name !== undefined && isHostName(name) ? name : undefined;
}

/** Longer names the kernel refuses, characters. @source Linux include/uapi/linux/utsname.h __NEW_UTS_LEN */
export const HOST_NAME_MAX = 64;

/** @source systemd 252 src/basic/hostname-util.c hostname_is_valid() */
export function isHostName(name: string): boolean {
  return (
    name.length <= HOST_NAME_MAX &&
    /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/.test(name)
  );
}
