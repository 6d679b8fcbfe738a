/** `w`, `last`, `passwd`, `groups`, `getent`: who is and was there. Logins before the node's last start are not kept. */
import { formatTime } from "../../shell/builtins/output.ts";
import { processTableOf } from "../../shell/node-process.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { complain } from "../coreutils/arguments.ts";
import { uptime } from "../coreutils/node-facts.ts";
import { listAll } from "../coreutils/process-list.ts";

function sessions(ctx: ProgramContext) {
  return processTableOf(ctx.lab, ctx.node)
    .all()
    .filter((process) => process.tty.startsWith("pts/") && process.parentPid === 1);
}

const clock = (ctx: ProgramContext) =>
  ctx.lab.read((lab) => ({
    wallAt: (atMs: number) => atMs + lab.wallOffsetMs,
    nowMs: lab.nowMs,
    bootedAtMs: lab.nodes[ctx.node]?.bootedAtMs ?? 0,
    gateway: (lab.nodes[ctx.node]?.nics?.[0]?.address ?? "10.0.0.1").replace(/\.\d+$/, ".1"),
  }));

export const w: Program = async (ctx) => {
  const { wallAt, gateway } = clock(ctx);
  if (!ctx.argv.includes("-h")) {
    await uptime({ ...ctx, argv: ["uptime"] });
    await ctx.stdout.write("USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n");
  }
  const all = listAll(ctx);
  for (const session of sessions(ctx)) {
    const newest = all.filter((process) => process.tty === session.tty).at(-1);
    await ctx.stdout.write(
      `root     ${session.tty.padEnd(8)} ${gateway.padEnd(16)} ${formatTime("%H:%M", wallAt(session.startedAtMs))}    0.00s  0.01s  0.00s ${newest?.command ?? "-bash"}\n`,
    );
  }
  return 0;
};

export const last: Program = async (ctx) => {
  const { wallAt, nowMs, bootedAtMs, gateway } = clock(ctx);
  const when = (atMs: number) => formatTime("%a %b %e %H:%M", wallAt(atMs));
  const reboots = `reboot   system boot  6.8.12-20-pve    ${when(bootedAtMs)}   still running\n`;
  const rows = sessions(ctx)
    .toReversed()
    .map(
      (session) =>
        `root     ${session.tty.padEnd(12)} ${gateway.padEnd(16)} ${when(session.startedAtMs)}   still logged in\n`,
    );
  const only = ctx.argv.slice(1).find((word) => !word.startsWith("-"));
  await ctx.stdout.write(
    `${only === "reboot" ? "" : rows.join("")}${only === undefined || only === "reboot" ? reboots : ""}\nwtmp begins ${formatTime("%a %b %e %H:%M:%S %Y", wallAt(Math.min(bootedAtMs, nowMs)))}\n`,
  );
  return 0;
};

export const passwd: Program = async (ctx) => {
  await complain(
    ctx,
    "changing a password is not modelled in this simulated node; `pveum passwd USER@pve` is for users of the cluster",
  );
  return 1;
};

export const groups: Program = async (ctx) => {
  await ctx.stdout.write("root\n");
  return 0;
};

export const getent: Program = async (ctx) => {
  const [, database = "", ...keys] = ctx.argv;
  const file = { hosts: "/etc/hosts", passwd: "/etc/passwd", group: "/etc/group", ahosts: "/etc/hosts" }[database];
  if (!file) {
    await ctx.stderr.write(
      `Unknown database: ${database}\nTry \`getent --help' or \`getent --usage' for more information.\n`,
    );
    return 1;
  }
  const text = Buffer.from(await ctx.files.readFile(file).catch(() => new Uint8Array(0))).toString("utf8");
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const found = lines.filter((line) => keys.length === 0 || line.split(/[\s:]+/).some((word) => keys.includes(word)));
  if (found.length === 0) return 2;
  const shown = found.map((line) => {
    const [address, ...names] = line.split(/\s+/);
    return file === "/etc/hosts" ? `${address!.padEnd(15)} ${names.join(" ")}` : line;
  });
  await ctx.stdout.write(`${shown.join("\n")}\n`);
  return 0;
};
