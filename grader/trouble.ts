/** The crossing from the client's problems to what an observation keeps of them. */

import { getSystemErrorMap } from "node:util";
import { SshRefused } from "../labs/ssh-client.ts";
import { describeProblem, type PveProblem, problemOf } from "../pve/pve-error.ts";
import { scrub, type Trouble } from "./observation.ts";

/** What the system calls its errors by name: `ECONNREFUSED` is `connection refused`. */
const SYSTEM_ERRORS: ReadonlyMap<string, string> = new Map(getSystemErrorMap().values());

/** @param waitedSeconds how long this fact may have taken at most, for the sentence */
export function troubleOf(error: unknown, waitedSeconds: number, secrets: readonly string[]): Trouble {
  const problem = problemOf(error);
  const { cause } = error instanceof Error ? error : {};
  if (cause instanceof SshRefused && cause.kind !== "unreachable") {
    // Reached over SSH, and refused there: the node lives.
    const reason = scrub(cause.message, secrets);
    return { kind: cause.kind === "forwarding" ? "server-error" : cause.kind, reason };
  }
  if (problem) return fromProblem(problem, secrets);
  if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) {
    return { kind: "timeout", reason: "no answer in time", seconds: waitedSeconds };
  }
  return { kind: "no-connection", reason: scrub(error instanceof Error ? error.message : String(error), secrets) };
}

/** Whether the node as a whole is out of reach, so that asking it more is of no use. */
export function isOutOfReach({ kind }: Trouble): boolean {
  return kind !== "forbidden" && kind !== "server-error";
}

function fromProblem(problem: PveProblem, secrets: readonly string[]): Trouble {
  const reason = scrub(describeProblem(problem), secrets).slice(0, 500);
  switch (problem.kind) {
    case "unreachable":
      // A peer that speaks no TLS or no HTTP was reached; it is only not what it should be.
      return {
        kind: /^(HPE_|EPROTO|ERR_SSL)/.test(problem.reason) ? "nonsense" : "no-connection",
        reason: SYSTEM_ERRORS.get(problem.reason) ?? problem.reason,
      };
    case "timeout":
      return { kind: "timeout", reason, seconds: Math.max(1, Math.round(problem.afterMs / 1000)) };
    case "certificate-changed":
      return { kind: "certificate", reason };
    case "unauthorized":
      return { kind: "login", reason };
    case "forbidden": {
      const right = [problem.privilege, problem.path].filter((part) => part !== undefined).join(" on ");
      return { kind: "forbidden", reason, privilege: right === "" ? problem.message : right };
    }
    case "malformed":
      return { kind: "nonsense", reason };
    case "invalid-parameters":
    case "not-in-cluster":
    case "proxied-node-unreachable":
    case "server-error":
    case "not-implemented":
      return { kind: "server-error", reason };
  }
}
