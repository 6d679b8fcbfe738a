/** Tools that are asked one thing: `locale`, `systemd-detect-virt`. */
import type { Program } from "../../shell/process.ts";
import { quoteForShell } from "../../shell/quoting.ts";
import { pathIn } from "../coreutils/arguments.ts";

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
