/** `/access/roles`, `/access/acl`, `/access/permissions`. @source recordings 12, 13; json/access_roles, access_acl */
import { accessConfig } from "../../cluster/accounts/accounts.ts";
import { removeRight, setRight, type UserConfig, userConfig } from "../../cluster/accounts/user-config.ts";
import { named } from "../../cluster/forms.ts";
import { isTrue } from "../../cluster/truth.ts";
import { ChangeRefused, changeUserConfig, listOf, missing, roleName, userId } from "../access-change.ts";
import { ApiRefusal, failure, type Json, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext, Identity } from "../endpoint.ts";
import { boolean, formed } from "../parameters.ts";
import { hasOneOf, hasPrivilege, privilegesAt } from "../permissions.ts";
import { PRIVILEGES, SHIPPED_ROLES } from "../roles.ts";

const mayChangeRoles = { kind: "privilege", path: "/access", privilege: "Sys.Modify" } as const;

export const rightEndpoints: Endpoint[] = [
  { method: "GET", path: "/access/roles", permission: { kind: "user" }, answer: listRoles },
  {
    method: "POST",
    path: "/access/roles",
    permission: mayChangeRoles,
    protected: true,
    parameters: { roleid: { check: roleName }, privs: { optional: true, check: privilegeList } },
    answer: createRole,
  },
  { method: "GET", path: "/access/roles/{roleid}", permission: { kind: "user" }, answer: readRole },
  {
    method: "PUT",
    path: "/access/roles/{roleid}",
    permission: mayChangeRoles,
    protected: true,
    parameters: { privs: { optional: true, check: privilegeList }, append: { optional: true, check: boolean } },
    answer: updateRole,
  },
  { method: "DELETE", path: "/access/roles/{roleid}", permission: mayChangeRoles, protected: true, answer: deleteRole },
  { method: "GET", path: "/access/acl", permission: { kind: "user" }, answer: listRights },
  {
    method: "PUT",
    path: "/access/acl",
    permission: { kind: "other", refused: (lab, node, who, params) => refusedAt(lab, node, who, params.path ?? "/") },
    protected: true,
    parameters: {
      path: {},
      roles: formed({ format: "pve-roleid-list" }),
      users: { optional: true, check: everyUser },
      groups: formed(named("pve-groupid-list")),
      tokens: { optional: true },
      propagate: { optional: true, check: boolean },
      delete: { optional: true, check: boolean },
    },
    answer: changeRights,
  },
  {
    method: "GET",
    path: "/access/permissions",
    permission: { kind: "user" },
    parameters: { path: { optional: true }, userid: { optional: true } },
    answer: dumpPermissions,
  },
];

function everyUser(value: string): string | undefined {
  return listOf(value)
    .map((name) => userId!(name))
    .find((problem) => problem !== undefined);
}

function privilegeList(value: string): string | undefined {
  const unknown = listOf(value).find((name) => !PRIVILEGES.has(name));
  return unknown === undefined ? undefined : `invalid format - invalid privilege '${unknown}'\n`;
}

function listRoles({ lab, node }: EndpointContext) {
  const custom = lab.read((state) => userConfig(state, node)).roles;
  const entry = (roleid: string, privileges: Iterable<string>, special: number): Json => ({
    roleid,
    privs: [...privileges].sort().join(","),
    special,
  });
  return success([
    ...[...SHIPPED_ROLES].map(([name, privileges]) => entry(name, privileges, 1)),
    ...[...custom].map(([name, privileges]) => entry(name, privileges, 0)),
  ]);
}

function readRole({ lab, node, params }: EndpointContext) {
  const name = params.roleid!;
  const found = SHIPPED_ROLES.get(name) ?? lab.read((state) => userConfig(state, node)).roles.get(name);
  if (!found) throw new ApiRefusal(failure(500, `role '${name}' does not exist`));
  return success(Object.fromEntries([...found].map((privilege) => [privilege, 1])));
}

async function createRole(context: EndpointContext) {
  const { roleid, privs } = context.params;
  if (/^pve/i.test(roleid!)) {
    const text = "cannot use role ID starting with the (case-insensitive) 'PVE' namespace";
    throw new ApiRefusal(wrongParameters({ roleid: text }));
  }
  await changeUserConfig(context, "create role failed", (config) => {
    if (config.roles.has(roleid!) || SHIPPED_ROLES.has(roleid!)) {
      throw new ChangeRefused(`role '${roleid}' already exists`);
    }
    config.roles.set(roleid!, new Set(listOf(privs)));
  });
  return success(null);
}

async function updateRole(context: EndpointContext) {
  const { roleid, privs, append } = context.params;
  if (SHIPPED_ROLES.has(roleid!)) {
    throw new ApiRefusal(failure(500, `auto-generated role '${roleid}' cannot be modified`));
  }
  await changeUserConfig(context, "update role failed", (config) => {
    const role = config.roles.get(roleid!);
    if (!role) throw new ChangeRefused(`role '${roleid}' does not exist`);
    if (!isTrue(append)) role.clear();
    for (const name of listOf(privs)) role.add(name);
  });
  return success(null);
}

