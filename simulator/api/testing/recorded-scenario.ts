/**
 * What was sent to and typed on real nodes, done again on simulated ones in fast time: each answer is put beside the
 * recorded one. Recordings were made by the same steps on pveproxy, pvedaemon and the command lines of 8.4.
 */
import type { LabState } from "../../cluster/state.ts";
import { freshLab, joinNode, ROOT_PASSWORD, run, runUntilTaskEnds, setPaths } from "../../cluster/testing/lab-steps.ts";
import { fastPort } from "../../commands/testing/run-program.ts";
import { shellLine, shellStreams } from "../../commands/testing/shell-line.ts";
import { type ApiAnswer, bodyText } from "../answer.ts";
import { answerRequest } from "../pipeline.ts";
import { parseRequest } from "../request.ts";

/** Who asks: root by password unless named; `aud` and `nob` are users of the realm pve, the others tokens. */
type Asker = "root" | "aud" | "nob" | "none" | `tok${string}`;

export type RecordedStep =
  /** Typed on a node, its output no part of the recording. */
  | { node: string; setup: string }
  | { sleep: number }
  /** Joins pve1's cluster. */
  | { join: string }
  /** Every path between this node and the others. */
  | { cut: string }
  | { heal: string }
  /** A token is made: name in this recording, node, user, id, whether its privileges are its own. */
  | { token: [string, number, string, string, number] }
  | RecordedRequest
  | RecordedCommand;

export interface RecordedRequest {
  node: string;
  as?: Asker;
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  /** The body as it was sent. */
  form?: string;
  /** The status line. */
  status: string;
  /** The answer's body; figures that are a host's own stand as `~number`, `~string`, `~any`, or `~maybe` where the key may be missing. */
  body?: unknown;
  /** How the task ended that was started. */
  ended?: string;
}

export interface RecordedCommand {
  node: string;
  command: string;
  /** Both streams in the order in which they came. */
  output: string;
  /** `~number` where an errno that happened to be left behind was the status. */
  exit: number | "~number";
}

export interface Difference {
  step: string;
  recorded: unknown;
  seen: unknown;
}

const PASSWORDS: Record<string, string> = { "aud@pve": "audaudaud", "nob@pve": "nobnobnob", "root@pam": ROOT_PASSWORD };
const USERS: Record<string, string> = { root: "root@pam", aud: "aud@pve", nob: "nob@pve" };

/** Stand-alone nodes at the addresses of the recorded ones. */
export function recordedLab(nodes: number): LabState {
  const lab = freshLab(nodes, "recorded", [], "10.10.10");
  run(lab, 60_000);
  return lab;
}

/** Do every step in its order. @returns what came out differently */
export async function replaySteps(lab: LabState, steps: RecordedStep[]): Promise<Difference[]> {
  const tickets = new Map<string, Record<string, string>>();
  const tokens = new Map<string, string>();
  const different: Difference[] = [];
  for (const step of steps) {
    if ("sleep" in step) run(lab, step.sleep * 1000);
    else if ("setup" in step) await shellLine(lab, step.node, step.setup);
    else if ("join" in step) joinNode(lab, step.join, "10.10.10.11");
    else if ("cut" in step) setPaths(lab, [step.cut], othersOf(lab, step.cut), false);
    else if ("heal" in step) setPaths(lab, [step.heal], othersOf(lab, step.heal), true);
    else if ("token" in step) {
      const [name, node, user, id, separate] = step.token;
      const line = `pveum user token add ${user} ${id} --privsep ${separate} --output-format json`;
      const { stdout } = await shellStreams(lab, `pve${node}`, line);
      tokens.set(name, `${user}!${id}=${JSON.parse(stdout).value}`);
    } else if ("command" in step) {
      const seen = await shellLine(lab, step.node, step.command);
      const recorded = { output: step.output, exit: step.exit };
      if (!fits(recorded, seen)) different.push({ step: `${step.node}# ${step.command}`, recorded, seen });
    } else {
      const seen = await requested(lab, step, tickets, tokens);
      const { status, body, ended } = step;
      const recorded = {
        status,
        ...(body !== undefined && { body }),
        ...(ended !== undefined && { ended }),
      };
      const name = `${step.method}${step.as ? `:${step.as}` : ""} ${step.node} ${step.path}${step.form === undefined ? "" : ` ${step.form}`}`;
      if (!fits(recorded, seen)) different.push({ step: name, recorded, seen });
    }
  }
  return different;
}

