/** Lines of the journal as journalctl and systemctl print them. @source systemd 252 journalctl(1), -o; forms unverified */
import type { JournalLine } from "../../cluster/journal.ts";
import { formatTime } from "../../shell/builtins/output.ts";
import { journalTimeText } from "../printed.ts";
import { bootId } from "./machine-ids.ts";

/** `Nov 23 00:04:26 pve1 systemd[1]: Starting ...`; the kernel has no pid. */
export function journalText(line: Readonly<JournalLine>, node: string): string {
  return withTime(journalTimeText(line.wallMs), line, node);
}

function withTime(time: string, line: Readonly<JournalLine>, node: string): string {
  const source = line.pid > 0 ? `${line.identifier}[${line.pid}]` : line.identifier;
  return `${time} ${node} ${source}: ${line.text}\n`;
}

const micros = (wallMs: number) => `${Math.floor(wallMs)}000`;

/** By the name that `-o` takes. */
export const JOURNAL_FORMATS: Record<string, (line: Readonly<JournalLine>, node: string) => string> = {
  short: journalText,
  "short-full": (line, node) => withTime(formatTime("%a %F %T UTC", line.wallMs), line, node),
  "short-iso": (line, node) => withTime(formatTime("%FT%T+0000", line.wallMs), line, node),
  "short-precise": (line, node) =>
    withTime(
      `${journalTimeText(line.wallMs)}.${String(Math.floor(line.wallMs) % 1000).padStart(3, "0")}000`,
      line,
      node,
    ),
  "short-unix": (line, node) => withTime((line.wallMs / 1000).toFixed(6), line, node),
  cat: (line) => `${line.text}\n`,
  json: (line, node) => `${JSON.stringify(fields(line, node))}\n`,
  "json-pretty": (line, node) => `${JSON.stringify(fields(line, node), undefined, 8)}\n`,
  verbose: (line, node) =>
    `${formatTime("%a %F %T UTC", line.wallMs)}\n${Object.entries(fields(line, node))
      .map(([name, value]) => `    ${name}=${value}\n`)
      .join("")}`,
};

function fields(line: Readonly<JournalLine>, node: string): Record<string, string> {
  return {
    __REALTIME_TIMESTAMP: micros(line.wallMs),
    _BOOT_ID: bootId(node, line.boot),
    PRIORITY: String(line.priority),
    SYSLOG_IDENTIFIER: line.identifier,
    ...(line.pid > 0 && { _PID: String(line.pid) }),
    ...(line.unit && { _SYSTEMD_UNIT: line.unit }),
    _TRANSPORT: line.identifier === "kernel" ? "kernel" : "syslog",
    _HOSTNAME: node,
    MESSAGE: line.text,
  };
}
