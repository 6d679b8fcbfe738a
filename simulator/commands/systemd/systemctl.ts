/** systemctl: the units that a node has, and what can be done with them. */
import type { ProgramContext } from "../../shell/process.ts";
import { BadOption, getopt } from "../getopt.ts";
import { switchOff } from "../power/power.ts";
import { notModelled } from "../printed.ts";
import { control, kill, resetFailed } from "./systemctl-control.ts";
import { LETTERS, LONG_NAMES, type Options, readOption } from "./systemctl-options.ts";
import { ask, cat, dependencies, show, status } from "./systemctl-shows.ts";
import { PLAIN_LOOK, throughPager } from "./terminal-look.ts";
import { managerProperties, systemReport } from "./unit-files.ts";
import { jobTable, type ListOptions, socketTable, timerTable, unitFileTable, unitTable } from "./unit-lists.ts";
import { STATUS_LINES } from "./unit-report.ts";

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
