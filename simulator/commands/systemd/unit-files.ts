/** What systemctl tells of unit files and of the whole system. Forms of systemd 252, contents our own: unverified. */
import { nodeZone } from "../../cluster/node-settings/clock.ts";
import { UNIT_NAMES, UNITS } from "../../cluster/services/units.ts";
import type { LabState } from "../../cluster/state.ts";
import { wallNowMs, wallOffsetOf } from "../../cluster/wall-clock.ts";
import { usualShare } from "../coreutils/process-list.ts";
import { systemdAgeText, systemdTimeText } from "../printed.ts";
import { type LoadedUnit, loadedUnits, wantsOf } from "./system-units.ts";
import { type Look, PLAIN_LOOK, painted } from "./terminal-look.ts";
import { serviceType, startCommand } from "./unit-commands.ts";
import { settingsOf, unitFile } from "./unit-file-contents.ts";

/** Debian 12's package. */
export const SYSTEMD_VERSION = "252.39-1~deb12u1";

/** What is in the file of a unit. */
export function unitFileText({ own, description }: LoadedUnit): string {
  if (own) return unitFile(own);
  return `# (what else this file holds is not modelled in this simulated node)\n[Unit]\nDescription=${description}\n`;
}

/** `systemctl show` of a unit, the properties that scripts ask for. */
export function unitProperties(lab: Readonly<LabState>, node: string, id: string): Record<string, string> {
  const unit = loadedUnits(lab, node).find((one) => one.id === id);
  if (!unit) {
    return {
      Id: id,
      Names: id,
      Description: id,
      LoadState: "not-found",
      ActiveState: "inactive",
      SubState: "dead",
      LoadError: `org.freedesktop.systemd1.NoSuchUnit "Unit ${id} not found."`,
      ...(id.endsWith(".service") && { MainPID: "0", ExecMainStatus: "0" }),
    };
  }
  const owner = lab.nodes[node]!;
  const state = unit.own && owner.services.units[unit.own];
  const bootWallMs = owner.bootedAtMs + wallOffsetOf(lab, node);
  const sinceWallMs = state ? state.sinceWallMs : unit.active === "active" ? bootWallMs : 0;
  const since = sinceWallMs > 0 ? systemdTimeText(sinceWallMs, nodeZone(lab, node)) : "";
  const sinceMonotonic = String(sinceWallMs > 0 ? Math.max(0, Math.floor(sinceWallMs - bootWallMs)) * 1000 : 0);
  const process = state && owner.processes[state.mainPid];
  const wants = wantsOf(unit);
  const isUp = unit.active === "active";
  return {
    ...(unit.own && state
      ? {
          Type: serviceType(unit.own),
          Restart: settingsOf(unit.own, "Restart")[0] ?? "no",
          PIDFile: "",
          MainPID: String(state.mainPid),
          ControlPID: "0",
          Result: state.active === "failed" ? state.result || "exit-code" : "success",
          NRestarts: String(state.restarts ?? 0),
          ExecMainStartTimestamp: process
            ? systemdTimeText(process.startedAtMs + wallOffsetOf(lab, node), nodeZone(lab, node))
            : "",
          ExecMainPID: String(state.mainPid || (state.ended?.pid ?? 0)),
          ExecMainCode: state.mainPid || !state.ended ? "0" : state.ended.exitCode === undefined ? "2" : "1",
          ExecMainStatus:
            state.mainPid || !state.ended ? "0" : String(state.ended.exitCode ?? (state.ended.signal ? 6 : 9)),
          ExecStart: `{ path=${startCommand(unit.own).split(" ")[0]} ; argv[]=${startCommand(unit.own)} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }`,
          Slice: "system.slice",
          ControlGroup: process ? `/system.slice/${unit.id}` : "",
          MemoryCurrent: process ? String(usualShare(process.name).residentKib * 1024) : "[not set]",
          TasksMax: "4650",
        }
      : {}),
    Id: unit.id,
    Names: unit.id === "ssh.service" ? "ssh.service sshd.service" : unit.id,
    Wants: wants.join(" "),
    After: unit.own ? UNITS[unit.own].after.map((name) => `${name}.service`).join(" ") : "",
    Description: unit.description,
    LoadState: unit.load,
    ActiveState: unit.active,
    FreezerState: "running",
    SubState: unit.sub,
    FragmentPath: unit.load === "masked" ? `/etc/systemd/system/${unit.id}` : unit.file,
    UnitFileState: unit.fileState,
    UnitFilePreset: unit.preset === "-" ? "" : unit.preset,
    StateChangeTimestamp: since,
    ActiveEnterTimestamp: isUp ? since : "",
    ActiveEnterTimestampMonotonic: isUp ? sinceMonotonic : "0",
    InactiveEnterTimestamp: isUp ? "" : since,
    CanStart: "yes",
    CanStop: "yes",
    CanReload: unit.own && UNITS[unit.own].reloads ? "yes" : "no",
    NeedDaemonReload: "no",
    ...(state?.conditionFailedWallMs
      ? { ConditionResult: "no", ConditionTimestamp: systemdTimeText(state.conditionFailedWallMs, nodeZone(lab, node)) }
      : { ConditionResult: "yes" }),
  };
}

