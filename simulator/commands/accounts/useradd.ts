/** `useradd`, `userdel`, `usermod`, `groupadd`, `groupdel`. @source passwd 4.13, its own output */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { complain } from "../coreutils/arguments.ts";
import { loginsOf } from "../coreutils/logins.ts";
import { BadOption, getopt } from "../getopt.ts";
import { notModelled } from "../printed.ts";
import {
  type Account,
  type AccountFiles,
  freeNumber,
  groupNamed,
  makeHome,
  newShadow,
  readAccounts,
  writeAccounts,
} from "./account-files.ts";

const LONG: Record<string, string> = {
  ...{ append: "a", comment: "c", "home-dir": "d", home: "d", gid: "g", groups: "G", "create-home": "m", login: "l" },
  ...{ "no-create-home": "M", "no-user-group": "N", "user-group": "U", password: "p", system: "r", shell: "s" },
  ...{ uid: "u", "non-unique": "o", "move-home": "m", lock: "L", unlock: "U", force: "f", remove: "r", help: "h" },
  ...{ defaults: "D", expiredate: "e", inactive: "f", skel: "k", key: "K" },
};

interface Wanted {
  flags: Map<string, string>;
  name: string | undefined;
}

/** @returns the exit status when there is nothing more to do */
async function optionsOf(ctx: ProgramContext, letters: string, taken: string, usage: string): Promise<Wanted | number> {
  const program = ctx.argv[0]!.replace(/.*\//, "");
  const words: string[] = [];
  const flags = new Map<string, string>();
  const help = `Usage: ${program} ${usage}\n(a short form; the real one is longer)\n`;
  try {
    for (const { option, value } of getopt(program, ctx.argv.slice(1), letters, LONG, words)) flags.set(option, value);
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await ctx.stderr.write(`${error.message}\n${help}`);
    return 2;
  }
  if (flags.has("h")) {
    await ctx.stdout.write(help);
    return 0;
  }
  const unmodelled = [...flags.keys()].find((flag) => !taken.includes(flag));
  if (unmodelled) {
    await ctx.stderr.write(notModelled(program, `-${unmodelled}`));
    return 1;
  }
  if (words.length !== 1) {
    await ctx.stderr.write(help);
    return 2;
  }
  return { flags, name: words[0] };
}

const refuse = async (ctx: ProgramContext, text: string, status: number) => {
  await complain(ctx, text);
  return status;
};

const validName = (name: string) => /^[a-zA-Z_][\w.-]{0,31}\$?$/.test(name) || /^[\w][\w.-]*$/.test(name);

/** Groups of `-G`, and the first of `-g` and `-G` that is not there. */
function groupsAsked(flags: ReadonlyMap<string, string>, files: AccountFiles) {
  const extra = flags.get("G")?.split(",").filter(Boolean) ?? [];
  const own = flags.get("g");
  const unknown = [...(own === undefined ? [] : [own]), ...extra].find((one) => !groupNamed(files, one));
  return { extra, unknown };
}

export const useradd: Program = async (ctx) => {
  const wanted = await optionsOf(ctx, "c:d:e:f:g:G:hk:K:lmMNop:rs:u:UD", "cdgGlmMNoprsuU", "[options] LOGIN");
  if (typeof wanted === "number") return wanted;
  const { flags } = wanted;
  const name = wanted.name!;
  const files = await readAccounts(ctx);
  if (!validName(name)) return refuse(ctx, `invalid user name '${name}': use --badname to ignore`, 3);
  if (files.accounts.some((account) => account.name === name)) return refuse(ctx, `user '${name}' already exists`, 9);
  const system = flags.has("r");
  const uid = flags.has("u")
    ? Number(flags.get("u"))
    : freeNumber(
        files.accounts.map((one) => one.uid),
        system,
      );
  if (!Number.isInteger(uid)) return refuse(ctx, `invalid user ID '${flags.get("u")}'`, 3);
  if (!flags.has("o") && files.accounts.some((account) => account.uid === uid)) {
    return refuse(ctx, `UID ${uid} is not unique`, 4);
  }
  const { extra, unknown } = groupsAsked(flags, files);
  if (unknown !== undefined) return refuse(ctx, `group '${unknown}' does not exist`, 6);
  let group = flags.has("g")
    ? groupNamed(files, flags.get("g")!)
    : flags.has("N")
      ? groupNamed(files, "users")
      : undefined;
  if (!group) {
    if (groupNamed(files, name)) {
      return refuse(ctx, `group ${name} exists - if you want to add this user to that group, use -g.`, 9);
    }
    const taken = files.groups.map((one) => one.gid);
    group = { name, gid: taken.includes(uid) ? freeNumber(taken, system) : uid, members: [] };
    files.groups.push(group);
  }
  const account: Account = {
    name,
    uid,
    gid: group.gid,
    comment: flags.get("c") ?? "",
    home: flags.get("d") ?? `/home/${name}`,
    shell: flags.get("s") ?? "/bin/sh",
  };
  files.accounts.push(account);
  for (const one of extra) groupNamed(files, one)!.members.push(name);
  const line = newShadow(ctx, name, system);
  if (flags.has("p")) line[1] = flags.get("p")!;
  files.shadow.push(line);
  await writeAccounts(ctx, files);
  if (flags.has("m") && !(await makeHome(ctx, account, group.name))) {
    await ctx.stderr.write(
      "useradd: warning: the home directory already exists.\nuseradd: Not copying any file from skel directory into it.\n",
    );
  }
  return 0;
};

export const userdel: Program = async (ctx) => {
  const wanted = await optionsOf(ctx, "fhrR:P:Z", "fr", "[options] LOGIN");
  if (typeof wanted === "number") return wanted;
  const { flags } = wanted;
  const name = wanted.name!;
  const files = await readAccounts(ctx);
  const account = files.accounts.find((one) => one.name === name);
  if (!account) return refuse(ctx, `user '${name}' does not exist`, 6);
  if (account.uid === 0) {
    const [session] = loginsOf(ctx);
    return refuse(ctx, `user ${name} is currently used by process ${session?.pid ?? 1}`, 8);
  }
  await dropAccount(ctx, files, account);
  if (flags.has("r")) {
    await ctx.stderr.write(`userdel: ${name} mail spool (/var/mail/${name}) not found\n`);
    const there = await ctx.files.stat(account.home).catch(() => undefined);
    if (!there) await ctx.stderr.write(`userdel: ${name} home directory (${account.home}) not found\n`);
    else await ctx.run(`rm -rf -- '${account.home.replaceAll("'", "'\\''")}'`);
  }
  return 0;
};

/** An account goes with its password and its own group, if nobody else is in it. */
export async function dropAccount(ctx: ProgramContext, files: AccountFiles, { name, gid }: Account): Promise<void> {
  files.accounts = files.accounts.filter((one) => one.name !== name);
  files.shadow = files.shadow.filter(([user]) => user !== name);
  for (const group of files.groups) group.members = group.members.filter((member) => member !== name);
  files.groups = files.groups.filter(
    (group) =>
      group.name !== name ||
      group.members.length > 0 ||
      group.gid !== gid ||
      files.accounts.some((one) => one.gid === gid),
  );
  await writeAccounts(ctx, files);
  ctx.lab.act("accounts/set-password", { node: ctx.node, user: name, password: null });
}

export const usermod: Program = async (ctx) => {
  const wanted = await optionsOf(ctx, "ac:d:e:f:g:G:hl:Lmop:s:u:U", "acdgGlLopsuU", "[options] LOGIN");
  if (typeof wanted === "number") return wanted;
  const { flags } = wanted;
  const name = wanted.name!;
  const files = await readAccounts(ctx);
  const account = files.accounts.find((one) => one.name === name);
  if (!account) return refuse(ctx, `user '${name}' does not exist`, 6);
  const { extra, unknown } = groupsAsked(flags, files);
  if (unknown !== undefined) return refuse(ctx, `group '${unknown}' does not exist`, 6);
  if (flags.has("u") && files.accounts.some((one) => one.uid === Number(flags.get("u"))) && !flags.has("o")) {
    return refuse(ctx, `UID '${flags.get("u")}' already exists`, 4);
  }
  const line = files.shadow.find(([user]) => user === name);
  if (flags.has("c")) account.comment = flags.get("c")!;
  if (flags.has("d")) account.home = flags.get("d")!;
  if (flags.has("s")) account.shell = flags.get("s")!;
  if (flags.has("u")) account.uid = Number(flags.get("u"));
  if (flags.has("g")) account.gid = groupNamed(files, flags.get("g")!)!.gid;
  if (flags.has("G")) {
    for (const group of files.groups) {
      if (!flags.has("a")) group.members = group.members.filter((member) => member !== name);
      if (extra.some((one) => groupNamed(files, one) === group) && !group.members.includes(name))
        group.members.push(name);
    }
  }
  if (line && flags.has("p")) line[1] = flags.get("p")!;
  if (line && flags.has("L")) line[1] = `!${line[1]!.replace(/^!/, "")}`;
  if (line && flags.has("U")) {
    if (/^!?$/.test(line[1]!)) {
      await ctx.stderr.write(
        "usermod: unlocking the user's password would result in a passwordless account.\nYou should set a password with usermod -p to unlock this user's password.\n",
      );
    } else line[1] = line[1]!.replace(/^!/, "");
  }
  if (flags.has("l")) {
    const next = flags.get("l")!;
    if (files.accounts.some((one) => one.name === next)) return refuse(ctx, `user '${next}' already exists`, 9);
    account.name = next;
    if (line) line[0] = next;
    for (const group of files.groups) group.members = group.members.map((member) => (member === name ? next : member));
    ctx.lab.act("accounts/rename", { node: ctx.node, user: name, to: next });
  }
  await writeAccounts(ctx, files);
  return 0;
};

export const groupadd: Program = async (ctx) => {
  const wanted = await optionsOf(ctx, "fg:hK:op:rR:P:U:", "fgor", "[options] GROUP");
  if (typeof wanted === "number") return wanted;
  const { flags } = wanted;
  const name = wanted.name!;
  const files = await readAccounts(ctx);
  if (!validName(name)) return refuse(ctx, `'${name}' is not a valid group name`, 3);
  if (files.groups.some((group) => group.name === name)) {
    return flags.has("f") ? 0 : refuse(ctx, `group '${name}' already exists`, 9);
  }
  const taken = files.groups.map((group) => group.gid);
  const gid = flags.has("g") ? Number(flags.get("g")) : freeNumber(taken, flags.has("r"));
  if (!Number.isInteger(gid)) return refuse(ctx, `invalid group ID '${flags.get("g")}'`, 3);
  if (taken.includes(gid) && !flags.has("o")) return refuse(ctx, `GID '${gid}' already exists`, 4);
  files.groups.push({ name, gid, members: [] });
  await writeAccounts(ctx, files);
  return 0;
};

export const groupdel: Program = async (ctx) => {
  const wanted = await optionsOf(ctx, "fhR:P:", "f", "[options] GROUP");
  if (typeof wanted === "number") return wanted;
  const name = wanted.name!;
  const files = await readAccounts(ctx);
  const group = files.groups.find((one) => one.name === name);
  if (!group) return refuse(ctx, `group '${name}' does not exist`, 6);
  const owner = files.accounts.find((account) => account.gid === group.gid);
  if (owner && !wanted.flags.has("f")) return refuse(ctx, `cannot remove the primary group of user '${owner.name}'`, 8);
  files.groups = files.groups.filter((one) => one !== group);
  await writeAccounts(ctx, files);
  return 0;
};
