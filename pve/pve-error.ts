/**
 * What can go wrong between us and a node's API, told apart so that a caller never has to compare texts.
 *
 * A node that cannot be reached, one that refuses, and one that answers nonsense are three different things to the
 * grader and to a learner.
 */
export type PveProblem =
  /** No connection, or it broke before an answer came. */
  | { kind: "unreachable"; reason: string }
  /** The connection stands or is being made, and nothing came in time. */
  | { kind: "timeout"; afterMs: number }
  /** The node shows another certificate than the one that is trusted: after a join, or someone in between. */
  | { kind: "certificate-changed"; seen: string; expected: string[] }
  /** 401: no ticket, an expired one, a wrong password or token. */
  | { kind: "unauthorized"; reason: string }
  /** 403. `path` and `privilege` where Proxmox names them: `/nodes/pve1`, `Sys.Audit`. */
  | { kind: "forbidden"; message: string; path?: string; privilege?: string }
  /** 400: what is wrong with which parameter. */
  | { kind: "invalid-parameters"; message: string; errors: Record<string, string> }
  /** 424: the node is in no cluster, so there is nothing to join. */
  | { kind: "not-in-cluster"; message: string }
  /** 595 to 599: the node answered, but could not reach the node that the request was for. */
  | { kind: "proxied-node-unreachable"; node?: string; reason: string }
  /** Any other status of 500 and above: Proxmox's own message. */
  | { kind: "server-error"; status: number; message: string }
  /** 501: this node knows no such method. */
  | { kind: "not-implemented"; message: string }
  /** The answer is no JSON, or not of the shape we know. `path` names the first place that differs. */
  | { kind: "malformed"; path: string; message: string };

export type PveProblemKind = PveProblem["kind"];

/** Every failed call of the client throws one of these. */
export class PveError extends Error {
  override name = "PveError";
  readonly problem: PveProblem;
  /** `GET /cluster/status`. */
  readonly request: string;
  constructor(request: string, problem: PveProblem, cause?: unknown) {
    super(`${request}: ${describeProblem(problem)}`, cause === undefined ? undefined : { cause });
    this.problem = problem;
    this.request = request;
  }
  get kind(): PveProblemKind {
    return this.problem.kind;
  }
}

/** The problem of a thrown value when it is one of ours. */
export function problemOf(error: unknown): PveProblem | undefined {
  return error instanceof PveError ? error.problem : undefined;
}

/** One sentence in English, for logs; what a learner reads is made from the fields. */
export function describeProblem(problem: PveProblem): string {
  switch (problem.kind) {
    case "unreachable":
      return `cannot be reached (${problem.reason})`;
    case "timeout":
      return `no answer within ${problem.afterMs} ms`;
    case "certificate-changed":
      return `shows certificate ${problem.seen || "(none)"}, expected ${problem.expected.join(" or ") || "one of the cluster's CA"}`;
    case "unauthorized":
      return `401 ${problem.reason}`;
    case "forbidden":
      return `403 ${problem.message}`;
    case "invalid-parameters":
      return `400 ${problem.message} ${Object.entries(problem.errors)
        .map(([name, text]) => `${name}: ${text.trim()}`)
        .join("; ")}`;
    case "not-in-cluster":
      return `424 ${problem.message}`;
    case "proxied-node-unreachable":
      return `595 ${problem.reason}${problem.node ? ` (${problem.node})` : ""}`;
    case "server-error":
      return `${problem.status} ${problem.message}`;
    case "not-implemented":
      return `501 ${problem.message}`;
    case "malformed":
      return `answer is malformed at ${problem.path || "its beginning"}: ${problem.message}`;
  }
}

/**
 * The problem that an HTTP answer states, or undefined for a success.
 *
 * @param reason the status line's text; Proxmox puts its message there, and for 401 and 595 nowhere else
 */
export function problemFromAnswer(answer: {
  status: number;
  reason: string;
  body: string;
  node?: string;
}): PveProblem | undefined {
  if (answer.status >= 200 && answer.status < 300) return undefined;
  const parsed = parseRefusal(answer.body);
  const message = (parsed.message ?? answer.reason).trim();
  switch (answer.status) {
    case 400:
      return { kind: "invalid-parameters", message, errors: parsed.errors };
    case 401:
      return { kind: "unauthorized", reason: answer.reason || message };
    case 403: {
      const named = /\((\/[^,()]*), ([^()]+)\)/.exec(message);
      return { kind: "forbidden", message, ...(named && { path: named[1]!, privilege: named[2]! }) };
    }
    case 424:
      return { kind: "not-in-cluster", message };
    case 501:
      return { kind: "not-implemented", message };
  }
  if (answer.status >= 595 && answer.status <= 599) {
    return {
      kind: "proxied-node-unreachable",
      reason: answer.reason || message,
      ...(answer.node !== undefined && { node: answer.node }),
    };
  }
  return { kind: "server-error", status: answer.status, message };
}

function parseRefusal(body: string): { message?: string; errors: Record<string, string> } {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null) return { errors: {} };
    const { message, errors } = value as { message?: unknown; errors?: unknown };
    const texts = typeof errors === "object" && errors !== null ? Object.entries(errors) : [];
    return {
      ...(typeof message === "string" && { message }),
      errors: Object.fromEntries(texts.map(([name, text]) => [name, String(text)])),
    };
  } catch {
    return { errors: {} };
  }
}
