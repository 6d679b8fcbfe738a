/** Who logged in at a node's terminals and when: what wtmp and lastlog hold. */
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";

export interface LoginRecord {
  user: string;
  /** `pts/0`. */
  tty: string;
  /** The address that the node saw. */
  from: string;
  /** Wall clock of the node, milliseconds since 1970. */
  wallMs: number;
  /** Which of the node's boots it was in. */
  boot: number;
  /** When it ended, as the wall clock was; absent while it lasts, and for one that its boot took with it. */
  endedWallMs?: number;
}

/** Older ones are forgotten, as logrotate does with wtmp. */
const LOGINS_MAX = 200;

export type LoginInputs = {
  /** A shell at a terminal began. */
  "accounts/login": { args: { node: string; user: string; tty: string; from: string }; result: undefined };
  "accounts/logout": { args: { node: string; tty: string }; result: undefined };
};

export const loginInputs = {
  "accounts/login": (lab: LabState, args: LoginInputs["accounts/login"]["args"]): undefined => {
    const { accounts, bootCount } = nodeOf(lab, args.node);
    const { user, tty, from } = args;
    const record: LoginRecord = { user, tty, from, wallMs: Math.floor(wallNowMs(lab, args.node)), boot: bootCount };
    accounts.logins = [...(accounts.logins ?? []), record].slice(-LOGINS_MAX);
    return undefined;
  },
  "accounts/logout": (lab: LabState, { node, tty }: LoginInputs["accounts/logout"]["args"]): undefined => {
    const { accounts, bootCount } = nodeOf(lab, node);
    const open = accounts.logins?.findLast((one) => one.tty === tty && one.boot === bootCount);
    if (open && open.endedWallMs === undefined) open.endedWallMs = Math.floor(wallNowMs(lab, node));
    return undefined;
  },
};

/** Oldest first. */
export function loginsAt(lab: Readonly<LabState>, node: string): readonly LoginRecord[] {
  return lab.nodes[node]?.accounts?.logins ?? [];
}
