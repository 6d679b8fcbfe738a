/**
 * A refusal by a node or the cluster: not our bug and not a crash, but the answer a real one gives.
 *
 * The message is Proxmox's exact text, because learners search for it; each caller adds what it was doing.
 */
export class Refusal extends Error {
  override name = "Refusal";
  /** Closed list, for callers that must tell refusals apart without comparing text. */
  readonly code: RefusalCode;
  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type RefusalCode =
  | "no-quorum"
  | "not-in-cluster"
  | "already-exists"
  | "not-found"
  | "permission"
  | "read-only"
  | "invalid"
  /** `NAME: what is wrong with it`: doors say which command or request it was. */
  | "parameter"
  | "unreachable"
  | "busy"
  | "unknown-node"
  | "powered-off";
