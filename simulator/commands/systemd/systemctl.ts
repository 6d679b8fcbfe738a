/** systemctl: the units that a node has, and what can be done with them. */
import { Refusal } from "../../cluster/refusal.ts";
import type { ActiveState, UnitName } from "../../cluster/services/services-state.ts";
import { unitByName } from "../../cluster/services/units.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { switchOff } from "../power/power.ts";
import { notModelled } from "../printed.ts";
import { SYSTEMD_VERSION, systemReport, unitFileTable, unitFileText, unitProperties } from "./unit-files.ts";
import { unitReport, unitTable } from "./unit-report.ts";

const ACTIONS = [
  "start",
  "stop",
  "restart",
  "reload",
  "enable",
  "disable",
  "mask",
  "unmask",
  "reload-or-restart",
  "try-restart",
] as const;

/** A unit that a program other than systemd does not know. */
const NOT_FOUND_EXIT = 4;
/** `systemctl status` and `is-active` of a unit that does not run. @source LSB: program is not running */
const NOT_RUNNING_EXIT = 3;

export async function systemctl(context: ProgramContext): Promise<number> {
  const words: string[] = [];
  let all = false;
  let now = false;
  let quiet = false;
  let noBlock = false;
  let failedOnly = false;
  let forced = 0;
  const properties: string[] = [];
  let valueOnly = false;
  const args = context.argv.slice(1);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--all" || arg === "-a") all = true;
    else if (arg === "--now") now = true;
    else if (arg === "--quiet" || arg === "-q") quiet = true;
    else if (arg === "--no-block") noBlock = true;
    else if (arg === "--failed" || arg === "--state=failed") failedOnly = true;
    else if (arg === "--force") forced += 1;
    else if (/^-f+$/.test(arg)) forced += arg.length - 1;
    else if (arg === "-p" || arg === "--property") properties.push(...(args[++i] ?? "").split(","));
    else if (/^(-p|--property=)./.test(arg)) properties.push(...arg.replace(/^(-p|--property=)/, "").split(","));
    else if (arg === "--value") valueOnly = true;
    else if (arg === "--version") {
      await context.stdout.write(`systemd 252 (${SYSTEMD_VERSION})\n`);
      return 0;
    } else if (/^(-n\d+|--lines=.*|--state=.*|--output=.*|-o)$/.test(arg)) continue;
    else if (
      [
        "--no-pager",
        "--no-wall",
        "--no-ask-password",
        "-r",
        "--with-dependencies",
        "--type=target",
        "-l",
        "--full",
        "--plain",
        "--no-legend",
        "--type=service",
      ].includes(arg)
    )
      continue;
    else if (arg === "-t" || arg === "--type" || arg === "-n" || arg === "--lines") i += 1;
    else if (arg.startsWith("-")) {
      await context.stderr.write(notModelled("systemctl", arg));
      return 1;
    } else words.push(arg);
  }
  const [action = "list-units", ...names] = words;
  if ((ACTIONS as readonly string[]).includes(action)) return control(context, action, names, { now, noBlock });
  switch (action) {
    case "status":
      return status(context, names);
    case "is-active":
    case "is-failed":
    case "is-enabled":
      return ask(context, action, names, quiet);
    case "list-units": {
      const active = (unit: string) => unit === "failed" || (!failedOnly && (all || unit !== "inactive"));
      const wanted = (name: string) =>
        names.length === 0 || names.some((pattern) => matchesPattern(name, pattern) || `${pattern}.service` === name);
      await context.stdout.write(
        context.lab.read((lab) => unitTable(lab, context.node, (unit, name) => active(unit) && wanted(name))),
      );
      return 0;
    }
    case "list-unit-files":
      await context.stdout.write(context.lab.read((lab) => unitFileTable(lab, context.node, names)));
      return 0;
    case "cat":
      return cat(context, names);
    case "show":
      return show(context, names, properties, valueOnly);
    case "is-system-running": {
      const { state } = context.lab.read((lab) => systemReport(lab, context.node));
      await context.stdout.write(`${state}\n`);
      return state === "running" ? 0 : 1;
    }
    case "get-default":
      await context.stdout.write("graphical.target\n");
      return 0;
    case "reboot":
    case "poweroff":
    case "halt":
      return switchOff(context, { reboot: action === "reboot", forced });
    case "daemon-reload":
    case "daemon-reexec":
    case "reset-failed":
      return 0;
    default:
      await context.stderr.write(
        /^(?:isolate|edit|list-.*|kill|set-default|suspend|hibernate|kexec|rescue|emergency|revert|link|preset|clean|freeze|thaw|set-property|set-environment|show-environment)$/.test(
          action,
        )
          ? notModelled("systemctl", action)
          : `Unknown command verb ${action}.\n`,
      );
      return 1;
  }
}

