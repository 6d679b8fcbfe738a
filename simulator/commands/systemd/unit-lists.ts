/** The lists of systemctl: units, unit files, timers, sockets, jobs, dependencies. @source systemd 252 src/systemctl */
import { nodeZone } from "../../cluster/node-settings/clock.ts";
import type { LabState } from "../../cluster/state.ts";
import { wallNowMs, wallOffsetOf } from "../../cluster/wall-clock.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import { systemdAgeText, systemdTimeText } from "../printed.ts";
import { type LoadedUnit, loadedUnits, unitId, wantsOf } from "./system-units.ts";
import { activeColour, type Colour, ellipsized, type Look, painted } from "./terminal-look.ts";
import { unitDot } from "./unit-report.ts";

export interface ListOptions {
  look: Look;
  all: boolean;
  plain: boolean;
  legend: boolean;
  /** Of `--type`: suffixes. */
  types: string[];
  states: string[];
}

/** A cell in a colour of its own. */
interface Cell {
  text: string;
  colour: Colour | undefined;
}

/** How a table is printed. */
interface TableLook extends Look {
  /** Its first row is the head: underlined. */
  hasHead: boolean;
  /** Rows with a line under them. */
  underlined?: ReadonlySet<number>;
}

/**
 * Columns as wide as their widest cell, one space between; narrower ones where the screen ends.
 *
 * @source systemd 252 table_print(): room is shared evenly by the columns that want more than their share
 */
function columns(rows: readonly (readonly (string | Cell)[])[], look: TableLook): string {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === "string" ? { text: cell, colour: undefined } : cell)),
  );
  const wanted = cells[0]!.map((_, at) => Math.max(...cells.map((row) => [...row[at]!.text].length)));
  const widths = look.width === undefined ? wanted : narrowed(wanted, look.width);
  const last = widths.length - 1;
  return cells
    .map((row, rowAt) => {
      const isHead = look.hasHead && rowAt === 0;
      const isUnderlined = isHead || (look.underlined?.has(rowAt) ?? false);
      const text = row.map(({ text: whole, colour }, at) => {
        const short = ellipsized(whole, widths[at]!);
        const isPlainEnd = at === last && (!look.colours || !isHead);
        const filled = isPlainEnd ? short : `${short}${" ".repeat(widths[at]! - [...short].length)}`;
        return painted(look, withLine(colour, isUnderlined), `${at > 0 ? " " : ""}${filled}`);
      });
      return `${text.join("")}\n`;
    })
    .join("");
}

function withLine(colour: Colour | undefined, isUnderlined: boolean): Colour | undefined {
  if (!isUnderlined) return colour;
  return colour === undefined ? "underline" : (`${colour} underline` as Colour);
}

/** Widths that end at the screen's edge. */
function narrowed(wanted: readonly number[], screen: number): number[] {
  const gaps = wanted.length - 1;
  if (wanted.reduce((sum, width) => sum + width, gaps) <= screen) return [...wanted];
  const given: (number | undefined)[] = wanted.map(() => undefined);
  let extra = Math.max(0, screen - gaps - wanted.length);
  let open = wanted.length;
  for (let isLast = false; ; ) {
    let again = false;
    for (const [at, width] of wanted.entries()) {
      if (given[at] !== undefined) continue;
      const share = 1 + Math.floor(extra / open);
      const isEnough = share >= width;
      if (!isEnough && !isLast) continue;
      given[at] = Math.min(share, width);
      extra -= given[at]! - 1;
      open--;
      if (isEnough && !isLast) {
        again = true;
        break;
      }
    }
    if (isLast || open === 0) return given.map((width) => width ?? 1);
    if (!again) isLast = true;
  }
}

/** Those that patterns choose; every one when there is no pattern. */
export function chosen(units: readonly LoadedUnit[], patterns: readonly string[]): LoadedUnit[] {
  if (patterns.length === 0) return [...units];
  return units.filter((unit) =>
    patterns.some((pattern) => matchesPattern(unit.id, pattern) || unit.id === unitId(pattern)),
  );
}

const suffixOf = (id: string) => id.slice(id.lastIndexOf(".") + 1);

