/** qm: virtual machines on the command line. @source recordings 21-28, 32, 60, guests/* */
import type { GuestAction } from "../../cluster/guests/guest-actions.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { startPerl } from "../pve-cli/no-pmxcfs.ts";
import { type CliCommand, runCommand, usageOf } from "../pve-cli/run-command.ts";
import { type OptionDefinition, usageLine } from "../pvecm/arguments.ts";
import { agent, guestExec } from "./agent.ts";
import { CONFIG_OPTIONS, SET_OPTIONS, VMID } from "./arguments.ts";
import { runGuestAction } from "./follow-job.ts";
import { monitor } from "./monitor.ts";
import { list, listSnapshots, showConfig, showPending, showStatus } from "./report.ts";
import { terminal } from "./terminal.ts";
import { sendKey, unlink, waitForEnd } from "./wait.ts";

const text: OptionDefinition = { type: "string" };
const flag: OptionDefinition = { type: "boolean" };
const count: OptionDefinition = { type: "integer", minimum: 0 };
const format: OptionDefinition = { type: "string", pattern: /^(?:raw|qcow2|vmdk)$/ };
const SIZE: OptionDefinition = {
  type: "string",
  pattern: /^\+?\d+(?:\.\d+)?[KMGT]?$/,
  patternText: "value does not match the regex pattern",
};

/** A command that starts a change of a guest. */
function action(
  name: GuestAction,
  options: Record<string, OptionDefinition> = {},
  fixed: string[] = ["vmid"],
): CliCommand {
  return {
    name: `qm ${name}`,
    fixed,
    options: { vmid: VMID, ...options },
    run: (context, values) => {
      const { vmid, ...params } = values;
      return runGuestAction(
        context,
        { vmid: Number(vmid), action: name, params, ...(name === "set" && { foreground: true }) },
        usageLine({ name: `qm ${name}`, fixed, options: { vmid: VMID, ...options } }),
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

const COMMANDS: Record<string, CliCommand> = {
  agent: { name: "qm agent", fixed: ["vmid", "command"], options: { vmid: VMID, command: text }, run: agent },
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
      snapname: text,
      storage: text,
      target: text,
    },
    ["vmid", "newid"],
  ),
  config: show("config", showConfig, { current: flag, snapshot: text }),
  create: action("create", CONFIG_OPTIONS),
  delsnapshot: action("delsnapshot", { snapname: text, force: flag }, ["vmid", "snapname"]),
  destroy: action("destroy", { purge: flag, skiplock: flag, "destroy-unreferenced-disks": flag }),
  importdisk: action("import", { source: text, storage: text, format: text, target_disk: text }, [
    "vmid",
    "source",
    "storage",
  ]),
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
  "move-disk": action("move-disk", { disk: text, storage: text, bwlimit: count, delete: flag, digest: text, format }, [
    "vmid",
    "disk",
    "storage",
  ]),
  pending: show("pending", showPending),
  reboot: action("reboot", { timeout: count }),
  rescan: {
    name: "qm rescan",
    fixed: [],
    options: { vmid: VMID, dryrun: flag },
    run: (context, { vmid, ...params }) =>
      runGuestAction(context, { vmid: Number(vmid ?? 0), action: "rescan", params }),
  },
  reset: action("reset", { skiplock: flag }),
  resize: action("resize", { disk: text, size: SIZE, digest: text, skiplock: flag }, ["vmid", "disk", "size"]),
  resume: action("resume", { skiplock: flag, nocheck: flag }),
  rollback: action("rollback", { snapname: text, start: flag }, ["vmid", "snapname"]),
  sendkey: show("sendkey", sendKey, { key: text, skiplock: flag }, ["vmid", "key"]),
  set: action("set", SET_OPTIONS),
  shutdown: action("shutdown", { forceStop: flag, keepActive: flag, skiplock: flag, timeout: count }),
  snapshot: action("snapshot", { snapname: text, description: text, vmstate: flag }, ["vmid", "snapname"]),
  start: action("start", {
    forcecpu: text,
    machine: text,
    migratedfrom: text,
    skiplock: flag,
    stateuri: text,
    timeout: count,
  }),
  status: show("status", showStatus, { verbose: flag }),
  stop: action("stop", {
    skiplock: flag,
    timeout: count,
    keepActive: flag,
    migratedfrom: text,
    "overrule-shutdown": flag,
  }),
  suspend: action("suspend", { skiplock: flag, statestorage: text, todisk: flag }),
  template: action("template", { disk: text }),
  terminal: show("terminal", terminal, { iface: text, escape: text }),
  unlink: {
    name: "qm unlink",
    fixed: ["vmid"],
    options: { vmid: VMID, force: flag, idlist: text },
    run: unlink,
  },
  unlock: action("unlock"),
  wait: show("wait", waitForEnd, { timeout: { type: "integer", minimum: 1 } }),
};

/** `qm disk NAME`: the newer names of older commands. */
const DISK_COMMANDS: Record<string, string> = {
  import: "importdisk",
  move: "move-disk",
  rescan: "rescan",
  resize: "resize",
  unlink: "unlink",
};

/** Known to Proxmox and not to this model: said so, instead of "unknown command". */
const ELSEWHERE = new Set(
  "cleanup cloudinit cpusets enroll-efi-keys help import importovf mtunnel nbdstop remote-migrate showcmd vncproxy".split(
    " ",
  ),
);

function usage(): string {
  return usageOf("qm", Object.values(COMMANDS));
}

export async function qm(context: ProgramContext): Promise<number> {
  const [name, ...args] = context.argv.slice(1);
  const failed = await startPerl(context);
  if (failed !== undefined) return failed;
  if (name === undefined) {
    await context.stderr.write(`ERROR: no command specified\n${usage()}`);
    return 255;
  }
  if (name === "help" || name === "--help" || name === "-h") {
    await context.stdout.write(usage());
    return 0;
  }
  if (name === "guest" && args[0] === "exec") return guestExec(context, args.slice(1));
  if (name === "disk")
    return qmCommand(context, DISK_COMMANDS[args[0] ?? ""] ?? `disk ${args[0] ?? ""}`, args.slice(1));
  if (name === "move_disk") return qmCommand(context, "move-disk", args);
  if (name === "guest" && args[0] === "cmd") return qmCommand(context, "agent", args.slice(1));
  return qmCommand(context, name, args);
}

async function qmCommand(context: ProgramContext, name: string, args: string[]): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : undefined;
  if (!command) {
    if (ELSEWHERE.has(name)) {
      await context.stderr.write(notModelled("qm", name));
      return 1;
    }
    await context.stderr.write(`ERROR: unknown command 'qm ${name}'\n${usage()}`);
    return 255;
  }
  return runCommand(context, command, args);
}
