/**
 * corosync itself: its version, and whether it can read its configuration. It runs as a unit of systemd alone.
 *
 * @source goldens cfgtool-R-broken-config, start-fails-no-config, n3-other-tools; corosync 3.1.7 exec/main.c
 */
import { loadConfigFile } from "../../cluster/corosync/config-file.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { journalTimeText } from "../printed.ts";

const VERSION = `Corosync Cluster Engine, version '3.1.7'
Copyright (c) 2006-2021 Red Hat, Inc.

Built-in features: dbus monitoring watchdog augeas systemd xmlconf vqsim nozzle snmp pie relro bindnow
`;
const ELSEWHERE = "corosync: not modelled in this simulated node yet; its unit is: systemctl start corosync\n";
/** COROSYNC_DONE_MAINCONFIGREAD. */
const UNREADABLE_EXIT = 8;

export async function corosync(context: ProgramContext): Promise<number> {
  const { argv, lab, node, stdout, stderr } = context;
  const flags = argv.slice(1).join("");
  if (flags === "-v") {
    await stdout.write(VERSION);
    return 0;
  }
  if (!/^(?:-[ft]+)?$/.test(flags)) {
    await stderr.write(ELSEWHERE);
    return 1;
  }
  const loaded = lab.read((state) => loadConfigFile(state, node));
  if ("problem" in loaded) {
    await stderr.write(`${loaded.problem}\n`);
    return UNREADABLE_EXIT;
  }
  if (!flags.includes("t")) {
    await stderr.write(ELSEWHERE);
    return 1;
  }
  const wallMs = lab.read(wallNowMs);
  const instant = `${journalTimeText(wallMs)}.${String(wallMs % 1_000).padStart(3, "0")}`;
  await stderr.write(`${instant} notice  [MAIN  ] Corosync Cluster Engine exiting normally\n`);
  return 0;
}
