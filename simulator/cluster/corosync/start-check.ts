/**
 * Whether corosync starts with a file, and what it says before it ends: for the daemon, and for `corosync -t`.
 *
 * @source corosync 3.1.7 exec/main.c; recordings/corosync/wrong-files.json
 */

import { readNodeFile } from "../files/node-tree.ts";
import { addressesOf, addressOfName, namesOfAddress } from "../host-network/node-address.ts";
import type { LabState } from "../state.ts";
import { loggingComplaint } from "./conf-logging.ts";
import {
  ConfAbort,
  ConfError,
  type ConfSection,
  type CorosyncConf,
  confOfSections,
  parseSections,
} from "./corosync-conf.ts";
import { parsedAddress, refusalAtStart, type TotemHost, warningsOf } from "./totem-config.ts";
import { totemMap } from "./totem-map.ts";

/** Lines of subsystem MAIN. */
export interface MainLine {
  text: string;
  /** As syslog counts: 3 error, 4 warning. */
  priority: number;
}

export interface ReadFile {
  root: ConfSection;
  /** With the addresses that its names mean on this node. */
  config: CorosyncConf;
}

export interface StartCheck {
  /** Printed before the log is open; nothing of the log then. */
  plain?: string;
  lines: MainLine[];
  /** Absent: it starts. */
  exitCode?: number;
  /** It ends by SIGABRT; the exit code is what a shell makes of that. */
  aborts?: true;
}

/** COROSYNC_DONE_MAINCONFIGREAD, COROSYNC_DONE_LOGCONFIGREAD. */
const UNREADABLE_EXIT = 8;
const LOGGING_EXIT = 7;
const ABORT_EXIT = 134;

/** Node names and addresses as a node knows them. */
export function totemHost(lab: Readonly<LabState>, node: string): TotemHost {
  return {
    name: node,
    addresses: ["127.0.0.1", ...addressesOf(lab, node)],
    resolve: (name) => addressOfName(lab, node, name),
    nameOf: (address) => namesOfAddress(lab, node, address)[0],
    readKey: (path) => readNodeFile(lab, node, path),
  };
}

/** The file's meaning on a host; or what is against reading it. */
export function readFileOn(host: TotemHost, text: string, path?: string): ReadFile | StartCheck {
  try {
    const root = parseSections(text, true, path);
    const map = totemMap(root);
    const config = confOfSections(root);
    const resolved = ({ number, address }: { number: number; address: string }) => ({
      number,
      address: parsedAddress(map, host, address) ?? address,
    });
    const nodes = config.nodes.map((entry) => ({ ...entry, addresses: entry.addresses.map(resolved) }));
    return { root, config: { ...config, nodes } };
  } catch (error) {
    if (!(error instanceof ConfError)) throw error;
    if (error instanceof ConfAbort) return { plain: error.message, lines: [], exitCode: ABORT_EXIT, aborts: true };
    return { plain: error.message, lines: [], exitCode: UNREADABLE_EXIT };
  }
}

/** What corosync says of a file that it read, and whether it ends over it. */
export function checkStart(host: TotemHost, root: ConfSection): StartCheck {
  const logging = loggingComplaint(root);
  if (logging !== undefined) return { plain: `parse error in config: ${logging}.`, lines: [], exitCode: LOGGING_EXIT };
  const map = totemMap(root);
  const refusal = refusalAtStart(map, host);
  const warnings = (refusal?.warnings ?? warningsOf(map)).map((text) => ({ text, priority: 4 }));
  if (!refusal) return { lines: warnings };
  const end = `Corosync Cluster Engine exiting with status ${UNREADABLE_EXIT} at main.c:${refusal.line}.`;
  const errors = [refusal.message, end].map((text) => ({ text, priority: 3 }));
  return { lines: [...warnings, ...errors], exitCode: UNREADABLE_EXIT };
}
