/** systemctl: the units that a node has, and what can be done with them. */
import { Refusal } from "../../cluster/refusal.ts";
import { jobFailed } from "../../cluster/services/services.ts";
import type { UnitName } from "../../cluster/services/services-state.ts";
import { unitByName } from "../../cluster/services/units.ts";
import { hasPattern, matchesPattern } from "../../shell/pattern.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { signalService } from "../../shell/service-signals.ts";
import { signalByText } from "../../shell/signals.ts";
import { BadOption, getopt, wholeNumber } from "../getopt.ts";
import { switchOff } from "../power/power.ts";
import { notModelled } from "../printed.ts";
import { JOURNAL_FORMATS } from "./journal-text.ts";
import { type LoadedUnit, loadedUnits, unitId } from "./system-units.ts";
import { PLAIN_LOOK, throughPager } from "./terminal-look.ts";
import { managerProperties, SYSTEMD_VERSION, systemReport, unitFileText, unitProperties } from "./unit-files.ts";
import {
  chosen,
  dependencyTree,
  jobTable,
  type ListOptions,
  socketTable,
  timerTable,
  unitFileTable,
  unitTable,
} from "./unit-lists.ts";
import { type ReportOptions, STATUS_LINES, unitReport } from "./unit-report.ts";

const ACTIONS = [
  "start",
  "stop",
  "restart",
  "reload",
  "enable",
  "disable",
  "mask",
  "unmask",
  "reenable",
  "reload-or-restart",
  "force-reload",
  "try-restart",
  "condrestart",
  "try-reload-or-restart",
] as const;

/** A unit that a program other than systemd does not know. */
const NOT_FOUND_EXIT = 4;
/** `systemctl status` and `is-active` of a unit that does not run. @source LSB: program is not running */
const NOT_RUNNING_EXIT = 3;

const TYPES = "service mount swap socket target device automount timer path slice scope".split(" ");
const LOAD_STATES = "stub loaded not-found bad-setting error merged masked".split(" ");
const ACTIVE_STATES = "active reloading inactive failed activating deactivating maintenance".split(" ");

/** Letters of getopt; capitals beyond systemctl's own stand for long names. */
const LONG_NAMES: Record<string, string> = {
  all: "a",
  after: "A",
  before: "B",
  failed: "F",
  force: "f",
  full: "l",
  help: "h",
  legend: "L",
  lines: "n",
  "no-ask-password": "_",
  "no-block": "N",
  "no-legend": "G",
  "no-pager": "j",
  "no-reload": "_",
  "no-wall": "_",
  now: "O",
  output: "o",
  plain: "D",
  property: "p",
  quiet: "q",
  recursive: "r",
  reverse: "R",
  runtime: "U",
  signal: "s",
  state: "S",
  "show-types": "_",
  system: "_",
  type: "t",
  value: "V",
  version: "v",
  wait: "_",
  "with-dependencies": "_",
  "kill-who": "K",
  "kill-whom": "K",
  message: "E",
  "job-mode": "J",
  host: "H",
  machine: "M",
  user: "W",
};
const LETTERS = "aABFfhjlL:n:_NGOo:Dp:P:qrRUs:S:t:VvK:E:J:H:M:WiTC:";

export interface Options extends ListOptions, ReportOptions {
  now: boolean;
  noBlock: boolean;
  quiet: boolean;
  reverse: boolean;
  forced: number;
  properties: string[];
  valueOnly: boolean;
  signal: string;
  noPager: boolean;
  full: boolean;
}

/** What is shown in a pager at a terminal. @source systemd 252: where src/systemctl calls pager_open() */
const PAGED: ReadonlySet<string> = new Set(
  "status cat show show-environment list-units list-unit-files list-timers list-sockets list-automounts list-jobs list-machines list-dependencies".split(
    " ",
  ),
);

