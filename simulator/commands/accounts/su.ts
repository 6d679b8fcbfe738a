/**
 * `su` and `runuser`: a shell, or with `runuser -u` a command, as another user.
 *
 * @source su(1) and runuser(1) of util-linux 2.38, their own output; pam_unix(8) for what stands in the journal
 */
import { passwordIsRight } from "../../cluster/accounts/accounts.ts";
import { accountOf, loginPath, NOT_AVAILABLE, type NodeUser, shellName } from "../../shell/node-user.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { quoteForShell } from "../../shell/quoting.ts";
import { hiddenLine } from "../hidden-line.ts";
import { notModelled } from "../printed.ts";
import { InputLines } from "../pvecm/prompt.ts";

/** What a login leaves of the environment. */
const KEPT_BY_LOGIN = ["TERM", "COLORTERM", "NO_COLOR", "LANG"];
/** pam_unix waits after a wrong password. */
const WRONG_PASSWORD_DELAY_MS = 2_000;

interface Words {
  login: boolean;
  keep: boolean;
  command: string | undefined;
  shell: string | undefined;
  /** Of `runuser -u`. */
  user: string | undefined;
  operands: string[];
}

export const su: Program = async (ctx) => {
  const words = await readWords(ctx, "su");
  return typeof words === "number" ? words : become(ctx, "su", words);
};

export const runuser: Program = async (ctx) => {
  if (ctx.user.uid !== 0) {
    await ctx.stderr.write("runuser: may not be used by non-root users\n");
    return 1;
  }
  const words = await readWords(ctx, "runuser");
  if (typeof words === "number") return words;
  if (words.user === undefined) return become(ctx, "runuser", words);
  if (words.operands.length === 0) {
    await ctx.stderr.write("runuser: no command was specified\n");
    return 1;
  }
  const account = await accountOf(ctx.files, words.user);
  if (!account) return refuseUnknown(ctx, "runuser", words.user);
  const argv = ["sh", "-c", `exec ${words.operands.map(quoteForShell).join(" ")}`];
  return ctx.runAs!(account, { argv, environment: new Map(ctx.env), cwd: ctx.cwd });
};

async function become(ctx: ProgramContext, program: "su" | "runuser", words: Words): Promise<number> {
  const [name = "root", ...rest] = words.operands;
  const account = await accountOf(ctx.files, name);
  if (!account) return refuseUnknown(ctx, program, name);
  const service = words.login ? `${program}-l` : program;
  if (ctx.user.uid !== 0 && !(await provesItself(ctx, account, service))) {
    await ctx.stderr.write("su: Authentication failure\n");
    return 1;
  }
  const shell = words.shell ?? account.shell;
  const place = await startPlace(ctx, program, account, words.login);
  note(ctx, program, 5, `(to ${name}) ${ctx.user.name} on ${ttyName(ctx)}`);
  const by = `${ctx.user.name}(uid=${ctx.user.uid})`;
  note(ctx, program, 6, `pam_unix(${service}:session): session opened for user ${name}(uid=${account.uid}) by ${by}`);
  const status = await runShell(ctx, { ...account, shell }, words, rest, place);
  note(ctx, program, 6, `pam_unix(${service}:session): session closed for user ${name}`);
  return status;
}

async function runShell(
  ctx: ProgramContext,
  account: NodeUser,
  words: Words,
  rest: readonly string[],
  cwd: string,
): Promise<number> {
  const base = shellName(account.shell);
  if (base === undefined) {
    if (account.shell.endsWith("/false")) return 1;
    if (!account.shell.endsWith("/nologin")) {
      await ctx.stderr.write(`su: failed to execute ${account.shell}: No such file or directory\n`);
      return 127;
    }
    await ctx.stdout.write(NOT_AVAILABLE);
    return 1;
  }
  const command = words.command === undefined ? [] : ["-c", words.command];
  const argv = [`${words.login ? "-" : ""}${base}`, ...command, ...rest];
  return ctx.runAs!(account, { argv, environment: environmentOf(ctx, account, words), cwd });
}

function environmentOf(ctx: ProgramContext, account: NodeUser, words: Words): Map<string, string> {
  const { name, home, shell } = account;
  if (words.login) {
    const kept = [...ctx.env].filter(([key]) => KEPT_BY_LOGIN.includes(key));
    return new Map([
      ...kept,
      ...Object.entries({ HOME: home, SHELL: shell, USER: name, LOGNAME: name, PATH: loginPath(account) }),
      ["MAIL", `/var/mail/${name}`],
    ]);
  }
  if (words.keep) return new Map(ctx.env);
  const changed = { HOME: home, SHELL: shell, ...(account.uid !== 0 && { USER: name, LOGNAME: name }) };
  return new Map([...ctx.env, ...Object.entries(changed)]);
}

