/**
 * /etc/pve/user.cfg as a value: users, tokens, groups, pools, roles and rights, read and written in Proxmox's form.
 *
 * @source recording 10; pve-access-control PVE/AccessControl.pm parse_user_config, write_user_config
 */
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";

export interface TokenEntry {
  expire: number;
  privsep: boolean;
  comment: string;
}

export interface UserEntry {
  enable: boolean;
  /** Seconds since 1970; 0 never. */
  expire: number;
  firstname: string;
  lastname: string;
  email: string;
  comment: string;
  keys: string;
  tokens: Map<string, TokenEntry>;
}

export interface UserConfig {
  users: Map<string, UserEntry>;
  groups: Map<string, { members: Set<string>; comment: string }>;
  /** Lines of pools, as `parsePool` reads them. */
  pools: string[];
  roles: Map<string, Set<string>>;
  /** By path, then by user, token or `@group`, then by role: whether it counts below, too. */
  acl: Map<string, Map<string, Map<string, boolean>>>;
}

export function newUser(): UserEntry {
  return {
    enable: true,
    expire: 0,
    firstname: "",
    lastname: "",
    email: "",
    comment: "",
    keys: "",
    tokens: new Map(),
  };
}

/** Read a file's text. root@pam is always in it. */
export function parseUserConfig(text: string): UserConfig {
  const config: UserConfig = { users: new Map(), groups: new Map(), pools: [], roles: new Map(), acl: new Map() };
  for (const line of text.split("\n")) {
    const [kind, ...fields] = line.split(":");
    const field = (at: number) => decodeText(fields[at] ?? "");
    if (kind === "user" && fields[0]) {
      config.users.set(fields[0], {
        enable: fields[1] !== "0",
        expire: Number(fields[2] || 0),
        firstname: field(3),
        lastname: field(4),
        email: field(5),
        comment: field(6),
        keys: field(7),
        tokens: new Map(),
      });
    } else if (kind === "token" && fields[0]) {
      const [user, token] = fields[0].split("!");
      const entry = { expire: Number(fields[1] || 0), privsep: fields[2] !== "0", comment: field(3) };
      if (token) config.users.get(user!)?.tokens.set(token, entry);
    } else if (kind === "group" && fields[0]) {
      config.groups.set(fields[0], { members: new Set(words(fields[1])), comment: field(2) });
    } else if (kind === "pool") config.pools.push(line);
    else if (kind === "role" && fields[0]) config.roles.set(fields[0], new Set(words(fields[1])));
    else if (kind === "acl") {
      for (const who of words(fields[2])) {
        for (const role of words(fields[3])) setRight(config, fields[1] || "/", who, role, fields[0] === "1");
      }
    }
  }
  if (!config.users.has("root@pam")) config.users.set("root@pam", newUser());
  return config;
}

export function formatUserConfig(config: UserConfig): string {
  const users = sorted(config.users).map(([id, user]) => {
    const { enable, expire, firstname, lastname, email, comment, keys } = user;
    const texts = [firstname, lastname, email, comment, keys].map(encodeText).join(":");
    const tokens = sorted(user.tokens).map(
      ([name, token]) => `token:${id}!${name}:${token.expire}:${flag(token.privsep)}:${encodeText(token.comment)}:\n`,
    );
    return `user:${id}:${flag(enable)}:${expire}:${texts}:\n${tokens.join("")}`;
  });
  const groups = sorted(config.groups).map(
    ([name, { members, comment }]) => `group:${name}:${[...members].sort().join(",")}:${encodeText(comment)}:\n`,
  );
  const pools = config.pools.map((line) => `${line}\n`);
  const roles = sorted(config.roles).map(([name, privileges]) => `role:${name}:${[...privileges].sort().join(",")}:\n`);
  const acl = sorted(config.acl).flatMap(([path, subjects]) => aclLines(path, subjects));
  return [users, groups, pools, roles, acl].map((lines) => lines.join("")).join("\n");
}

/** Subjects with the same roles share a line. */
function aclLines(path: string, subjects: Map<string, Map<string, boolean>>): string[] {
  const lines = new Map<string, string[]>();
  for (const [who, roles] of sorted(subjects)) {
    for (const propagate of [false, true]) {
      const same = [...roles].filter(([, value]) => value === propagate).map(([role]) => role);
      if (same.length === 0) continue;
      const key = `${flag(propagate)}:${same.sort().join(",")}`;
      lines.set(key, [...(lines.get(key) ?? []), who]);
    }
  }
  return sorted(lines).map(([key, who]) => {
    const [propagate, roles] = key.split(":");
    return `acl:${propagate}:${path}:${who.join(",")}:${roles}:\n`;
  });
}

/** Give a role at a path. */
export function setRight(config: UserConfig, path: string, who: string, role: string, propagate: boolean): void {
  const subjects = config.acl.get(path) ?? new Map<string, Map<string, boolean>>();
  const roles = subjects.get(who) ?? new Map<string, boolean>();
  config.acl.set(path, subjects.set(who, roles.set(role, propagate)));
}

/** Take a role at a path. */
export function removeRight(config: UserConfig, path: string, who: string, role: string): void {
  const subjects = config.acl.get(path);
  const roles = subjects?.get(who);
  roles?.delete(role);
  if (roles?.size === 0) subjects?.delete(who);
  if (subjects?.size === 0) config.acl.delete(path);
}

/** Take every right of users, tokens or groups that are gone. */
export function dropSubjects(config: UserConfig, isGone: (who: string) => boolean): void {
  for (const [path, subjects] of config.acl) {
    for (const who of [...subjects.keys()]) if (isGone(who)) subjects.delete(who);
    if (subjects.size === 0) config.acl.delete(path);
  }
}

export interface PoolEntry {
  comment: string;
  vms: Set<string>;
  storage: Set<string>;
}

/** A line `pool:NAME:COMMENT:VMS:STORAGES:`. */
export function parsePool(line: string): [string, PoolEntry] {
  const [, name = "", comment = "", vms, storage] = line.split(":");
  return [name, { comment: decodeText(comment), vms: new Set(words(vms)), storage: new Set(words(storage)) }];
}

export function formatPool(name: string, pool: PoolEntry): string {
  const [vms, storage] = [pool.vms, pool.storage].map((set) => [...set].sort().join(","));
  return `pool:${name}:${encodeText(pool.comment)}:${vms}:${storage}:`;
}

/** The configuration as a node sees it now. */
export function userConfig(lab: Readonly<LabState>, node: string): UserConfig {
  return parseUserConfig(pmxcfsFile(lab, node, "user.cfg") ?? "");
}

/** Names and values of a file with a pair on each line: `priv/token.cfg`. */
export function parsePairs(text: string, separator: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf(separator);
    if (at > 0) pairs.set(line.slice(0, at), line.slice(at + 1));
  }
  return pairs;
}

function sorted<Value>(map: Map<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function words(field: string | undefined): string[] {
  return (field ?? "").split(/[,;\s]+/).filter(Boolean);
}

function flag(value: boolean): string {
  return value ? "1" : "0";
}

/** Colons, percent signs and what is no printable ASCII. @source pve-common PVE/Tools.pm encode_text */
function encodeText(text: string): string {
  return text.replace(/[^\x20-\x7e]+|[:%]/gu, (part) => encodeURIComponent(part));
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
