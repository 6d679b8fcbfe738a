/** `/access/users`, `/access/groups` and `/access/password`. @source recordings 10, 13, 14, 32 */

import {
  dropSubjects,
  newUser,
  type UserConfig,
  type UserEntry,
  userConfig,
} from "../../cluster/accounts/user-config.ts";
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import { like, named, upTo } from "../../cluster/forms.ts";
import { isTrue } from "../../cluster/truth.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import {
  ChangeRefused,
  changePair,
  changeUserConfig,
  groupName,
  listOf,
  overRealm,
  overUsers,
  PASSWORDS,
  selfOrOverRealm,
  TOKEN_SECRETS,
  userId,
} from "../access-change.ts";
import { ApiRefusal, failure, type Json, ordered, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { boolean, formed, integer, type ParameterRules, pattern } from "../parameters.ts";
import { hashPassword } from "../password-hash.ts";
import { hasOneOf } from "../permissions.ts";

const DATE_MAX = 2 ** 40;
const PASSWORD_LENGTHS = [8, 64] as const;

const password = (value: string) => {
  if (value.length < PASSWORD_LENGTHS[0]) return `value must be at least ${PASSWORD_LENGTHS[0]} characters long`;
  return value.length > PASSWORD_LENGTHS[1] ? `value may only be ${PASSWORD_LENGTHS[1]} characters long` : undefined;
};

const facts: ParameterRules = {
  comment: formed(upTo(2048)),
  email: {
    optional: true,
    check: pattern(/^(?:[^\s@]+@[^\s@]+)?$/, "invalid format - value does not look like a valid email address\n"),
  },
  enable: { optional: true, check: boolean },
  expire: { optional: true, check: integer(0, DATE_MAX) },
  firstname: formed(upTo(1024)),
  groups: formed(named("pve-groupid-list")),
  keys: formed(like(/[0-9a-zA-Z!=]{0,4096}/)),
  lastname: formed(upTo(1024)),
};

export const userEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/access/users",
    permission: { kind: "user" },
    protected: true,
    parameters: { enabled: { optional: true, check: boolean }, full: { optional: true, check: boolean } },
    answer: listUsers,
  },
  {
    method: "POST",
    path: "/access/users",
    permission: overRealm("create"),
    protected: true,
    parameters: { ...facts, userid: { check: userId }, password: { optional: true, check: password } },
    answer: createUser,
  },
  {
    method: "GET",
    path: "/access/users/{userid}",
    permission: overUsers(["User.Modify", "Sys.Audit"]),
    answer: readUser,
  },
  {
    method: "PUT",
    path: "/access/users/{userid}",
    permission: overUsers(["User.Modify"], "update"),
    protected: true,
    parameters: { ...facts, append: { optional: true, check: boolean } },
    answer: updateUser,
  },
  {
    method: "DELETE",
    path: "/access/users/{userid}",
    permission: overRealm(),
    protected: true,
    answer: deleteUser,
  },
  {
    method: "PUT",
    path: "/access/password",
    permission: selfOrOverRealm,
    ticketOnly: true,
    protected: true,
    parameters: {
      userid: { check: userId },
      password: { check: password },
      "confirmation-password": { optional: true },
    },
    answer: changePassword,
  },
  { method: "GET", path: "/access/groups", permission: { kind: "user" }, answer: listGroups },
  {
    method: "POST",
    path: "/access/groups",
    permission: { kind: "privilege", path: "/access/groups", privilege: "Group.Allocate" },
    protected: true,
    parameters: { groupid: { check: groupName }, comment: { optional: true } },
    answer: createGroup,
  },
  {
    method: "GET",
    path: "/access/groups/{groupid}",
    permission: { kind: "privilege", path: "/access/groups", privilege: ["Sys.Audit", "Group.Allocate"] },
    answer: readGroup,
  },
  {
    method: "PUT",
    path: "/access/groups/{groupid}",
    permission: { kind: "privilege", path: "/access/groups", privilege: "Group.Allocate" },
    protected: true,
    parameters: { comment: { optional: true } },
    answer: updateGroup,
  },
  {
    method: "DELETE",
    path: "/access/groups/{groupid}",
    permission: { kind: "privilege", path: "/access/groups", privilege: "Group.Allocate" },
    protected: true,
    answer: deleteGroup,
  },
];

