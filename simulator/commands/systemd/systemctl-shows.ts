/** Verbs of systemctl that show units: status, show, cat, is-active and kin, list-dependencies. */
import { hasPattern, matchesPattern } from "../../shell/pattern.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { type LoadedUnit, loadedUnits, unitId } from "./system-units.ts";
import type { Options } from "./systemctl-options.ts";
import { managerProperties, systemReport, unitFileText, unitProperties } from "./unit-files.ts";
import { chosen, dependencyTree } from "./unit-lists.ts";
import { unitReport } from "./unit-report.ts";

/** A unit that a program other than systemd does not know. */
const NOT_FOUND_EXIT = 4;
/** `systemctl status` and `is-active` of a unit that does not run. @source LSB: program is not running */
const NOT_RUNNING_EXIT = 3;

export async function dependencies(context: ProgramContext, names: string[], options: Options): Promise<number> {
  const wanted = names.length > 0 ? names.map((name) => unitId(name)) : ["default.target"];
  for (const [index, id] of wanted.entries()) {
    const text = context.lab.read((lab) => dependencyTree(lab, context.node, id, options));
    await context.stdout.write(`${index > 0 ? "\n" : ""}${text}`);
  }
  return 0;
}

export async function cat(context: ProgramContext, names: string[]): Promise<number> {
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
          ? `# ${unit.file}\n${unitFileText(unit)}`
          : `# No files found for ${unit.id}.\n`,
    );
    await context.stdout.write(`${index > 0 && units.length > 0 ? "\n" : ""}${text.join("\n")}`);
  }
  return exit;
}

export async function show(context: ProgramContext, names: string[], options: Options): Promise<number> {
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

export async function status(context: ProgramContext, names: string[], options: Options): Promise<number> {
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

export async function ask(context: ProgramContext, question: string, names: string[], quiet: boolean): Promise<number> {
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
