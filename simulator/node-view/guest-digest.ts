/** The fingerprint of a guest's configuration, by which a change tells what it was made from. */
import { createHash } from "node:crypto";
import { guestText } from "../cluster/guests/guest-view.ts";
import type { LabState } from "../cluster/state.ts";

/** SHA-1 of a configuration's text, in hexadecimal. */
export const guestDigest = (text: string): string => createHash("sha1").update(text).digest("hex");

/**
 * Why a change is refused that was made from another configuration.
 *
 * @param digest what the change names; undefined for one that names none
 * @source qemu-server 8.4.10 PVE/API2/Qemu.pm update_vm_api; sent to pveproxy
 */
export function digestMismatch(
  lab: Readonly<LabState>,
  node: string,
  vmid: number,
  digest: string | undefined,
): string | undefined {
  const text = guestText(lab, node, vmid);
  if (!digest || text === undefined || digest === guestDigest(text)) return undefined;
  return "checksum mismatch (file change by other user?)";
}