function ofType(unit: LoadedUnit, options: ListOptions): boolean {
  return options.types.length === 0 || options.types.includes(suffixOf(unit.id)) || options.types.includes(unit.load);
}

/** `systemctl list-units`. */
export function unitTable(
  lab: Readonly<LabState>,
  node: string,
  patterns: readonly string[],
  options: ListOptions,
): string {
  const { all, plain, states, look } = options;
  const shown = chosen(loadedUnits(lab, node), patterns).filter((unit) => {
    if (!ofType(unit, options)) return false;
    if (states.length > 0) return states.some((state) => [unit.active, unit.sub, unit.load].includes(state));
    return all || unit.active !== "inactive";
  });
  const jobs = shown.filter((unit) => jobOf(unit) !== "");
  const rows = shown.map((unit) => {
    const isUnloaded = unit.load === "masked" && !plain;
    const failed: Colour | undefined = unit.active === "failed" && !isUnloaded && !plain ? "red" : undefined;
    return [
      ...(plain ? [] : [{ text: isUnloaded || failed ? "●" : " ", colour: isUnloaded ? ("yellow" as const) : failed }]),
      { text: unit.id, colour: failed },
      { text: unit.load, colour: isUnloaded ? ("red" as const) : undefined },
      { text: unit.active, colour: failed },
      { text: unit.sub, colour: failed },
      ...(jobs.length > 0 ? [jobOf(unit)] : []),
      unit.description,
    ];
  });
  const head = [
    ...(plain ? [] : [" "]),
    "UNIT",
    "LOAD",
    "ACTIVE",
    "SUB",
    ...(jobs.length > 0 ? ["JOB"] : []),
    "DESCRIPTION",
  ];
  const hasHead = options.legend;
  const table_ = [...(hasHead ? [head] : []), ...rows];
  const underlined = lastOfEachType(
    shown.map((unit) => unit.id),
    hasHead,
  );
  if (!hasHead) return rows.length > 0 ? columns(table_, { ...look, hasHead, underlined }) : "";
  const table = columns(table_, { ...look, hasHead, underlined });
  const counts = all || states.includes("inactive") || states.length === 0;
  const count = painted(
    look,
    counts ? (shown.length > 0 ? "bold" : "red") : undefined,
    `${shown.length} loaded units listed.`,
  );
  const files = "To show all installed unit files use 'systemctl list-unit-files'.\n";
  const foot =
    all || states.includes("inactive")
      ? `${count}\n${files}`
      : states.length === 0
        ? `${count} Pass --all to see loaded but inactive units, too.\n${files}`
        : `${count}\n`;
  const explained = `
LOAD   = Reflects whether the unit definition was properly loaded.
ACTIVE = The high-level unit activation state, i.e. generalization of SUB.
SUB    = The low-level unit activation state, values depend on unit type.
${jobs.length > 0 ? "JOB    = Pending job for the unit.\n\n" : ""}`;
  // Without a unit there is nothing to explain.
  return `${table}${rows.length > 0 ? explained : ""}${foot}`;
}

/** Rows behind which another type begins. */
function lastOfEachType(ids: readonly string[], hasHead: boolean): Set<number> {
  const last = ids.flatMap((id, at) => (at + 1 < ids.length && suffixOf(id) !== suffixOf(ids[at + 1]!) ? [at] : []));
  return new Set(last.map((at) => at + (hasHead ? 1 : 0)));
}

function jobOf(unit: LoadedUnit): string {
  return unit.active === "activating" ? "start" : unit.active === "deactivating" ? "stop" : "";
}

/** `systemctl list-jobs`. */
export function jobTable(lab: Readonly<LabState>, node: string, { legend, look }: ListOptions): string {
  const busy = loadedUnits(lab, node).filter((unit) => jobOf(unit) !== "");
  if (busy.length === 0) return legend ? `${painted(look, "green", "No jobs running.")}\n` : "";
  const rows = busy.map((unit) => [
    String(lab.nodes[node]!.services.units[unit.own!].jobs),
    { text: unit.id, colour: "bold" as const },
    jobOf(unit),
    { text: "running", colour: "bold" as const },
  ]);
  if (!legend) return columns(rows, { ...look, hasHead: false });
  const table = columns([["JOB", "UNIT", "TYPE", "STATE"], ...rows], { ...look, hasHead: true });
  return `${table}\n${painted(look, "bold", `${rows.length} jobs listed`)}.\n`;
}

