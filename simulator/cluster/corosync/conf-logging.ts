/** The logging section, which corosync reads before all others. @source corosync 3.1.7 exec/logconfig.c */
import { type ConfSection, entryOf, sectionOf } from "./corosync-conf.ts";

const SWITCHES = ["yes", "on", "no", "off"];
const FACILITIES =
  "auth authpriv cron daemon ftp kern lpr mail news syslog user uucp local0 local1 local2 local3 local4 local5 local6 local7";
const PRIORITIES = "alert crit debug emerg err error info notice warning";

/** What it has against the section, in the order in which it looks at the keys; undefined where nothing. */
export function loggingComplaint(root: ConfSection): string | undefined {
  const logging = sectionOf(root, "logging");
  const wrong = (key: string, words: readonly string[]) => {
    const value = entryOf(logging, key);
    return value !== undefined && !words.includes(value);
  };
  for (const [keys, words] of [
    ["fileline function_name", ["on", "off"]],
    ["timestamp", ["on", "off", "hires"]],
    ["blackbox", ["on", "off"]],
    ["to_stderr to_syslog", SWITCHES],
  ] as const) {
    const key = keys.split(" ").find((one) => wrong(one, words));
    if (key !== undefined) return `unknown value for ${key}`;
  }
  if (wrong("syslog_facility", FACILITIES.split(" "))) return "unknown syslog facility specified";
  if (wrong("syslog_level", PRIORITIES.split(" "))) return "unknown syslog level specified";
  if (wrong("syslog_priority", PRIORITIES.split(" "))) return "unknown syslog priority specified";
  const key = ["to_file", "to_logfile"].find((one) => wrong(one, SWITCHES));
  if (key !== undefined) return `unknown value for ${key}`;
  if (wrong("logfile_priority", PRIORITIES.split(" "))) return "unknown logfile priority specified";
  return wrong("debug", ["trace", "on", "off"]) ? "unknown value for debug" : undefined;
}