function listUsers({ lab, node, params, who }: EndpointContext) {
  return lab.read((state) => {
    const all = hasOneOf(state, node, who, "/access/groups", ["User.Modify", "Sys.Audit"]);
    const config = userConfig(state, node);
    const nowS = wallNowMs(state, node) / 1000;
    const list: Json[] = [];
    for (const [id, user] of [...config.users].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!all && (id !== who.user || who.tokenId !== undefined)) continue;
      if (isTrue(params.enabled) && !(user.enable && (user.expire === 0 || user.expire > nowS))) continue;
      list.push({
        userid: id,
        enable: user.enable ? 1 : 0,
        expire: user.expire,
        "realm-type": id.endsWith("@pam") ? "pam" : "pve",
        ...factsOf(user),
        ...(isTrue(params.full) && { groups: groupsOf(config, id).join(",") }),
        ...(isTrue(params.full) && user.tokens.size > 0 && { tokens: tokensOf(user) }),
      });
    }
    return success(ordered(list));
  });
}

/** Texts as the file's fields give them: one is there, be it empty, when a later one is. @source recordings 13 */
function factsOf(user: UserEntry): { [key: string]: Json } {
  const shown: { [key: string]: Json } = {};
  for (const key of ["firstname", "lastname", "comment", "keys"] as const) if (user[key] !== "") shown[key] = user[key];
  if (user.email !== "" || user.comment !== "" || user.keys !== "") shown.email = user.email;
  return shown;
}

function tokensOf(user: UserEntry): Json[] {
  return [...user.tokens].map(([tokenid, token]) => ({
    tokenid,
    expire: token.expire,
    privsep: token.privsep ? 1 : 0,
    ...(token.comment !== "" && { comment: token.comment }),
  }));
}

function groupsOf(config: UserConfig, user: string): string[] {
  return [...config.groups].filter(([, group]) => group.members.has(user)).map(([name]) => name);
}

function existing(config: UserConfig, user: string): UserEntry {
  const entry = config.users.get(user);
  if (!entry) throw new ChangeRefused(`no such user ('${user}')`);
  return entry;
}

function readUser({ lab, node, params }: EndpointContext) {
  const id = params.userid!;
  const config = lab.read((state) => userConfig(state, node));
  const user = config.users.get(id);
  if (!user) throw new ApiRefusal(failure(500, `no such user ('${id}')`));
  const tokens = Object.fromEntries(
    [...user.tokens].map(([name, token]) => [name, { expire: token.expire, privsep: token.privsep ? 1 : 0 }]),
  );
  return success({
    enable: user.enable ? 1 : 0,
    expire: user.expire,
    groups: groupsOf(config, id),
    tokens: user.tokens.size > 0 ? tokens : null,
    ...factsOf(user),
  });
}

async function createUser(context: EndpointContext) {
  const { params } = context;
  const id = params.userid!;
  await changeUserConfig(context, "create user failed", async (config, files) => {
    if (config.users.has(id)) throw new ChangeRefused(`user '${id}' already exists`);
    const user = newUser();
    applyFacts(config, id, user, params);
    if (params.password !== undefined) await storePassword(context, files, id, params.password);
    config.users.set(id, user);
  });
  return success(null);
}

function applyFacts(config: UserConfig, id: string, user: UserEntry, params: Record<string, string>): void {
  for (const key of ["firstname", "lastname", "email", "comment", "keys"] as const) {
    if (params[key] !== undefined) user[key] = params[key];
  }
  if (params.enable !== undefined) user.enable = isTrue(params.enable);
  if (params.expire !== undefined) user.expire = Number(params.expire);
  if (params.groups === undefined) return;
  const wanted = listOf(params.groups);
  for (const name of wanted) if (!config.groups.has(name)) throw new ChangeRefused(`no such group '${name}'`);
  for (const [name, group] of config.groups) {
    if (wanted.includes(name)) group.members.add(id);
    else if (!isTrue(params.append)) group.members.delete(id);
  }
}

async function updateUser(context: EndpointContext) {
  const { params } = context;
  if (params.append !== undefined && params.groups === undefined) {
    throw new ApiRefusal(wrongParameters({ groups: "missing property - 'append' requires this property" }));
  }
  await changeUserConfig(context, "update user failed", (config) => {
    applyFacts(config, params.userid!, existing(config, params.userid!), params);
  });
  return success(null);
}

