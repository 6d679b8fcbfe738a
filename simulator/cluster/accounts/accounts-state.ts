/** Who may log in at a node: what is the node's own. Users, tokens and rights of the cluster lie in /etc/pve. */

export interface AccountsState {
  /** root@pam's password on this node; every node has its own, and a join leaves it alone. */
  rootPassword: string;
  /** The host's ed25519 and ECDSA keys lie on the disk; absent until the host of the lab has put them there. */
  hostKeysOnDisk?: true;
}

export type AccountsInputs = {
  /** `passwd` of root on one node. */
  "accounts/set-root-password": { args: { node: string; password: string }; result: undefined };
};
