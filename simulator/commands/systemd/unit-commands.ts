/** How the units of the model are started, and what then runs. @source the packages' unit files */
import type { UnitName } from "../../cluster/services/services-state.ts";
import { UNITS } from "../../cluster/services/units.ts";

/** `ExecStart=` of units whose main process is the one that it starts. */
export const COMMAND_IN_FILE: Partial<Record<UnitName, string>> = {
  corosync: "/usr/sbin/corosync -f $COROSYNC_OPTIONS",
  "corosync-qdevice": "/usr/sbin/corosync-qdevice -f $COROSYNC_QDEVICE_OPTIONS",
  cron: "/usr/sbin/cron -f $EXTRA_OPTS",
  ssh: "/usr/sbin/sshd -D $SSHD_OPTS",
  "watchdog-mux": "/usr/sbin/watchdog-mux",
  "systemd-journald": "/lib/systemd/systemd-journald",
};

/** As the unit file says it; empty for one that starts nothing. */
export function startCommand(unit: UnitName): string {
  if (unit === "pve-cluster") return "/usr/bin/pmxcfs";
  if (unit.startsWith("pve-ha-") || unit === "pve-firewall") return `/usr/sbin/${unit} start`;
  return COMMAND_IN_FILE[unit] ?? (UNITS[unit].process === "" ? "" : `/usr/bin/${unit} start`);
}

const COMMAND_LINES: Partial<Record<UnitName, string>> = {
  corosync: "/usr/sbin/corosync -f",
  "pve-cluster": "/usr/bin/pmxcfs",
  ssh: '"sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"',
  cron: "/usr/sbin/cron -f",
  "watchdog-mux": "/usr/sbin/watchdog-mux",
  "systemd-journald": "/lib/systemd/systemd-journald",
  "corosync-qdevice": "/usr/sbin/corosync-qdevice -f",
};

/** As the control group lists its main process. */
export function commandLine(unit: UnitName): string {
  return COMMAND_LINES[unit] ?? UNITS[unit].process;
}
