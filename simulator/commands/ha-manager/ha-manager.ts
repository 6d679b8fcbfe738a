/** ha-manager: high availability on the command line. @source recordings 50-52, guests/20-23; PVE/CLI/ha_manager.pm */

import { allGuests } from "../../cluster/guests/guest-view.ts";
import { haGroups, haResources, keyLines } from "../../cluster/ha/ha-config.ts";
import type { HaChange } from "../../cluster/ha/ha-requests.ts";
import { lrmStatus, managerStatus } from "../../cluster/ha/ha-status.ts";
import { haStatus } from "../../cluster/ha/ha-view.ts";
import { pmxcfsWritable } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../../cluster/refusal.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { type OptionDefinition, ofForm, type Values } from "../pvecm/arguments.ts";
import { followJob } from "../qm/follow-job.ts";

const text: OptionDefinition = { type: "string" };
const flag: OptionDefinition = { type: "boolean" };
const count: OptionDefinition = { type: "integer", minimum: 0 };
const state: OptionDefinition = { type: "string", values: ["started", "stopped", "enabled", "disabled", "ignored"] };
const type: OptionDefinition = { type: "string", values: ["ct", "vm"] };
const groupId: OptionDefinition = ofForm({ format: "pve-configid" });
const group: OptionDefinition = { ...groupId, optional: true };
const node: OptionDefinition = ofForm({ format: "pve-node" });
const resourceOptions = { comment: text, group, max_relocate: count, max_restart: count, state, type };
const groupOptions = { comment: text, nodes: text, nofailback: flag, restricted: flag };

const change = (
  name: string,
  fixed: string[],
  options: Record<string, OptionDefinition>,
  of: (values: Values) => HaChange,
): CliCommand => ({
  name: `ha-manager ${name}`,
  fixed,
  options,
  run: async (context, values) => {
    const unknown = unknownNumber(context, values);
    if (unknown === undefined) return configure(context, of(values));
    await context.stderr.write(`unable do detect SID from VMID - VM/CT ${unknown} does not exist\n`);
    return NO_SUCH_GUEST_EXIT[name] ?? 255;
  },
});

const isNumber = (values: Values) => /^\d+$/.test(values.sid ?? "");
const sidOf = (values: Values) => (isNumber(values) ? `vm:${values.sid}` : values.sid!);

/** A bare number has its kind from the guest that bears it. @returns the number when there is none */
function unknownNumber({ lab, node }: ProgramContext, values: Values): string | undefined {
  const known = lab.read((all) => allGuests(all, node).some(({ vmid }) => String(vmid) === values.sid));
  return isNumber(values) && !known ? values.sid : undefined;
}

/** The number is what Perl last saw of the system: EEXIST, where a folder was to be made. @source typed */
const NO_SUCH_GUEST_EXIT: Record<string, number> = { add: 17 };

function keysOf(values: Values, options: Record<string, OptionDefinition>): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const name of Object.keys(options)) {
    const value = values[name];
    if (value === undefined || name === "type") continue;
    keys[name] = options[name]!.type === "boolean" ? (isTrue(value) ? "1" : "0") : value;
  }
  return keys;
}

const removed = (values: Values) => (values.delete ?? "").split(/[,;\s]+/).filter((one) => one !== "");

const move = (name: "migrate" | "relocate"): CliCommand =>
  change(`crm-command ${name}`, ["sid", "node"], { node }, (values) => ({
    op: "crm-command",
    verb: name,
    sid: sidOf(values),
    target: values.node!,
  }));

