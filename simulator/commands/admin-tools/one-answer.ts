/** Tools that are asked one thing: `locale`, `systemd-detect-virt`, `su`. */
import type { Program } from "../../shell/process.ts";
import { quoteForShell } from "../../shell/quoting.ts";
import { pathIn, textOf } from "../coreutils/arguments.ts";

export const locale: Program = async (ctx) => {
  if (ctx.argv[1] === "-a") {
    await ctx.stdout.write("C\nC.utf8\nPOSIX\nen_US.utf8\n");
    return 0;
  }
  const lang = ctx.env.get("LANG") ?? "";
  const all = ctx.env.get("LC_ALL") ?? "";
  const parts = "CTYPE NUMERIC TIME COLLATE MONETARY MESSAGES PAPER NAME ADDRESS TELEPHONE MEASUREMENT IDENTIFICATION";
  const line = (name: string) => {
    const own = all === "" ? ctx.env.get(name) : undefined;
    return `${name}=${own ?? `"${all || lang || "POSIX"}"`}\n`;
  };
  await ctx.stdout.write(
    `LANG=${lang}\nLANGUAGE=\n${parts
      .split(" ")
      .map((part) => line(`LC_${part}`))
      .join("")}LC_ALL=${all}\n`,
  );
  return 0;
};

export const detectVirt: Program = async (ctx) => {
  await ctx.stdout.write("kvm\n");
  return 0;
};

/** What `su -` leaves of the environment. */
const KEPT_BY_LOGIN = ["TERM", "COLORTERM", "LANG"];

/**
 * Everybody is root here, so that `su` asks for no password and its shell can do what the asking one can.
 *
 * @source su(1) of util-linux 2.38
 */
export const su: Program = async (ctx) => {
  let login = false;
  let keep = false;
  let [command, shellPath] = ["", ""];
  const operands: string[] = [];
  for (let at = 1; at < ctx.argv.length; at++) {
    const word = ctx.argv[at]!;
    if (word === "-" || word === "-l" || word === "--login") login = true;
    else if (/^(-[mp]|--preserve-environment)$/.test(word)) keep = true;
    else if (/^(-c|--command|--session-command)$/.test(word)) command = ctx.argv[++at] ?? "";
    else if (word === "-s" || word === "--shell") shellPath = ctx.argv[++at] ?? "";
    else if (word.startsWith("--command=")) command = word.slice(10);
    else if (word.startsWith("-") && operands.length === 0) {
      await ctx.stderr.write(
        `su: ${word.startsWith("--") ? `unrecognized option '${word}'` : `invalid option -- '${word[1]}'`}\nTry 'su --help' for more information.\n`,
      );
      return 1;
    } else operands.push(word);
  }
  const [user = "root", ...rest] = operands;
  const passwd = await textOf(ctx, "/etc/passwd");
  const entry = passwd.split("\n").find((line) => line.startsWith(`${user}:`));
  if (!entry && user !== "root") {
    await ctx.stderr.write(
      `su: user ${user} does not exist or the user entry does not contain all the required fields\n`,
    );
    return 1;
  }
  const [, , id = "0", , , home = "/root", theirs = "/bin/bash"] = (entry ?? "").split(":");
  const chosen = shellPath || theirs;
  if (/nologin|false/.test(chosen)) {
    if (chosen.includes("nologin")) await ctx.stdout.write("This account is currently not available.\n");
    return 1;
  }
  if (id !== "0" && entry) {
    await ctx.stderr.write("su: shells of others than root are not modelled in this simulated node\n");
    return 1;
  }
  const lines: string[] = [];
  if (login) {
    const gone = [...ctx.env.keys()].filter((name) => /^\w+$/.test(name) && !KEPT_BY_LOGIN.includes(name));
    if (gone.length > 0) lines.push(`unset ${gone.join(" ")}`);
    lines.push(
      `export HOME=${home} SHELL=${chosen} USER=root LOGNAME=root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      `cd ${home}`,
    );
  } else if (!keep) lines.push(`export HOME=${home} SHELL=${chosen}`);
  const name = (login ? "-" : "") + chosen.slice(chosen.lastIndexOf("/") + 1);
  const words = [...(command ? ["-c", command] : []), ...rest].map(quoteForShell);
  lines.push(["exec", "-a", name, chosen, ...words].join(" "));
  return ctx.run(lines.join("\n"));
};

/** @source mountpoint(1) of util-linux 2.38 */
export const mountpoint: Program = async (ctx) => {
  const quiet = ctx.argv.includes("-q");
  const path = ctx.argv.slice(1).find((word) => !word.startsWith("-"));
  if (path === undefined) {
    await ctx.stderr.write("mountpoint: bad usage\nTry 'mountpoint --help' for more information.\n");
    return 1;
  }
  const isMounted = (await ctx.run(`findmnt ${quoteForShell(pathIn(ctx, path))} > /dev/null`)) === 0;
  if (!quiet) await ctx.stdout.write(`${path} is ${isMounted ? "a mountpoint" : "not a mountpoint"}\n`);
  return isMounted ? 0 : 32;
};

export const whereis: Program = async (ctx) => {
  for (const name of ctx.argv.slice(1).filter((word) => !word.startsWith("-"))) {
    await ctx.stdout.write(`${name}:`);
    if (/^[\w.+-]+$/.test(name)) await ctx.run(`p=$(which ${name}) && echo -n " $p"`);
    await ctx.stdout.write("\n");
  }
  return 0;
};

export const arch: Program = async (ctx) => {
  await ctx.stdout.write("x86_64\n");
  return 0;
};

export const lsbRelease: Program = async (ctx) => {
  const rows: [string, string, string][] = [
    ["i", "Distributor ID", "Debian"],
    ["d", "Description", "Debian GNU/Linux 12 (bookworm)"],
    ["r", "Release", "12"],
    ["c", "Codename", "bookworm"],
  ];
  const flags = ctx.argv.slice(1).join("");
  const all = flags.includes("a") || !/[idrc]/.test(flags);
  if (all) await ctx.stderr.write("No LSB modules are available.\n");
  for (const [flag, name, value] of rows) {
    if (!flags.includes("a") && !flags.includes(flag)) continue;
    await ctx.stdout.write(
      flags.includes("s") ? `${value}\n` : `${`${name}:`.padEnd(15)}\t${value}\n`.replace(/ +\t/, "\t"),
    );
  }
  return 0;
};