async function deleteRole(context: EndpointContext) {
  const { roleid } = context.params;
  if (SHIPPED_ROLES.has(roleid!)) {
    throw new ApiRefusal(failure(500, `auto-generated role '${roleid}' cannot be deleted`));
  }
  await changeUserConfig(context, "delete role failed", (config) => {
    if (!config.roles.delete(roleid!)) throw new ChangeRefused(`role '${roleid}' does not exist`);
    for (const [path, subjects] of config.acl) {
      for (const who of [...subjects.keys()]) removeRight(config, path, who, roleid!);
    }
  });
  return success(null);
}

/** Rights are seen by those who may change them. */
function listRights({ lab, node, who }: EndpointContext) {
  return lab.read((state) => {
    const list: Json[] = [];
    for (const [path, subjects] of userConfig(state, node).acl) {
      if (refusedAt(state, node, who, path) && !hasPrivilege(state, node, who, "/access", "Sys.Audit")) continue;
      for (const [subject, roles] of subjects) {
        for (const [roleid, propagate] of roles) {
          const type = subject.startsWith("@") ? "group" : subject.includes("!") ? "token" : "user";
          list.push({ path, ugid: subject.replace(/^@/, ""), type, roleid, propagate: propagate ? 1 : 0 });
        }
      }
    }
    return success(list);
  });
}

/** @source pve-access-control PVE/RPCEnvironment.pm check_perm_modify */
function refusedAt(
  lab: Parameters<typeof hasPrivilege>[0],
  node: string,
  who: Identity,
  path: string,
): string | undefined {
  const privileges = ["Permissions.Modify"];
  if (path.startsWith("/storage/")) privileges.push("Datastore.Allocate");
  else if (path.startsWith("/vms/")) privileges.push("VM.Allocate");
  else if (path.startsWith("/pool/")) privileges.push("Pool.Allocate");
  const may = hasOneOf(lab, node, who, path, privileges);
  return may ? undefined : missing(path, privileges);
}

/** Areas that rights can be given in. @source pve-access-control PVE/AccessControl.pm check_path */
const PATH =
  /^\/(?:(?:access|access\/groups|access\/realm|nodes|pool|sdn|sdn\/zones|storage|vms|mapping)(?:\/[A-Za-z0-9.\-_]+)*)?$/;

async function changeRights(context: EndpointContext) {
  const { params } = context;
  const path = `/${params.path!.split("/").filter(Boolean).join("/")}`;
  if (params.users === undefined && params.groups === undefined && params.tokens === undefined) {
    const missing = "either 'users', 'groups' or 'tokens' is required.";
    throw new ApiRefusal(wrongParameters({ groups: missing, tokens: missing, users: missing }));
  }
  if (!isTrue(params.delete) && !PATH.test(path)) {
    throw new ApiRefusal(wrongParameters({ path: `invalid ACL path '${params.path}'` }));
  }
  const propagate = params.propagate === undefined || isTrue(params.propagate);
  await changeUserConfig(context, "ACL update failed", (config) => {
    for (const role of listOf(params.roles)) {
      if (!SHIPPED_ROLES.has(role) && !config.roles.has(role)) throw new ChangeRefused(`role '${role}' does not exist`);
      for (const who of subjectsOf(config, params)) {
        if (isTrue(params.delete)) removeRight(config, path, who, role);
        else setRight(config, path, who, role, propagate);
      }
    }
  });
  return success(null);
}

function subjectsOf(config: UserConfig, params: Record<string, string>): string[] {
  const groups = listOf(params.groups);
  for (const name of groups) if (!config.groups.has(name)) throw new ChangeRefused(`group '${name}' does not exist`);
  const users = listOf(params.users);
  for (const id of users) if (!config.users.has(id)) throw new ChangeRefused(`user '${id}' does not exist`);
  const tokens = listOf(params.tokens);
  for (const id of tokens) {
    const [user, name] = id.split("!");
    if (!config.users.get(user!)?.tokens.has(name ?? "")) {
      throw new ChangeRefused(`no such token '${name}' for user '${user}'`);
    }
  }
  return [...groups.map((name) => `@${name}`), ...users, ...tokens];
}

/** Where rights are always told. @source recording 12 */
const TOLD = ["/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

/** What somebody may do, by path. */
function dumpPermissions({ lab, node, params, who }: EndpointContext) {
  return lab.read((state) => {
    const asked = params.userid === undefined ? who : identityOf(params.userid);
    const own = asked.user === who.user && (who.tokenId === undefined || who.tokenId === asked.tokenId);
    if (!own && !hasPrivilege(state, node, who, "/access", "Sys.Audit")) {
      throw new ApiRefusal(failure(403, missing("/access", ["Sys.Audit"])));
    }
    // Those that rights are given at, and what is in a pool. @source PVE/RPCEnvironment.pm get_effective_permissions
    const told = () => [
      ...TOLD,
      ...userConfig(state, node).acl.keys(),
      ...accessConfig(state, node).pools.flatMap(({ members }) => members),
    ];
    const paths = params.path === undefined ? [...new Set(told())] : [params.path];
    const entries = paths.map((path): [string, Json] => [
      path,
      Object.fromEntries(
        [...privilegesAt(state, node, asked, path)].map(([name, propagates]) => [name, propagates ? 1 : 0]),
      ),
    ]);
    return success(Object.fromEntries(entries.filter(([, held]) => Object.keys(held as object).length > 0)));
  });
}

function identityOf(text: string): Identity {
  const [user, tokenId] = text.split("!");
  return { user: user!, ...(tokenId !== undefined && { tokenId }) };
}