/** `systemctl show` without a unit: systemd itself, a little of it. */
export function managerProperties(lab: Readonly<LabState>, node: string): Record<string, string> {
  const owner = lab.nodes[node]!;
  const { state, jobs, failed, units } = systemCounts(lab, node);
  return {
    Version: SYSTEMD_VERSION,
    Features:
      "+PAM +AUDIT +SELINUX +APPARMOR +IMA +SMACK +SECCOMP +GCRYPT -GNUTLS +OPENSSL +ACL +BLKID +CURL +ELFUTILS +FIDO2 +IDN2 -IDN +IPTC +KMOD +LIBCRYPTSETUP +LIBFDISK +PCRE2 -PWQUALITY +P11KIT +QRENCODE +TPM2 +BZIP2 +LZ4 +XZ +ZLIB +ZSTD -BPF_FRAMEWORK -XKBCOMMON +UTMP +SYSVINIT default-hierarchy=unified",
    Virtualization: "kvm",
    Architecture: "x86-64",
    KernelTimestamp: systemdTimeText(owner.bootedAtMs + wallOffsetOf(lab, node), nodeZone(lab, node)),
    NNames: String(units),
    NFailedUnits: String(failed),
    NJobs: String(jobs),
    Environment: "LANG=en_US.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    SystemState: state,
    DefaultTimeoutStopUSec: "1min 30s",
  };
}

function systemCounts(lab: Readonly<LabState>, node: string) {
  const owner = lab.nodes[node]!;
  const own = UNIT_NAMES.map((unit) => owner.services.units[unit]);
  const failed = own.filter((unit) => unit.active === "failed").length;
  const jobs = own.filter((unit) => unit.active === "activating" || unit.active === "deactivating").length;
  const state =
    owner.shutdown?.stage === "under-way" ? "stopping" : jobs > 0 ? "starting" : failed > 0 ? "degraded" : "running";
  return { state, failed, jobs, units: loadedUnits(lab, node).length };
}

/** `systemctl status` without a unit, and `is-system-running`. */
export function systemReport(
  lab: Readonly<LabState>,
  node: string,
  look: Look = PLAIN_LOOK,
): { state: string; text: string } {
  const owner = lab.nodes[node]!;
  const { state, failed, jobs, units } = systemCounts(lab, node);
  const bootWallMs = owner.bootedAtMs + wallOffsetOf(lab, node);
  const groups = UNIT_NAMES.map((unit) => [unit, owner.processes[owner.services.units[unit].mainPid]] as const)
    .filter(([, process]) => process !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const colour = state === "degraded" ? "red" : state === "running" ? "green" : "yellow";
  const text = [
    `${painted(look, colour, "●")} ${node}`,
    `    State: ${painted(look, colour, state)}`,
    `    Units: ${units} loaded (incl. loaded aliases)`,
    `     Jobs: ${jobs} queued`,
    `   Failed: ${failed} units`,
    `    Since: ${systemdTimeText(bootWallMs, nodeZone(lab, node))}; ${systemdAgeText(wallNowMs(lab, node) - bootWallMs)}`,
    `  systemd: ${SYSTEMD_VERSION}`,
    "   CGroup: /",
    "           ├─init.scope",
    `           │ └─${painted(look, "grey", "1 /sbin/init")}`,
    "           └─system.slice",
    ...groups.flatMap(([unit, process], at) => {
      const isLast = at === groups.length - 1;
      return [
        `             ${isLast ? "└─" : "├─"}${unit}.service`,
        `             ${isLast ? "  " : "│ "}└─${painted(look, "grey", `${process!.pid} ${process!.name}`)}`,
      ];
    }),
    "",
  ].join("\n");
  return { state, text };
}
