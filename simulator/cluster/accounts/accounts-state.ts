/** Who may log in at a node: what is the node's own. Users, tokens and rights of the cluster lie in /etc/pve. */

import type { LoginInputs, LoginRecord } from "./logins.ts";

export interface AccountsState {
  /** root@pam's password on this node; every node has its own, and a join leaves it alone. */
  rootPassword: string;
  /** The host's ed25519 and ECDSA keys lie on the disk; absent until the host of the lab has put them there. */
  hostKeysOnDisk?: true;
  /** Those of the node's other users, by name; absent while none has one. /etc/passwd says who there is. */
  passwords?: Record<string, string>;
  /** Logins at terminals, oldest first; absent before the first one. */
  logins?: LoginRecord[];
}

export type AccountsInputs = LoginInputs & {
  /** The API's way to change root's password on one node. */
  "accounts/set-root-password": { args: { node: string; password: string }; result: undefined };
  /** `passwd` of a user; null when they are gone. */
  "accounts/set-password": { args: { node: string; user: string; password: string | null }; result: undefined };
  /** `usermod -l`. */
  "accounts/rename": { args: { node: string; user: string; to: string }; result: undefined };
};
