/** May they? Rights by path, user, group and token, as pve-access-control reckons them. */
import { type AccessConfig, accessConfig } from "../cluster/accounts/accounts.ts";
import type { LabState } from "../cluster/state.ts";
import type { Identity, Permission } from "./endpoint.ts";
import { SHIPPED_ROLES } from "./roles.ts";

/**
 * Why somebody may not, in a real node's words; undefined when they may.
 *
 * @param params parts of the path and parameters together, not verified yet
 */
export function refusedPermission(
  lab: Readonly<LabState>,
  node: string,
  who: Identity,
  permission: Permission,
  params: Record<string, string>,
): string | undefined {
  switch (permission.kind) {
    case "world":
    case "user":
      return undefined;
    case "root-ticket":
      return who.user === "root@pam" && who.tokenId === undefined
        ? undefined
        : "Permission check failed (user != root@pam)";
    case "other":
      return permission.refused(lab, node, who, params);
    case "privilege": {
      const path = permission.path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? node);
      const privileges = [permission.privilege].flat();
      if (hasOneOf(lab, node, who, path, privileges)) return undefined;
      return `Permission check failed (${path}, ${privileges.join("|")})`;
    }
  }
}

/** Needs a privilege at a path, which may hold `{node}` and parameters; of several one is enough. */
export const needs = (path: string, ...privilege: string[]): Permission => ({ kind: "privilege", path, privilege });

export const audit = (path: string): Permission => needs(path, "Sys.Audit");

/** One of several ways to be allowed to, and so the refusal names none. @source PVE/RPCEnvironment.pm exec_api2_perm_check */
export const eitherOf = (...ways: Permission[]): Permission => ({
  kind: "other",
  refused: (lab, node, who, params) =>
    ways.every((way) => refusedPermission(lab, node, who, way, params) !== undefined)
      ? "Permission check failed"
      : undefined,
});

/** Whether somebody has a privilege at a path, their own or through a token. */
export function hasPrivilege(
  lab: Readonly<LabState>,
  node: string,
  who: Identity,
  path: string,
  privilege: string,
): boolean {
  return hasOneOf(lab, node, who, path, [privilege]);
}

/** Whether somebody has one of these privileges at a path. */
export function hasOneOf(
  lab: Readonly<LabState>,
  node: string,
  who: Identity,
  path: string,
  privileges: readonly string[],
): boolean {
  const held = privilegesAt(lab, node, who, path);
  return privileges.some((privilege) => held.has(privilege));
}

/** Privileges or roles with whether they go on below the path. */
type Held = Map<string, boolean>;

/**
 * All that somebody may do at a path, each with whether it goes on below. A separated token has what it was given
 * itself, and never more than its user.
 *
 * @source pve-access-control PVE/RPCEnvironment.pm permissions, compile_acl_path
 */
export function privilegesAt(lab: Readonly<LabState>, node: string, who: Identity, path: string): Held {
  const config = accessConfig(lab, node);
  const privilegesOf = (roles: Held): Held => {
    const held: Held = new Map();
    for (const [role, propagates] of roles) {
      for (const privilege of SHIPPED_ROLES.get(role) ?? config.roles.get(role) ?? []) {
        held.set(privilege, (held.get(privilege) ?? false) || propagates);
      }
    }
    return held;
  };
  const own =
    who.user === "root@pam"
      ? privilegesOf(new Map([["Administrator", true]]))
      : privilegesOf(rolesWithPools(config, who.user, groupsOf(config, who.user), path));
  if (who.tokenId === undefined) return own;
  const token = `${who.user}!${who.tokenId}`;
  const found = config.tokens.find((candidate) => candidate.id === token);
  // One that is not there may do nothing.
  if (!found) return new Map();
  if (!found.privilegeSeparation) return own;
  const given = privilegesOf(rolesWithPools(config, token, [], path));
  return new Map(
    [...given]
      .filter(([privilege]) => own.has(privilege))
      .map(([privilege, propagates]) => [privilege, propagates && own.get(privilege)!]),
  );
}

function groupsOf(config: AccessConfig, user: string): string[] {
  return config.groups.filter((group) => group.members.includes(user)).map((group) => `@${group.name}`);
}

/** A guest's or storage's roles with those of its pool; NoAccess of either wins over both. */
function rolesWithPools(config: AccessConfig, subject: string, groups: string[], path: string): Held {
  const roles = rolesOf(config, subject, groups, path);
  if (roles.has("NoAccess")) return roles;
  for (const { name, members } of config.pools) {
    if (!members.includes(path)) continue;
    const pooled = rolesOf(config, subject, groups, `/pool/${name}`);
    if (pooled.has("NoAccess")) return new Map([["NoAccess", false]]);
    for (const role of pooled.keys()) if (!roles.has(role)) roles.set(role, false);
  }
  return roles;
}

/**
 * The roles at a path: those of the nearest path that says something, the user's own before those of their groups, and
 * NoAccess before any other.
 *
 * @source pve-access-control PVE/AccessControl.pm roles
 */
function rolesOf(config: AccessConfig, subject: string, groups: string[], path: string): Held {
  const applying = config.acl
    .filter((entry) => entry.path === path || (entry.propagate && isBelow(path, entry.path)))
    .sort((a, b) => b.path.length - a.path.length);
  for (const nearest of new Set(applying.map((entry) => entry.path))) {
    const here = applying.filter((entry) => entry.path === nearest);
    const own = here.filter((entry) => entry.who === subject);
    const found = own.length > 0 ? own : here.filter((entry) => groups.includes(entry.who));
    if (found.length === 0) continue;
    const roles: Held = new Map();
    for (const { role, propagate } of found) roles.set(role, (roles.get(role) ?? false) || propagate);
    return roles.has("NoAccess") ? new Map([["NoAccess", roles.get("NoAccess")!]]) : roles;
  }
  return new Map();
}

function isBelow(path: string, above: string): boolean {
  return above === "/" || path.startsWith(`${above}/`);
}