async function control(
  context: ProgramContext,
  action: string,
  names: string[],
  options: { now: boolean; noBlock: boolean },
): Promise<number> {
  if (names.length === 0) {
    await context.stderr.write("Too few arguments.\n");
    return 1;
  }
  const { lab, node } = context;
  let exit = 0;
  const units: UnitName[] = [];
  const links: string[] = [];
  for (const name of names) {
    const plain = action === "try-restart" ? "restart" : action === "reload-or-restart" ? "reload" : action;
    const wanted =
      options.now && action === "enable"
        ? ["enable", "start"]
        : options.now && (action === "disable" || action === "mask")
          ? [action, "stop"]
          : [plain];
    try {
      const unit = unitByName(name);
      if (unit) links.push(...linkLines(context, unit, action));
      for (const one of wanted) lab.act("services/control", { node, unit: name, action: one as "start" });
      if (unit) units.push(unit);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await context.stderr.write(`${error.message}\n`);
      exit = error.code === "not-found" ? 5 : 1;
    }
  }
  if (links.length > 0) await context.stderr.write(links.join(""));
  if (!options.now && ["enable", "disable", "mask", "unmask"].includes(action)) return exit;
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
    if (active === "failed" && action !== "stop") {
      await context.stderr.write(
        `Job for ${unit}.service failed because the control process exited with error code.\nSee "systemctl status ${unit}.service" and "journalctl -xeu ${unit}.service" for details.\n`,
      );
      exit = 1;
    }
  }
  return exit;
}

/** What changes under /etc/systemd/system, as systemd tells it; nothing when it is so already. */
function linkLines(context: ProgramContext, unit: UnitName, action: string): string[] {
  const { enabled, masked } = context.lab.read((lab) => ({ ...lab.nodes[context.node]!.services.units[unit] }));
  const wanted = `/etc/systemd/system/multi-user.target.wants/${unit}.service`;
  const own = `/etc/systemd/system/${unit}.service`;
  if (action === "enable" && !enabled && !masked)
    return [`Created symlink ${wanted} → /lib/systemd/system/${unit}.service.\n`];
  if (action === "disable" && enabled) return [`Removed "${wanted}".\n`];
  if (action === "mask" && !masked) return [`Created symlink ${own} → /dev/null.\n`];
  if (action === "unmask" && masked) return [`Removed "${own}".\n`];
  return [];
}

async function cat(context: ProgramContext, names: string[]): Promise<number> {
  if (names.length === 0) {
    await context.stderr.write("Too few arguments.\n");
    return 1;
  }
  let exit = 0;
  for (const [index, name] of names.entries()) {
    const unit = unitByName(name);
    if (!unit) {
      await context.stderr.write(`No files found for ${name.includes(".") ? name : `${name}.service`}.\n`);
      exit = 1;
    } else await context.stdout.write(`${index > 0 ? "\n" : ""}${unitFileText(unit)}`);
  }
  return exit;
}

async function show(
  context: ProgramContext,
  names: string[],
  properties: string[],
  valueOnly: boolean,
): Promise<number> {
  for (const [index, name] of names.entries()) {
    const all = context.lab.read((lab) => unitProperties(lab, context.node, name));
    const wanted = properties.length === 0 ? Object.keys(all) : properties;
    const lines = wanted
      .filter((key) => all[key] !== undefined)
      .map((key) => (valueOnly ? `${all[key]}\n` : `${key}=${all[key]}\n`));
    await context.stdout.write(`${index > 0 ? "\n" : ""}${lines.join("")}`);
  }
  return 0;
}

async function status(context: ProgramContext, names: string[]): Promise<number> {
  if (names.length === 0) {
    const { text } = context.lab.read((lab) => systemReport(lab, context.node));
    await context.stdout.write(text);
    return 0;
  }
  let exit = 0;
  for (const [index, name] of names.entries()) {
    const unit = unitByName(name);
    if (!unit) {
      await context.stderr.write(`Unit ${name.includes(".") ? name : `${name}.service`} could not be found.\n`);
      exit = NOT_FOUND_EXIT;
      continue;
    }
    const report = context.lab.read((lab) => unitReport(lab, context.node, unit));
    await context.stdout.write(`${index > 0 ? "\n" : ""}${report.text}`);
    if (report.active !== "active" && exit === 0) exit = NOT_RUNNING_EXIT;
  }
  return exit;
}

async function ask(context: ProgramContext, question: string, names: string[], quiet: boolean): Promise<number> {
  const answers: { text: string; yes: boolean }[] = names.map((name) => {
    const unit = unitByName(name);
    const state = unit && context.lab.read((lab) => ({ ...lab.nodes[context.node]!.services.units[unit] }));
    if (question === "is-enabled") {
      if (state?.masked) return { text: "masked", yes: false };
      return state
        ? { text: state.enabled ? "enabled" : "disabled", yes: state.enabled }
        : { text: "not-found", yes: false };
    }
    const active: ActiveState = state?.active ?? "inactive";
    return { text: active, yes: active === (question === "is-active" ? "active" : "failed") };
  });
  if (!quiet) await context.stdout.write(answers.map((answer) => `${answer.text}\n`).join(""));
  const oneIsEnough = question !== "is-enabled";
  const yes = oneIsEnough ? answers.some((answer) => answer.yes) : answers.every((answer) => answer.yes);
  if (yes) return 0;
  return question === "is-active" ? NOT_RUNNING_EXIT : 1;
}
