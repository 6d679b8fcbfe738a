/**
 * Logins and rights: root's password of each node, and the users, tokens and rights that /etc/pve holds.
 *
 * The files have Proxmox's form (user.cfg, priv/token.cfg), so that a join replaces them with the cluster's.
 * Passwords of the realm `pve` are not modelled yet (docs/fidelity.md).
 */
import { nodeOf } from "../kernel.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import type { AccountsInputs } from "./accounts-state.ts";

export type { AccountsInputs };

export const accountsInputs = {
  "accounts/set-root-password": (lab: LabState, args: { node: string; password: string }): undefined => {
    nodeOf(lab, args.node).accounts.rootPassword = args.password;
    return undefined;
  },
};

/** How long a node waits before it says that a password, ticket or token is wrong, milliseconds. @source FACTS, 5 */
export const WRONG_LOGIN_DELAY_MS = 3_000;

/** Whether a password is right for a user at a node. Only root@pam has one. */
export function passwordIsRight(lab: Readonly<LabState>, node: string, user: string, password: string): boolean {
  return user === "root@pam" && nodeOf(lab as LabState, node).accounts.rootPassword === password;
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
  /** Users and tokens by id, groups as `@name`. */
  who: string[];
  roles: string[];
}

/** Everything user.cfg and priv/token.cfg say on a node. */
export interface AccessConfig {
  users: ApiUser[];
  tokens: ApiToken[];
  groups: { name: string; members: string[] }[];
  acl: AclEntry[];
  /** `members`: the paths of its guests and storages, `/vms/100`. */
  pools: { name: string; members: string[] }[];
}

/** Read a node's view of users, tokens and rights. root@pam is always there. */
export function accessConfig(lab: Readonly<LabState>, node: string): AccessConfig {
  const config: AccessConfig = { users: [], tokens: [], groups: [], acl: [], pools: [] };
  for (const line of (pmxcfsFile(lab, node, "user.cfg") ?? "").split("\n")) {
    const [kind, ...fields] = line.split(":");
    switch (kind) {
      case "user":
        config.users.push({ id: fields[0] ?? "", enabled: fields[1] !== "0", expiresAtS: Number(fields[2] ?? 0) });
        break;
      case "token":
        config.tokens.push({
          id: fields[0] ?? "",
          user: (fields[0] ?? "").split("!")[0] ?? "",
          expiresAtS: Number(fields[1] ?? 0),
          privilegeSeparation: fields[2] !== "0",
          secret: "",
        });
        break;
      case "group":
        config.groups.push({ name: fields[0] ?? "", members: list(fields[1]) });
        break;
      case "pool":
        config.pools.push({
          name: fields[0] ?? "",
          members: [
            ...list(fields[2]).map((vmid) => `/vms/${vmid}`),
            ...list(fields[3]).map((storage) => `/storage/${storage}`),
          ],
        });
        break;
      case "acl":
        config.acl.push({
          propagate: fields[0] === "1",
          path: fields[1] ?? "/",
          who: list(fields[2]),
          roles: list(fields[3]),
        });
        break;
    }
  }
  for (const line of (pmxcfsFile(lab, node, "priv/token.cfg") ?? "").split("\n")) {
    const [id, secret] = line.split(" ");
    const token = config.tokens.find((one) => one.id === id);
    if (token && secret) token.secret = secret;
  }
  if (!config.users.some((user) => user.id === "root@pam")) {
    config.users.unshift({ id: "root@pam", enabled: true, expiresAtS: 0 });
  }
  return config;
}

function list(field: string | undefined): string[] {
  return (field ?? "").split(",").filter((part) => part !== "");
}
