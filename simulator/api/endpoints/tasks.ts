/** Tasks of a node and of the cluster: lists, status, log. @source recordings 06, 12, 27, 34, 35 */

import { formatUpid, parseUpid } from "../../../pve/upid.ts";
import type { LabState } from "../../cluster/state.ts";
import { findTask, taskLogLines } from "../../cluster/tasks/tasks.ts";
import type { TaskState } from "../../cluster/tasks/tasks-state.ts";
import { isTrue } from "../../cluster/truth.ts";
import { ApiRefusal, failure, type Json, ordered, success, totalOf, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext, Identity } from "../endpoint.ts";
import { boolean, formed, integer, oneOf, VMID } from "../parameters.ts";
import { hasPrivilege } from "../permissions.ts";

const COUNT_MAX = 2 ** 31;
const count = integer(0, COUNT_MAX);

export const taskEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/tasks",
    permission: { kind: "user" },
    proxied: true,
    parameters: {
      errors: { optional: true, check: boolean },
      limit: { optional: true, check: count },
      since: { optional: true, check: integer(-COUNT_MAX, 2 ** 40) },
      source: { optional: true, check: oneOf(["archive", "active", "all"]) },
      start: { optional: true, check: count },
      statusfilter: { optional: true },
      typefilter: { optional: true },
      until: { optional: true, check: integer(-COUNT_MAX, 2 ** 40) },
      userfilter: { optional: true },
      vmid: formed({ ...VMID, optional: true }),
    },
    answer: listOfNode,
  },
  {
    method: "GET",
    path: "/nodes/{node}/tasks/{upid}/status",
    permission: { kind: "user" },
    proxied: true,
    protected: true,
    answer: status,
  },
  {
    method: "GET",
    path: "/nodes/{node}/tasks/{upid}/log",
    permission: { kind: "user" },
    proxied: true,
    protected: true,
    parameters: { start: { optional: true, check: count }, limit: { optional: true, check: count } },
    answer: log,
  },
  {
    method: "DELETE",
    path: "/nodes/{node}/tasks/{upid}",
    permission: { kind: "user" },
    proxied: true,
    protected: true,
    answer: stop,
  },
  { method: "GET", path: "/cluster/tasks", permission: { kind: "user" }, answer: listOfCluster },
];

/** What a node shows at most unless asked for more. */
const LIST_LIMIT = 50;
function listOfNode({ lab, node, params, who }: EndpointContext) {
  return lab.read((state) => {
    const source = params.source ?? "archive";
    const all = hasPrivilege(state, node, who, `/nodes/${node}`, "Sys.Audit");
    const found = newestFirst(state.nodes[node]!.tasks)
      .filter((task) => source === "all" || task.running === (source === "active"))
      .filter((task) => all || task.user === who.user)
      .filter(
        (task) => params.userfilter === undefined || task.user.toLowerCase().includes(params.userfilter.toLowerCase()),
      )
      .filter((task) => params.typefilter === undefined || task.type === params.typefilter)
      .filter((task) => params.vmid === undefined || task.id === params.vmid)
      .filter((task) => params.since === undefined || task.startS >= Number(params.since))
      .filter((task) => params.until === undefined || task.startS <= Number(params.until))
      .filter((task) => !isTrue(params.errors) || (!task.running && task.exitStatus !== "OK"))
      .filter((task) => params.statusfilter === undefined || statusFits(task, params.statusfilter.split(",")));
    const start = Number(params.start ?? 0);
    const shown = found.slice(start, start + Number(params.limit ?? LIST_LIMIT));
    return success(ordered(shown.map((task) => listEntry(task))), totalOf(found.length));
  });
}

function listEntry(task: TaskState): Json {
  const common = {
    upid: task.upid,
    node: task.node,
    pid: task.pid,
    pstart: task.pstart,
    starttime: task.startS,
    type: task.type,
    id: task.id,
  };
  if (task.running) return { ...common, user: task.tokenId || task.user, status: "RUNNING", saved: "0" };
  const tokenId = tokenName(task);
  return {
    ...common,
    user: task.user,
    endtime: task.endS,
    status: task.exitStatus,
    ...(tokenId && { tokenid: tokenId }),
  };
}