/** A login begins in the user's home, and where it stands when there is none. */
async function startPlace(ctx: ProgramContext, program: string, account: NodeUser, login: boolean): Promise<string> {
  if (!login) return ctx.cwd;
  const home = await ctx.files.stat(account.home).catch(() => undefined);
  if (home?.type === "directory") return account.home;
  await ctx.stderr.write(
    `${program}: warning: cannot change directory to ${account.home}: No such file or directory\n`,
  );
  return ctx.cwd;
}

/** The other's password, which is asked for once. */
async function provesItself(ctx: ProgramContext, account: NodeUser, service: string): Promise<boolean> {
  let password: string | undefined;
  if (ctx.isTty.stdin && ctx.tty) password = await hiddenLine(ctx, "Password: ");
  else {
    await ctx.stderr.write("Password: ");
    password = await new InputLines(ctx).next();
  }
  const right = ctx.lab.read((lab) => passwordIsRight(lab, ctx.node, `${account.name}@pam`, password ?? ""));
  if (right) return true;
  const from = `logname=${ctx.user.name} uid=${ctx.user.uid} euid=0 tty=/dev/${ttyName(ctx)} ruser=${ctx.user.name} rhost=`;
  note(ctx, "su", 5, `pam_unix(${service}:auth): authentication failure; ${from}  user=${account.name}`);
  await ctx.lab.sleep(WRONG_PASSWORD_DELAY_MS, ctx.signal);
  note(ctx, "su", 5, `FAILED SU (to ${account.name}) ${ctx.user.name} on ${ttyName(ctx)}`);
  return false;
}

function note(ctx: ProgramContext, identifier: string, priority: number, text: string): void {
  ctx.lab.act("journal/write", { node: ctx.node, identifier, pid: ctx.pid, priority, text });
}

function ttyName(ctx: ProgramContext): string {
  return ctx.ttyName ?? "none";
}

async function refuseUnknown(ctx: ProgramContext, program: string, name: string): Promise<number> {
  await ctx.stderr.write(
    `${program}: user ${name} does not exist or the user entry does not contain all the required fields\n`,
  );
  return 1;
}

/** @returns the exit status when a word is none that it knows */
async function readWords(ctx: ProgramContext, program: "su" | "runuser"): Promise<Words | number> {
  const words: Words = {
    ...{ login: false, keep: false, command: undefined, shell: undefined, user: undefined },
    operands: [],
  };
  const takes: Record<string, (value: string) => void> = {
    command: (value) => (words.command = value),
    shell: (value) => (words.shell = value),
    user: (value) => (words.user = value),
    group: () => {},
  };
  const letters: Record<string, string> = { c: "command", s: "shell", u: "user", g: "group", G: "group" };
  const refuse = async (text: string) => {
    await ctx.stderr.write(`${program}: ${text}\nTry '${program} --help' for more information.\n`);
    return 1;
  };
  const args = ctx.argv.slice(1);
  for (let word = args.shift(); word !== undefined; word = args.shift()) {
    const [, long, given] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const letter = /^-([^-])/.exec(word)?.[1];
    const name = long === "session-command" ? "command" : (long ?? letters[letter ?? ""]);
    if (word === "--") {
      words.operands.push(...args.splice(0));
    } else if (word === "-" || word === "-l" || word === "--login") words.login = true;
    else if (/^-[mp]$/.test(word) || word === "--preserve-environment") words.keep = true;
    else if (/^-[fP]$/.test(word) || word === "--fast" || word === "--pty") continue;
    else if (name === "group" || /^-[wh]$/.test(word) || /^(?:whitelist-environment|help)$/.test(long ?? "")) {
      await ctx.stderr.write(notModelled(program, word));
      return 1;
    } else if (name !== undefined && Object.hasOwn(takes, name) && (name !== "user" || program === "runuser")) {
      const value = long !== undefined ? (given ?? args.shift()) : word.length > 2 ? word.slice(2) : args.shift();
      if (value === undefined) {
        return refuse(
          long === undefined ? `option requires an argument -- '${letter}'` : `option '--${long}' requires an argument`,
        );
      }
      takes[name]!(value);
    } else if (/^-./.test(word)) {
      return refuse(long === undefined ? `invalid option -- '${letter}'` : `unrecognized option '${word}'`);
    } else {
      words.operands.push(word);
      // What stands behind the command of `runuser -u` and behind the user is not read.
      if (words.user !== undefined || (words.operands.length > 1 && !words.operands.includes("-"))) {
        words.operands.push(...args.splice(0));
      }
    }
  }
  return words;
}
