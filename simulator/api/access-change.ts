/** Changing users, tokens, roles and rights: read, change and write user.cfg, its lock held meanwhile. */

import { accessConfig } from "../cluster/accounts/accounts.ts";
import { formatUserConfig, parsePairs, parseUserConfig, type UserConfig } from "../cluster/accounts/user-config.ts";
import { pmxcfsFile } from "../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../cluster/state.ts";
import type { NodeFiles } from "../shell/node-files.ts";
import { ApiRefusal, failure } from "./answer.ts";
import { replaceFile, withCfsLock } from "./cfs-lock.ts";
import type { EndpointContext, Identity, Permission } from "./endpoint.ts";
import { type ParameterRule, pattern } from "./parameters.ts";
import { hasOneOf, hasPrivilege } from "./permissions.ts";

/** A refusal by the change itself; what was being done is put before it. */
export class ChangeRefused extends Error {
  override name = "ChangeRefused";
}

/**
 * Change user.cfg.
 *
 * @param what `create user failed`: begins the text of every refusal
 * @throws ApiRefusal 500
 */
export async function changeUserConfig<T>(
  context: EndpointContext,
  what: string,
  change: (config: UserConfig, files: NodeFiles) => T | Promise<T>,
): Promise<T> {
  return withCfsLock(context, "file-user_cfg", what, async (files) => {
    const config = parseUserConfig(context.lab.read((lab) => pmxcfsFile(lab, context.node, "user.cfg") ?? ""));
    try {
      const result = await change(config, files);
      await replaceFile(files, "/etc/pve/user.cfg", formatUserConfig(config));
      return result;
    } catch (error) {
      if (error instanceof ChangeRefused) throw new ApiRefusal(failure(500, `${what}: ${error.message}`));
      throw error;
    }
  });
}

/** Change one pair of a file such as priv/token.cfg. @param value undefined takes it out */
export async function changePair(
  context: EndpointContext,
  files: NodeFiles,
  file: { path: string; separator: string; ending: string },
  keyFits: (key: string) => boolean,
  added?: [key: string, value: string],
): Promise<void> {
  const before = context.lab.read((lab) => pmxcfsFile(lab, context.node, file.path));
  const pairs = parsePairs(before ?? "", file.separator);
  const gone = [...pairs.keys()].filter(keyFits);
  if (gone.length === 0 && !added) return;
  for (const key of gone) pairs.delete(key);
  if (added) pairs.set(added[0], added[1] + file.ending);
  const lines = [...pairs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}${file.separator}${value}\n`);
  await replaceFile(files, `/etc/pve/${file.path}`, lines.join(""));
}

export const TOKEN_SECRETS = { path: "priv/token.cfg", separator: " ", ending: "" };
export const PASSWORDS = { path: "priv/shadow.cfg", separator: ":", ending: ":" };

/** `anna@pve`. @source pve-access-control verify_username */
export const userId: ParameterRule["check"] = (value) => {
  if (value.length < 3) return `invalid format - user name '${value}' is too short\n`;
  return value.length <= 64 && /^[^\s:/!]+@[A-Za-z][A-Za-z0-9.\-_]+$/.test(value)
    ? undefined
    : `invalid format - value '${value}' does not look like a valid user name\n`;
};

export const tokenName = pattern(/^[A-Za-z][A-Za-z0-9.\-_]+$/);
const nameOf =
  (what: "group" | "role"): ParameterRule["check"] =>
  (value) =>
    /^[A-Za-z0-9.\-_]+$/.test(value)
      ? undefined
      : `invalid format - ${what} name '${value}' contains invalid characters\n`;

export const roleName = nameOf("role");
export const groupName = nameOf("group");

export function listOf(value: string | undefined): string[] {
  return (value ?? "").split(/[,;\s]+/).filter(Boolean);
}

/** What `check` of privileges says. */
export function missing(path: string, privileges: string[]): string {
  return `Permission check failed (${path}, ${privileges.join("|")})`;
}

/**
 * One of these privileges over all users or over a group of this one.
 *
 * @param groups for calls with a parameter `groups`: it names groups that the privilege is needed over
 * @source pve-access-control PVE/RPCEnvironment.pm exec_api2_perm_check userid-group
 */
export const overUsers = (privileges: string[], groups?: "create" | "update"): Permission => ({
  kind: "other",
  refused: (lab, node, who, params) => refusedOverUsers(lab, node, who, params, privileges, groups),
});

function refusedOverUsers(
  lab: Readonly<LabState>,
  node: string,
  who: Identity,
  params: Record<string, string>,
  privileges: string[],
  groups?: "create" | "update",
): string | undefined {
  const may = (path: string) => hasOneOf(lab, node, who, path, privileges);
  if (may("/access/groups")) return undefined;
  if (groups !== undefined) {
    const wanted = listOf(params.groups);
    if (wanted.length === 0) return missing("/access/groups", privileges);
    const other = wanted.find((name) => !may(`/access/groups/${name}`));
    if (other !== undefined) return missing(`/access/groups/${other}`, privileges);
  }
  if (groups === "create") return undefined;
  const own = accessConfig(lab, node).groups.filter(({ members }) => members.includes(params.userid ?? ""));
  return own.some(({ name }) => may(`/access/groups/${name}`)) ? undefined : "Permission check failed";
}

/** To make and to remove users of a realm. */
export const overRealm = (groups?: "create"): Permission => ({
  kind: "other",
  refused: (lab, node, who, params) => refusedOverRealm(lab, node, who, params, groups),
});

function refusedOverRealm(
  lab: Readonly<LabState>,
  node: string,
  who: Identity,
  params: Record<string, string>,
  groups?: "create",
): string | undefined {
  const realm = `/access/realm/${(params.userid ?? "").split("@").at(-1)}`;
  if (!hasPrivilege(lab, node, who, realm, "Realm.AllocateUser")) return missing(realm, ["Realm.AllocateUser"]);
  return refusedOverUsers(lab, node, who, params, ["User.Modify"], groups);
}

const isSelf = (who: Identity, params: Record<string, string>) =>
  who.tokenId === undefined && who.user === params.userid;

/** The user itself, with a password and not a token, or somebody over users. */
export const selfOrOverUsers = (privileges = ["User.Modify"]): Permission => ({
  kind: "other",
  refused: (lab, node, who, params) =>
    isSelf(who, params) ? undefined : refusedOverUsers(lab, node, who, params, privileges) && "Permission check failed",
});

/** The user itself, or somebody over their realm. */
export const selfOrOverRealm: Permission = {
  kind: "other",
  refused: (lab, node, who, params) => (isSelf(who, params) ? undefined : refusedOverRealm(lab, node, who, params)),
};
