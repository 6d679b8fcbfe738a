/** Tasks: lists, status and log. The lists and the status spell the outcome differently; here it is one shape. */
import { z } from "zod";
import { aside, maybe, wireInt, wireText } from "./wire.ts";

/** How a task ended, or that it has not. `text` is Proxmox's own: `migration aborted`. */
export type TaskOutcome =
  | { kind: "running" }
  | { kind: "ok" }
  | { kind: "warnings"; text: string }
  | { kind: "failed"; text: string };

const listEntry = z
  .looseObject({
    upid: z.string(),
    node: z.string(),
    type: z.string(),
    id: maybe(wireText),
    user: z.string(),
    tokenid: maybe(wireText),
    starttime: wireInt,
    endtime: maybe(wireInt),
    /** `OK`, the error's text, or `RUNNING` (source=active); absent while it runs. */
    status: maybe(wireText),
    pid: aside(wireInt),
    pstart: aside(wireInt),
    saved: aside(wireText),
  })
  .transform((wire) => ({
    upid: wire.upid,
    node: wire.node,
    type: wire.type,
    id: wire.id ?? "",
    user: wire.user.split("!")[0]!,
    tokenId: wire.tokenid ?? wire.user.split("!")[1],
    /** The node's wall clock, seconds since 1970. */
    startTime: wire.starttime,
    endTime: wire.endtime,
    // One that has ended says how; without a word of it nobody may take it for running, nor for good.
    outcome: outcomeOf(
      wire.status === "RUNNING"
        ? undefined
        : (wire.status ?? (wire.endtime === undefined ? undefined : "unexpected status")),
    ),
  }));
export const taskListWire = z.array(listEntry);
export type TaskListEntry = z.output<typeof listEntry>;

export const taskStatusWire = z
  .looseObject({
    upid: z.string(),
    node: z.string(),
    type: z.string(),
    id: maybe(wireText),
    user: z.string(),
    tokenid: maybe(wireText),
    starttime: wireInt,
    status: z.enum(["running", "stopped"]),
    exitstatus: maybe(wireText),
    pid: wireInt,
    pstart: wireInt,
  })
  .transform((wire) => ({
    upid: wire.upid,
    node: wire.node,
    type: wire.type,
    id: wire.id ?? "",
    user: wire.user,
    tokenId: wire.tokenid,
    startTime: wire.starttime,
    outcome: outcomeOf(wire.status === "running" ? undefined : (wire.exitstatus ?? "unexpected status")),
  }));
export type TaskStatus = z.output<typeof taskStatusWire>;

/** `total` stands beside `data` in this answer. */
export const taskLogLinesWire = z
  .array(z.object({ n: wireInt, t: z.string() }))
  .transform((lines) => lines.sort((a, b) => a.n - b.n).map((line) => ({ number: line.n, text: line.t })));
export interface TaskLog {
  /** Lines there are, not those in this answer. */
  total: number;
  lines: { number: number; text: string }[];
}

function outcomeOf(status: string | undefined): TaskOutcome {
  if (status === undefined) return { kind: "running" };
  if (status === "OK") return { kind: "ok" };
  if (/^WARNINGS: \d+$/.test(status)) return { kind: "warnings", text: status };
  return { kind: "failed", text: status };
}
