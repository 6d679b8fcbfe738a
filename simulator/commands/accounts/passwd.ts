/** `passwd` and `chpasswd`: passwords of the node's own users. @source passwd 4.13, pam_unix, their own output */
import { hashPassword } from "../../api/password-hash.ts";
import { passwordIsRight } from "../../cluster/accounts/accounts.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { complain } from "../coreutils/arguments.ts";
import { BadOption, getopt } from "../getopt.ts";
import { hiddenLine } from "../hidden-line.ts";
import { notModelled } from "../printed.ts";
import { InputLines } from "../pvecm/prompt.ts";
import { type AccountFiles, readAccounts, type Shadow, today, writeAccounts } from "./account-files.ts";

const USAGE = `Usage: passwd [options] [LOGIN]

Options:
  -a, --all                     report password status on all accounts
  -d, --delete                  delete the password for the named account
  -e, --expire                  force expire the password for the named account
  -h, --help                    display this help message and exit
  -l, --lock                    lock the password of the named account
  -q, --quiet                   quiet mode
  -S, --status                  report password status on the named account
  -u, --unlock                  unlock the password of the named account

`;

const LONG = { all: "a", delete: "d", expire: "e", help: "h", lock: "l", quiet: "q", status: "S", unlock: "u" };

/** pam_unix takes any password from root, and from others none that is shorter. */
const USERS_PASSWORD_CHARS_MIN = 6;

/** What PAM says when the answers are of no use. */
const FAILED = "passwd: Authentication token manipulation error\npasswd: password unchanged\n";

export const passwd: Program = async (ctx) => {
  const words: string[] = [];
  const flags = new Set<string>();
  try {
    for (const { option } of getopt("passwd", ctx.argv.slice(1), "adehlqSuki:n:r:R:w:x:", LONG, words))
      flags.add(option);
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await ctx.stderr.write(`${error.message}\n${USAGE}`);
    return 6;
  }
  if (flags.has("h")) {
    await ctx.stdout.write(USAGE);
    return 0;
  }
  const unmodelled = [...flags].find((flag) => "keinrRwx".includes(flag));
  if (unmodelled) {
    await ctx.stderr.write(notModelled("passwd", `-${unmodelled}`));
    return 1;
  }
  const files = await readAccounts(ctx);
  if (flags.has("S") && flags.has("a")) {
    for (const { name } of files.accounts) await ctx.stdout.write(statusLine(files, name));
    return 0;
  }
  const [name = ctx.user.name] = words;
  if (!files.accounts.some((account) => account.name === name)) {
    await complain(ctx, `user '${name}' does not exist`);
    return 1;
  }
  if (ctx.user.uid !== 0 && (name !== ctx.user.name || (flags.size > 0 && !flags.has("S")))) {
    const rest = flags.size > 0 && !flags.has("S");
    const why = rest ? "Permission denied." : `You may not view or modify password information for ${name}.`;
    await ctx.stderr.write(`passwd: ${why}\n`);
    return 1;
  }
  if (flags.has("S")) {
    await ctx.stdout.write(statusLine(files, name));
    return 0;
  }
  const line = shadowOf(ctx, files, name);
  if (flags.has("d") || flags.has("l") || flags.has("u")) {
    if (flags.has("u") && /^!?$/.test(line[1]!)) {
      await ctx.stderr.write(
        "passwd: unlocking the password would result in a passwordless account.\nYou should set a password with usermod -p to unlock the password of this account.\n",
      );
      return 3;
    }
    if (flags.has("d")) {
      line[1] = "";
      ctx.lab.act("accounts/set-password", { node: ctx.node, user: name, password: "" });
    } else line[1] = flags.has("l") ? `!${line[1]!.replace(/^!/, "")}` : line[1]!.replace(/^!/, "");
    await writeAccounts(ctx, files);
    if (!flags.has("q")) await ctx.stdout.write("passwd: password changed.\n");
    return 0;
  }
  return changePassword(ctx, name);
};

