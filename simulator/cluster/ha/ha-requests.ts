/**
 * What people ask of HA: resources, groups and commands for the master; and `qm start`, `stop`, `shutdown` and `migrate`
 * of a guest that HA manages, which only pass the wish on.
 *
 * @source recordings 50, 51, guests/20-23; pve-ha-manager PVE/CLI/ha_manager.pm, PVE/API2/HA; qemu-server PVE/API2/Qemu.pm
 */
import type { FileChange } from "../files/files-state.ts";
import type { GuestRequest } from "../guests/guest-actions.ts";
import { allGuests } from "../guests/guest-view.ts";
import { after, changeThen, endJob, type JobStep, NO_LOCK_EXIT, say, startJob } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { pmxcfsFile, pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import {
  COMMANDS,
  GROUPS,
  haGroups,
  haResource,
  haResources,
  isHaManaged,
  parseSections,
  RESOURCES,
  writeSections,
} from "./ha-config.ts";
import { managerStatus } from "./ha-status.ts";

export type HaChange =
  | { op: "add" | "set"; sid: string; keys: Record<string, string>; remove?: string[] }
  | { op: "remove"; sid: string }
  | { op: "group-add" | "group-set"; group: string; keys: Record<string, string>; remove?: string[] }
  | { op: "group-remove"; group: string }
  | { op: "crm-command"; verb: "migrate" | "relocate"; sid: string; target: string }
  | { op: "crm-command"; verb: "stop"; sid: string; target: string }
  | { op: "crm-command"; verb: "enable-node-maintenance" | "disable-node-maintenance"; target: string };

export type HaInputs = {
  /**
   * Change HA's configuration or tell the master something; `findJob(lab, node, job)` says what comes of it.
   *
   * @throws Refusal "already-exists", "not-found", "invalid"
   */
  "ha/configure": { args: { node: string; change: HaChange }; result: { job: number } };
  /** Whether the nodes' watchdog devices work; without them nothing resets a node that lost its lock. */
  "ha/watchdog": { args: { present: boolean }; result: undefined };
};

export const haInputs = {
  "ha/configure": (lab: LabState, { node, change }: HaInputs["ha/configure"]["args"]): { job: number } => {
    refuse(lab, node, change);
    return {
      job: startJob(lab, node, { kind: "ha-config", vmid: 0, name: "ha-manager", data: { change, tries: 0 } }).id,
    };
  },
  "ha/watchdog": (lab: LabState, { present }: { present: boolean }): undefined => {
    if (present) delete lab.watchdogTaken;
    else lab.watchdogTaken = true;
    return undefined;
  },
};

function refuse(lab: LabState, node: string, change: HaChange): void {
  switch (change.op) {
    case "add":
      refuseSid(change.sid);
      if (!allGuests(lab, node).some((one) => `vm:${one.vmid}` === change.sid)) {
        throw new Refusal("not-found", `resource '${change.sid}' does not exist in cluster`);
      }
      if (haResource(lab, node, change.sid)) {
        throw new Refusal("already-exists", `create resource failed: resource ID '${change.sid}' already defined`);
      }
      knownGroup(lab, node, change.keys.group);
      break;
    case "set":
      if (!haResource(lab, node, change.sid)) {
        throw new Refusal("not-found", `update resources config failed: no such resource '${change.sid}'`);
      }
      unknownOption(change.remove, RESOURCE_OPTIONS, "update resources config failed");
      knownGroup(lab, node, change.keys.group);
      break;
    case "remove":
      if (!haResource(lab, node, change.sid)) {
        throw new Refusal("not-found", `cannot delete service '${change.sid}', not HA managed!`);
      }
      break;
    case "group-add":
      if (haGroups(lab, node).some((one) => one.group === change.group)) {
        throw new Refusal("already-exists", `create ha group failed: ha group ID '${change.group}' already defined`);
      }
      break;
    case "group-set":
      if (!haGroups(lab, node).some((one) => one.group === change.group)) {
        throw new Refusal("not-found", `update ha group failed: no such ha group '${change.group}'`);
      }
      unknownOption(change.remove, GROUP_OPTIONS, "update ha group failed");
      if (change.remove?.includes("nodes")) {
        throw new Refusal("invalid", "update ha group failed: unable to delete required option 'nodes'");
      }
      break;
    case "group-remove": {
      const user = haResources(lab, node).find((one) => one.group === change.group);
      if (user) {
        throw new Refusal("busy", `delete ha group failed: ha group is used by service '${user.sid}'`);
      }
      break;
    }
    case "crm-command":
      if ("sid" in change) {
        // Where a move goes is the master's to judge; that a resource is there is known here.
        const state = haResource(lab, node, change.sid)?.state;
        if (state === undefined || state === "ignored") {
          throw new Refusal("not-found", `resource '${change.sid}' is not HA managed`);
        }
      } else if (lab.nodes[node]!.pmxcfs.database.entries[`nodes/${change.target}`] === undefined) {
        throw new Refusal("not-found", `no such cluster node '${change.target}'`);
      }
  }
}

/** @source pve-ha-manager PVE/API2/HA/Resources.pm create, PVE/HA/Resources.pm verify_name (typed: recordings/pve/sent) */
function refuseSid(sid: string): void {
  const [, type, name] = /^([a-z]+):(\S+)$/.exec(sid) ?? [];
  if (name === undefined) throw new Refusal("invalid", `unable to parse service id '${sid}'`);
  if (type !== "vm" && type !== "ct") throw new Refusal("invalid", `unknown section type '${type}'`);
  if (!/^[1-9]\d*$/.test(name)) throw new Refusal("invalid", "invalid VMID");
}

/** What may be taken off a group. */
const GROUP_OPTIONS = ["comment", "nodes", "nofailback", "restricted"];

/** What may be taken off a resource. @source pve-ha-manager PVE/HA/Resources.pm, options of `vm` */
const RESOURCE_OPTIONS = ["comment", "group", "max_relocate", "max_restart", "state"];

function unknownOption(removed: readonly string[] | undefined, known: readonly string[], failed: string): void {
  const other = removed?.find((name) => !known.includes(name));
  if (other !== undefined) throw new Refusal("invalid", `${failed}: no such option '${other}'`);
}

function knownGroup(lab: LabState, node: string, group: string | undefined): void {
  if (group !== undefined && !haGroups(lab, node).some((one) => one.group === group)) {
    throw new Refusal("not-found", `HA group '${group}' does not exist`);
  }
}

/** The files' new text; nothing when the master's error state forbids it. */
function changesOf(lab: LabState, node: string, change: HaChange): FileChange[] | "in-error" {
  if ("sid" in change && change.op !== "remove") {
    const state = managerStatus(lab, node).service_status[change.sid]?.state;
    const asksToFix = change.op === "set" && change.keys.state === "disabled";
    if (state === "error" && change.op !== "add" && !asksToFix) return "in-error";
  }
  if (change.op === "crm-command") {
    const line = [
      "sid" in change ? `${change.verb} ${change.sid} ${change.target}` : `${change.verb} ${change.target}`,
    ];
    return [{ op: "write", path: COMMANDS, content: `${line}\n`, append: true }];
  }
  const isGroup = change.op.startsWith("group");
  const path = isGroup ? GROUPS : RESOURCES;
  const sections = parseSections(pmxcfsFile(lab, node, path) ?? "");
  const [type, id] = "group" in change ? ["group", change.group] : (change.sid.split(":") as [string, string]);
  const at = sections.findIndex((one) => one.type === type && one.id === id);
  if (change.op === "remove" || change.op === "group-remove") {
    if (at >= 0) sections.splice(at, 1);
  } else if (at < 0) sections.push({ type: type!, id: id!, keys: change.keys });
  else {
    for (const key of change.remove ?? []) delete sections[at]!.keys[key];
    Object.assign(sections[at]!.keys, change.keys);
  }
  return [{ op: "write", path, content: writeSections(sections) }];
}

const TRIES = 9;

interface HaJob {
  change: HaChange;
  tries: number;
  said?: boolean;
}

/** Steps of `ha-manager`'s jobs and of tasks that pass a wish on: the same, but for the line that a task says first. */
export const haSteps: Record<string, JobStep> = {
  begin: (lab, job) => {
    const data = job.data as HaJob & { request?: string };
    if (data.request !== undefined && !data.said) {
      data.said = true;
      say(lab, job, data.request);
      after(lab, job, 900, "begin");
      return;
    }
    if (!pmxcfsWritable(lab.nodes[job.node]!.pmxcfs)) {
      if (data.tries >= TRIES) endJob(lab, job, "cfs-lock 'domain-ha' error: no quorum!", NO_LOCK_EXIT);
      else {
        data.tries += 1;
        say(lab, job, "trying to acquire cfs lock 'domain-ha' ...");
        after(lab, job, 1_000, "begin");
      }
      return;
    }
    const changes = changesOf(lab, job.node, data.change);
    if (changes === "in-error") {
      const { sid } = data.change as { sid: string };
      const why = `service '${sid}' in error state, must be disabled and fixed first`;
      if (data.request !== undefined) say(lab, job, why);
      endJob(lab, job, data.request === undefined ? why : `command '${commandOf(data.change)}' failed: exit code 255`);
      return;
    }
    changeThen(lab, job, changes, "written");
  },
  written: (lab, job, { failed }) =>
    endJob(lab, job, failed ? `unable to open file '/etc/pve/${failed.change.path}' - Permission denied` : ""),
};

/** What `qm` calls to pass a wish on. */
function commandOf(change: HaChange): string {
  if (change.op === "set") return `ha-manager set ${change.sid} --state ${change.keys.state}`;
  if (change.op !== "crm-command" || !("sid" in change)) return "ha-manager";
  const { verb, sid, target } = change;
  return verb === "stop" ? `ha-manager crm-command stop ${sid} ${target}` : `ha-manager ${verb} ${sid} ${target}`;
}

/**
 * Pass a wish on when HA manages the guest; undefined when it does not, or when HA itself asks.
 *
 * @source recording 50: `Requesting HA start for VM 100`
 */
export function requestOfHa(lab: LabState, request: GuestRequest): JobState | undefined {
  const { node, vmid, action, params, program } = request;
  if (program === "pve-ha-lrm" || !["start", "stop", "shutdown", "migrate"].includes(action)) return undefined;
  if (!isHaManaged(lab, node, vmid)) return undefined;
  const sid = `vm:${vmid}`;
  const wishes: Record<string, { type: string; request: string; change: HaChange }> = {
    start: {
      type: "hastart",
      request: `Requesting HA start for VM ${vmid}`,
      change: { op: "set", sid, keys: { state: "started" } },
    },
    stop: {
      type: "hastop",
      request: `Requesting HA stop for VM ${vmid}`,
      change: { op: "crm-command", verb: "stop", sid, target: "0" },
    },
    shutdown: {
      type: "hastop",
      request: `Requesting HA stop for VM ${vmid}`,
      change: { op: "crm-command", verb: "stop", sid, target: params.timeout ?? "60" },
    },
    migrate: {
      type: "hamigrate",
      request: `Requesting HA migration for VM ${vmid} to node ${params.target}`,
      change: { op: "crm-command", verb: "migrate", sid, target: params.target ?? "" },
    },
  };
  const wish = wishes[action]!;
  return startJob(lab, node, {
    kind: "ha-config",
    vmid: 0,
    data: { change: wish.change, tries: 0, request: wish.request },
    task: {
      type: wish.type,
      id: String(vmid),
      program,
      ...(request.user !== undefined && { user: request.user }),
      ...(request.tokenId !== undefined && { tokenId: request.tokenId }),
    },
  });
}
