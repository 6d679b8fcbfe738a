/** Corosync's own files on the node's disk. */

import { textOfBytes } from "../files/bytes.ts";
import { readNodeFile } from "../files/node-tree.ts";
import type { LabState } from "../state.ts";

export const CONFIG_PATH = "/etc/corosync/corosync.conf";
export const AUTHKEY_PATH = "/etc/corosync/authkey";

/** Text of corosync.conf; undefined when it is not there. */
export function readConfigFile(lab: Readonly<LabState>, node: string): string | undefined {
  const bytes = readNodeFile(lab, node, CONFIG_PATH);
  return bytes === undefined ? undefined : textOfBytes(bytes);
}

/** The ring's secret, as bytes; undefined when it is not there. */
export function readAuthkey(lab: Readonly<LabState>, node: string): string | undefined {
  return readNodeFile(lab, node, AUTHKEY_PATH);
}