async function deleteUser(context: EndpointContext) {
  const id = context.params.userid!;
  await changeUserConfig(context, "delete user failed", async (config, files) => {
    // One that is not there is deleted as well. @source pve-access-control 8.2.3, sent to pveproxy
    config.users.delete(id);
    for (const group of config.groups.values()) group.members.delete(id);
    dropSubjects(config, (who) => who === id || who.startsWith(`${id}!`));
    const name = id.replace(/@pve$/, "");
    if (name !== id) await changePair(context, files, PASSWORDS, (key) => key === name);
    await changePair(context, files, TOKEN_SECRETS, (key) => key.startsWith(`${id}!`));
  });
  return success(null);
}

async function changePassword(context: EndpointContext) {
  const { lab, node, params, who } = context;
  const id = params.userid!;
  // Never with a token; and only root changes root's. (texts unverified)
  if (who.tokenId !== undefined) throw new ApiRefusal(failure(403, "Permission check failed"));
  if (id === "root@pam") {
    if (who.user !== "root@pam") throw new ApiRefusal(failure(403, "Permission check failed (user != root@pam)"));
    lab.act("accounts/set-root-password", { node, password: params.password! });
    return success(null);
  }
  if (!lab.read((state) => userConfig(state, node)).users.has(id)) {
    throw new ApiRefusal(failure(500, `no such user ('${id}')`));
  }
  await changeUserConfig(context, "change password failed", async (config, files) => {
    existing(config, id);
    await storePassword(context, files, id, params.password!);
  });
  return success(null);
}

async function storePassword(
  context: EndpointContext,
  files: Parameters<typeof changePair>[1],
  id: string,
  text: string,
): Promise<void> {
  const name = id.replace(/@pve$/, "");
  if (name === id) {
    // A user of the realm pam is one of the machine. (text unverified)
    const user = id.replace(/@pam$/, "");
    const { lab, node } = context;
    const known = lab.read((state) =>
      readNodeFile(state, node, "/etc/passwd")
        ?.split("\n")
        .some((line) => line.startsWith(`${user}:`)),
    );
    if (!known) throw new ChangeRefused(`user '${user}' does not exist`);
    lab.act("accounts/set-password", { node, user, password: text });
    return;
  }
  await changePair(context, files, PASSWORDS, (key) => key === name, [name, hashPassword(text)]);
}

/** Those that somebody may read or give out. @source pve-access-control PVE/API2/Group.pm index */
function listGroups({ lab, node, who }: EndpointContext) {
  return lab.read((state) => {
    const may = (name: string) =>
      hasOneOf(state, node, who, `/access/groups/${name}`, ["User.Modify", "Sys.Audit", "Group.Allocate"]);
    return success(
      [...userConfig(state, node).groups]
        .filter(([groupid]) => may(groupid))
        .map(([groupid, group]) => ({
          groupid,
          users: [...group.members].join(","),
          ...(group.comment !== "" && { comment: group.comment }),
        })),
    );
  });
}

function readGroup({ lab, node, params }: EndpointContext) {
  const group = lab.read((state) => userConfig(state, node).groups.get(params.groupid!));
  if (!group) throw new ApiRefusal(failure(500, `group '${params.groupid}' does not exist`));
  return success({ members: [...group.members], ...(group.comment !== "" && { comment: group.comment }) });
}

async function updateGroup(context: EndpointContext) {
  const { groupid: id, comment } = context.params;
  await changeUserConfig(context, "update group failed", (config) => {
    const group = config.groups.get(id!);
    if (!group) throw new ChangeRefused(`group '${id}' does not exist`);
    if (comment !== undefined) group.comment = comment;
  });
  return success(null);
}

async function createGroup(context: EndpointContext) {
  const id = context.params.groupid!;
  await changeUserConfig(context, "create group failed", (config) => {
    if (config.groups.has(id)) throw new ChangeRefused(`group '${id}' already exists`);
    config.groups.set(id, { members: new Set(), comment: context.params.comment ?? "" });
  });
  return success(null);
}

async function deleteGroup(context: EndpointContext) {
  const id = context.params.groupid!;
  await changeUserConfig(context, "delete group failed", (config) => {
    if (!config.groups.delete(id)) throw new ChangeRefused(`group '${id}' does not exist`);
    dropSubjects(config, (who) => who === `@${id}`);
  });
  return success(null);
}
