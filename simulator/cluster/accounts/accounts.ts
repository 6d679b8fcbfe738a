/**
 * Logins and rights: root's password of each node, and the users, tokens and rights that /etc/pve holds.
 *
 * The files have Proxmox's form (user.cfg, priv/token.cfg), so that a join replaces them with the cluster's.
 * Passwords of the realm `pve` are not modelled yet (docs/fidelity.md).
 */
import { readNodeFile } from "../files/node-tree.ts";
import { nodeOf } from "../kernel.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import type { AccountsInputs } from "./accounts-state.ts";
import { loginInputs } from "./logins.ts";
import { parsePairs, parsePool, type UserConfig, userConfig } from "./user-config.ts";

export type { AccountsInputs };

export const accountsInputs = {
  ...loginInputs,
  "accounts/set-root-password": (lab: LabState, args: { node: string; password: string }): undefined => {
    nodeOf(lab, args.node).accounts.rootPassword = args.password;
    return undefined;
  },
  "accounts/set-password": (lab: LabState, args: AccountsInputs["accounts/set-password"]["args"]): undefined => {
    const { accounts } = nodeOf(lab, args.node);
    const { [args.user]: _, ...others } = accounts.passwords ?? {};
    if (args.user === "root") accounts.rootPassword = args.password ?? "";
    else accounts.passwords = args.password === null ? others : { ...others, [args.user]: args.password };
    return undefined;
  },
  "accounts/rename": (lab: LabState, args: AccountsInputs["accounts/rename"]["args"]): undefined => {
    const { accounts } = nodeOf(lab, args.node);
    const { [args.user]: password, ...others } = accounts.passwords ?? {};
    if (password !== undefined) accounts.passwords = { ...others, [args.to]: password };
    return undefined;
  },
};

/** How long a node waits before it says that a password, ticket or token is wrong, milliseconds. @source FACTS, 5 */
export const WRONG_LOGIN_DELAY_MS = 3_000;

/**
 * Whether a password is right for a user of the realm pam: one of the node's own, who is in its /etc/passwd and not locked
 * in its /etc/shadow. An empty one is none, as PAM has it for logins from elsewhere.
 */
export function passwordIsRight(lab: Readonly<LabState>, node: string, user: string, password: string): boolean {
  const name = /^(.+)@pam$/.exec(user)?.[1];
  if (name === undefined || password === "") return false;
  const { rootPassword, passwords = {} } = nodeOf(lab as LabState, node).accounts;
  const right = name === "root" ? rootPassword : Object.hasOwn(passwords, name) ? passwords[name] : undefined;
  if (right !== password) return false;
  const fieldOf = (path: string) =>
    (readNodeFile(lab, node, path) ?? "")
      .split("\n")
      .find((line) => line.startsWith(`${name}:`))
      ?.split(":")[1];
  if (name !== "root" && fieldOf("/etc/passwd") === undefined) return false;
  return !fieldOf("/etc/shadow")?.startsWith("!");
}

export interface ApiUser {
  /** `root@pam`, `anna@pve`. */
  id: string;
  enabled: boolean;
  /** Seconds since 1970; 0 never. */
  expiresAtS: number;
}

export interface ApiToken {
  /** `root@pam!grader`. */
  id: string;
  user: string;
  expiresAtS: number;
  /** With privilege separation a token has only the rights given to itself. */
  privilegeSeparation: boolean;
  secret: string;
}

export interface AclEntry {
  /** `/`, `/vms/100`. */
  path: string;
  propagate: boolean;
  /** A user or token by id, a group as `@name`. */
  who: string;
  role: string;
}

/** Everything user.cfg and priv/token.cfg say on a node. */
export interface AccessConfig {
  users: ApiUser[];
  tokens: ApiToken[];
  groups: { name: string; members: string[] }[];
  acl: AclEntry[];
  /** Privileges of the roles that somebody made. */
  roles: UserConfig["roles"];
  /** `members`: the paths of its guests and storages, `/vms/100`. */
  pools: { name: string; members: string[] }[];
}

/** Read a node's view of users, tokens and rights. root@pam is always there. */
export function accessConfig(lab: Readonly<LabState>, node: string): AccessConfig {
  const config = userConfig(lab, node);
  const secrets = parsePairs(pmxcfsFile(lab, node, "priv/token.cfg") ?? "", " ");
  return {
    users: [...config.users].map(([id, { enable, expire }]) => ({ id, enabled: enable, expiresAtS: expire })),
    tokens: [...config.users].flatMap(([user, { tokens }]) =>
      [...tokens].map(([name, { expire, privsep }]) => {
        const id = `${user}!${name}`;
        return { id, user, expiresAtS: expire, privilegeSeparation: privsep, secret: secrets.get(id) ?? "" };
      }),
    ),
    groups: [...config.groups].map(([name, { members }]) => ({ name, members: [...members] })),
    acl: [...config.acl].flatMap(([path, subjects]) =>
      [...subjects].flatMap(([who, roles]) => [...roles].map(([role, propagate]) => ({ propagate, path, who, role }))),
    ),
    roles: config.roles,
    pools: config.pools.map(parsePool).map(([name, { vms, storage }]) => ({
      name,
      members: [...[...vms].map((vmid) => `/vms/${vmid}`), ...[...storage].map((one) => `/storage/${one}`)],
    })),
  };
}
