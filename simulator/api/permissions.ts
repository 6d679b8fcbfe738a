/** May they? Roles as Proxmox ships them, as far as something here asks for one of their privileges. */
import { type AccessConfig, accessConfig } from "../cluster/accounts/accounts.ts";
import type { LabState } from "../cluster/state.ts";
import type { Identity, Permission } from "./endpoint.ts";

/** Privileges of the built-in roles that the modelled endpoints ask for. @source json/access_roles.json of the recordings */
const ROLES: Record<string, string[]> = {
  Administrator: [
    "Sys.Audit",
    "Sys.Modify",
    "Sys.Syslog",
    "Sys.PowerMgmt",
    "VM.Audit",
    "Datastore.Audit",
    "User.Modify",
  ],
  PVEAdmin: ["Sys.Audit", "Sys.Syslog", "VM.Audit", "Datastore.Audit", "User.Modify"],
  PVEAuditor: ["Sys.Audit", "VM.Audit", "Datastore.Audit"],
  PVESysAdmin: ["Sys.Audit", "Sys.Syslog"],
  PVEVMAdmin: ["VM.Audit"],
  PVEVMUser: ["VM.Audit"],
  PVEDatastoreAdmin: ["Datastore.Audit"],
  PVEDatastoreUser: ["Datastore.Audit"],
  NoAccess: [],
};

/**
 * Why somebody may not, in a real node's words; undefined when they may.
 *
 * @param pathParams for `{node}` in the permission's path
 */
export function refusedPermission(
  lab: Readonly<LabState>,
  node: string,
  who: Identity,
  permission: Permission,
  pathParams: Record<string, string>,
): string | undefined {
  switch (permission.kind) {
    case "world":
    case "user":
      return undefined;
    case "root-ticket":
      return who.user === "root@pam" && who.tokenId === undefined
        ? undefined
        : "Permission check failed (user != root@pam)";
    case "privilege": {
      const path = permission.path.replace("{node}", pathParams.node ?? node);
      if (hasPrivilege(lab, node, who, path, permission.privilege)) return undefined;
      return `Permission check failed (${path}, ${permission.privilege})`;
    }
  }
}

/** Whether somebody has a privilege at a path, their own or through a token. */
export function hasPrivilege(
  lab: Readonly<LabState>,
  node: string,
  who: Identity,
  path: string,
  privilege: string,
): boolean {
  const config = accessConfig(lab, node);
  const userMay = who.user === "root@pam" || granted(config, subjectsOf(config, who.user), path, privilege);
  if (who.tokenId === undefined) return userMay;
  const token = `${who.user}!${who.tokenId}`;
  if (!config.tokens.find((candidate) => candidate.id === token)?.privilegeSeparation) return userMay;
  // A separated token has what it was given itself, and never more than its user.
  return userMay && granted(config, [token], path, privilege);
}

/** A user and the groups they are in, as rights name them. */
function subjectsOf(config: AccessConfig, user: string): string[] {
  return [user, ...config.groups.filter((group) => group.members.includes(user)).map((group) => `@${group.name}`)];
}

function granted(config: AccessConfig, subjects: string[], path: string, privilege: string): boolean {
  // The longest path that says something about these subjects decides.
  const applying = config.acl
    .filter((entry) => entry.who.some((who) => subjects.includes(who)))
    .filter((entry) => entry.path === path || (entry.propagate && isBelow(path, entry.path)))
    .sort((a, b) => b.path.length - a.path.length);
  const nearest = applying[0]?.path;
  return applying.some(
    (entry) => entry.path === nearest && entry.roles.some((role) => (ROLES[role] ?? []).includes(privilege)),
  );
}

function isBelow(path: string, above: string): boolean {
  return above === "/" || path.startsWith(`${above}/`);
}