const COMMANDS: Record<string, CliCommand> = {
  add: change("add", ["sid"], resourceOptions, (values) => ({
    op: "add",
    sid: sidOf(values),
    keys: keysOf(values, resourceOptions),
  })),
  config: { name: "ha-manager config", fixed: [], options: { type }, run: showConfig },
  groupadd: change(
    "groupadd",
    ["group"],
    { ...groupOptions, group: groupId, nodes: { ...text, optional: false } },
    (values) => ({
      op: "group-add",
      group: values.group!,
      keys: keysOf(values, groupOptions),
    }),
  ),
  groupconfig: { name: "ha-manager groupconfig", fixed: [], options: {}, run: showGroups },
  groupremove: change("groupremove", ["group"], {}, (values) => ({ op: "group-remove", group: values.group! })),
  groupset: change("groupset", ["group"], { ...groupOptions, delete: text }, (values) => ({
    op: "group-set",
    group: values.group!,
    keys: keysOf(values, groupOptions),
    remove: removed(values),
  })),
  remove: change("remove", ["sid"], {}, (values) => ({ op: "remove", sid: sidOf(values) })),
  set: change("set", ["sid"], { ...resourceOptions, delete: text, digest: text }, (values) => ({
    op: "set",
    sid: sidOf(values),
    keys: keysOf(values, resourceOptions),
    remove: removed(values),
  })),
  status: { name: "ha-manager status", fixed: [], options: { verbose: flag, v: flag }, run: status },
};

/** Below `crm-command`. */
const CRM: Record<string, CliCommand> = {
  migrate: move("migrate"),
  relocate: move("relocate"),
  stop: change("crm-command stop", ["sid", "timeout"], { timeout: count }, (values) => ({
    op: "crm-command",
    verb: "stop",
    sid: sidOf(values),
    target: values.timeout!,
  })),
};

const MAINTENANCE: Record<string, CliCommand> = Object.fromEntries(
  (["enable", "disable"] as const).map((verb) => [
    verb,
    change(`crm-command node-maintenance ${verb}`, ["node"], {}, (values) => ({
      op: "crm-command",
      verb: `${verb}-node-maintenance`,
      target: values.node!,
    })),
  ]),
);

async function configure(context: ProgramContext, wish: HaChange): Promise<number> {
  try {
    const { job } = context.lab.act("ha/configure", { node: context.node, change: wish });
    return await followJob(context, job, "");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await context.stderr.write(`${error.message}\n`);
    // The number is what Perl last saw of the system (recording 50).
    return error.message.endsWith("does not exist in cluster") ? 17 : 255;
  }
}

async function status(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node } = context;
  const list = lab.read((all) => haStatus(all, node));
  const word = (type: string) => (type === "quorum" ? "quorum" : type);
  let out = list.map((one) => `${word(one.type)} ${one.status}\n`).join("");
  if (isTrue(values.verbose) || isTrue(values.v)) {
    const full = lab.read((all) => {
      const manager = managerStatus(all, node);
      const names = Object.keys(manager.node_status).sort();
      return {
        lrm_status: Object.fromEntries(names.map((name) => [name, lrmStatus(all, node, name) ?? {}])),
        manager_status: manager,
        quorum: { node, quorate: pmxcfsWritable(all.nodes[node]!.pmxcfs) ? "1" : "0" },
      };
    });
    out += `full cluster state:\n${JSON.stringify(full, null, 3).replace(/": /g, '" : ')}\n`;
  }
  await context.stdout.write(out);
  return 0;
}

async function showConfig(context: ProgramContext, { type }: Values): Promise<number> {
  const all = context.lab.read((lab) => haResources(lab, context.node));
  const list = type === undefined ? all : all.filter((one) => one.sid.startsWith(`${type}:`));
  await context.stdout.write(list.map((one) => `${one.sid}\n${keyLines(one.keys)}\n`).join(""));
  return 0;
}

async function showGroups(context: ProgramContext): Promise<number> {
  const list = context.lab.read((all) => haGroups(all, context.node));
  await context.stdout.write(list.map((one) => `group: ${one.group}\n${keyLines(one.keys)}\n`).join(""));
  return 0;
}

export function haManager(context: ProgramContext): Promise<number> {
  const argv = context.argv.map((word) => (word === "-v" ? "--verbose" : word));
  return runCommandLine(
    { ...context, argv },
    {
      program: "ha-manager",
      commands: [...Object.values(COMMANDS), ...Object.values(CRM), ...Object.values(MAINTENANCE)],
    },
  );
}
