/** What tells one guest from another: addresses of cards, UUIDs. */
import { random } from "../kernel.ts";
import type { LabState } from "../state.ts";

/** Proxmox's own prefix. @source recording 21 */
export function macAddress(lab: LabState): string {
  const byte = () =>
    Math.floor(random(lab) * 256)
      .toString(16)
      .toUpperCase()
      .padStart(2, "0");
  return `BC:24:11:${byte()}:${byte()}:${byte()}`;
}

export function uuid(lab: LabState): string {
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random(lab) * 16).toString(16)).join("");
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}
