/** What `systemctl status` prints of one unit. @source recording 42 for a failed one; the rest systemd 252, unverified */
import { nodeZone } from "../../cluster/node-settings/clock.ts";
import type { UnitName } from "../../cluster/services/services-state.ts";
import { UNITS } from "../../cluster/services/units.ts";
import type { LabState } from "../../cluster/state.ts";
import { wallNowMs, wallOffsetOf } from "../../cluster/wall-clock.ts";
import { usualShare } from "../coreutils/process-list.ts";
import { systemdAgeText, systemdBytesText, systemdSpanText, systemdTimeText } from "../printed.ts";
import { JOURNAL_FORMATS, journalScene } from "./journal-text.ts";
import { type LoadedUnit, loadedUnits, subState } from "./system-units.ts";
import { activeColour, ellipsized, enabledColour, type Look, PLAIN_LOOK, painted } from "./terminal-look.ts";
import { commandLine, serviceType, startCommand } from "./unit-commands.ts";
import { settingsOf } from "./unit-file-contents.ts";

const DOT: Record<string, string> = { failed: "×", inactive: "○", activating: "●", deactivating: "●" };

/** Lines of the journal that a status ends with. */
export const STATUS_LINES = 10;

/** `●` for what is up or on its way. */
export function unitDot(active: string): string {
  return DOT[active] ?? "●";
}

function dot(look: Look, active: string): string {
  return painted(look, activeColour(active), unitDot(active));
}

export interface ReportOptions {
  lines: number;
  /** A form of `journalctl -o`. */
  format: string;
}

export function unitReport(
  lab: Readonly<LabState>,
  node: string,
  unit: LoadedUnit,
  { lines: count, format }: ReportOptions = { lines: STATUS_LINES, format: "short" },
  look: Look = PLAIN_LOOK,
): string {
  const owner = lab.nodes[node]!;
  const own = unit.own ? ownLines(lab, node, unit.own, look) : fixedLines(lab, node, unit, look);
  const state = (text: string) => painted(look, enabledColour(text), text);
  const file = `${unit.file}${unit.fileState ? `; ${state(unit.fileState)}` : ""}${unit.preset !== "-" ? `; preset: ${state(unit.preset)}` : ""}`;
  const loaded =
    unit.load === "masked"
      ? `masked (Reason: Unit ${unit.id} is masked.)`
      : unit.file === ""
        ? "loaded"
        : `loaded (${file})`;
  const text = [`${dot(look, unit.active)} ${unit.id} - ${unit.description}`, `     Loaded: ${loaded}`, ...own].join(
    "\n",
  );
  const journal = owner.journal.filter((line) => line.unit === unit.id && line.boot === owner.bootCount);
  const scene = { ...journalScene(lab, node), look };
  const tail = count === 0 ? [] : journal.slice(-count).map((line) => JOURNAL_FORMATS[format]!(line, scene));
  return `${text}\n${tail.length > 0 ? `\n${tail.join("")}` : ""}`;
}

