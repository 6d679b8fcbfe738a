/** The fault interface's bodies. Unknown fields are refused, not ignored: a misspelt fault must not look like one. */
import { z } from "zod";

export const linkChange = z
  .strictObject({
    up: z.boolean().optional(),
    latencyMs: z.number().min(0).max(60_000).optional(),
    lossPercent: z.number().min(0).max(100).optional(),
    network: z.string().optional(),
    /** `forward`: only packets from the first node named to the second. */
    direction: z.enum(["both", "forward"]).optional(),
  })
  .refine((change) => change.up !== undefined || change.latencyMs !== undefined || change.lossPercent !== undefined, {
    message: "say at least one of up, latencyMs and lossPercent",
  });

export const powerChange = z.strictObject({ state: z.enum(["on", "off", "hung"]) });
export const clockChange = z.strictObject({ mode: z.enum(["real", "stepped", "fast"]) });
export const clockAdvance = z.strictObject({
  ms: z
    .number()
    .min(0)
    .max(366 * 24 * 3_600_000),
});

/** What a guest does from now on; rates instead of the workload's own, MiB/s over MiB. */
export const workloadChange = z.strictObject({
  workload: z.enum(["idle", "web", "database", "memory-hog"]),
  dirtyMibPerS: z.number().min(0).max(10_000).optional(),
  workingSetMib: z.number().min(0).max(1_000_000).optional(),
});

/** A storage server on or off, or the way of one node to it. */
export const storageChange = z.union([
  z.strictObject({ up: z.boolean() }),
  z.strictObject({ node: z.string(), cut: z.boolean() }),
]);

/** Whether the nodes' watchdog devices work. */
export const watchdogChange = z.strictObject({ present: z.boolean() });

/** What happens to guests, watchdogs and storage servers. */
export type LabEvent =
  | { kind: "workload"; vmid: number; change: z.infer<typeof workloadChange> }
  | { kind: "watchdog"; present: boolean }
  | { kind: "storage"; address: string; change: z.infer<typeof storageChange> };

export type LinkChange = z.infer<typeof linkChange>;
export type PowerChange = z.infer<typeof powerChange>;
export type ClockChange = z.infer<typeof clockChange>;
export type ClockAdvance = z.infer<typeof clockAdvance>;
