/**
 * The CRM of a node: waits, competes for the manager's lock, and as the master manages all services every ten seconds.
 *
 * Without resources a slave schedules nothing; a change of /etc/pve/ha wakes it.
 * @source pve-ha-manager 4.0.7 PVE/HA/CRM.pm; recordings 42, 51, 52
 */
import type { FileChange } from "../files/files-state.ts";
import { allGuests, guestPath, guestText } from "../guests/guest-view.ts";
import { log } from "../journal.ts";
import { type EventSpec, nodeOf, random, schedule } from "../kernel.ts";
import { pmxcfsFile, pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { changeInSequence, type SequenceEnd } from "../pmxcfs/sequence.ts";
import { reap } from "../processes.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { COMMANDS, haGroups, haResources, parseSections, RESOURCES, writeSections } from "./ha-config.ts";
import { agentLock, MANAGER_LOCK, releaseLock, takeLock } from "./ha-lock.ts";
import { haOf } from "./ha-state.ts";
import { lrmStatus, MANAGER_STATUS, type ManagerStatus, managerStatus } from "./ha-status.ts";
import { addAndRemove, manageServices, type Round, setNode, updateNodes } from "./service-states.ts";
import { closeWatchdog, feedWatchdog } from "./watchdog.ts";

const SLAVE_MS = 5_000;
const MASTER_MS = 10_000;
/** Tries for a lock that was lost, before it is given up. */
const LOST_AFTER_MS = 5_000;
const IDLE_ROUNDS_MAX = 90;

const pidOf = (lab: LabState, node: string) => nodeOf(lab, node).services.units["pve-ha-crm"].mainPid;

export function sayCrm(lab: LabState, node: string, text: string, priority = 6): void {
  log(lab, node, { unit: "pve-ha-crm.service", identifier: "pve-ha-crm", pid: pidOf(lab, node), text, priority });
}

/** An event of the daemon: it goes with its process. */
function mine(lab: LabState, node: string, step: string, data: object = {}): EventSpec {
  return { kind: "ha/crm", node, pid: pidOf(lab, node), data: { step, ...data } };
}

function next(lab: LabState, node: string, delayMs: number): void {
  const { crm } = haOf(lab, node);
  crm.nextId = schedule(lab, delayMs, mine(lab, node, "loop"));
}

export function crmStarted(lab: LabState, node: string): void {
  sayCrm(lab, node, "starting server");
  sayCrm(lab, node, "status change startup => wait_for_quorum");
  next(lab, node, SLAVE_MS);
}

/** Something of /etc/pve/ha has changed. */
export function wakeCrm(lab: LabState, node: string): void {
  const { crm } = haOf(lab, node);
  const pid = pidOf(lab, node);
  if (crm.nextId === undefined && nodeOf(lab, node).processes[pid]) next(lab, node, random(lab) * SLAVE_MS);
}

/** Whether there is anything to manage. */
function wanted(lab: LabState, node: string): boolean {
  if (haResources(lab, node).length > 0 || (pmxcfsFile(lab, node, COMMANDS) ?? "").trim() !== "") return true;
  const status = managerStatus(lab, node);
  return Object.keys(status.service_status).length > 0;
}

export function crmEvent(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const { crm } = haOf(lab, node);
  const { step, failed, acknowledged } = event.data as { step: string; acknowledged?: string[] } & SequenceEnd;
  if (event.pid !== pidOf(lab, node)) return;
  switch (step) {
    case "loop":
      crm.nextId = event.id;
      loop(lab, node);
      break;
    case "asked":
      if (failed) notMaster(lab, node);
      else becomeMaster(lab, node);
      break;
    case "renewed":
      if (!failed) {
        crm.lockAtMs = lab.nowMs;
        feedWatchdog(lab, node, "crm");
        delete crm.fencing;
        fenceNext(lab, node, []);
      } else {
        const why = failed.errno === "ENOENT" ? "No such file or directory" : "Permission denied";
        sayCrm(lab, node, `lost lock '${MANAGER_LOCK} - cfs lock update failed - ${why}`, 3);
        dropLoop(lab, node);
        crm.nextId = schedule(lab, LOST_AFTER_MS, mine(lab, node, "lost"));
      }
      break;
    case "lost":
      sayCrm(lab, node, "status change master => lost_manager_lock");
      closeWatchdog(lab, node, "crm");
      sayCrm(lab, node, "status change lost_manager_lock => wait_for_quorum");
      crm.phase = "wait_for_quorum";
      delete crm.lockAtMs;
      next(lab, node, SLAVE_MS);
      break;
    case "fenced":
      fenceNext(lab, node, failed ? (acknowledged ?? []) : [...(acknowledged ?? []), ...fencedBy(event)]);
      break;
    case "written":
      if (crm.stopping) stopNow(lab, node);
      break;
  }
}

const fencedBy = (event: ScheduledEvent) => {
  const { target } = event.data as { target?: string };
  return target === undefined ? [] : [target];
};

function loop(lab: LabState, node: string): void {
  const { crm } = haOf(lab, node);
  const state = nodeOf(lab, node).pmxcfs;
  const quorate = state.pid !== 0 && pmxcfsWritable(state);
  if (crm.stopping) {
    stopNow(lab, node);
    return;
  }
  if (crm.phase === "master") {
    next(lab, node, MASTER_MS);
    takeLock(lab, node, MANAGER_LOCK, crm.lockAtMs, mine(lab, node, "renewed"));
    return;
  }
  if (!quorate) {
    if (crm.phase === "slave") {
      sayCrm(lab, node, "status change slave => wait_for_quorum");
      crm.phase = "wait_for_quorum";
    }
    next(lab, node, SLAVE_MS);
    return;
  }
  if (!wanted(lab, node)) {
    delete crm.nextId;
    return;
  }
  next(lab, node, SLAVE_MS);
  takeLock(lab, node, MANAGER_LOCK, undefined, mine(lab, node, "asked"));
}

function notMaster(lab: LabState, node: string): void {
  const { crm } = haOf(lab, node);
  const held = nodeOf(lab, node).pmxcfs.database.entries[`priv/lock/${MANAGER_LOCK}`] !== undefined;
  if (crm.phase === "wait_for_quorum" && held && pmxcfsWritable(nodeOf(lab, node).pmxcfs)) {
    sayCrm(lab, node, "status change wait_for_quorum => slave");
    crm.phase = "slave";
  }
}

function becomeMaster(lab: LabState, node: string): void {
  const { crm } = haOf(lab, node);
  if (crm.phase === "master") return;
  sayCrm(lab, node, `successfully acquired lock '${MANAGER_LOCK}'`);
  if (!feedWatchdog(lab, node, "crm")) {
    releaseLock(lab, node, MANAGER_LOCK);
    return;
  }
  sayCrm(lab, node, `status change ${crm.phase} => master`);
  crm.phase = "master";
  crm.lockAtMs = lab.nowMs;
  crm.idleRounds = 0;
  crm.lastOnlineMs = {};
  dropLoop(lab, node);
  next(lab, node, MASTER_MS);
  fenceNext(lab, node, []);
}

function dropLoop(lab: LabState, node: string): void {
  const { crm } = haOf(lab, node);
  const at = lab.queue.findIndex((event) => event.id === crm.nextId);
  if (at >= 0) lab.queue.splice(at, 1);
  delete crm.nextId;
}

/** Try for the agent lock of each node that is to be fenced, one after another, then manage. */
function fenceNext(lab: LabState, node: string, acknowledged: string[]): void {
  const { crm } = haOf(lab, node);
  const status = managerStatus(lab, node);
  const tried = crm.fencing ?? [];
  const target = Object.keys(status.node_status)
    .sort()
    .find((name) => status.node_status[name] === "fence" && !tried.includes(name));
  if (target === undefined) {
    delete crm.fencing;
    manage(lab, node, status, acknowledged);
    return;
  }
  crm.fencing = [...tried, target];
  takeLock(lab, node, agentLock(target), undefined, mine(lab, node, "fenced", { acknowledged, target }), target);
}

function manage(lab: LabState, node: string, status: ManagerStatus, acknowledged: string[]): void {
  const { crm } = haOf(lab, node);
  const state = nodeOf(lab, node).pmxcfs;
  const members = state.clusterInfo?.nodes ?? [];
  const alone = state.mode === "local" || members.length === 0;
  const online = alone ? [node] : members.filter((one) => state.onlineIds.includes(one.id)).map((one) => one.name);
  for (const name of Object.keys(status.node_status)) {
    if (!alone && !members.some((one) => one.name === name) && status.node_status[name] !== "fence") {
      sayCrm(lab, node, `deleting gone node '${name}', not a cluster member anymore.`, 5);
      delete status.node_status[name];
    }
  }
  for (const name of online) crm.lastOnlineMs[name] = lab.nowMs;
  const changes: FileChange[] = [];
  let resourcesText = pmxcfsFile(lab, node, RESOURCES) ?? "";
  let resourcesChanged = false;
  status.master_node = node;
  status.timestamp = Math.floor(wallNowMs(lab, node) / 1_000);
  const round: Round = {
    status,
    resources: haResources(lab, node),
    groups: haGroups(lab, node),
    placed: Object.fromEntries(allGuests(lab, node).map((one) => [`vm:${one.vmid}`, one.node])),
    lrm: Object.fromEntries(
      [...new Set([...online, ...Object.keys(status.node_status)])].map((name) => [name, lrmStatus(lab, node, name)]),
    ),
    online,
    awayMs: {},
    acknowledged,
    newUid: () => newUid(lab),
    log: (text) => sayCrm(lab, node, text, / error|fail|fence/.test(text) ? 3 : 6),
    request: (sid, wantedState) => {
      const sections = parseSections(resourcesText);
      const section = sections.find((one) => `${one.type}:${one.id}` === sid);
      if (section) section.keys.state = wantedState;
      resourcesText = writeSections(sections);
      resourcesChanged = true;
      const resource = round.resources.find((one) => one.sid === sid);
      if (resource) resource.state = wantedState;
    },
    steal: (sid, from, to) => {
      const vmid = Number(sid.slice(3));
      if (from === to) return;
      const text = guestText(lab, from, vmid, node);
      if (text === undefined) return;
      const lock = guestConfigLock(text);
      if (lock === "backup" || lock === "mounted") {
        round.log(`service '${sid}': removed leftover lock '${lock}' from recovered service, allowing its start.`);
        changes.push({ op: "write", path: guestPath(from, vmid), content: text.replace(/^lock: .*\n/m, "") });
      }
      changes.push({ op: "rename", path: guestPath(from, vmid), to: guestPath(to, vmid) });
    },
  };
  for (const target of acknowledged) {
    sayCrm(lab, node, `successfully acquired lock '${agentLock(target)}'`);
    sayCrm(lab, node, `fencing: acknowledged - got agent lock for node '${target}'`, 3);
    setNode(round, target, "unknown");
    // Given back, so that the node's LRM can work when it returns.
    changes.push({ op: "rmdir", path: `priv/lock/${agentLock(target)}` });
  }
  updateNodes(round);
  for (const name of Object.keys(status.node_status)) {
    crm.lastOnlineMs[name] ??= lab.nowMs;
    round.awayMs[name] = lab.nowMs - crm.lastOnlineMs[name];
  }
  addAndRemove(round);
  const commands = takeCommands(lab, node, round, changes);
  manageServices(round);
  if (resourcesChanged) changes.push({ op: "write", path: RESOURCES, content: resourcesText });
  const idle = Object.keys(status.service_status).length === 0 && !commands && round.resources.length === 0;
  crm.idleRounds = idle ? crm.idleRounds + 1 : 0;
  changes.push({ op: "write", path: MANAGER_STATUS, content: JSON.stringify(status) });
  changeInSequence(lab, node, changes, mine(lab, node, "written"));
  if (crm.idleRounds < IDLE_ROUNDS_MAX) return;
  sayCrm(lab, node, `cluster had no service configured for ${IDLE_ROUNDS_MAX} rounds, going idle.`);
  closeWatchdog(lab, node, "crm");
  sayCrm(lab, node, "voluntary release CRM lock");
  releaseLock(lab, node, MANAGER_LOCK);
  sayCrm(lab, node, "status change master => wait_for_quorum");
  crm.phase = "wait_for_quorum";
  delete crm.lockAtMs;
}

function guestConfigLock(text: string): string | undefined {
  return /^lock: (\S+)/m.exec(text.split(/^\[/m)[0]!)?.[1];
}

/** Read what people asked for, and empty the file. @returns whether there was anything */
function takeCommands(lab: LabState, node: string, round: Round, changes: FileChange[]): boolean {
  const lines = (pmxcfsFile(lab, node, COMMANDS) ?? "").split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return false;
  for (const line of lines) {
    const [verb, what, argument] = line.trim().split(/\s+/);
    const service = what === undefined ? undefined : round.status.service_status[what];
    if ((verb === "migrate" || verb === "relocate") && what && argument) {
      if (!service) round.log(`crm command error - no such service: ${line}`);
      else if (round.status.node_status[argument] !== "online")
        round.log(`crm command error - node not online: ${line}`);
      else if (service.node === argument) {
        round.log(`ignore crm command - service already on target node: ${line}`);
      } else {
        round.log(`got crm command: ${line}`);
        service.cmd = [verb, argument];
      }
    } else if (verb === "stop" && what && argument !== undefined) {
      if (service) {
        round.log(`got crm command: ${line}`);
        service.cmd = [verb, argument];
      } else round.log(`crm command error - no such service: ${line}`);
    } else if ((verb === "enable-node-maintenance" || verb === "disable-node-maintenance") && what) {
      const state = round.status.node_status[what] ?? "unknown";
      round.status.node_request ??= {};
      if (verb === "disable-node-maintenance") {
        if (state !== "maintenance") {
          round.log(`clearing maintenance of node ${what} requested, but it's in state ${state}`);
        }
        delete round.status.node_request[what];
      } else if (state === "online") round.status.node_request[what] = { maintenance: 1 };
      else if (state === "maintenance") {
        round.log(`ignoring crm command - node ${what} is already in maintenance state`);
      } else round.log(`crm command error - node not online: ${line}`);
    } else round.log(`unable to parse crm command: ${line}`);
  }
  // Commands that are asked for in this very moment are added behind the ones read.
  changes.push({ op: "write", path: COMMANDS, content: "" });
  // A command that finds its service in the middle of something is lost, as recorded (50).
  for (const service of Object.values(round.status.service_status)) {
    if (service.cmd && !["started", "stopped"].includes(service.state)) delete service.cmd;
  }
  return true;
}

/** Systemd asked it to end. */
export function stopCrm(lab: LabState, node: string): void {
  const { crm } = haOf(lab, node);
  crm.stopping = true;
  sayCrm(lab, node, "received signal TERM");
  sayCrm(lab, node, "server received shutdown request");
  dropLoop(lab, node);
  crm.nextId = schedule(lab, 500 + random(lab) * 1_500, mine(lab, node, "loop"));
}

function stopNow(lab: LabState, node: string): void {
  const { crm } = haOf(lab, node);
  closeWatchdog(lab, node, "crm");
  if (crm.phase === "master") {
    sayCrm(lab, node, "voluntary release CRM lock");
    releaseLock(lab, node, MANAGER_LOCK);
  }
  sayCrm(lab, node, "server stopped");
  reap(lab, node, pidOf(lab, node), { exitCode: 0 });
}

const UID = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function newUid(lab: LabState): string {
  return Array.from({ length: 22 }, () => UID[Math.floor(random(lab) * 64)]).join("");
}