/** Unit files that stand behind no loaded unit: templates, other names. */
const FURTHER_FILES: [id: string, state: string, preset: string][] = [
  ["corosync-notifyd.service", "disabled", "enabled"],
  ["ctrl-alt-del.target", "alias", "-"],
  ["default.target", "alias", "-"],
  ["getty@.service", "enabled", "enabled"],
  ["halt.target", "disabled", "disabled"],
  ["poweroff.target", "disabled", "disabled"],
  ["reboot.target", "disabled", "enabled"],
  ["sshd.service", "alias", "-"],
  ["user@.service", "static", "-"],
];

/** `systemctl list-unit-files`. */
export function unitFileTable(
  lab: Readonly<LabState>,
  node: string,
  patterns: readonly string[],
  options: ListOptions,
): string {
  const loaded = chosen(loadedUnits(lab, node), patterns)
    .filter((unit) => unit.fileState !== "" && (!unit.id.includes("@") || unit.fileState === "enabled-runtime"))
    .filter((unit) => ofType(unit, options))
    .map((unit): [string, string, string] => [unit.id, unit.fileState, unit.preset]);
  const further = FURTHER_FILES.filter(
    ([id]) =>
      (patterns.length === 0 || patterns.some((pattern) => matchesPattern(id, pattern) || id === pattern)) &&
      (options.types.length === 0 || options.types.includes(suffixOf(id))),
  );
  const rows = [...loaded, ...further]
    .filter(([, state]) => options.states.length === 0 || options.states.includes(state))
    .sort(([a], [b]) => (suffixOf(a) === suffixOf(b) ? (a < b ? -1 : 1) : suffixOf(a) < suffixOf(b) ? -1 : 1));
  const hasHead = options.legend;
  const cells = rows.map(([id, state, preset]) => [
    id,
    { text: state, colour: fileColour(state) },
    {
      text: preset,
      colour: preset === "-" ? ("grey" as const) : preset === "enabled" ? ("green" as const) : ("red" as const),
    },
  ]);
  const underlined = lastOfEachType(
    rows.map(([id]) => id),
    hasHead,
  );
  if (!hasHead) return rows.length > 0 ? columns(cells, { ...options.look, hasHead, underlined }) : "";
  const table = columns([["UNIT FILE", "STATE", "PRESET"], ...cells], { ...options.look, hasHead, underlined });
  return `${table}\n${rows.length} unit files listed.\n`;
}

function fileColour(state: string): Colour | undefined {
  if (/^(?:masked|masked-runtime|disabled|bad)$/.test(state)) return "red";
  return state === "enabled" || state === "alias" ? "green" : undefined;
}

const DAY_MS = 86_400_000;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** When a timer runs next and ran last, milliseconds since 1970. Its delay by chance is the same for ever. */
function timerRuns(rule: string, nowMs: number, bootMs: number): { next: number; last: number | undefined } {
  const afterBoot = /^\+(\d+)$/.exec(rule);
  if (afterBoot) {
    const first = bootMs + Number(afterBoot[1]) * 60_000;
    if (nowMs < first) return { next: first, last: undefined };
    const last = first + Math.floor((nowMs - first) / DAY_MS) * DAY_MS;
    return { next: last + DAY_MS, last };
  }
  const [, day, hours, minutes, seconds] = /^(?:(\w{3}) )?(\d\d):(\d\d):(\d\d)$/.exec(rule)!;
  const stepMs = day ? 7 * DAY_MS : DAY_MS;
  let next =
    Math.floor(nowMs / DAY_MS) * DAY_MS + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  while (next <= nowMs || (day && DAYS[new Date(next).getUTCDay()] !== day)) next += DAY_MS;
  const last = next - stepMs;
  return { next, last: last >= bootMs ? last : undefined };
}

