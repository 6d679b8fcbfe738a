/**
 * corosync itself: its version, and whether it can read its configuration. It runs as a unit of systemd alone.
 *
 * @source goldens cfgtool-R-broken-config, start-fails-no-config, n3-other-tools; recordings options/corosync;
 *   corosync/wrong-files.json; corosync 3.1.7 exec/main.c
 */

import { CONFIG_PATH } from "../../cluster/corosync/config-file.ts";
import { entryOf, sectionOf } from "../../cluster/corosync/corosync-conf.ts";
import { checkStart, readFileOn, totemHost } from "../../cluster/corosync/start-check.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { ERRNO_TEXT, FileError } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { pathIn } from "../coreutils/arguments.ts";
import { BadOption, getopt } from "../getopt.ts";
import { journalTimeText } from "../printed.ts";

const VERSION = `Corosync Cluster Engine, version '3.1.7'
Copyright (c) 2006-2021 Red Hat, Inc.

Built-in features: dbus monitoring watchdog augeas systemd xmlconf vqsim nozzle snmp pie relro bindnow
Available crypto models: nss openssl
Available compression models: zlib lz4 lz4hc lzo2 lzma bzip2 zstd
`;
const USAGE = `usage:
        -c     : Corosync config file path.
        -f     : Start application in foreground.
        -t     : Test configuration and exit.
        -v     : Display version, git revision and some useful information about Corosync and exit.
`;
const ELSEWHERE = "corosync: not modelled in this simulated node yet; its unit is: systemctl start corosync\n";
/** COROSYNC_DONE_MAINCONFIGREAD. */
const UNREADABLE_EXIT = 8;

export async function corosync(context: ProgramContext): Promise<number> {
  const { argv, lab, stdout, stderr } = context;
  let [file, testing] = [CONFIG_PATH, false];
  try {
    for (const { option, value } of getopt("corosync", argv.slice(1), "c:ftv")) {
      if (option === "v") {
        await stdout.write(VERSION);
        return 0;
      }
      if (option === "c") file = value;
      testing ||= option === "t";
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await stderr.write(`${error.message}\n${USAGE}`);
    return 1;
  }
  const text = await textOf(context, file);
  if (typeof text !== "string") {
    await stderr.write(`Can't read file ${file}: ${ERRNO_TEXT[text.code]}\n`);
    return UNREADABLE_EXIT;
  }
  const host = lab.read((state) => totemHost(state, context.node));
  const read = readFileOn(host, text, file);
  const checked = "root" in read ? checkStart(host, read.root) : read;
  if (checked.plain !== undefined) {
    await stderr.write(`${checked.plain}\n`);
    return checked.exitCode!;
  }
  if (!testing && checked.exitCode === undefined) {
    await stderr.write(ELSEWHERE);
    return 1;
  }
  const lines = [...(testing ? [] : STARTING), ...checked.lines];
  if (checked.exitCode === undefined) lines.push({ text: "Corosync Cluster Engine exiting normally", priority: 5 });
  const wallMs = lab.read((lab) => wallNowMs(lab, context.node));
  const logging = "root" in read ? sectionOf(read.root, "logging") : undefined;
  if (/^(no|off)$/.test(entryOf(logging, "to_stderr") ?? "")) return checked.exitCode ?? 0;
  const second = journalTimeText(wallMs, zoneOfProgram(context));
  const instant = instantText(second, wallMs % 1_000, entryOf(logging, "timestamp"));
  for (const { text, priority } of lines) {
    await stderr.write(`${instant}${LEVELS[priority]!.padEnd(7)} [MAIN  ] ${text}\n`);
  }
  return checked.exitCode ?? 0;
}

const LEVELS: Record<number, string> = { 3: "error", 4: "warning", 5: "notice", 6: "info" };

/** What a daemon that is started by hand says first. */
const STARTING = [
  { text: "Corosync Cluster Engine 3.1.7 starting up", priority: 5 },
  {
    text: "Corosync built-in features: dbus monitoring watchdog augeas systemd xmlconf vqsim nozzle snmp pie relro bindnow",
    priority: 6,
  },
];

/** The start of a line by logging.timestamp: `off`, `on`, else with milliseconds. */
function instantText(second: string, milliseconds: number, timestamp: string | undefined): string {
  if (timestamp === "off") return "";
  return timestamp === "on" ? `${second} ` : `${second}.${String(milliseconds).padStart(3, "0")} `;
}

async function textOf(context: ProgramContext, file: string): Promise<string | FileError> {
  try {
    return new TextDecoder().decode(await context.files.readFile(pathIn(context, file)));
  } catch (error) {
    if (error instanceof FileError) return error;
    throw error;
  }
}
