/** How the units of the model are started, and what then runs. */
import type { UnitName } from "../../cluster/services/services-state.ts";
import { UNITS } from "../../cluster/services/units.ts";
import { settingsOf } from "./unit-file-contents.ts";

/** systemd's type of a service. */
export function serviceType(unit: UnitName): string {
  return settingsOf(unit, "Type")[0] ?? "simple";
}

/** As the unit file says it. */
export function startCommand(unit: UnitName): string {
  return settingsOf(unit, "ExecStart")[0]!;
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
