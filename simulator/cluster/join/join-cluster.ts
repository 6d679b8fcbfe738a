/**
 * `pvecm add` and `POST /cluster/config/join`: this node becomes a member of another one's cluster.
 *
 * One state machine for both doors; every step is an event of the worker's process. What it prints is recorded;
 * replies to network faults in the middle are derived from the client library (docs/fidelity.md#join-faults).
 *
 * @source recordings 02, 04, 06, 43, 45, 48; pve-cluster 8.1 PVE/Cluster/Setup.pm join, finish_join, updatecerts_and_ssh
 */

import { passwordIsRight, WRONG_LOGIN_DELAY_MS } from "../accounts/accounts.ts";
import { noteApiLogin } from "../accounts/api-logins.ts";
import { corosyncRunning } from "../corosync/view.ts";
import { changeDisk } from "../files/disk.ts";
import { removeLocalFile, writeLocalFile } from "../files/file-changes.ts";
import { readNodeFile } from "../files/node-tree.ts";
import { localAddressOf } from "../host-network/node-address.ts";
import { cancel, type EventHandler, nodeOf, schedule } from "../kernel.ts";
import type { RenewalEnd } from "../pki/pki-state.ts";
import { startRenewal } from "../pki/renewal.ts";
import { dropDatabase } from "../pmxcfs/daemon.ts";
import { guestConfigs, pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import { jobFailed, reloadUnit, startUnit, stopUnit } from "../services/services.ts";
import type { LabState } from "../state.ts";
import { endTask, findTask, startTask, taskEvent, writeTask } from "../tasks/tasks.ts";
import type { TaskState } from "../tasks/tasks-state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { addNode } from "./add-node.ts";
import { type ClusterJob, clusterJob, type JoinParameters, type MemberAnswer, rememberJob } from "./cluster-jobs.ts";
import { AUTHKEY, wrongLinks } from "./create-cluster.ts";
import { withLock } from "./pvecm-lock.ts";
import { reachApi } from "./reach.ts";

export type JoinInputs = {
  /** Start to join; the task tells the rest. Without a fingerprint it asks: see `clusterJob(...).question`. */
  "cluster/join": {
    args: { node: string; user?: string; program: string } & JoinParameters;
    result: { upid: string };
  };
  /** Say whether the host's certificate is the right one. @throws Refusal "not-found" when the task asks nothing */
  "cluster/answer": { args: { node: string; upid: string; accept: boolean }; result: undefined };
};

export const joinInputs = {
  "cluster/join": (lab: LabState, args: JoinInputs["cluster/join"]["args"]): { upid: string } => {
    const { node, user, program, ...parameters } = args;
    const task = startTask(lab, node, { type: "clusterjoin", user: user ?? "root@pam", program });
    rememberJob(lab, node, { upid: task.upid, kind: "join", question: null, timeoutEvent: null, join: parameters });
    withLock(lab, task, taskEvent(task, "cluster/join-step", { step: "check" }));
    return { upid: task.upid };
  },
  "cluster/answer": (lab: LabState, args: JoinInputs["cluster/answer"]["args"]): undefined => {
    const job = clusterJob(lab, args.node, args.upid);
    const task = findTask(lab, args.node, args.upid);
    if (!job?.question || !task?.running) throw new Refusal("not-found", "this task asks nothing");
    job.question = null;
    if (args.accept) schedule(lab, 0, taskEvent(task, "cluster/join-step", { step: "login" }));
    else endTask(lab, args.node, args.upid, "Fingerprint not verified, abort!");
    return undefined;
  },
};

type StepName =
  | "check"
  | "connect"
  | "verify"
  | "login"
  | "logged-in"
  | "request"
  | "ask"
  | "added"
  | "stopped"
  | "restarted"
  | "quorum"
  | "node-files"
  | "reload"
  | "reloaded";

interface Step {
  upid: string;
  step: StepName;
  answer?: MemberAnswer;
  renewal?: RenewalEnd;
  asked?: boolean;
  fail?: string;
}

/** What a step works with. */
interface Worker {
  lab: LabState;
  task: TaskState;
  node: string;
  job: ClusterJob;
  parameters: JoinParameters;
  data: Step;
  say(text: string): void;
  fail(status: string): void;
  next(step: StepName, delayMs: number, more?: object): void;
}

export const joinHandlers: Record<string, EventHandler> = {
  "cluster/join-step": (lab, event) => {
    const data = event.data as Step;
    const node = event.node!;
    const task = findTask(lab, node, data.upid);
    const job = clusterJob(lab, node, data.upid);
    if (!task?.running || !job?.join) return;
    if (data.fail !== undefined) {
      const asked = !job.join.ssh && (data.step === "ask" || data.step === "added");
      if (asked) writeTask(lab, node, task.upid, `An error occurred on the cluster node: ${data.fail.slice(4)}\n`);
      endTask(lab, node, task.upid, asked ? ABORTED : data.fail);
      return;
    }
    steps[stepOf(data)]({
      lab,
      task,
      node,
      job,
      parameters: job.join,
      data,
      say: (text) => writeTask(lab, node, task.upid, `${text}\n`),
      fail: (status) => endTask(lab, node, task.upid, status),
      next: (step, delayMs, more) => {
        schedule(lab, delayMs, taskEvent(task, "cluster/join-step", { step, ...more }));
      },
    });
  },
};

/** Saves of the format 4 hold steps that made certificates themselves: such a join makes its node's files once more. */
function stepOf({ step, renewal }: Step): StepName {
  return steps[step] === undefined || (step === "reload" && !renewal) ? "node-files" : step;
}

const steps: Record<StepName, (worker: Worker) => void> = {
  check: ({ lab, node, parameters, say, fail, next }) => {
    const errors = joinErrors(lab, node, parameters.links);
    if (errors !== "") {
      say(errors.replace(/\n$/, ""));
      if (!parameters.force) {
        fail(NOT_JOINABLE);
        return;
      }
      say("\nWARNING : detected error but forced to continue!\n");
    }
    if (parameters.ssh) {
      next("request", 400);
      return;
    }
    say(`Establishing API connection with host '${parameters.host}'`);
    next("connect", 60);
  },
  connect: (worker) => {
    if (hostOf(worker)) worker.next("verify", 150);
  },
  verify: (worker) => {
    const { lab, job, parameters, fail, next } = worker;
    const host = hostOf(worker);
    if (!host) return;
    const fingerprint = lab.pki.nodes[host]?.fingerprint ?? "";
    if (parameters.fingerprint === undefined) {
      // Whoever started the task answers with `cluster/answer`.
      job.question = { host: parameters.host, fingerprint };
    } else if (parameters.fingerprint.toUpperCase() !== fingerprint) {
      fail(`fingerprint '${fingerprint}' not verified, abort!`);
    } else next("login", 0);
  },
  login: (worker) => {
    const { lab, node, job, parameters, next } = worker;
    const host = hostOf(worker);
    if (!host) return;
    const right = passwordIsRight(lab, host, "root@pam", parameters.password);
    // Nobody needs it from here on.
    job.join = { ...parameters, password: "" };
    const login = { user: "root@pam", from: localAddressOf(lab, node) ?? "" };
    if (right) {
      noteApiLogin(lab, host, login);
      next("logged-in", 200);
      return;
    }
    noteApiLogin(lab, host, { ...login, refusal: "Authentication failure" });
    next("login", WRONG_LOGIN_DELAY_MS, { fail: "401 authentication failure" });
  },
  "logged-in": ({ say, next }) => {
    say("Login succeeded.");
    say("check cluster join API version");
    next("request", 80);
  },
  request: (worker) => {
    const { lab, node, parameters, say, next } = worker;
    if (Object.keys(parameters.links ?? {}).length === 0) {
      say(`No cluster network links passed explicitly, fallback to local node IP '${localAddressOf(lab, node) ?? ""}'`);
    }
    if (!parameters.ssh) say("Request addition of this node");
    next("ask", 20);
  },
  ask: (worker) => {
    const { lab, node, task, parameters, job } = worker;
    const host = hostOf(worker);
    if (!host) return;
    const silence = taskEvent(task, "cluster/join-step", { step: "added", fail: "500 read timeout" });
    job.timeoutEvent = schedule(lab, READ_TIMEOUT_MS, silence);
    const own = localAddressOf(lab, node);
    addNode(
      lab,
      host,
      {
        name: node,
        apiVersion: 1,
        ...(own !== undefined && { newNodeAddress: own }),
        ...(parameters.links && { links: parameters.links }),
        ...(parameters.nodeId !== undefined && { nodeId: parameters.nodeId }),
        ...(parameters.votes !== undefined && { votes: parameters.votes }),
        ...((parameters.ssh || parameters.force !== undefined) && {
          force: parameters.ssh || parameters.force === true,
        }),
      },
      taskEvent(task, "cluster/join-step", { step: "added" }),
    );
  },
  added: (worker) => {
    const { lab, node, job, parameters, data, say, fail, next } = worker;
    // An answer that was on its way when the connection went is waited for until the time is up.
    if (reachApi(lab, node, parameters.host).state === "closed") return;
    cancel(lab, job.timeoutEvent ?? undefined);
    job.timeoutEvent = null;
    const answer = data.answer;
    if (answer?.state !== "added" && parameters.ssh) {
      say(answer?.state === "failed" ? answer.message : "no answer");
      fail(`unable to add node: command failed (${remoteCommand(lab, node, parameters)})`);
      return;
    }
    if (answer?.state !== "added") {
      say(`An error occurred on the cluster node: ${answer?.state === "failed" ? answer.message : "no answer"}`);
      const errors = answer?.state === "failed" ? (answer.errors ?? {}) : {};
      for (const key of Object.keys(errors).sort()) say(`${key.startsWith("warning") ? "*" : "!"} ${errors[key]}`);
      fail(ABORTED);
      return;
    }
    say(parameters.ssh ? "copy corosync auth key" : "Join request OK, finishing setup locally");
    const written =
      writeLocalFile(lab, node, AUTHKEY, answer.corosyncAuthkey, 0o400) &&
      writeLocalFile(lab, node, "/etc/corosync/corosync.conf", answer.corosyncConf);
    if (!written) {
      fail("unable to write '/etc/corosync/corosync.conf' - No space left on device");
      return;
    }
    say("stopping pve-cluster service");
    stopUnit(lab, node, "pve-cluster");
    next("stopped", 300);
  },
  stopped: ({ lab, node, say, fail, next }) => {
    if (nodeOf(lab, node).services.units["pve-cluster"].active === "deactivating") {
      next("stopped", 100);
      return;
    }
    const backup = `/var/lib/pve-cluster/backup/config-${Math.floor(wallNowMs(lab, node) / 1000)}.sql.gz`;
    say(`backup old database to '${backup}'`);
    if (!writeBackup(lab, node, backup)) {
      fail("can't backup old database: No space left on device");
      return;
    }
    dropDatabase(lab, node);
    startUnit(lab, node, "corosync");
    startUnit(lab, node, "pve-cluster");
    next("restarted", 500);
  },
  restarted: ({ lab, node, say, fail, next, data }) => {
    const units = nodeOf(lab, node).services.units;
    const failed = (["corosync", "pve-cluster"] as const).filter((unit) => units[unit].active === "failed");
    if (failed.length > 0) {
      for (const unit of failed) say(jobFailed(lab, node, unit).trimEnd());
      fail("starting pve-cluster failed: command 'systemctl start corosync pve-cluster' failed: exit code 1");
    } else if (units.corosync.active === "activating" || units["pve-cluster"].active === "activating") {
      next("restarted", 200, { asked: data.asked });
    } else next("quorum", 0);
  },
  quorum: ({ lab, node, task, data, next }) => {
    const { quorate, mode, sync } = nodeOf(lab, node).pmxcfs;
    // Proxmox asks for quorum alone and the next write waits; the model waits here for the data, too.
    if (mode === "cluster" && quorate && sync.phase === "synced") {
      if (data.asked) writeTask(lab, node, task.upid, "OK\n");
      next("node-files", 50);
      return;
    }
    if (!data.asked) writeTask(lab, node, task.upid, "waiting for quorum...");
    next("quorum", 1_000, { asked: true });
  },
  "node-files": ({ lab, node, task }) => {
    const next = taskEvent(task, "cluster/join-step", { step: "reload" });
    startRenewal(lab, node, { force: true, unmerge: false, upid: task.upid, next });
  },
  reload: ({ lab, node, data, say, fail, next }) => {
    const { error } = data.renewal!;
    if (error !== "") {
      fail(error);
      return;
    }
    say("generated new node certificate, restart pveproxy and pvedaemon services");
    reloadUnit(lab, node, "pvedaemon");
    reloadUnit(lab, node, "pveproxy");
    next("reloaded", 2_000);
  },
  reloaded: ({ node, say, lab, task }) => {
    say(`successfully added node '${node}' to cluster.`);
    endTask(lab, node, task.upid, "OK");
  },
};

/** A request that got no answer ends after so long. @source PVE::APIClient::LWP: 60 s */
const READ_TIMEOUT_MS = 60_000;

/** How a join ends that the cluster's node refused, or whose question it did not answer. */
const ABORTED = "Cluster join aborted!";

/** What is run on the cluster's node over ssh. @source PVE/CLI/pvecm.pm add */
function remoteCommand(lab: Readonly<LabState>, node: string, parameters: JoinParameters): string {
  const { host, nodeId, votes, links = {} } = parameters;
  const given = Object.entries(links).map(([number, address]) => `--link${number} ${address}`);
  return [
    `ssh ${host} -o BatchMode=yes pvecm addnode ${node} --force 1`,
    ...(nodeId === undefined ? [] : [`--nodeid ${nodeId}`]),
    ...(votes === undefined ? [] : [`--votes ${votes}`]),
    ...(given.length > 0 ? given : [`--new_node_ip ${localAddressOf(lab, node) ?? ""}`]),
  ].join(" ");
}

/** The node that answers at the host now; when none does, the worker ends as the client library would. */
function hostOf(worker: Worker): string | undefined {
  const { lab, node, parameters, data, next } = worker;
  const reach = reachApi(lab, node, parameters.host);
  if (reach.state === "open") return reach.node;
  next(data.step, reach.afterMs, { fail: `500 Can't connect to ${parameters.host}:8006 (${reach.reason})` });
  return undefined;
}

/** How a join ends that something stands against. */
export const NOT_JOINABLE = "Check if node may join a cluster failed!";

/** Why a node may not join, in Proxmox's order and words; empty when it may. @source recordings 02, 43, 48 */
export function joinErrors(lab: Readonly<LabState>, node: string, links: Record<number, string> = {}): string {
  const errors: string[] = [];
  if (readNodeFile(lab, node, AUTHKEY) !== undefined) errors.push(`authentication key '${AUTHKEY}' already exists`);
  if (pmxcfsFile(lab, node, "corosync.conf") !== undefined) {
    errors.push("cluster config '/etc/pve/corosync.conf' already exists");
  }
  if (guestConfigs(lab.nodes[node]!.pmxcfs.database).length > 0)
    errors.push("this host already contains virtual guests");
  if (corosyncRunning(lab, node)) {
    errors.push("corosync is already running, is this node already in a cluster?!");
  }
  errors.push(...wrongLinks(lab, node, links));
  // The text about links ends with a newline of its own (recording 48).
  const lines = errors.map((error) => `* ${error}\n${error.startsWith("link") ? "\n" : ""}`);
  return lines.length === 0 ? "" : `detected the following error(s):\n${lines.join("")}`;
}

/** A dump of the old database, small and of the right name; nothing in the model reads it back. */
function writeBackup(lab: LabState, node: string, path: string): boolean {
  const { database } = nodeOf(lab, node).pmxcfs;
  const content = `\x1f\x8b\x08\0${Object.keys(database.entries).sort().join("\n")}\n`;
  removeLocalFile(lab, node, path);
  const answer = changeDisk(nodeOf(lab, node).files, { op: "write", path, content, mode: 0o600 }, wallNowMs(lab, node));
  return answer.state === "done";
}
