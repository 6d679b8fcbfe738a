/** Starting, writing, ending and reading worker tasks. */

import { log } from "../journal.ts";
import { type EventSpec, nodeOf, schedule } from "../kernel.ts";
import { clusterLog } from "../pmxcfs/cluster-log.ts";
import type { TaskSummary } from "../pmxcfs/pmxcfs-state.ts";
import { announceTasks } from "../pmxcfs/process-group.ts";
import { reap, spawn } from "../processes.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { TASK_OUTPUT_MAX, TASKS_MAX, type TaskState } from "./tasks-state.ts";
import { upidText } from "./upid.ts";

export type TasksInputs = {
  /** End a running task, as the stop button does; one that has ended is left as it is. */
  "tasks/stop": { args: { node: string; upid: string }; result: undefined };
};

/** Workers of these types clean up when they are stopped, and end by themselves. */
const CLEAN_UP_FIRST: ReadonlySet<string> = new Set(["qmigrate", "qmclone", "qmmove"]);

export const tasksInputs = {
  "tasks/stop": (lab: LabState, args: { node: string; upid: string }): undefined => {
    const task = findTask(lab, args.node, args.upid);
    if (!task?.running) return undefined;
    if (CLEAN_UP_FIRST.has(task.type)) {
      schedule(lab, 0, { kind: `tasks/interrupted-${task.type}`, node: args.node, data: { upid: args.upid } });
    } else endTask(lab, args.node, args.upid, "interrupted by signal");
    return undefined;
  },
};

export interface TaskOrigin {
  type: string;
  /** `100`; empty when the task is about no guest. */
  id?: string;
  /** `root@pam`. */
  user?: string;
  /** `root@pam!grader` when an API token asked. */
  tokenId?: string;
  /** Who starts it, for the logs: `pvedaemon`, `pvecm`. */
  program: string;
}

/** Start a worker on a node; it runs until `endTask`. */
export function startTask(lab: LabState, node: string, origin: TaskOrigin): TaskState {
  const owner = nodeOf(lab, node);
  const user = origin.user ?? "root@pam";
  const pid = spawn(lab, node, `task ${origin.type}`, "");
  const startS = Math.floor(wallNowMs(lab, node) / 1000);
  const pstart = Math.floor((lab.nowMs - owner.bootedAtMs) / 10);
  const id = origin.id ?? "";
  const upid = upidText({ node, pid, pstart, startS, type: origin.type, id, user: origin.tokenId || user });
  const task: TaskState = {
    upid,
    node,
    pid,
    pstart,
    startS,
    type: origin.type,
    id,
    user,
    tokenId: origin.tokenId ?? "",
    program: origin.program,
    output: "",
    running: true,
    endS: 0,
    exitStatus: "",
  };
  owner.tasks.push(task);
  dropOldTasks(owner.tasks);
  note(lab, node, task, `starting task ${upid}`, 6);
  announceTasks(lab, node);
  return task;
}

/** Append to a task's output as it stands; the worker writes its own newlines. */
export function writeTask(lab: LabState, node: string, upid: string, text: string): void {
  const task = findTask(lab, node, upid);
  if (!task?.running || task.output.length + text.length > TASK_OUTPUT_MAX) return;
  task.output += text;
}

/** End a task. @param exitStatus `OK` or the error's text, one line */
export function endTask(lab: LabState, node: string, upid: string, exitStatus: string): void {
  const task = findTask(lab, node, upid);
  if (!task?.running) return;
  finish(task, exitStatus, Math.floor(wallNowMs(lab, node) / 1000));
  reap(lab, node, task.pid);
  note(lab, node, task, `end task ${upid} ${exitStatus}`, exitStatus === "OK" ? 6 : 3);
  announceTasks(lab, node);
}

/** An event that belongs to a task's worker: it vanishes when the worker is gone. */
export function taskEvent(task: TaskState, kind: string, data: object): EventSpec {
  return { kind, node: task.node, pid: task.pid, data: { ...data, upid: task.upid } };
}

/** Tasks that ran when the node lost its power are found dead at its next boot. */
export function endLostTasks(lab: LabState, node: string): void {
  for (const task of nodeOf(lab, node).tasks) {
    if (task.running) finish(task, "unexpected status", Math.floor(wallNowMs(lab, node) / 1000));
  }
}

/** A worker that was killed leaves a task without an end; Proxmox says so. */
export function loseTask(lab: LabState, node: string, pid: number): void {
  const task = nodeOf(lab, node).tasks.findLast((one) => one.pid === pid);
  if (!task?.running) return;
  finish(task, "unexpected status", Math.floor(wallNowMs(lab, node) / 1000));
  announceTasks(lab, node);
}

/** A task of a node by its UPID. */
export function findTask(lab: Readonly<LabState>, node: string, upid: string): TaskState | undefined {
  return lab.nodes[node]?.tasks.find((task) => task.upid === upid);
}

/** A node's tasks, newest first. */
export function nodeTasks(lab: Readonly<LabState>, node: string): TaskState[] {
  return [...nodeOf(lab as LabState, node).tasks].reverse();
}

/** `/cluster/tasks` of a node: the newest tasks of all nodes as this one last heard of them, newest first. */
export function clusterTasks(lab: Readonly<LabState>, node: string): TaskSummary[] {
  const lists = nodeOf(lab as LabState, node).pmxcfs.taskLists;
  return Object.values(lists)
    .flat()
    .sort((a, b) => b.startS - a.startS || (a.upid < b.upid ? 1 : -1));
}

/** A task's log as the API tells it: line by line, the last one `TASK OK` or `TASK ERROR: ...` once it has ended. */
export function taskLogLines(task: Readonly<TaskState>): string[] {
  const lines = task.output.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (!task.running) lines.push(task.exitStatus === "OK" ? "TASK OK" : `TASK ERROR: ${task.exitStatus}`);
  return lines;
}

function finish(task: TaskState, exitStatus: string, endS: number): void {
  if (task.output !== "" && !task.output.endsWith("\n")) task.output += "\n";
  task.running = false;
  task.exitStatus = exitStatus;
  task.endS = endS;
}

function dropOldTasks(tasks: TaskState[]): void {
  for (let i = 0; tasks.length > TASKS_MAX && i < tasks.length; ) {
    if (tasks[i]!.running) i += 1;
    else tasks.splice(i, 1);
  }
}

function note(lab: LabState, node: string, task: TaskState, text: string, priority: number): void {
  const who = task.tokenId || task.user;
  const unit = ["pvedaemon", "pve-ha-lrm"].includes(task.program) ? `${task.program}.service` : "";
  log(lab, node, { unit, identifier: task.program, pid: task.pid, text: `<${who}> ${text}`, priority });
  clusterLog(lab, node, { pri: priority, tag: task.program, pid: task.pid, user: who, msg: text });
}
