/** /etc/passwd, /etc/group and /etc/shadow as tables, read and written as the tools of `passwd` do. */
import type { ProgramContext } from "../../shell/process.ts";
import { textOf } from "../coreutils/arguments.ts";
import { wallMs } from "../coreutils/node-facts.ts";

export interface Account {
  name: string;
  uid: number;
  gid: number;
  comment: string;
  home: string;
  shell: string;
}

export interface Group {
  name: string;
  gid: number;
  members: string[];
}

/** A line of /etc/shadow: name, hash, day of the last change, and five more. */
export type Shadow = string[];

export interface AccountFiles {
  accounts: Account[];
  groups: Group[];
  shadow: Shadow[];
}

/** Numbers of ordinary accounts and groups. @source Debian's /etc/login.defs */
const ORDINARY = { least: 1000, most: 60_000 };
const SYSTEM = { least: 101, most: 999 };

export async function readAccounts(ctx: ProgramContext): Promise<AccountFiles> {
  const lines = async (path: string) =>
    (await textOf(ctx, path))
      .split("\n")
      .filter((line) => line.includes(":"))
      .map((line) => line.split(":"));
  const accounts = (await lines("/etc/passwd")).map(
    ([name = "", , uid, gid, comment = "", home = "", shell = ""]): Account => ({
      ...{ name, uid: Number(uid), gid: Number(gid), comment, home, shell },
    }),
  );
  const groups = (await lines("/etc/group")).map(
    ([name = "", , gid, members = ""]): Group => ({
      ...{ name, gid: Number(gid), members: members.split(",").filter(Boolean) },
    }),
  );
  return { accounts, groups, shadow: await lines("/etc/shadow") };
}

/** What did not change is not written. @throws FileError when a file cannot be written */
export async function writeAccounts(ctx: ProgramContext, { accounts, groups, shadow }: AccountFiles): Promise<void> {
  const texts: [path: string, lines: string[]][] = [
    [
      "/etc/passwd",
      accounts.map((one) => [one.name, "x", one.uid, one.gid, one.comment, one.home, one.shell].join(":")),
    ],
    ["/etc/group", groups.map((one) => [one.name, "x", one.gid, one.members.join(",")].join(":"))],
    ["/etc/shadow", shadow.map((fields) => fields.join(":"))],
  ];
  for (const [path, lines] of texts) {
    const text = lines.map((line) => `${line}\n`).join("");
    if (text !== (await textOf(ctx, path))) await ctx.files.writeFile(path, new TextEncoder().encode(text));
  }
}

/** The next free number: of ordinary ones behind the highest, of the system's below the lowest. */
export function freeNumber(taken: readonly number[], system: boolean): number {
  const { least, most } = system ? SYSTEM : ORDINARY;
  const own = taken.filter((number) => number >= least && number <= most);
  if (!system) return own.length === 0 ? least : Math.max(...own) + 1;
  return own.length === 0 ? most : Math.min(...own) - 1;
}

/** Days since 1970, as /etc/shadow counts. */
export function today(ctx: ProgramContext): number {
  return Math.floor(wallMs(ctx) / 86_400_000);
}

/** A new line of /etc/shadow, whose account has no password yet. */
export function newShadow(ctx: ProgramContext, name: string, system: boolean): Shadow {
  const day = String(today(ctx));
  return system ? [name, "!", day, "", "", "", "", "", ""] : [name, "!", day, "0", "99999", "7", "", "", ""];
}

/** A home with what /etc/skel holds; one that is there already stays. @returns whether it was made */
export async function makeHome(ctx: ProgramContext, account: Account, group: string): Promise<boolean> {
  const there = await ctx.files.stat(account.home).catch(() => undefined);
  if (there) return false;
  await ctx.files.mkdir(account.home, 0o755);
  const names = await ctx.files.readdir("/etc/skel").catch(() => []);
  for (const name of names) {
    await ctx.files.writeFile(`${account.home}/${name}`, await ctx.files.readFile(`/etc/skel/${name}`));
    await ctx.files.chown(`${account.home}/${name}`, account.name, group);
  }
  await ctx.files.chown(account.home, account.name, group);
  return true;
}

/** The names of groups that an account is in besides its own. */
export function supplementary({ groups }: AccountFiles, name: string): string[] {
  return groups.filter((group) => group.members.includes(name)).map((group) => group.name);
}

/** By name or number. */
export function groupNamed({ groups }: AccountFiles, text: string): Group | undefined {
  return groups.find((group) => group.name === text || (/^\d+$/.test(text) && group.gid === Number(text)));
}
