/** qm: virtual machines on the command line. @source recordings 21-28, 32, 60, guests/* */
import type { GuestAction } from "../../cluster/guests/guest-actions.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { type OptionDefinition, ofForm, usageLine } from "../pvecm/arguments.ts";
import { ALL_AGENT_COMMANDS, agent, guestExec } from "./agent.ts";
import { CREATE_OPTIONS, SET_OPTIONS, VMID } from "./arguments.ts";
import { CLOUD_INIT } from "./cloud-init.ts";
import { runGuestAction } from "./follow-job.ts";
import { monitor } from "./monitor.ts";
import { list, listSnapshots, showConfig, showPending, showStatus } from "./report.ts";
import { terminal } from "./terminal.ts";
import { sendKey, unlink, waitForEnd } from "./wait.ts";
import { WITHOUT_MODEL } from "./without-model.ts";

const text: OptionDefinition = { type: "string" };
/** The snapshot's name. */
const snapshotName: OptionDefinition = ofForm({ format: "pve-configid" });
const flag: OptionDefinition = { type: "boolean" };
const count: OptionDefinition = { type: "integer", minimum: 0 };
const format: OptionDefinition = { type: "string", pattern: /^(?:raw|qcow2|vmdk)$/ };
const SIZE: OptionDefinition = {
  type: "string",
  pattern: /^\+?\d+(?:\.\d+)?[KMGT]?$/,
};

/** A command that starts a change of a guest. */
function action(
  name: GuestAction,
  options: Record<string, OptionDefinition> = {},
  fixed: string[] = ["vmid"],
  shown: string = name,
): CliCommand {
  return {
    name: `qm ${shown}`,
    fixed,
    options: { vmid: VMID, ...options },
    run: (context, values) => {
      const { vmid, ...params } = values;
      return runGuestAction(
        context,
        { vmid: Number(vmid), action: name, params, ...(name === "set" && { foreground: true }) },
        usageLine({ name: `qm ${shown}`, fixed, options: { vmid: VMID, ...options } }),
      );
    },
  };
}

const show = (
  name: string,
  run: CliCommand["run"],
  options: Record<string, OptionDefinition> = {},
  fixed = ["vmid"],
): CliCommand => ({
  name: `qm ${name}`,
  fixed,
  options: { vmid: VMID, ...options },
  run,
});

const migrateOptions = {
  target: text,
  online: flag,
  "with-local-disks": flag,
  targetstorage: text,
  bwlimit: count,
  force: flag,
  migration_network: text,
  migration_type: text,
};

const SET = action("set", SET_OPTIONS);

const MOVE_DISK = action(
  "move-disk",
  { disk: text, storage: { ...text, optional: true }, bwlimit: count, delete: flag, digest: text, format },
  ["vmid", "disk", "storage"],
  "disk move",
);

const COMMANDS: Record<string, CliCommand> = {
  agent: {
    name: "qm guest cmd",
    fixed: ["vmid", "command"],
    options: { vmid: VMID, command: { type: "string", values: ALL_AGENT_COMMANDS } },
    run: agent,
  },
  exec: {
    name: "qm guest exec",
    fixed: ["vmid"],
    rest: true,
    options: { vmid: VMID, "pass-stdin": flag, synchronous: flag, timeout: count },
    run: guestExec,
  },
  clone: action(
    "clone",
    {
      newid: VMID,
      bwlimit: count,
      description: text,
      format,
      full: flag,
      name: text,
      pool: text,
      snapname: { ...snapshotName, optional: true },
      storage: text,
      target: text,
    },
    ["vmid", "newid"],
  ),
  config: show("config", showConfig, { current: flag, snapshot: text }),
  create: action("create", CREATE_OPTIONS),
  delsnapshot: action("delsnapshot", { snapname: snapshotName, force: flag }, ["vmid", "snapname"]),
  destroy: action("destroy", { purge: flag, skiplock: flag, "destroy-unreferenced-disks": flag }),
  importdisk: action(
    "import",
    { source: text, storage: text, format: text, "target-disk": text },
    ["vmid", "source", "storage"],
    "disk import",
  ),
  list: { name: "qm list", fixed: [], options: { full: flag }, run: (context) => list(context) },
  listsnapshot: show("listsnapshot", listSnapshots),
  migrate: {
    ...action("migrate", migrateOptions, ["vmid", "target"]),
    run: async (context, values) => {
      const { vmid, ...params } = values;
      if (params.target === context.node) {
        await context.stderr.write(
          `400 Parameter verification failed.\ntarget: target is local node.\n${usageLine(COMMANDS.migrate!)}\n`,
        );
        return 255;
      }
      return runGuestAction(context, { vmid: Number(vmid), action: "migrate", params });
    },
  },
  monitor: show("monitor", monitor),
  "move-disk": {
    ...MOVE_DISK,
    run: async (context, values) => {
      if (values.storage !== undefined) return MOVE_DISK.run(context, values, []);
      const missing = "both 'storage' and 'target-vmid' missing, either needs to be set";
      await context.stderr.write(
        `400 Parameter verification failed.\nstorage: ${missing}\ntarget-vmid: ${missing}\n${usageLine(MOVE_DISK)}\n`,
      );
      return 255;
    },
  },
  pending: show("pending", showPending),
  reboot: action("reboot", { timeout: count }),
  rescan: {
    name: "qm disk rescan",
    fixed: [],
    options: { vmid: { ...VMID, optional: true }, dryrun: flag },
    run: (context, { vmid, ...params }) =>
      runGuestAction(context, { vmid: Number(vmid ?? 0), action: "rescan", params }),
  },
  reset: action("reset", { skiplock: flag }),
  resize: action(
    "resize",
    { disk: text, size: SIZE, digest: text, skiplock: flag },
    ["vmid", "disk", "size"],
    "disk resize",
  ),
  resume: action("resume", { skiplock: flag, nocheck: flag }),
  rollback: action("rollback", { snapname: snapshotName, start: flag }, ["vmid", "snapname"]),
  sendkey: show("sendkey", sendKey, { key: text, skiplock: flag }, ["vmid", "key"]),
  set: {
    ...SET,
    run: async (context, values) => {
      if (Object.keys(values).length > 1) return SET.run(context, values, []);
      await context.stderr.write("no options specified\n");
      return 255;
    },
  },
  shutdown: action("shutdown", { forceStop: flag, keepActive: flag, skiplock: flag, timeout: count }),
  snapshot: action("snapshot", { snapname: snapshotName, description: text, vmstate: flag }, ["vmid", "snapname"]),
  start: action("start", { skiplock: flag, timeout: count }),
  status: show("status", showStatus, { verbose: flag }),
  stop: action("stop", { skiplock: flag, timeout: count, "overrule-shutdown": flag }),
  suspend: action("suspend", { skiplock: flag, statestorage: text, todisk: flag }),
  template: action("template", { disk: text }),
  terminal: show("terminal", terminal, { iface: text, escape: text }),
  unlink: {
    name: "qm disk unlink",
    fixed: ["vmid"],
    options: { vmid: VMID, force: flag, idlist: { ...ofForm({ format: "pve-configid-list" }), optional: false } },
    run: unlink,
  },
  unlock: action("unlock"),
  wait: show("wait", waitForEnd, { timeout: { type: "integer", minimum: 1 } }),
};

export function qm(context: ProgramContext): Promise<number> {
  return runCommandLine(context, {
    program: "qm",
    commands: [...Object.values(COMMANDS), ...CLOUD_INIT, ...WITHOUT_MODEL],
  });
}