function ownLines(lab: Readonly<LabState>, node: string, unit: UnitName, look: Look): string[] {
  const owner = lab.nodes[node]!;
  const state = owner.services.units[unit];
  const definition = UNITS[unit];
  const nowMs = wallNowMs(lab, node);
  const lines: string[] = [];
  const sub = subState(state.active, definition.process !== "");
  const result = state.active === "failed" ? ` (Result: ${state.result || "exit-code"})` : "";
  const words = state.active === "failed" ? state.active : `${state.active} (${sub})`;
  const since =
    state.sinceWallMs > 0
      ? ` since ${systemdTimeText(state.sinceWallMs, nodeZone(lab, node))}; ${systemdAgeText(nowMs - state.sinceWallMs)}`
      : "";
  lines.push(`     Active: ${painted(look, activeColour(state.active), words)}${result}${since}`);
  const { ended } = state;
  const gone = state.active === "failed" || state.active === "inactive";
  if (gone && ended && ended.activeMs > 0) lines.push(`   Duration: ${systemdSpanText(ended.activeMs)}`);
  if (state.active === "inactive" && state.conditionFailedWallMs > 0 && definition.condition) {
    const at = state.conditionFailedWallMs;
    lines.push(
      `  Condition: start ${painted(look, "yellow", "condition failed")} at ${systemdTimeText(at, nodeZone(lab, node))}; ${systemdAgeText(nowMs - at)}`,
    );
    lines.push(`             └─ ConditionPathExists=${definition.condition} was not met`);
  }
  for (const [at, page] of settingsOf(unit, "Documentation")
    .flatMap((pages) => pages.split(" "))
    .entries())
    lines.push(`${at === 0 ? "       Docs: " : " ".repeat(13)}${page}`);
  const usual = usualShare(definition.process);
  const cpuText = (ms: number) => systemdSpanText(Math.floor((usual.cpu / 100) * ms) + 40);
  const process = owner.processes[state.mainPid];
  if (process) {
    const tasks = THREADS[unit] ?? 1;
    lines.push(
      `   Main PID: ${process.pid} (${process.name})`,
      `      Tasks: ${tasks} (limit: 4650)`,
      `     Memory: ${systemdBytesText(usual.residentKib * 1024)}`,
      `        CPU: ${cpuText(lab.nowMs - process.startedAtMs)}`,
      `     CGroup: /system.slice/${unit}.service`,
      `             └─${painted(look, "grey", processText(process.pid, commandLine(unit), look))}`,
    );
  } else if (gone && ended) {
    const how =
      ended.exitCode === undefined
        ? `(code=killed, signal=${ended.signal ?? "KILL"})`
        : `(code=exited, status=${ended.exitCode}${EXIT_NAMES[ended.exitCode] ?? ""})`;
    // Of one that goes into the background its main process is not the one that was started.
    if (serviceType(unit) !== "forking")
      lines.push(
        `    Process: ${ended.pid} ExecStart=${startCommand(unit)} ${ended.exitCode === 0 ? how : painted(look, "red", how)}`,
      );
    lines.push(`   Main PID: ${ended.pid} ${how}`);
    if (ended.activeMs > 0) lines.push(`        CPU: ${cpuText(ended.activeMs)}`);
  }
  return lines;
}

/** A process of a unit's group; its command ends where the screen does. */
function processText(pid: number, command: string, { width }: Look): string {
  const before = "             └─".length + String(pid).length + 1;
  return `${pid} ${width === undefined ? command : ellipsized(command, Math.max(width - before, 20))}`;
}

/** Of the unit that a socket starts. */
function triggeredColour(lab: Readonly<LabState>, node: string, unit: LoadedUnit) {
  const started = loadedUnits(lab, node).find((one) => one.id === unit.starts);
  return activeColour(started?.active ?? "inactive");
}

/** A unit beside the model's: what it says is the same since the node started. */
function fixedLines(lab: Readonly<LabState>, node: string, unit: LoadedUnit, look: Look): string[] {
  const owner = lab.nodes[node]!;
  const bootWallMs = owner.bootedAtMs + wallOffsetOf(lab, node);
  const active =
    unit.active === "inactive"
      ? "inactive (dead)"
      : `${painted(look, activeColour(unit.active), `${unit.active} (${unit.sub})`)} since ${systemdTimeText(bootWallMs, nodeZone(lab, node))}; ${systemdAgeText(wallNowMs(lab, node) - bootWallMs)}`;
  const lines = [`     Active: ${active}`];
  if (unit.id.endsWith(".socket")) {
    lines.push(
      `   Triggers: ${painted(look, triggeredColour(lab, node, unit), "●")} ${unit.starts}`,
      ...unit.listens!.map(
        (path, at) =>
          `${at === 0 ? "     Listen: " : " ".repeat(13)}${path} (${path.startsWith("/run/initctl") ? "FIFO" : "Stream"})`,
      ),
    );
  }
  return lines;
}

const EXIT_NAMES: Record<number, string> = { 0: "/SUCCESS", 1: "/FAILURE", 8: "/n/a", 255: "/EXCEPTION" };

/** More than one: unverified. */
const THREADS: Partial<Record<UnitName, number>> = { corosync: 9, "pve-cluster": 8 };
