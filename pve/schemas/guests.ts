/** A guest's own configuration and present state, from the node that it belongs to. */
import { z } from "zod";
import { aside, maybe, wireFlag, wireInt, wireText } from "./wire.ts";

/**
 * Key -> value as in the guest's file: `scsi0: shared:100/vm-100-disk-0.raw,size=1G`. Numbers become text.
 *
 * Nested values (`pending`, `snapshots`) are no configuration and left out.
 */
export const guestConfigWire = z.record(z.string(), z.unknown()).transform((wire) => {
  const config: Record<string, string> = {};
  for (const [key, value] of Object.entries(wire)) {
    if (typeof value === "string" || typeof value === "number") config[key] = String(value);
    else if (typeof value === "boolean") config[key] = value ? "1" : "0";
  }
  return config;
});
export type GuestConfig = z.output<typeof guestConfigWire>;

export const guestStatusWire = z
  .looseObject({
    vmid: wireInt,
    status: z.string(),
    qmpstatus: maybe(wireText),
    name: maybe(wireText),
    lock: maybe(wireText),
    uptime: aside(wireInt),
    pid: aside(wireInt),
    ha: z.looseObject({ managed: maybe(wireFlag), state: maybe(wireText) }).optional(),
  })
  .transform((wire) => ({
    vmid: wire.vmid,
    /** `running` also for a guest that is paused: `qmpStatus` tells. */
    status: wire.status,
    qmpStatus: wire.qmpstatus,
    name: wire.name,
    lock: wire.lock,
    /** Age of the QEMU process, not of the guest's operating system: a live migration begins it anew. */
    uptimeSeconds: wire.uptime,
    haManaged: wire.ha?.managed ?? false,
  }));
export type GuestStatus = z.output<typeof guestStatusWire>;
