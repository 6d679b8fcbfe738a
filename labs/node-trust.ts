/** Which certificates of a node are believed, by what its description pins. */
import type { Fingerprint } from "../pve/fingerprint.ts";
import { type PveTrust, trustClusterCa, trustFingerprint, trustLearnt } from "../pve/trust.ts";
import type { LabNode } from "./lab-description.ts";

/** @param relearn asked when the node shows another certificate, as after a join: over pinned SSH, or a member's list */
export function trustOf({ name, api }: LabNode, relearn: () => Promise<Fingerprint[]>): PveTrust {
  if (api.certSha256 !== undefined) return trustFingerprint(api.certSha256, relearn);
  if (api.caPem !== undefined) return trustClusterCa(api.caPem, name, relearn);
  return trustLearnt(relearn);
}
