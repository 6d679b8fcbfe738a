/** Verbs of systemctl that change something: start and stop, enable and mask, kill, reset-failed. */
import { Refusal } from "../../cluster/refusal.ts";
import { jobFailed } from "../../cluster/services/services.ts";
import type { UnitName } from "../../cluster/services/services-state.ts";
import { unitByName } from "../../cluster/services/units.ts";
import { hasPattern } from "../../shell/pattern.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { signalService } from "../../shell/service-signals.ts";
import { signalByText } from "../../shell/signals.ts";
import { notModelled } from "../printed.ts";
import { type LoadedUnit, loadedUnits, unitId } from "./system-units.ts";
import type { Options } from "./systemctl-options.ts";
import { chosen } from "./unit-lists.ts";

export async function control(
  context: ProgramContext,
  action: string,
  names: string[],
  options: Options,
): Promise<number> {
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
export async function kill(context: ProgramContext, names: string[], text: string): Promise<number> {
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

export async function resetFailed(context: ProgramContext, names: string[]): Promise<number> {
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
