import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";

/** The node's own name for the daemon that runs: its host name when it started. */
export function ownName(lab: Readonly<LabState>, node: string): string {
  return nodeOf(lab as LabState, node).pmxcfs.nodeName ?? node;
}