export async function systemctl(context: ProgramContext): Promise<number> {
  const words: string[] = [];
  const options: Options = {
    all: false,
    plain: false,
    legend: true,
    types: [],
    states: [],
    lines: STATUS_LINES,
    format: "short",
    now: false,
    noBlock: false,
    quiet: false,
    reverse: false,
    forced: 0,
    properties: [],
    valueOnly: false,
    signal: "SIGTERM",
    noPager: false,
    full: false,
    look: PLAIN_LOOK,
  };
  try {
    for (const { option, value } of getopt("systemctl", context.argv.slice(1), LETTERS, LONG_NAMES, words)) {
      const answered = await readOption(context, options, option, value);
      if (answered !== undefined) return answered;
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await context.stderr.write(`${error.message}\n`);
    return 1;
  }
  const [action = "list-units", ...names] = words;
  if ((ACTIONS as readonly string[]).includes(action)) return control(context, action, names, options);
  if (!PAGED.has(action)) return answer(context, action, names, options);
  return throughPager(context, { disabled: options.noPager }, (paged, look) => {
    options.look = options.full ? { ...look, width: undefined } : look;
    return answer(paged, action, names, options);
  });
}

async function answer(context: ProgramContext, action: string, names: string[], options: Options): Promise<number> {
  const { node } = context;
  const list = async (
    table: (lab: Parameters<typeof unitTable>[0], owner: string, patterns: string[], how: ListOptions) => string,
  ) => {
    await context.stdout.write(context.lab.read((lab) => table(lab, node, names, options)));
    return 0;
  };
  switch (action) {
    case "status":
      return status(context, names, options);
    case "is-active":
    case "is-failed":
    case "is-enabled":
      return ask(context, action, names, options.quiet);
    case "list-units":
      return list(unitTable);
    case "list-unit-files":
      return list(unitFileTable);
    case "list-timers":
      return list(timerTable);
    case "list-sockets":
      return list(socketTable);
    case "list-automounts":
      return list((lab, owner, patterns, how) => unitTable(lab, owner, patterns, { ...how, types: ["automount"] }));
    case "list-jobs":
      return list((lab, owner) => jobTable(lab, owner, options));
    case "list-machines":
      return list((lab, owner) => {
        const { SystemState, NFailedUnits, NJobs } = managerProperties(lab, owner);
        const host = `${owner} (host)`;
        return `  ${"NAME".padEnd(host.length)} STATE    FAILED JOBS\n● ${host} ${SystemState!.padEnd(8)} ${NFailedUnits!.padStart(6)} ${NJobs!.padStart(4)}\n\n1 machines listed.\n`;
      });
    case "list-dependencies":
      return dependencies(context, names, options);
    case "cat":
      return cat(context, names);
    case "show":
      return show(context, names, options);
    case "is-system-running": {
      const { state } = context.lab.read((lab) => systemReport(lab, node));
      if (!options.quiet) await context.stdout.write(`${state}\n`);
      return state === "running" ? 0 : 1;
    }
    case "get-default":
      await context.stdout.write("graphical.target\n");
      return 0;
    case "show-environment":
      await context.stdout.write(
        "LANG=en_US.UTF-8\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
      );
      return 0;
    case "kill":
      return kill(context, names, options.signal);
    case "reset-failed":
      return resetFailed(context, names);
    case "reboot":
    case "poweroff":
    case "halt":
      return switchOff(context, { reboot: action === "reboot", forced: options.forced });
    case "daemon-reload":
    case "daemon-reexec":
      return 0;
    case "edit": {
      if (!context.isTty.stdin || !context.isTty.stdout) {
        await context.stderr.write("Cannot edit units if not on a tty.\n");
        return 1;
      }
      await context.stderr.write(notModelled("systemctl", action));
      return 1;
    }
    default:
      await context.stderr.write(
        /^(?:isolate|default|list-machines|set-default|suspend|hibernate|hybrid-sleep|suspend-then-hibernate|kexec|soft-reboot|rescue|emergency|exit|revert|link|preset|preset-all|clean|freeze|thaw|set-property|bind|mount-image|service-log-level|service-log-target|add-wants|add-requires|cancel|set-environment|unset-environment|import-environment|log-level|log-target|service-watchdogs|switch-root|help)$/.test(
          action,
        )
          ? notModelled("systemctl", action)
          : `Unknown command verb ${action}.\n`,
      );
      return 1;
  }
}

/** Take one option in. @returns the exit status when the command ends with it */
async function readOption(
  context: ProgramContext,
  options: Options,
  option: string,
  value: string,
): Promise<number | undefined> {
  const { stdout, stderr } = context;
  switch (option) {
    case "a":
      options.all = true;
      return undefined;
    case "F":
      options.states.push("failed");
      return undefined;
    case "f":
      options.forced += 1;
      return undefined;
    case "G":
      options.legend = false;
      return undefined;
    case "L":
      options.legend = !/^(?:no|false|0|off|n|f)$/i.test(value);
      return undefined;
    case "n": {
      const lines = wholeNumber(value, 0);
      if (lines === undefined) {
        await stderr.write(`Failed to parse lines '${value}'\n`);
        return 1;
      }
      options.lines = lines;
      return undefined;
    }
    case "N":
      options.noBlock = true;
      return undefined;
    case "O":
      options.now = true;
      return undefined;
    case "o":
      if (!Object.hasOwn(JOURNAL_FORMATS, value)) {
        await stderr.write(`Unknown output '${value}'.\n`);
        return 1;
      }
      options.format = value;
      return undefined;
    case "j":
      options.noPager = true;
      return undefined;
    case "l":
      options.full = true;
      return undefined;
    case "D":
      options.plain = true;
      return undefined;
    case "P":
    case "p":
      options.properties.push(...value.split(",").filter(Boolean));
      options.valueOnly ||= option === "P";
      return undefined;
    case "q":
      options.quiet = true;
      return undefined;
    case "R":
      options.reverse = true;
      return undefined;
    case "s":
      options.signal = value;
      return undefined;
    case "V":
      options.valueOnly = true;
      return undefined;
    case "v":
      await stdout.write(`systemd 252 (${SYSTEMD_VERSION})\n`);
      return 0;
    case "S":
    case "t": {
      if (value === "help") {
        const list = (name: string, words: string[]) => `Available ${name}:\n${words.join("\n")}\n`;
        await stdout.write(
          option === "t"
            ? list("unit types", TYPES)
            : `${list("unit load states", LOAD_STATES)}\n${list("unit active states", ACTIVE_STATES)}`,
        );
        return 0;
      }
      const wanted = value.split(",").filter(Boolean);
      if (option === "S") {
        options.states.push(...wanted);
        return undefined;
      }
      const unknown = wanted.find((word) => !TYPES.includes(word) && !LOAD_STATES.includes(word));
      if (unknown !== undefined) {
        await stderr.write(
          `Unknown unit type or load state '${unknown}'.\nUse -t help to see a list of allowed values.\n`,
        );
        return 1;
      }
      options.types.push(...wanted);
      return undefined;
    }
    case "h":
      await stdout.write(
        "systemctl [OPTIONS...] COMMAND ...\n\nQuery or send control commands to the system manager.\n\nSee the systemctl(1) man page for details.\n",
      );
      return 0;
    case "A":
    case "B":
    case "U":
    case "H":
    case "M":
    case "W":
      await stderr.write(
        notModelled(
          "systemctl",
          { A: "--after", B: "--before", U: "--runtime", H: "-H", M: "-M", W: "--user" }[option],
        ),
      );
      return 1;
    default:
      return undefined;
  }
}

async function control(context: ProgramContext, action: string, names: string[], options: Options): Promise<number> {
  if (names.length === 0) {
    await context.stderr.write("Too few arguments.\n");
    return 1;
  }
  const { lab, node } = context;
  const plain = PLAIN_ACTION[action] ?? action;
  const changesFiles = ["enable", "disable", "mask", "unmask"].includes(plain);
  let exit = 0;
  const units: UnitName[] = [];
  const links: string[] = [];
  for (const name of names.flatMap((word) => expand(context, word, plain))) {
    const fixed = fixedUnit(context, name);
    if (fixed) {
      // What is so already stays so; what would change is not modelled.
      const isSo =
        (plain === "start" && fixed.active === "active") ||
        (plain === "enable" && fixed.fileState === "enabled") ||
        (plain === "stop" && fixed.active === "inactive");
      if (isSo) continue;
      if (fixed.id === "chrony.service" && /^(?:start|stop|restart)$/.test(plain)) {
        lab.act("clock/ntp", { node, on: plain !== "stop" });
        continue;
      }
      await context.stderr.write(notModelled("systemctl", `${action} ${fixed.id}`));
      exit = 1;
      continue;
    }
    const wanted =
      options.now && plain === "enable"
        ? ["enable", "start"]
        : options.now && (plain === "disable" || plain === "mask")
          ? [plain, "stop"]
          : [plain];
    try {
      const unit = unitByName(name);
      const running = unit && lab.read((state) => state.nodes[node]!.services.units[unit].active !== "inactive");
      if (!running && unit && action.startsWith("try-")) continue;
      if (!unit && changesFiles) {
        const id = unitId(name);
        await context.stderr.write(
          plain === "mask"
            ? `Unit ${id} does not exist, proceeding anyway.\n`
            : `Failed to ${action} unit: Unit file ${id} does not exist.\n`,
        );
        if (plain === "mask") await context.stderr.write(notModelled("systemctl", `mask ${id}`));
        exit = 1;
        continue;
      }
      if (unit) links.push(...(await linkLines(context, unit, action)));
      for (const one of wanted) lab.act("services/control", { node, unit: name, action: one as "start" });
      if (unit) units.push(unit);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await context.stderr.write(`${error.message}\n`);
      exit = error.code === "not-found" ? 5 : 1;
    }
  }
  if (links.length > 0 && !options.quiet) await context.stderr.write(links.join(""));
  if (!options.now && changesFiles) return exit;
  if (options.noBlock) return exit;
  await lab.until(
    (state) => {
      const all = state.nodes[node]!.services.units;
      const busy = units.some((unit) => all[unit].active === "activating" || all[unit].active === "deactivating");
      return busy ? undefined : true;
    },
    { signal: context.signal },
  );
  for (const unit of units) {
    const active = lab.read((state) => state.nodes[node]!.services.units[unit].active);
    if (active === "failed" && plain !== "stop") {
      await context.stderr.write(lab.read((state) => jobFailed(state, node, unit)));
      exit = 1;
    }
  }
  return exit;
}

/** What the model does for a verb that is a little more. */
const PLAIN_ACTION: Record<string, string> = {
  "try-restart": "restart",
  condrestart: "restart",
  "reload-or-restart": "reload",
  "try-reload-or-restart": "reload",
  "force-reload": "reload",
  reenable: "enable",
};

/** A pattern stands for the loaded units that it names; one to be started for none that is not up. */
function expand(context: ProgramContext, word: string, action: string): string[] {
  if (!hasPattern(word)) return [word];
  const found = context.lab.read((lab) => chosen(loadedUnits(lab, context.node), [word]));
  return found.filter((unit) => unit.own && (action !== "start" || unit.active !== "inactive")).map((unit) => unit.id);
}

/** A unit that is there beside the model's. */
function fixedUnit(context: ProgramContext, name: string): LoadedUnit | undefined {
  const id = unitId(name);
  return context.lab.read((lab) => loadedUnits(lab, context.node).find((unit) => unit.id === id && !unit.own));
}

/** What changes under /etc/systemd/system, as systemd tells it; nothing when it is so already. */
async function linkLines(context: ProgramContext, unit: UnitName, action: string): Promise<string[]> {
  const { enabled, masked } = context.lab.read((lab) => ({ ...lab.nodes[context.node]!.services.units[unit] }));
  const wanted = `/etc/systemd/system/multi-user.target.wants/${unit}.service`;
  const own = `/etc/systemd/system/${unit}.service`;
  const made = `Created symlink ${wanted} → /lib/systemd/system/${unit}.service.\n`;
  if (action === "enable" && !enabled && !masked) return [made];
  if (action === "reenable" && !masked) return [...(enabled ? [`Removed "${wanted}".\n`] : []), made];
  if (action === "disable" && enabled) return [`Removed "${wanted}".\n`];
  if (action === "mask" && !masked) return [`Created symlink ${own} → /dev/null.\n`];
  if (action === "unmask" && masked) return [`Removed "${own}".\n`];
  return [];
}

/** `systemctl kill`: a signal to the main process of each unit. */
async function kill(context: ProgramContext, names: string[], text: string): Promise<number> {
  const signal = signalByText(text);
  if (signal === undefined) {
    await context.stderr.write(`Failed to parse signal string "${text}".\n`);
    return 1;
  }
  if (names.length === 0) {
    await context.stderr.write("Too few arguments.\n");
    return 1;
  }
  let exit = 0;
  for (const name of names.flatMap((word) => expand(context, word, "kill"))) {
    const unit = unitByName(name);
    if (!unit) {
      const fixed = fixedUnit(context, name);
      await context.stderr.write(
        fixed
          ? notModelled("systemctl", `kill ${fixed.id}`)
          : `Failed to kill unit ${unitId(name)}: Unit ${unitId(name)} not loaded.\n`,
      );
      exit = 1;
      continue;
    }
    const pid = context.lab.read((lab) => lab.nodes[context.node]!.services.units[unit].mainPid);
    if (pid === 0) continue;
    if (signalService(context.lab, context.node, pid, signal).kind === "not-modelled") {
      await context.stderr.write(notModelled("systemctl", `kill -s ${text} ${unit}.service`));
      exit = 1;
    }
  }
  return exit;
}

async function resetFailed(context: ProgramContext, names: string[]): Promise<number> {
  let exit = 0;
  const failed = context.lab.read((lab) => loadedUnits(lab, context.node).filter((unit) => unit.active === "failed"));
  for (const unit of names.length === 0 ? failed : chosen(failed, names))
    context.lab.act("services/control", { node: context.node, unit: unit.own!, action: "reset-failed" });
  for (const name of names) {
    if (hasPattern(name) || unitByName(name) || fixedUnit(context, name)) continue;
    await context.stderr.write(
      `Failed to reset failed state of unit ${unitId(name)}: Unit ${unitId(name)} not loaded.\n`,
    );
    exit = 1;
  }
  return exit;
}

async function dependencies(context: ProgramContext, names: string[], options: Options): Promise<number> {
  const wanted = names.length > 0 ? names.map((name) => unitId(name)) : ["default.target"];
  for (const [index, id] of wanted.entries()) {
    const text = context.lab.read((lab) => dependencyTree(lab, context.node, id, options));
    await context.stdout.write(`${index > 0 ? "\n" : ""}${text}`);
  }
  return 0;
}

async function cat(context: ProgramContext, names: string[]): Promise<number> {
  if (names.length === 0) {
    await context.stderr.write("Too few arguments.\n");
    return 1;
  }
  let exit = 0;
  for (const [index, name] of names.entries()) {
    const units = context.lab.read((lab) => chosen(loadedUnits(lab, context.node), [name]));
    if (units.length === 0) {
      await context.stderr.write(`No files found for ${unitId(name)}.\n`);
      exit = 1;
    }
    const text = units.map((unit) =>
      unit.load === "masked"
        ? `# Unit ${unit.id} is masked.\n`
        : unit.file
          ? unitFileText(unit)
          : `# No files found for ${unit.id}.\n`,
    );
    await context.stdout.write(`${index > 0 && units.length > 0 ? "\n" : ""}${text.join("\n")}`);
  }
  return exit;
}

async function show(context: ProgramContext, names: string[], options: Options): Promise<number> {
  const { node, lab } = context;
  const wantedUnits = names.flatMap((name) =>
    hasPattern(name)
      ? lab.read((state) => chosen(loadedUnits(state, node), [name]).map((unit) => unit.id))
      : [unitId(name)],
  );
  const sections =
    names.length === 0
      ? [lab.read((state) => managerProperties(state, node))]
      : wantedUnits.map((id) => lab.read((state) => unitProperties(state, node, id)));
  for (const [index, all] of sections.entries()) {
    const wanted =
      options.properties.length === 0
        ? Object.keys(all).filter((key) => options.all || all[key] !== "")
        : Object.keys(all).filter((key) => options.properties.includes(key));
    const lines = wanted.map((key) => (options.valueOnly ? `${all[key]}\n` : `${key}=${all[key]}\n`));
    await context.stdout.write(`${index > 0 ? "\n" : ""}${lines.join("")}`);
  }
  return 0;
}

async function status(context: ProgramContext, names: string[], options: Options): Promise<number> {
  const { node, lab } = context;
  if (names.length === 0) {
    const { text } = lab.read((state) => systemReport(state, node, options.look));
    const every = options.all || options.types.length > 0 || options.states.length > 0;
    if (!every) {
      await context.stdout.write(text);
      return 0;
    }
  }
  let exit = 0;
  let shown = 0;
  let isShortened = false;
  for (const name of names.length > 0 ? names : ["*"]) {
    const units = lab
      .read((state) => unitsOf(state, node, name))
      .filter(
        (unit) => options.types.length === 0 || options.types.includes(unit.id.slice(unit.id.lastIndexOf(".") + 1)),
      )
      .filter(
        (unit) => options.states.length === 0 || options.states.some((one) => [unit.active, unit.sub].includes(one)),
      );
    if (units.length === 0 && !hasPattern(name)) {
      await context.stderr.write(
        /^\d+$/.test(name)
          ? `Failed to get unit for PID ${name}: PID ${name} does not belong to any loaded unit.\n`
          : `Unit ${unitId(name)} could not be found.\n`,
      );
      exit = NOT_FOUND_EXIT;
    }
    for (const unit of units) {
      const text = lab.read((state) => unitReport(state, node, unit, options, options.look));
      await context.stdout.write(`${shown++ > 0 ? "\n" : ""}${text}`);
      if (unit.active !== "active" && exit === 0) exit = NOT_RUNNING_EXIT;
      isShortened ||= text.split("\n\n")[1]?.includes("…") ?? false;
    }
  }
  if (isShortened && options.look.width !== undefined && !options.quiet)
    await context.stdout.write("Hint: Some lines were ellipsized, use -l to show in full.\n");
  return exit;
}

/** By name, pattern (of those that are up or failed) or the pid of a main process. */
function unitsOf(lab: Parameters<typeof loadedUnits>[0], node: string, name: string): LoadedUnit[] {
  const all = loadedUnits(lab, node);
  if (/^\d+$/.test(name)) {
    const services = lab.nodes[node]!.services.units;
    return all.filter((unit) => unit.own && services[unit.own].mainPid === Number(name));
  }
  if (!hasPattern(name)) return all.filter((unit) => unit.id === unitId(name));
  return all.filter((unit) => matchesPattern(unit.id, name) && unit.active !== "inactive");
}

/** File states that `is-enabled` takes for a yes. @source systemctl(1), is-enabled */
const ENABLED_STATES = new Set(["enabled", "enabled-runtime", "static", "alias", "indirect", "generated"]);

async function ask(context: ProgramContext, question: string, names: string[], quiet: boolean): Promise<number> {
  if (names.length === 0) {
    await context.stderr.write("Too few arguments.\n");
    return 1;
  }
  const all = context.lab.read((lab) => loadedUnits(lab, context.node));
  const answers: boolean[] = [];
  for (const name of names) {
    const units = chosen(all, [name]);
    if (question === "is-enabled") {
      if (units.length === 0) {
        await context.stderr.write(`Failed to get unit file state for ${unitId(name)}: No such file or directory\n`);
        answers.push(false);
      }
      for (const unit of units) {
        if (!quiet) await context.stdout.write(`${unit.fileState || "transient"}\n`);
        answers.push(ENABLED_STATES.has(unit.fileState));
      }
      continue;
    }
    const states = units.length > 0 ? units.map((unit) => unit.active) : hasPattern(name) ? [] : ["inactive"];
    for (const active of states) {
      if (!quiet) await context.stdout.write(`${active}\n`);
      answers.push(active === (question === "is-active" ? "active" : "failed"));
    }
  }
  // One is enough: also for files, as systemctl(1) says.
  if (answers.some(Boolean)) return 0;
  return question === "is-active" ? NOT_RUNNING_EXIT : 1;
}
