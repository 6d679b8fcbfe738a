/** Who a process belongs to, and what the modes of files allow them. @source credentials(7), path_resolution(7) */
import type { FileStat, NodeFiles } from "./node-files.ts";

export interface NodeUser {
  name: string;
  uid: number;
  gid: number;
  /** Names of its groups, its own first. */
  groups: readonly string[];
  home: string;
  /** As /etc/passwd has it; empty there means /bin/sh. */
  shell: string;
}

export const ROOT: NodeUser = {
  name: "root",
  uid: 0,
  gid: 0,
  groups: ["root"],
  home: "/root",
  shell: "/bin/bash",
};

/** The shell that an entry of /etc/passwd names; undefined for what is none (`nologin`, `false`) or is not on a node. */
export function shellName(shell: string): string | undefined {
  return /^(?:\/usr)?\/bin\/((?:ba|da|rba)?sh)$/.exec(shell)?.[1];
}

/** What `nologin` says; `false` says nothing. @source nologin(8) */
export const NOT_AVAILABLE = "This account is currently not available.\n";

/** `PATH` of a login. @source /etc/login.defs and /etc/profile of Debian 12 */
export function loginPath(user: NodeUser): string {
  return user.uid === 0
    ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    : "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";
}

/**
 * An account of the node.
 *
 * @param files those that root sees
 * @returns undefined when /etc/passwd does not have it; root is one, whatever became of the file
 */
export async function accountOf(files: Pick<NodeFiles, "readFile">, name: string): Promise<NodeUser | undefined> {
  const fields = (await linesOf(files, "/etc/passwd")).find((line) => line[0] === name && line.length >= 7);
  if (!fields) return name === "root" ? ROOT : undefined;
  const [, , uid, gid, , home = "", shell = ""] = fields;
  const groups = await linesOf(files, "/etc/group");
  const own = groups.find((line) => line[2] === gid)?.[0] ?? String(gid);
  const further = groups
    .filter((line) => line[3]?.split(",").includes(name) && line[0] !== own)
    .map(([group]) => group!);
  return {
    ...{ name, uid: Number(uid), gid: Number(gid), groups: [own, ...further] },
    ...{ home: home || "/", shell: shell || "/bin/sh" },
  };
}

async function linesOf(files: Pick<NodeFiles, "readFile">, path: string): Promise<string[][]> {
  const bytes = await files.readFile(path).catch(() => new Uint8Array(0));
  const text = Buffer.from(bytes).toString("utf8");
  return text.split("\n").map((line) => line.split(":"));
}

export const READ = 4;
export const WRITE = 2;
export const EXECUTE = 1;

/** Whether somebody may do with a file what the bits say; root may all but execute what nobody may. */
export function mayAccess(user: NodeUser, stat: FileStat, bits: number): boolean {
  if (user.uid === 0) return !(bits & EXECUTE) || stat.type === "directory" || (stat.mode & 0o111) !== 0;
  const shift = stat.owner === user.name ? 6 : user.groups.includes(stat.group) ? 3 : 0;
  return ((stat.mode >> shift) & bits) === bits;
}
