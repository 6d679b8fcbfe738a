/** The cluster's log as `.clusterlog` shows it. */

import type { ClusterLogLine } from "./pmxcfs-state.ts";

const SHOWN_LINES_MAX = 50;

/** The newest lines, newest first. @source pmxcfs 8.1.3 logger.c clog_dump_json */
export function clusterLogText(log: readonly ClusterLogLine[]): string {
  const lines = log.slice(0, SHOWN_LINES_MAX).map(({ uid, time, pri, tag, pid, node, user, msg }) => {
    return `{"uid": ${uid}, "time": ${time}, "pri": ${pri}, "tag": "${tag}", "pid": ${pid}, "node": "${node}", "user": "${user}", "msg": "${logText(msg)}"}`;
  });
  return `{\n"data": [\n${lines.join(",\n")}${lines.length > 0 ? "\n" : ""}]\n}\n`;
}

/** A message as pmxcfs writes it between quotes: these escaped, what is not ASCII by its number. @source cfs-utils.c utf8_to_ascii */
export function logText(text: string): string {
  return [...text].map((letter) => writtenLetter(letter, letter.codePointAt(0)!)).join("");
}

function writtenLetter(letter: string, code: number): string {
  if (letter === '"') return '\\"';
  if (code < 32 || code === 127) return `#${String(code).padStart(3, "0")}`;
  if (code < 127) return letter;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : "";
}
