/** What `systemctl status` and `systemctl list-units` print. @source systemd 252 (Debian 12); form only, unverified */
import type { ActiveState, UnitName } from "../../cluster/services/services-state.ts";
import { UNIT_NAMES, UNITS } from "../../cluster/services/units.ts";
import type { LabState } from "../../cluster/state.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { systemdAgeText, systemdTimeText } from "../printed.ts";
import { journalText } from "./journal-text.ts";

const DOT: Record<ActiveState, string> = {
  active: "●",
  inactive: "○",
  failed: "×",
  activating: "●",
  deactivating: "●",
};

/** Lines of the journal that a status ends with. */
const JOURNAL_LINES = 10;

export function subState(active: ActiveState, hasProcess: boolean): string {
  if (active === "active") return hasProcess ? "running" : "exited";
  if (active === "inactive") return "dead";
  if (active === "activating") return "start";
  return active === "deactivating" ? "stop-sigterm" : "failed";
}

export function unitReport(
  lab: Readonly<LabState>,
  node: string,
  unit: UnitName,
): { text: string; active: ActiveState } {
  const owner = lab.nodes[node]!;
  const state = owner.services.units[unit];
  const definition = UNITS[unit];
  const nowMs = wallNowMs(lab);
  const enabled = state.enabled ? "enabled" : "disabled";
  const lines = [
    `${DOT[state.active]} ${unit}.service - ${definition.description}`,
    state.masked
      ? `     Loaded: masked (Reason: Unit ${unit}.service is masked.)`
      : `     Loaded: loaded (${definition.file}; ${enabled}; preset: enabled)`,
  ];
  const sub = subState(state.active, definition.process !== "");
  const result = state.active === "failed" ? ` (Result: ${state.result || "exit-code"})` : ` (${sub})`;
  const since =
    state.sinceWallMs > 0
      ? ` since ${systemdTimeText(state.sinceWallMs)}; ${systemdAgeText(nowMs - state.sinceWallMs)}`
      : "";
  lines.push(`     Active: ${state.active}${result}${since}`);
  if (state.active === "inactive" && state.conditionFailedWallMs > 0 && definition.condition) {
    const at = state.conditionFailedWallMs;
    lines.push(`  Condition: start condition failed at ${systemdTimeText(at)}; ${systemdAgeText(nowMs - at)}`);
    lines.push(`             └─ ConditionPathExists=${definition.condition} was not met`);
  }
  if (unit === "corosync") {
    lines.push("       Docs: man:corosync", "             man:corosync.conf", "             man:corosync_overview");
  }
  const process = owner.processes[state.mainPid];
  if (process) {
    lines.push(`   Main PID: ${process.pid} (${process.name})`);
    lines.push(`     CGroup: /system.slice/${unit}.service`);
    lines.push(`             └─${process.pid} ${commandLine(unit)}`);
  }
  const journal = owner.journal.filter((line) => line.unit === `${unit}.service` && line.boot === owner.bootCount);
  const tail = journal.slice(-JOURNAL_LINES).map((line) => journalText(line, node));
  return { text: `${lines.join("\n")}\n${tail.length > 0 ? `\n${tail.join("")}` : ""}`, active: state.active };
}

export function unitTable(
  lab: Readonly<LabState>,
  node: string,
  shown: (active: ActiveState, unit: string) => boolean,
): string {
  const units = lab.nodes[node]!.services.units;
  const rows = UNIT_NAMES.toSorted()
    .filter((unit) => shown(units[unit].active, `${unit}.service`))
    .map((unit) => {
      const { active } = units[unit];
      const sub = subState(active, UNITS[unit].process !== "");
      return [
        active === "failed" ? "●" : " ",
        `${unit}.service`,
        "loaded",
        active,
        sub,
        UNITS[unit].description,
      ] as const;
    });
  const widths = [1, 2, 3, 4].map((column) =>
    Math.max(...rows.map((row) => row[column]!.length), HEAD[column]!.length),
  );
  const line = (row: readonly string[]) =>
    `${row[0]} ${row
      .slice(1, 5)
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join(" ")} ${row[5]}\n`;
  // Without a unit there is nothing to explain.
  if (rows.length === 0) return `${line(HEAD)}0 loaded units listed.\n`;
  return `${line(HEAD)}${rows.map(line).join("")}
LOAD   = Reflects whether the unit definition was properly loaded.
ACTIVE = The high-level unit activation state, i.e. generalization of SUB.
SUB    = The low-level unit activation state, values depend on unit type.
${rows.length} loaded units listed.
`;
}

const HEAD = [" ", "UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION"] as const;

const COMMAND_LINES: Partial<Record<UnitName, string>> = {
  corosync: "/usr/sbin/corosync -f",
  "pve-cluster": "/usr/bin/pmxcfs",
  ssh: '"sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"',
  cron: "/usr/sbin/cron -f",
  "watchdog-mux": "/usr/sbin/watchdog-mux",
  "systemd-journald": "/lib/systemd/systemd-journald",
};

export function commandLine(unit: UnitName): string {
  return COMMAND_LINES[unit] ?? UNITS[unit].process;
}
