/** `w`, `last`, `groups`, `getent`: who is and was there. Logins before the node's last start are not kept. */

import { wallOffsetOf } from "../../cluster/wall-clock.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { formatTime } from "../../shell/time-text.ts";
import { readAccounts, supplementary } from "../accounts/account-files.ts";
import { complain, textOf } from "../coreutils/arguments.ts";
import { gatewayAddress, loginsOf } from "../coreutils/logins.ts";
import { uptimeText } from "../coreutils/node-facts.ts";
import { listAll } from "../coreutils/process-list.ts";
import { notModelled } from "../printed.ts";

const clock = (ctx: ProgramContext) =>
  ctx.lab.read((lab) => ({
    wallAt: (atMs: number) => atMs + wallOffsetOf(lab, ctx.node),
    nowMs: lab.nowMs,
    bootedAtMs: lab.nodes[ctx.node]?.bootedAtMs ?? 0,
    gateway: gatewayAddress(lab, ctx.node),
  }));

export const w: Program = async (ctx) => {
  const { wallAt, gateway } = clock(ctx);
  if (!ctx.argv.includes("-h")) {
    await ctx.stdout.write(
      ` ${uptimeText(ctx)}\nUSER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n`,
    );
  }
  const all = listAll(ctx);
  for (const session of loginsOf(ctx)) {
    const newest = all.filter((process) => process.tty === session.tty).at(-1);
    await ctx.stdout.write(
      `${session.user.name.slice(0, 8).padEnd(8)} ${session.tty.padEnd(8)} ${gateway.padEnd(16)} ${formatTime("%H:%M", wallAt(session.startedAtMs), zoneOfProgram(ctx))}    0.00s  0.01s  0.00s ${newest?.command ?? "-bash"}\n`,
    );
  }
  return 0;
};

export const groups: Program = async (ctx) => {
  const names = ctx.argv.slice(1);
  if (names.length === 0) {
    await ctx.stdout.write(`${ctx.user.groups.join(" ")}\n`);
    return 0;
  }
  const files = await readAccounts(ctx);
  let status = 0;
  for (const name of names) {
    const account = files.accounts.find((one) => one.name === name);
    if (!account) {
      await complain(ctx, `‘${name}’: no such user`);
      status = 1;
      continue;
    }
    const own = files.groups.find((group) => group.gid === account.gid)?.name ?? String(account.gid);
    await ctx.stdout.write(`${name} : ${[own, ...supplementary(files, name)].join(" ")}\n`);
  }
  return status;
};

/** Of /etc/services, /etc/protocols and /etc/networks: what is asked for. */
const DATABASES: Record<string, string[]> = {
  networks: ["default               0.0.0.0", "loopback              127.0.0.0", "link-local            169.254.0.0"],
  protocols: [
    "ip                    0 IP",
    "icmp                  1 ICMP",
    "tcp                   6 TCP",
    "udp                   17 UDP",
  ],
  services: [
    ["ssh", "22/tcp"],
    ["domain", "53/tcp"],
    ["http", "80/tcp"],
    ["ntp", "123/udp"],
    ["https", "443/tcp"],
    ["nfs", "2049/tcp"],
  ].map(([name, port]) => `${name!.padEnd(21)} ${port}`),
};

const FILES: Record<string, string> = {
  ahosts: "/etc/hosts",
  ahostsv4: "/etc/hosts",
  group: "/etc/group",
  hosts: "/etc/hosts",
  passwd: "/etc/passwd",
  shadow: "/etc/shadow",
};

const TRY = "Try `getent --help' or `getent --usage' for more information.\n";

export const getent: Program = async (ctx) => {
  const [database, ...keys] = ctx.argv.slice(1);
  if (database === undefined) {
    await ctx.stderr.write(`getent: wrong number of arguments\n${TRY}`);
    return 1;
  }
  const fixed = Object.hasOwn(DATABASES, database) ? DATABASES[database] : undefined;
  const file = Object.hasOwn(FILES, database) ? FILES[database]! : "";
  if (!fixed && file === "") {
    const known = /^(?:ahostsv6|aliases|ethers|gshadow|initgroups|netgroup|rpc)$/.test(database);
    await ctx.stderr.write(known ? notModelled("getent", database) : `Unknown database: ${database}\n${TRY}`);
    return 1;
  }
  const text = fixed ? "" : await textOf(ctx, file);
  const lines = fixed ?? text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const named = (line: string) => line.split(/[\s:/]+/);
  // Each key is looked up by itself, as it stands first in the file; without a key everything is told.
  const found = keys.length === 0 ? lines : keys.map((key) => lines.find((line) => named(line).includes(key)) ?? "");
  const shown = found.filter(Boolean).flatMap((line) => {
    if (file !== "/etc/hosts") return [line];
    const [address = "", ...names] = line.split(/\s+/);
    if (database === "hosts") return [`${address.padEnd(15)} ${names.join(" ")}`];
    return ["STREAM", "DGRAM", "RAW"].map(
      (type, at) => `${address.padEnd(15)} ${type.padEnd(6)} ${at === 0 ? names[0] : ""}`,
    );
  });
  if (shown.length > 0) await ctx.stdout.write(`${shown.join("\n")}\n`);
  return found.length === 0 || found.includes("") ? 2 : 0;
};
