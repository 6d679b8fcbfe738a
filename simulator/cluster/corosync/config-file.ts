/** Corosync's own files on the node's disk. */

import { textOfBytes } from "../files/bytes.ts";
import { readNodeFile } from "../files/node-tree.ts";
import type { LabState } from "../state.ts";
import { type ReadFile, readFileOn, type StartCheck, totemHost } from "./start-check.ts";

export const CONFIG_PATH = "/etc/corosync/corosync.conf";
export const AUTHKEY_PATH = "/etc/corosync/authkey";

/** Text of corosync.conf; undefined when it is not there. */
export function readConfigFile(lab: Readonly<LabState>, node: string): string | undefined {
  const bytes = readNodeFile(lab, node, CONFIG_PATH);
  return bytes === undefined ? undefined : textOfBytes(bytes);
}

/** What the file says on this node, with its text; or what corosync has against it. */
export function loadConfigFile(
  lab: Readonly<LabState>,
  node: string,
): ({ text: string } & ReadFile) | { refusal: StartCheck } {
  const text = readConfigFile(lab, node);
  if (text === undefined) {
    const plain = `Can't read file ${CONFIG_PATH}: No such file or directory`;
    return { refusal: { plain, lines: [], exitCode: 8 } };
  }
  const read = readFileOn(totemHost(lab, node), text);
  return "root" in read ? { text, ...read } : { refusal: read };
}

/** The ring's secret, as bytes; undefined when it is not there. */
export function readAuthkey(lab: Readonly<LabState>, node: string): string | undefined {
  return readNodeFile(lab, node, AUTHKEY_PATH);
}
