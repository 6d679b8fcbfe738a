/**
 * Programs inside a guest: the everyday tools of its small Linux, and three of the lab's own. `counter` counts the seconds
 * of this boot aloud, `workload` says and sets how the guest uses its memory, `lab-help` lists what there is.
 */

import { parseGuestConfig } from "../../cluster/guests/guest-config.ts";
import { guestUptimeS, machineOfBoot } from "../../cluster/guests/guest-view.ts";
import type { GuestSystem, QemuInstance, Workload } from "../../cluster/guests/guests-state.ts";
import { dirtyingOf, WORKLOAD_NAMES } from "../../cluster/guests/machine.ts";
import { diskIsDamaged } from "../../cluster/guests/two-copies.ts";
import type { LabState } from "../../cluster/state.ts";
import type { Program, ProgramContext, ProgramEntry } from "../../shell/process.ts";
import { formatTime } from "../../shell/time-text.ts";
import { coreutils } from "../coreutils-table.ts";
import type { GuestBoot } from "./guest-boot.ts";

/** Tools that need nothing but files and time; those that tell of a node are a guest's own or missing. */
const NOT_IN_A_GUEST = new Set(
  "df du free halt hostname hostnamectl ip killall pgrep pidof ping pkill poweroff ps reboot shutdown sysctl uname uptime users w who last lastb lastlog logger".split(
    " ",
  ),
);

const HELP = `This is a small Linux inside a guest of the lab. Besides the usual tools there are:
  counter [-n N]          count the seconds of this boot aloud (^C ends it)
  workload [NAME]         show, or set: ${WORKLOAD_NAMES.join(", ")}
  workload RATE SIZE      write RATE MiB/s over SIZE MiB of memory
  uptime, hostname, ip a, free, uname, cat /proc/sys/kernel/random/boot_id
  dmesg, fsck             what the disk is like
  reboot, poweroff
`;

/** What runs in one boot of a guest. */
export function guestPrograms(boot: GuestBoot): Record<string, ProgramEntry> {
  const own: Record<string, Program> = {
    counter: (ctx) => counter(ctx, boot),
    dmesg: (ctx) => dmesg(ctx, boot),
    fsck: (ctx) => fsck(ctx, boot),
    free: (ctx) => free(ctx, boot),
    halt: (ctx) => power(ctx, boot, "poweroff"),
    hostname: async (ctx) => print(ctx, `${boot.hostName}\n`),
    ip: (ctx) => ip(ctx, boot),
    "lab-help": async (ctx) => print(ctx, HELP),
    poweroff: (ctx) => power(ctx, boot, "poweroff"),
    reboot: (ctx) => power(ctx, boot, "reboot"),
    shutdown: (ctx) => power(ctx, boot, ctx.argv.includes("-r") ? "reboot" : "poweroff"),
    uname: async (ctx) =>
      print(
        ctx,
        ctx.argv.includes("-a")
          ? `Linux ${boot.hostName} 6.1.0-28-cloud-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 x86_64 GNU/Linux\n`
          : ctx.argv.includes("-n")
            ? `${boot.hostName}\n`
            : ctx.argv.includes("-r")
              ? "6.1.0-28-cloud-amd64\n"
              : "Linux\n",
      ),
    uptime: (ctx) => uptime(ctx, boot),
    workload: (ctx) => workload(ctx, boot),
  };
  const tools = Object.fromEntries(Object.entries(coreutils).filter(([name]) => !NOT_IN_A_GUEST.has(name)));
  const mine = Object.fromEntries(
    Object.entries(own).map(([name, program]) => [name, { program, path: `/usr/bin/${name}` }]),
  );
  return Object.assign(Object.create(null), tools, mine);
}

/** Whether a disk of this guest was written to by two machines at once. */
const damaged = (ctx: ProgramContext, boot: GuestBoot) =>
  ctx.lab.read((lab) => {
    const found = machineOfBoot(lab, boot.vmid, boot.bootId);
    return found !== undefined && diskIsDamaged(lab, found.node, found.instance);
  });

async function dmesg(ctx: ProgramContext, boot: GuestBoot): Promise<number> {
  const lines = ["[    2.114801] EXT4-fs (sda1): mounted filesystem with ordered data mode. Quota mode: none."];
  if (damaged(ctx, boot)) {
    lines.push(
      "[    9.402216] EXT4-fs error (device sda1): ext4_lookup:1855: inode #131074: comm systemd: iget: checksum invalid",
      "[    9.402263] EXT4-fs (sda1): Remounting filesystem read-only",
    );
  }
  return print(ctx, `${lines.join("\n")}\n`);
}

/** Looks, and repairs nothing: what two machines overwrote is lost. */
async function fsck(ctx: ProgramContext, boot: GuestBoot): Promise<number> {
  if (!damaged(ctx, boot)) return print(ctx, "/dev/sda1: clean, 31417/524288 files, 412730/2097152 blocks\n");
  await print(
    ctx,
    "/dev/sda1 contains a file system with errors, check forced.\nInode 131074 has an invalid checksum.\nBlock bitmap differences found.\n\n/dev/sda1: ********** WARNING: Filesystem still has errors **********\n",
  );
  return 4;
}

async function print(ctx: ProgramContext, text: string): Promise<number> {
  await ctx.stdout.write(text);
  return 0;
}

function look<T>(ctx: ProgramContext, boot: GuestBoot, query: (lab: Readonly<LabState>, machine: QemuInstance) => T) {
  return ctx.lab.read((lab) => {
    const found = machineOfBoot(lab, boot.vmid, boot.bootId);
    return found && query(lab, found.instance);
  });
}