/** What the nodes told each other last: of one that is away, what it had told before. @source recording 34 */
function listOfCluster({ lab, node, who }: EndpointContext) {
  return lab.read((state) => {
    const found = Object.entries(state.nodes[node]!.pmxcfs.taskLists).flatMap(([member, tasks]) => {
      const all = hasPrivilege(state, node, who, `/nodes/${member}`, "Sys.Audit");
      return tasks.filter((task) => all || task.user === who.user);
    });
    const list = found
      .sort((a, b) => b.startS - a.startS)
      .map((task) => ({
        upid: task.upid,
        node: task.node,
        starttime: task.startS,
        type: task.type,
        id: task.id,
        user: task.tokenId || task.user,
        saved: task.running ? "0" : "1",
        ...(!task.running && { endtime: task.endS, status: task.exitStatus }),
      }));
    return success(ordered(list));
  });
}

function status({ lab, node, params, who }: EndpointContext) {
  return lab.read((state) => {
    const task = taskOf(state, node, params.upid!, who);
    const tokenId = tokenName(task);
    return success({
      upid: task.upid,
      node: task.node,
      pid: task.pid,
      pstart: task.pstart,
      starttime: task.startS,
      type: task.type,
      id: task.id,
      user: task.user,
      ...(tokenId && { tokenid: tokenId }),
      ...(task.running ? { status: "running" } : { status: "stopped", exitstatus: task.exitStatus }),
    });
  });
}

/** @source recording g10: answers at once, the task ends in its own time */
function stop({ lab, node, params, who }: EndpointContext) {
  const upid = lab.read((state) => {
    const task = taskOf(state, node, params.upid!, who);
    const own = task.user === who.user;
    if (!own && !hasPrivilege(state, node, who, `/nodes/${node}`, "Sys.Modify")) {
      throw new ApiRefusal(failure(403, `Permission check failed (/nodes/${node}, Sys.Modify)`));
    }
    return task.upid;
  });
  lab.act("tasks/stop", { node, upid });
  return success(null);
}

function log({ lab, node, params, who }: EndpointContext) {
  return lab.read((state) => {
    const task = taskOf(state, node, params.upid!, who);
    const written = taskLogLines(task);
    const lines = written.length > 0 ? written : ["no content"];
    const start = Number(params.start ?? 0);
    // The recorded start=2 gives line 3 first: it counts lines to leave out.
    const limit = Number(params.limit ?? LIST_LIMIT) || lines.length;
    const shown = lines.slice(start, start + limit).map((text, index) => ({ n: start + index + 1, t: text }));
    return success(ordered(shown), totalOf(lines.length));
  });
}

/** @throws ApiRefusal for a UPID that is none, one of another node, or one of somebody else's */
function taskOf(state: Readonly<LabState>, node: string, text: string, who: Identity): TaskState {
  const upid = parseUpid(text);
  if (!upid) throw new ApiRefusal(wrongParameters({ upid: "unable to parse worker upid" }));
  const task = findTask(state, node, formatUpid(upid));
  if (!task) throw new ApiRefusal(wrongParameters({ upid: "no such task" }));
  if (task.user !== who.user && !hasPrivilege(state, node, who, `/nodes/${node}`, "Sys.Audit")) {
    throw new ApiRefusal(failure(403, `Permission check failed (/nodes/${node}, Sys.Audit)`));
  }
  return task;
}

function newestFirst(tasks: readonly TaskState[]): TaskState[] {
  return [...tasks].reverse().sort((a, b) => b.startS - a.startS);
}

/** The token's own name: `oracle` of `root@pam!oracle`. */
function tokenName(task: TaskState): string {
  return task.tokenId.split("!")[1] ?? "";
}

function statusFits(task: TaskState, wanted: string[]): boolean {
  if (task.running) return false;
  const kind = task.exitStatus === "OK" ? "ok" : task.exitStatus.startsWith("WARNINGS") ? "warning" : "error";
  return wanted.includes(kind);
}