/** Ask twice, and keep what was said. @returns the exit status */
export async function changePassword(ctx: ProgramContext, name: string): Promise<number> {
  const lines = new InputLines(ctx);
  const ask = async (question: string): Promise<string> => {
    if (ctx.isTty.stdin && ctx.tty) return (await hiddenLine(ctx, question)) ?? "";
    await ctx.stderr.write(question);
    return (await lines.next()) ?? "";
  };
  if (ctx.user.uid !== 0) {
    await ctx.stderr.write(`Changing password for ${name}.\n`);
    const current = await ask("Current password: ");
    if (!ctx.lab.read((lab) => passwordIsRight(lab, ctx.node, `${name}@pam`, current))) {
      await ctx.stderr.write(FAILED);
      return 10;
    }
  }
  const first = await ask("New password: ");
  const second = await ask("Retype new password: ");
  if (first !== second) {
    await ctx.stderr.write(`Sorry, passwords do not match.\n${FAILED}`);
    return 10;
  }
  if (first === "") {
    await ctx.stderr.write("No password has been supplied.\n");
    await ask("New password: ");
    await ctx.stderr.write(`Password change has been aborted.\n${FAILED}`);
    return 10;
  }
  if (ctx.user.uid !== 0 && first.length < USERS_PASSWORD_CHARS_MIN) {
    await ctx.stderr.write("You must choose a longer password.\n");
    await ask("New password: ");
    await ctx.stderr.write(`Password change has been aborted.\n${FAILED}`);
    return 10;
  }
  await setPassword(ctx, name, first);
  await ctx.stderr.write("passwd: password updated successfully\n");
  return 0;
}

async function setPassword(ctx: ProgramContext, name: string, password: string): Promise<void> {
  const files = await readAccounts(ctx);
  const line = shadowOf(ctx, files, name);
  line[1] = hashPassword(password);
  line[2] = String(today(ctx));
  await writeAccounts(ctx, files);
  ctx.lab.act("accounts/set-password", { node: ctx.node, user: name, password });
}

function shadowOf(ctx: ProgramContext, files: AccountFiles, name: string): Shadow {
  const known = files.shadow.find((fields) => fields[0] === name);
  if (known) return known;
  const made = [name, "*", String(today(ctx)), "0", "99999", "7", "", "", ""];
  files.shadow.push(made);
  return made;
}

function statusLine({ shadow }: AccountFiles, name: string): string {
  const [, hash = "*", day = "0", least, most, warn, idle] = shadow.find((fields) => fields[0] === name) ?? [];
  const date = new Date(Number(day) * 86_400_000).toISOString().slice(0, 10);
  const state = hash === "" ? "NP" : /^[!*]/.test(hash) ? "L" : "P";
  const number = (field: string | undefined) => field || "-1";
  return `${name} ${state} ${date} ${number(least)} ${number(most)} ${number(warn)} ${number(idle)}\n`;
}

/** `chpasswd` reads so much of a line. */
const LINE_CHARS_MAX = 8_190;

/** `USER:PASSWORD` lines from standard input. */
export const chpasswd: Program = async (ctx) => {
  if (ctx.argv.length > 1) {
    await ctx.stderr.write(notModelled("chpasswd", ctx.argv[1]!));
    return 1;
  }
  const lines = new InputLines(ctx);
  const { accounts } = await readAccounts(ctx);
  let failed = 0;
  for (let number = 1, line = await lines.next(); line !== undefined; line = await lines.next(), number++) {
    if (line.length > LINE_CHARS_MAX) {
      await ctx.stderr.write(`chpasswd: line ${number}: line too long\n`);
      failed = 1;
      continue;
    }
    const at = line.indexOf(":");
    const [name, password] = [line.slice(0, at), line.slice(at + 1)];
    if (at < 0) await ctx.stderr.write(`chpasswd: line ${number}: missing new password\n`);
    else if (!accounts.some((account) => account.name === name)) {
      await ctx.stderr.write(
        `chpasswd: (user ${name}) pam_chauthtok() failed, error:\nAuthentication token manipulation error\nchpasswd: (line ${number}, user ${name}) password not changed\n`,
      );
    } else {
      await setPassword(ctx, name, password);
      continue;
    }
    failed = 1;
  }
  return failed;
};
