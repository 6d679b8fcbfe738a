/** `adduser`, `addgroup`, `deluser`, `delgroup`: Debian's friendlier tools. @source adduser 3.134, its own output */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { complain } from "../coreutils/arguments.ts";
import { notModelled } from "../printed.ts";
import { InputLines } from "../pvecm/prompt.ts";
import {
  type Account,
  freeNumber,
  groupNamed,
  makeHome,
  newShadow,
  readAccounts,
  supplementary,
  writeAccounts,
} from "./account-files.ts";
import { changePassword } from "./passwd.ts";
import { dropAccount } from "./useradd.ts";

interface Words {
  flags: Map<string, string>;
  names: string[];
}

/** Options of the four, with the value of those that take one; undefined when one is not modelled. */
async function wordsOf(ctx: ProgramContext): Promise<Words | undefined> {
  const flags = new Map<string, string>();
  const names: string[] = [];
  const queue = ctx.argv.slice(1);
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (!word.startsWith("-")) names.push(word);
    else if (/^--(?:gecos|comment|shell|home|uid|gid|ingroup)$/.test(word))
      flags.set(word.slice(2), queue.shift() ?? "");
    else if (/^--(?:disabled-password|disabled-login|no-create-home|system|group|quiet|remove-home)$/.test(word))
      flags.set(word.slice(2), "");
    else {
      await ctx.stderr.write(notModelled(ctx.argv[0]!.replace(/.*\//, ""), word));
      return undefined;
    }
  }
  return { flags, names };
}

export const adduser: Program = async (ctx) => {
  const words = await wordsOf(ctx);
  if (!words) return 1;
  const { flags, names } = words;
  const say = async (text: string) => {
    if (!flags.has("quiet")) await ctx.stdout.write(text);
  };
  const [name, into] = names;
  if (name === undefined) {
    await complain(ctx, "Only one or two names allowed.");
    return 1;
  }
  const files = await readAccounts(ctx);
  const known = files.accounts.find((account) => account.name === name);
  if (into !== undefined) {
    const group = groupNamed(files, into);
    if (!known) await complain(ctx, `The user \`${name}' does not exist.`);
    else if (!group) await complain(ctx, `The group \`${into}' does not exist.`);
    if (!known || !group) return 1;
    if (group.members.includes(name)) {
      await complain(ctx, `The user \`${name}' is already a member of \`${into}'.`);
      return 0;
    }
    await say(`Adding user \`${name}' to group \`${into}' ...\n`);
    group.members.push(name);
    await writeAccounts(ctx, files);
    await say("Done.\n");
    return 0;
  }
  if (flags.has("group") && !flags.has("system")) return addGroup(ctx, name, say);
  if (known) {
    await complain(ctx, `The user \`${name}' already exists.`);
    return 1;
  }
  if (!/^[a-z][-a-z0-9_]*\$?$/.test(name)) {
    await complain(
      ctx,
      "Please enter a username matching the regular expression\n            configured via the NAME_REGEX configuration variable.  Use the\n            `--allow-bad-names' option to relax this check or reconfigure\n            NAME_REGEX in configuration.",
    );
    return 1;
  }
  const system = flags.has("system");
  const uid = flags.has("uid")
    ? Number(flags.get("uid"))
    : freeAbove(
        files.accounts.map((one) => one.uid),
        system,
      );
  const given = flags.get("ingroup") ?? flags.get("gid");
  let group = given === undefined ? undefined : groupNamed(files, given);
  if (given !== undefined && !group) {
    await complain(ctx, `The group \`${given}' does not exist.`);
    return 1;
  }
  await say(system ? `Adding system user \`${name}' (UID ${uid}) ...\n` : `Adding user \`${name}' ...\n`);
  if (system && !group && !flags.has("group")) group = groupNamed(files, "nogroup");
  if (!group) {
    const taken = files.groups.map((one) => one.gid);
    group = { name, gid: taken.includes(uid) ? freeAbove(taken, system) : uid, members: [] };
    files.groups.push(group);
    await say(`Adding new group \`${name}' (${system ? "GID " : ""}${group.gid}) ...\n`);
  }
  const account: Account = {
    name,
    uid,
    gid: group.gid,
    comment: "",
    home: flags.get("home") ?? (system ? "/nonexistent" : `/home/${name}`),
    shell: flags.get("shell") ?? (system ? "/usr/sbin/nologin" : "/bin/bash"),
  };
  const own = system ? `group \`${group.name}'` : `group \`${group.name} (${group.gid})'`;
  await say(`Adding new user \`${name}' (${system ? "UID " : ""}${uid}) with ${own} ...\n`);
  files.accounts.push(account);
  files.shadow.push(newShadow(ctx, name, system));
  await writeAccounts(ctx, files);
  if (flags.has("no-create-home") || account.home === "/nonexistent") await say(`Not creating \`${account.home}'.\n`);
  else {
    await say(`Creating home directory \`${account.home}' ...\n`);
    if (await makeHome(ctx, account, group.name)) await say("Copying files from `/etc/skel' ...\n");
  }
  if (system) return 0;
  if (!flags.has("disabled-password") && !flags.has("disabled-login")) {
    const status = await changePassword(ctx, name);
    if (status !== 0) return status;
  }
  const comment = flags.get("gecos") ?? flags.get("comment") ?? (await askForComment(ctx, name));
  const after = await readAccounts(ctx);
  after.accounts.find((one) => one.name === name)!.comment = comment;
  // Whoever is an ordinary user is in this group, if there is one.
  const users = groupNamed(after, "users");
  if (users) {
    await say(
      "Adding new user `" +
        name +
        "' to supplemental / extra groups `users' ...\nAdding user `" +
        name +
        "' to group `users' ...\n",
    );
    users.members.push(name);
  }
  await writeAccounts(ctx, after);
  return 0;
};

/** What chfn asks. */
async function askForComment(ctx: ProgramContext, name: string): Promise<string> {
  const lines = new InputLines(ctx);
  const ask = async (question: string) => {
    await ctx.stdout.write(question);
    return (ctx.isTty.stdin && ctx.tty ? await ctx.tty.readLine() : await lines.next()) ?? "";
  };
  for (;;) {
    await ctx.stdout.write(
      `Changing the user information for ${name}\nEnter the new value, or press ENTER for the default\n`,
    );
    const answers: string[] = [];
    for (const what of ["Full Name", "Room Number", "Work Phone", "Home Phone", "Other"]) {
      answers.push(await ask(`\t${what} []: `));
    }
    if (/^(?:|[yY].*)$/.test(await ask("Is the information correct? [Y/n] ")))
      return answers.join(",").replace(/,+$/, "") && answers.join(",");
  }
}

/** adduser goes up from the first number of a kind. */
function freeAbove(taken: readonly number[], system: boolean): number {
  let number = system ? 100 : 1000;
  while (taken.includes(number)) number++;
  return system ? number : Math.max(number, freeNumber([], false));
}

async function addGroup(ctx: ProgramContext, name: string, say: (text: string) => Promise<void>): Promise<number> {
  const files = await readAccounts(ctx);
  if (groupNamed(files, name)) {
    await complain(ctx, `The group \`${name}' already exists.`);
    return 1;
  }
  const gid = freeAbove(
    files.groups.map((one) => one.gid),
    false,
  );
  await say(`Adding group \`${name}' (GID ${gid}) ...\n`);
  files.groups.push({ name, gid, members: [] });
  await writeAccounts(ctx, files);
  await say("Done.\n");
  return 0;
}

export const addgroup: Program = async (ctx) => {
  const words = await wordsOf(ctx);
  if (!words) return 1;
  if (words.names.length !== 1) {
    await complain(ctx, "Only one or two names allowed.");
    return 1;
  }
  return addGroup(ctx, words.names[0]!, async (text) => {
    if (!words.flags.has("quiet")) await ctx.stdout.write(text);
  });
};

export const deluser: Program = async (ctx) => {
  const words = await wordsOf(ctx);
  if (!words) return 1;
  const { flags, names } = words;
  const say = async (text: string) => {
    if (!flags.has("quiet")) await ctx.stdout.write(text);
  };
  const [name = "", from] = names;
  const files = await readAccounts(ctx);
  const account = files.accounts.find((one) => one.name === name);
  if (!account) {
    await complain(ctx, `The user \`${name}' does not exist.`);
    return 2;
  }
  if (from !== undefined) {
    const group = groupNamed(files, from);
    if (!group) {
      await complain(ctx, `The group \`${from}' does not exist.`);
      return 3;
    }
    if (!supplementary(files, name).includes(group.name)) {
      await complain(ctx, `The user \`${name}' is not a member of group \`${from}'.`);
      return 6;
    }
    await say(`Removing user \`${name}' from group \`${from}' ...\n`);
    group.members = group.members.filter((member) => member !== name);
    await writeAccounts(ctx, files);
    await say("Done.\n");
    return 0;
  }
  if (account.uid === 0) {
    await complain(
      ctx,
      "WARNING: You are just about to delete the root account (uid 0)\nUsually this is never required as it may render the whole system unusable\nIf you really want this, call deluser with parameter --no-preserve-root\nStopping now without having performed any action",
    );
    return 9;
  }
  if (flags.has("remove-home")) {
    await say("Looking for files to backup/remove ...\nRemoving files ...\n");
    await ctx.run(`rm -rf -- '${account.home.replaceAll("'", "'\\''")}'`);
  }
  await say(`Removing crontab ...\nRemoving user \`${name}' ...\n`);
  await dropAccount(ctx, files, account);
  await say("Done.\n");
  return 0;
};

export const delgroup: Program = async (ctx) => {
  const words = await wordsOf(ctx);
  if (!words) return 1;
  const [name = ""] = words.names;
  const files = await readAccounts(ctx);
  const group = files.groups.find((one) => one.name === name);
  if (!group) {
    await complain(ctx, `The group \`${name}' does not exist.`);
    return 3;
  }
  const owner = files.accounts.find((account) => account.gid === group.gid);
  if (owner) {
    await complain(ctx, `\`${owner.name}' still has \`${name}' as their primary group!`);
    return 7;
  }
  if (!words.flags.has("quiet")) await ctx.stdout.write(`Removing group \`${name}' ...\n`);
  files.groups = files.groups.filter((one) => one !== group);
  await writeAccounts(ctx, files);
  if (!words.flags.has("quiet")) await ctx.stdout.write("Done.\n");
  return 0;
};