const uptimeS = (ctx: ProgramContext, boot: GuestBoot) =>
  look(ctx, boot, (lab, instance) => guestUptimeS(lab, instance.machine)) ?? 0;

const clock = (ctx: ProgramContext) =>
  formatTime(
    "%H:%M:%S",
    ctx.lab.read((lab) => lab.nowMs + lab.wallOffsetMs),
  );

/** One line a second: the guest's own clock, seconds since its boot, the boot's id. */
async function counter(ctx: ProgramContext, boot: GuestBoot): Promise<number> {
  const at = ctx.argv.indexOf("-n");
  const count = at < 0 ? Number.POSITIVE_INFINITY : Number(ctx.argv[at + 1]);
  if (!(count > 0)) {
    await ctx.stderr.write("counter: -n takes a number of lines\n");
    return 1;
  }
  for (let line = 0; line < count; line++) {
    if (line > 0) await ctx.lab.sleep(1_000, ctx.signal);
    await ctx.stdout.write(`${clock(ctx)} count ${Math.floor(uptimeS(ctx, boot))} boot ${boot.bootId}\n`);
  }
  return 0;
}

async function uptime(ctx: ProgramContext, boot: GuestBoot): Promise<number> {
  const seconds = Math.floor(uptimeS(ctx, boot));
  if (ctx.argv.includes("-s")) {
    const bootedAtMs = ctx.lab.read((lab) => lab.nowMs + lab.wallOffsetMs) - seconds * 1_000;
    return print(ctx, `${formatTime("%Y-%m-%d %H:%M:%S", bootedAtMs)}\n`);
  }
  const minutes = Math.floor(seconds / 60);
  const up = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
  return print(ctx, ` ${clock(ctx)} up ${up},  1 user,  load average: 0.00, 0.00, 0.00\n`);
}

async function free(ctx: ProgramContext, boot: GuestBoot): Promise<number> {
  const totalMib = look(ctx, boot, (_lab, instance) =>
    Number(parseGuestConfig(instance.config).keys.memory?.replace(/^current=/, "") ?? 512),
  );
  const total = Math.round((totalMib ?? 512) * 1024 * 0.96);
  const used = Math.round(total * 0.2);
  const cache = Math.round(total * 0.25);
  const row = (name: string, ...numbers: number[]) =>
    `${name.padEnd(8)}${numbers.map((one) => String(one).padStart(12)).join("")}\n`;
  return print(
    ctx,
    `${" ".repeat(8)}${["total", "used", "free", "shared", "buff/cache", "available"].map((word) => word.padStart(12)).join("")}\n` +
      row("Mem:", total, used, total - used - cache, 512, cache, total - used) +
      row("Swap:", 0, 0, 0),
  );
}

async function ip(ctx: ProgramContext, boot: GuestBoot): Promise<number> {
  const found = look(ctx, boot, (_lab, { machine }) => ({ address: machine.address, mac: machine.mac.toLowerCase() }));
  const topic = ctx.argv.slice(1).find((word) => !word.startsWith("-")) ?? "";
  if (!"address".startsWith(topic) && !"link".startsWith(topic) && topic !== "addr") {
    await ctx.stderr.write(`ip: '${topic}' is not modelled inside a simulated guest (try 'ip a')\n`);
    return 1;
  }
  const card =
    found && found.mac !== ""
      ? `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000\n    link/ether ${found.mac} brd ff:ff:ff:ff:ff:ff\n${found.address === "" ? "" : `    inet ${found.address}/24 scope global eth0\n       valid_lft forever preferred_lft forever\n`}`
      : "";
  return print(
    ctx,
    `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n${card}`,
  );
}

async function power(ctx: ProgramContext, boot: GuestBoot, op: "poweroff" | "reboot"): Promise<number> {
  ctx.lab.act("guests/system", { vmid: boot.vmid, bootId: boot.bootId, op });
  return 0;
}

/** Show or set how the guest uses its memory. */
async function workload(ctx: ProgramContext, boot: GuestBoot): Promise<number> {
  const [first, second] = ctx.argv.slice(1);
  if (first === undefined) {
    const text = look(ctx, boot, (lab, instance) => {
      const { keys } = parseGuestConfig(instance.config);
      const { dirtyMibPerS, workingSetMib } = dirtyingOf(lab, boot.vmid, keys, Number(keys.memory ?? 512));
      const name = nameOf(lab.guestSystems[boot.vmid], keys.tags);
      return `${name}: writes ${dirtyMibPerS} MiB/s over ${Math.round(workingSetMib)} MiB of memory\n`;
    });
    return print(ctx, text ?? "");
  }
  const numbers = [first, second].map(Number);
  const byHand = numbers.every((one) => Number.isFinite(one) && one >= 0 && one <= 100_000);
  if (!byHand && (!WORKLOAD_NAMES.includes(first as Workload) || second !== undefined)) {
    await ctx.stderr.write(`workload: takes one of ${WORKLOAD_NAMES.join(", ")}, or two numbers: MiB/s and MiB\n`);
    return 1;
  }
  const name = ctx.lab.read((lab) => lab.guestSystems[boot.vmid]?.workload ?? "idle");
  ctx.lab.act("guests/workload", {
    vmid: boot.vmid,
    ...(byHand
      ? { workload: name, dirtyMibPerS: numbers[0]!, workingSetMib: numbers[1]! }
      : { workload: first as Workload }),
  });
  return 0;
}

function nameOf(system: GuestSystem | undefined, tags = ""): string {
  if (system?.dirtyMibPerS !== undefined) return "by hand";
  const tagged = WORKLOAD_NAMES.find((name) => tags.split(/[;,\s]+/).includes(name));
  return system?.workload ?? tagged ?? "idle";
}
