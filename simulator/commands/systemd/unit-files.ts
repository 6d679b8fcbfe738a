/** What systemctl tells of unit files and of the whole system. Forms of systemd 252, contents our own: unverified. */
import type { UnitName } from "../../cluster/services/services-state.ts";
import { UNIT_NAMES, UNITS, unitByName } from "../../cluster/services/units.ts";
import type { LabState } from "../../cluster/state.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { systemdAgeText, systemdTimeText } from "../printed.ts";
import { commandLine, subState } from "./unit-report.ts";

/** Debian 12's package. */
export const SYSTEMD_VERSION = "252.39-1~deb12u1";

/** `systemctl cat`: the unit file as the model knows the unit. */
export function unitFileText(unit: UnitName): string {
  const definition = UNITS[unit];
  const after = definition.after.map((name) => `${name}.service`);
  return [
    `# ${definition.file}`,
    "[Unit]",
    `Description=${definition.description}`,
    ...(definition.condition ? [`ConditionPathExists=${definition.condition}`] : []),
    ...(after.length > 0 ? [`After=${after.join(" ")}`] : []),
    "",
    "[Service]",
    ...(definition.process ? [`ExecStart=${commandLine(unit)}`] : ["Type=oneshot", "RemainAfterExit=yes"]),
    ...(definition.reloads ? [`ExecReload=/bin/kill -HUP $MAINPID`] : []),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}

export function unitFileTable(lab: Readonly<LabState>, node: string, names: readonly string[]): string {
  const units = lab.nodes[node]!.services.units;
  const wanted = names.map((name) => unitByName(name));
  const rows = UNIT_NAMES.toSorted()
    .filter((unit) => names.length === 0 || wanted.includes(unit))
    .map((unit) => [`${unit}.service`, units[unit].masked ? "masked" : units[unit].enabled ? "enabled" : "disabled"]);
  const width = Math.max(9, ...rows.map(([name]) => name!.length));
  const line = (name: string, state: string, preset: string) => `${name.padEnd(width)} ${state.padEnd(8)} ${preset}\n`;
  return `${line("UNIT FILE", "STATE", "PRESET")}${rows.map(([name, state]) => line(name!, state!, "enabled")).join("")}\n${rows.length} unit files listed.\n`;
}

/** `systemctl show`, the properties that scripts ask for. */
export function unitProperties(lab: Readonly<LabState>, node: string, name: string): Record<string, string> {
  const unit = unitByName(name);
  if (!unit) {
    const id = name.includes(".") ? name : `${name}.service`;
    return { Id: id, LoadState: "not-found", ActiveState: "inactive", SubState: "dead", MainPID: "0" };
  }
  const state = lab.nodes[node]!.services.units[unit];
  return {
    Type: UNITS[unit].process ? "simple" : "oneshot",
    MainPID: String(state.mainPid),
    Result: state.result || "success",
    NRestarts: "0",
    Id: `${unit}.service`,
    Names: `${unit}.service`,
    Description: UNITS[unit].description,
    LoadState: state.masked ? "masked" : "loaded",
    ActiveState: state.active,
    SubState: subState(state.active, UNITS[unit].process !== ""),
    FragmentPath: UNITS[unit].file,
    UnitFileState: state.masked ? "masked" : state.enabled ? "enabled" : "disabled",
    ActiveEnterTimestamp: state.sinceWallMs > 0 ? systemdTimeText(state.sinceWallMs) : "",
  };
}

/** `systemctl status` without a unit, and `is-system-running`. */
export function systemReport(lab: Readonly<LabState>, node: string): { state: string; text: string } {
  const owner = lab.nodes[node]!;
  const units = UNIT_NAMES.map((unit) => owner.services.units[unit]);
  const failed = units.filter((unit) => unit.active === "failed").length;
  const jobs = units.filter((unit) => unit.active === "activating" || unit.active === "deactivating").length;
  const state =
    owner.shutdown?.stage === "under-way" ? "stopping" : jobs > 0 ? "starting" : failed > 0 ? "degraded" : "running";
  const bootWallMs = owner.bootedAtMs + lab.wallOffsetMs;
  const text = [
    `${failed > 0 ? "×" : "●"} ${node}`,
    `    State: ${state}`,
    `    Units: ${units.length} loaded (incl. loaded aliases)`,
    `     Jobs: ${jobs} queued`,
    `   Failed: ${failed} units`,
    `    Since: ${systemdTimeText(bootWallMs)}; ${systemdAgeText(wallNowMs(lab) - bootWallMs)}`,
    `  systemd: ${SYSTEMD_VERSION}`,
    "",
  ].join("\n");
  return { state, text };
}