const othersOf = (lab: LabState, node: string) => Object.keys(lab.nodes).filter((name) => name !== node);

async function requested(
  lab: LabState,
  step: RecordedRequest,
  tickets: Map<string, Record<string, string>>,
  tokens: Map<string, string>,
): Promise<Record<string, unknown>> {
  const as = step.as ?? "root";
  let headers: Record<string, string> = {};
  if (as.startsWith("tok")) headers = { authorization: `PVEAPIToken=${tokens.get(as)}` };
  else if (as !== "none") {
    const key = `${step.node} ${as}`;
    let known = tickets.get(key);
    if (!known) {
      const user = USERS[as]!;
      const form = `username=${user}&password=${PASSWORDS[user]}`;
      const answer = await answered(lab, step.node, "POST", "/access/ticket", {}, form);
      const { ticket, CSRFPreventionToken } = (answer.body?.data ?? {}) as Record<string, string>;
      known = { cookie: `PVEAuthCookie=${ticket}`, csrfpreventiontoken: CSRFPreventionToken ?? "" };
      tickets.set(key, known);
    }
    headers = known;
  }
  const answer = await answered(lab, step.node, step.method, step.path, headers, step.form);
  const text = bodyText(answer, () => 0.5);
  const body = text.startsWith("{") ? JSON.parse(text) : undefined;
  const upid = typeof body?.data === "string" && body.data.startsWith("UPID:") ? (body.data as string) : undefined;
  const ended = upid && runUntilTaskEnds(lab, upid.split(":")[1]!, upid, 300_000).exitStatus;
  return {
    status: `${answer.status} ${answer.reason}`,
    ...(body !== undefined && { body }),
    ...(ended !== undefined && { ended }),
  };
}

function answered(
  lab: LabState,
  node: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  form?: string,
): Promise<ApiAnswer> {
  const type = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
  const parsed = parseRequest({ method, url: `/api2/json${path}`, headers: { ...headers, ...type } }, form ?? "");
  if (parsed.kind === "other") return Promise.resolve(parsed.answer);
  return answerRequest({ lab: fastPort(lab), node, signal: new AbortController().signal }, parsed.request);
}

/** Instants, numbers of processes, fingerprints and what else is each run's own. */
function comparableOutput(text: string): string {
  return text
    .replaceAll(/UPID:(\w+):[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:/g, "UPID:$1:P:S:T:")
    .replaceAll(/tmp\.\d+/g, "tmp.PID")
    .replaceAll(/\b\d\d:\d\d:\d\d\b/g, "TIME")
    .replaceAll(/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:[A-Z][a-z]{2}) +\d+\b/g, "DAY")
    .replaceAll(/ctime=\d+/g, "ctime=C")
    .replaceAll(/\b[0-9a-f]{40}\b/g, "DIGEST")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UUID")
    .replaceAll(/(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/g, "FINGERPRINT")
    .replaceAll(/SHA256:\S{43}/g, "SHA256:KEY")
    .replaceAll(/ line \d+/g, " line N")
    .trimEnd();
}

/** Whether what was seen is what was recorded; lists without regard to their order, as Perl leaves it to chance. */
function fits(recorded: unknown, seen: unknown, key = ""): boolean {
  // A set of words in one string, in Perl's own order.
  if (key === "content" && typeof recorded === "string" && typeof seen === "string")
    return recorded.split(",").toSorted().join() === seen.split(",").toSorted().join();
  if (recorded === "~any" || recorded === "~maybe") return seen !== undefined;
  if (recorded === "~number" || recorded === "~string") return typeof seen === recorded.slice(1);
  if (typeof recorded === "string" && typeof seen === "string")
    return comparableOutput(recorded) === comparableOutput(seen);
  if (typeof recorded !== "object" || recorded === null || typeof seen !== "object" || seen === null)
    return recorded === seen;
  if (Array.isArray(recorded) || Array.isArray(seen)) {
    if (!Array.isArray(recorded) || !Array.isArray(seen)) return false;
    const left = [...seen];
    return (
      recorded.length === seen.length &&
      recorded.every((one) => {
        const at = left.findIndex((other) => fits(one, other));
        if (at >= 0) left.splice(at, 1);
        return at >= 0;
      })
    );
  }
  const [theirs, own] = [new Map(Object.entries(recorded)), new Map(Object.entries(seen))];
  return (
    [...own.keys()].every((name) => theirs.has(name)) &&
    [...theirs].every(([name, one]) => (own.has(name) ? fits(one, own.get(name), name) : one === "~maybe"))
  );
}
