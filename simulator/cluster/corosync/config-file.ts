/** Corosync's own files on the node's disk. */

import { textOfBytes } from "../files/bytes.ts";
import { readNodeFile } from "../files/node-tree.ts";
import type { LabState } from "../state.ts";
import { ConfError, type CorosyncConf, readCorosyncConf } from "./corosync-conf.ts";

export const CONFIG_PATH = "/etc/corosync/corosync.conf";
export const AUTHKEY_PATH = "/etc/corosync/authkey";

/** Text of corosync.conf; undefined when it is not there. */
export function readConfigFile(lab: Readonly<LabState>, node: string): string | undefined {
  const bytes = readNodeFile(lab, node, CONFIG_PATH);
  return bytes === undefined ? undefined : textOfBytes(bytes);
}

/** What the file says, with its text; or what corosync has against it, in its own words. */
export function loadConfigFile(
  lab: Readonly<LabState>,
  node: string,
): { text: string; config: CorosyncConf } | { problem: string } {
  const text = readConfigFile(lab, node);
  if (text === undefined) return { problem: "Can't read file /etc/corosync/corosync.conf: No such file or directory" };
  try {
    return { text, config: readCorosyncConf(text) };
  } catch (error) {
    if (!(error instanceof ConfError)) throw error;
    return { problem: error.message };
  }
}

/** The ring's secret, as bytes; undefined when it is not there. */
export function readAuthkey(lab: Readonly<LabState>, node: string): string | undefined {
  return readNodeFile(lab, node, AUTHKEY_PATH);
}
