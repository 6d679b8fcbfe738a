/**
 * corosync itself: its version, and whether it can read its configuration. It runs as a unit of systemd alone.
 *
 * @source goldens cfgtool-R-broken-config, start-fails-no-config, n3-other-tools; recordings options/corosync; corosync
 *   3.1.7 exec/main.c
 */

import { CONFIG_PATH } from "../../cluster/corosync/config-file.ts";
import { ConfError, readCorosyncConf } from "../../cluster/corosync/corosync-conf.ts";
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
  const problem = await problemOf(context, file);
  if (problem !== undefined) {
    await stderr.write(`${problem}\n`);
    return UNREADABLE_EXIT;
  }
  if (!testing) {
    await stderr.write(ELSEWHERE);
    return 1;
  }
  const wallMs = lab.read((lab) => wallNowMs(lab, context.node));
  const instant = `${journalTimeText(wallMs, zoneOfProgram(context))}.${String(wallMs % 1_000).padStart(3, "0")}`;
  await stderr.write(`${instant} notice  [MAIN  ] Corosync Cluster Engine exiting normally\n`);
  return 0;
}

/** What corosync has against a file, in its own words. */
async function problemOf(context: ProgramContext, file: string): Promise<string | undefined> {
  try {
    readCorosyncConf(new TextDecoder().decode(await context.files.readFile(pathIn(context, file))));
    return undefined;
  } catch (error) {
    if (error instanceof FileError) return `Can't read file ${file}: ${ERRNO_TEXT[error.code]}`;
    if (error instanceof ConfError) return error.message;
    throw error;
  }
}
