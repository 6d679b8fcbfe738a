/**
 * /var/log/pveproxy/access.log of each node: a line for every request that its pveproxy answered since the lab woke.
 *
 * It is kept beside the lab and not saved with it: a class of students that polls writes it faster than anything else.
 *
 * @source pve-http-server PVE/APIServer/AnyEvent.pm log_request; pveproxy listens on `::`, so peers are mapped addresses
 */
import type { LabPort } from "../cluster/port.ts";

/** Where a request went and whose it was; filled while it is answered. */
export interface RequestTrace {
  /** `root@pam`, `root@pam!grader`; absent while nobody is proved. */
  user?: string;
  /** The nodes whose pveproxy had it, first the one that was asked. */
  at: { node: string; peer: string }[];
}

/** A node keeps so many lines; when there are more the older half goes. */
const LINES_MAX = 2_000;

const logs = new WeakMap<LabPort, Map<string, string[]>>();

/** Write a request down at every node that had it. @param length of the body, bytes; undefined for none */
export function noteRequest(
  port: LabPort,
  trace: RequestTrace,
  request: { line: string; status: number; length: number | undefined; wallMs: number },
): void {
  for (const { node, peer } of trace.at) {
    const lines = linesOf(port, node);
    const user = trace.user ?? "-";
    lines.push(
      `::ffff:${peer} - ${user} [${stamp(request.wallMs)}] "${request.line}" ${request.status} ${request.length ?? "-"}\n`,
    );
    if (lines.length > LINES_MAX) lines.splice(0, LINES_MAX / 2);
  }
}

export function accessLogText(port: LabPort, node: string): string {
  return linesOf(port, node).join("");
}

function linesOf(port: LabPort, node: string): string[] {
  const nodes = logs.get(port) ?? new Map<string, string[]>();
  logs.set(port, nodes);
  const lines = nodes.get(node) ?? [];
  nodes.set(node, lines);
  return lines;
}

/** `23/11/2026:00:06:21 +0000`. */
function stamp(wallMs: number): string {
  const [year, month, day, clock] = new Date(wallMs).toISOString().split(/[-T.]/);
  return `${day}/${month}/${year}:${clock} +0000`;
}
