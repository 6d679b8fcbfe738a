/** Changing users, tokens, roles and rights: read, change and write user.cfg, its lock held meanwhile. */
import { pmxcfsFile } from "../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../cluster/state.ts";
import type { NodeFiles } from "../shell/node-files.ts";
import { ApiRefusal, failure } from "./answer.ts";
import { replaceFile, withCfsLock } from "./cfs-lock.ts";
import type { EndpointContext, Identity, Permission } from "./endpoint.ts";
import { type ParameterRule, pattern } from "./parameters.ts";
import { hasPrivilege } from "./permissions.ts";
import { formatUserConfig, parsePairs, parseUserConfig, type UserConfig } from "./user-config.ts";

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

/** One of these privileges over the groups of users. */
export const overUsers = (privileges: string[]): Permission => ({
  kind: "other",
  refused: (lab, node, who) => refusedOverUsers(lab, node, who, privileges),
});

function refusedOverUsers(
  lab: Readonly<LabState>,
  node: string,
  who: Identity,
  privileges: string[],
): string | undefined {
  const may = privileges.some((privilege) => hasPrivilege(lab, node, who, "/access/groups", privilege));
  return may ? undefined : missing("/access/groups", privileges);
}

/** To make and to remove users of a realm. */
export const overRealm: Permission = {
  kind: "other",
  refused(lab, node, who, params) {
    const realm = `/access/realm/${(params.userid ?? "").split("@").at(-1)}`;
    if (!hasPrivilege(lab, node, who, realm, "Realm.AllocateUser")) return missing(realm, ["Realm.AllocateUser"]);
    return refusedOverUsers(lab, node, who, ["User.Modify"]);
  },
};

/** The user itself, with a password and not a token, or somebody over users. */
export const selfOrOverUsers: Permission = {
  kind: "other",
  refused(lab, node, who, params) {
    if (who.tokenId === undefined && who.user === params.userid) return undefined;
    return refusedOverUsers(lab, node, who, ["User.Modify"]) && "Permission check failed";
  },
};
