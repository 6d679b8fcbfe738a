/** The system journal of each node: what services say, in the words of the recordings. */
import { nodeOf } from "./kernel.ts";
import type { LabState } from "./state.ts";
import { wallNowMs } from "./wall-clock.ts";

export interface JournalLine {
  /** Wall clock of the node when the line was written: milliseconds since 1970. */
  wallMs: number;
  /** `corosync.service`; empty for the kernel. */
  unit: string;
  /** `corosync`, `pmxcfs`, `systemd`. */
  identifier: string;
  pid: number;
  /** syslog: 2 crit, 3 err, 4 warning, 5 notice, 6 info. */
  priority: number;
  text: string;
  boot: number;
  /** The host name then, where it was not the node's own. */
  host?: string;
}

/** A node keeps its newest lines; a journal without bound would outgrow the lab's memory. */
const JOURNAL_LINES_MAX = 4_000;

/** Write one line to a node's journal. */
export function log(
  lab: LabState,
  nodeName: string,
  line: { unit: string; identifier: string; pid: number; text: string; priority?: number },
): void {
  const node = nodeOf(lab, nodeName);
  node.journal.push({
    wallMs: wallNowMs(lab, nodeName),
    unit: line.unit,
    identifier: line.identifier,
    pid: line.pid,
    priority: line.priority ?? 6,
    text: line.text,
    boot: node.bootCount,
    ...(node.hostName !== undefined && { host: node.hostName }),
  });
  if (node.journal.length > JOURNAL_LINES_MAX) node.journal.splice(0, node.journal.length - JOURNAL_LINES_MAX);
}

/** Longer lines are cut, as syslog's are. */
const TEXT_CHARS_MAX = 8_192;

export type JournalInputs = {
  /** A line that a program of the node writes: `logger`, which belongs to no unit, or sshd. */
  "journal/write": {
    args: { node: string; unit?: string; identifier: string; pid: number; priority: number; text: string };
    result: undefined;
  };
};

export const journalInputs = {
  "journal/write": (lab: LabState, { node, text, ...line }: JournalInputs["journal/write"]["args"]): undefined => {
    log(lab, node, { unit: "", ...line, text: text.slice(0, TEXT_CHARS_MAX) });
    return undefined;
  },
};
