/**
 * What runs on a node to make, join and change a cluster. Each is a worker task with some facts beside it, so that the
 * command line and the API follow the same thing, and either may go away while it goes on.
 */
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";

export interface ClusterJob {
  upid: string;
  kind: "create" | "join";
  /** The worker waits until somebody says whether the host's certificate is the right one. */
  question: { host: string; fingerprint: string } | null;
  /** The event that ends the worker when the other node does not answer; null when nothing is asked of it. */
  timeoutEvent: number | null;
  /** The parameters it was started with; the password is taken out once the login is over. */
  join: JoinParameters | null;
}

export interface JoinParameters {
  host: string;
  password: string;
  /** SHA-256 of the certificate that the host must show; absent: whoever started it is asked. */
  fingerprint?: string;
  force?: boolean;
  /** Over ssh, whose connection is there already, instead of the other node's API. */
  ssh?: boolean;
  nodeId?: number;
  votes?: number;
  /** This node's addresses by link number. */
  links?: Record<number, string>;
}

export interface ClusterJobsState {
  jobs: ClusterJob[];
  /** UPID of the worker that holds /var/lock/pvecm.lock; empty when nobody does. */
  lockedBy: string;
  /** Requests to add or delete a node that this node works on or has answered, oldest first. */
  requests: MemberRequest[];
  nextRequestId: number;
}

/** An addition or deletion of a member, as the API's request for it sees it. */
export interface MemberRequest {
  id: number;
  /** Absent while it is worked on. */
  answer?: MemberAnswer;
  /** The command's process on the node: what it has not done yet goes with it. */
  pid?: number;
  /** What that printed. */
  lines?: { stream: "stdout" | "stderr"; text: string }[];
}

export type MemberAnswer =
  /** `forced`: it took the place of the entry that there was. */
  | { state: "added"; forced?: true; corosyncConf: string; corosyncAuthkey: string }
  | { state: "deleted" }
  /** corosync.conf was changed otherwise. */
  | { state: "written" }
  /** `errors` by parameter or `error0`; `errno` where the command's exit status follows from it. */
  | { state: "failed"; message: string; errors?: Record<string, string>; exitStatus?: number };

/** So many jobs and requests are remembered. */
const REMEMBERED_MAX = 20;

export function newClusterJobsState(): ClusterJobsState {
  return { jobs: [], lockedBy: "", requests: [], nextRequestId: 1 };
}

/** The job of a task; undefined for other tasks and forgotten ones. */
export function clusterJob(lab: Readonly<LabState>, node: string, upid: string): ClusterJob | undefined {
  return nodeOf(lab as LabState, node).clusterJobs.jobs.find((job) => job.upid === upid);
}

export function rememberJob(lab: LabState, node: string, job: ClusterJob): void {
  const { jobs } = nodeOf(lab, node).clusterJobs;
  jobs.push(job);
  if (jobs.length > REMEMBERED_MAX) jobs.shift();
}

/** A request by its number; undefined once it is forgotten. */
export function memberRequest(lab: Readonly<LabState>, node: string, id: number): MemberRequest | undefined {
  return nodeOf(lab as LabState, node).clusterJobs.requests.find((one) => one.id === id);
}

/** What came of a request to add or delete a member; undefined while it is worked on. */
export function memberAnswer(lab: Readonly<LabState>, node: string, id: number): MemberAnswer | undefined {
  const request = memberRequest(lab, node, id);
  return request ? request.answer : { state: "failed", message: "the request is no longer known" };
}

/** The command behind a request prints. */
export function printLine(request: MemberRequest | undefined, stream: "stdout" | "stderr", text: string): void {
  if (!request || text === "") return;
  request.lines ??= [];
  request.lines.push({ stream, text });
}

/** What the command behind a request has printed so far. */
export function memberLines(lab: Readonly<LabState>, node: string, id: number): NonNullable<MemberRequest["lines"]> {
  return memberRequest(lab, node, id)?.lines ?? [];
}

export function newMemberRequest(lab: LabState, node: string): MemberRequest {
  const state = nodeOf(lab, node).clusterJobs;
  const request: MemberRequest = { id: state.nextRequestId++ };
  state.requests.push(request);
  if (state.requests.length > REMEMBERED_MAX) state.requests.shift();
  return request;
}
