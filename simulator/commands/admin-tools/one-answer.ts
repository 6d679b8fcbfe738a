/** Tools that are asked one thing: `locale`, `systemd-detect-virt`, `corosync -v`, `pct list`, `su`. */
import type { Program } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";

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

export const corosync: Program = async (ctx) => {
  if (ctx.argv[1] === "-v") {
    await ctx.stdout.write(
      "Corosync Cluster Engine, version '3.1.7'\nCopyright (c) 2006-2021 Red Hat, Inc.\n\nBuilt-in features: dbus monitoring watchdog augeas systemd xmlconf vqsim nozzle snmp pie relro bindnow\n",
    );
    return 0;
  }
  await ctx.stderr.write("corosync: not modelled in this simulated node yet; its unit is: systemctl start corosync\n");
  return 1;
};

/** No node of a lab carries containers, so a list of them is empty. */
export const pct: Program = async (ctx) => {
  const [verb] = ctx.argv.slice(1);
  if (verb === "list") return 0;
  await ctx.stderr.write(
    verb === undefined
      ? "ERROR: no command specified\nUSAGE: pct <COMMAND> [ARGS] [OPTIONS]\n"
      : notModelled("pct", verb),
  );
  return verb === undefined ? 255 : 1;
};

/** Everybody is root here: `su -` is a shell like the one that asks. */
export const su: Program = async (ctx) => {
  const words = ctx.argv.slice(1).filter((word) => word !== "-" && word !== "-l" && word !== "--login");
  const at = words.indexOf("-c");
  if (at >= 0 && words[at + 1] !== undefined) return ctx.run(words[at + 1]!);
  const user = words.find((word) => !word.startsWith("-"));
  if (user !== undefined && user !== "root") {
    await ctx.stderr.write(
      `su: user ${user} does not exist or the user entry does not contain all the required fields\n`,
    );
    return 1;
  }
  return ctx.run("bash");
};
