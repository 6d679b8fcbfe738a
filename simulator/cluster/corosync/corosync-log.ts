/** What corosync writes to the journal, in the words and the order of the recordings. */
import { log } from "../journal.ts";
import type { LabState } from "../state.ts";
import type { RingId } from "./corosync-state.ts";

export type LogSubsystem =
  | "MAIN"
  | "TOTEM"
  | "KNET"
  | "SERV"
  | "QB"
  | "WD"
  | "QUORUM"
  | "VOTEQ"
  | "CFG"
  | "CMAP"
  | "SYNC";

const UNIT = "corosync.service";

/** Write one line of corosync; priority is syslog's, 5 (notice) unless given. */
export function say(
  lab: LabState,
  node: string,
  pid: number,
  subsystem: LogSubsystem,
  text: string,
  priority = 5,
): void {
  log(lab, node, {
    unit: UNIT,
    identifier: "corosync",
    pid,
    priority,
    text: `  [${subsystem.padEnd(6)}] ${text}`,
  });
}

/** Write a line that corosync prints before its log is open. */
export function sayPlain(lab: LabState, node: string, pid: number, text: string): void {
  log(lab, node, { unit: UNIT, identifier: "corosync", pid, priority: 3, text });
}

/** A ring id as every tool prints it: both numbers in hex, `1.1d`. */
export function formatRingId(ringId: Readonly<RingId>): string {
  return `${ringId.rep.toString(16)}.${ringId.seq.toString(16)}`;
}

/** `[2]: 1 2`, as the QUORUM lines list nodes. */
export function countedList(ids: readonly number[]): string {
  return `[${ids.length}]:${ids.length > 0 ? " " : ""}${ids.join(" ")}`;
}

/**
 * Services in the order in which they are loaded, with what is said of each.
 *
 * @param count votequorum's own first count; it says whether one node alone is quorate
 */
export function sayServicesLoaded(lab: LabState, node: string, pid: number, count: () => boolean): void {
  const line = (subsystem: LogSubsystem, text: string) => say(lab, node, pid, subsystem, text);
  line("TOTEM", "totemknet initialized");
  line("KNET", "pmtud: MTU manually set to: 0");
  line("KNET", "common: crypto_nss.so has been loaded from /usr/lib/x86_64-linux-gnu/kronosnet/crypto_nss.so");
  line("SERV", "Service engine loaded: corosync configuration map access [0]");
  line("QB", "server name: cmap");
  line("SERV", "Service engine loaded: corosync configuration service [1]");
  line("QB", "server name: cfg");
  line("SERV", "Service engine loaded: corosync cluster closed process group service v1.01 [2]");
  line("QB", "server name: cpg");
  line("SERV", "Service engine loaded: corosync profile loading service [4]");
  line("SERV", "Service engine loaded: corosync resource monitoring service [6]");
  line("WD", "Watchdog not enabled by configuration");
  line("WD", "resource load_15min missing a recovery key.");
  line("WD", "resource memory_used missing a recovery key.");
  line("WD", "no resources configured.");
  line("SERV", "Service engine loaded: corosync watchdog service [7]");
  line("QUORUM", "Using quorum provider corosync_votequorum");
  if (count()) {
    line("QUORUM", "This node is within the primary component and will provide service.");
    line("QUORUM", `Members${countedList([])}`);
  }
  line("SERV", "Service engine loaded: corosync vote quorum service v1.0 [5]");
  line("QB", "server name: votequorum");
  line("SERV", "Service engine loaded: corosync cluster quorum service v0.1 [3]");
  line("QB", "server name: quorum");
}

/** The daemon takes its services down, before it leaves the ring. */
export function sayServicesUnloaded(lab: LabState, node: string, pid: number): void {
  say(lab, node, pid, "SERV", "Unloading all Corosync service engines.");
  const unloaded = [
    "vote quorum service v1.0",
    "configuration map access",
    "configuration service",
    "cluster closed process group service v1.01",
    "cluster quorum service v0.1",
    "profile loading service",
    "resource monitoring service",
    "watchdog service",
  ];
  for (const [index, service] of unloaded.entries()) {
    // The first five have a socket of their own.
    if (index < 5) say(lab, node, pid, "QB", "withdrawing server sockets");
    say(lab, node, pid, "SERV", `Service engine unloaded: corosync ${service}`);
  }
}