/** `systemctl list-timers`, by when they run next. */
export function timerTable(
  lab: Readonly<LabState>,
  node: string,
  patterns: readonly string[],
  options: ListOptions,
): string {
  const nowMs = wallNowMs(lab, node);
  const bootMs = lab.nodes[node]!.bootedAtMs + wallOffsetOf(lab, node);
  const timers = chosen(loadedUnits(lab, node), patterns)
    .filter((unit) => unit.id.endsWith(".timer"))
    .map((unit) => ({ unit, ...timerRuns(unit.listens![0]!, nowMs, bootMs) }))
    .sort((a, b) => a.next - b.next);
  const rows = timers.map(({ unit, next, last }) => [
    systemdTimeText(next, nodeZone(lab, node)),
    systemdAgeText(next - nowMs).replace(/ ago$/, " left"),
    last === undefined ? "-" : systemdTimeText(last, nodeZone(lab, node)),
    last === undefined ? "-" : systemdAgeText(nowMs - last),
    unit.id,
    unit.starts!,
  ]);
  return listed([["NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES"], ...rows], "timer", options);
}

/** `systemctl list-sockets`: addresses first, then paths. */
export function socketTable(
  lab: Readonly<LabState>,
  node: string,
  patterns: readonly string[],
  options: ListOptions,
): string {
  const rows = chosen(loadedUnits(lab, node), patterns)
    .filter((unit) => unit.id.endsWith(".socket"))
    .flatMap((unit) => unit.listens!.map((path) => [path, unit.id, unit.starts!]))
    .sort(([a = ""], [b = ""]) => {
      const [isPath, isOtherPath] = [a.startsWith("/"), b.startsWith("/")];
      return isPath !== isOtherPath ? (isPath ? 1 : -1) : a < b ? -1 : a > b ? 1 : 0;
    });
  return listed([["LISTEN", "UNIT", "ACTIVATES"], ...rows], "socket", options);
}

function listed(rows: string[][], what: string, options: ListOptions): string {
  const { look } = options;
  if (!options.legend) return rows.length > 1 ? columns(rows.slice(1), { ...look, hasHead: false }) : "";
  const hint = options.all ? "" : `Pass --all to see loaded but inactive ${what}s, too.\n`;
  const count = painted(look, rows.length > 1 ? "bold" : "red", `${rows.length - 1} ${what}s listed.`);
  return `${columns(rows, { ...look, hasHead: true })}\n${count}\n${hint}`;
}

/** `systemctl list-dependencies`: targets unfold, other units with `--all` only. */
export function dependencyTree(
  lab: Readonly<LabState>,
  node: string,
  id: string,
  options: ListOptions & { reverse: boolean },
): string {
  const units = new Map(loadedUnits(lab, node).map((unit) => [unit.id, unit]));
  const isTarget = (name: string) => name.endsWith(".target");
  const plain = options.plain || options.types.length > 0 || options.states.length > 0;
  const order = (a: string, b: string) =>
    isTarget(a) !== isTarget(b) ? (isTarget(a) ? 1 : -1) : a.toLowerCase() < b.toLowerCase() ? -1 : 1;
  const of = (name: string): string[] => {
    const wanted = options.reverse
      ? [...units.values()].filter((unit) => wantsOf(unit).includes(name)).map((unit) => unit.id)
      : units.has(name)
        ? wantsOf(units.get(name)!)
        : [];
    return wanted.filter((one) => units.has(one)).sort(order);
  };
  let out = `${id}\n`;
  const seen = new Set<string>();
  const add = (name: string, bars: string) => {
    seen.add(name);
    const below = of(name);
    for (const [at, one] of below.entries()) {
      const unit = units.get(one)!;
      const isLast = at === below.length - 1;
      if (seen.has(one)) {
        if (!plain) out += `  ${bars}${isLast ? "  " : "│ "}└─...\n`;
        continue;
      }
      if (!ofType(unit, options)) continue;
      if (
        options.states.length > 0 &&
        ![unit.active, unit.load, unit.sub].some((state) => options.states.includes(state))
      )
        continue;
      out += plain
        ? `  ${one}\n`
        : `${painted(options.look, activeColour(unit.active), unitDot(unit.active))} ${bars}${isLast ? "└─" : "├─"}${one}\n`;
      if (options.all || isTarget(one)) add(one, `${bars}${isLast ? "  " : "│ "}`);
    }
    if (!plain) seen.delete(name);
  };
  // A name of its own is shown as it was asked for.
  add(unitId(id), "");
  return out;
}
