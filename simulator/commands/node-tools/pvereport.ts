/**
 * `pvereport`: what support asks for, gathered by running commands and reading files. What the node does not model says so in
 * its place.
 *
 * @source pve-manager 8.4.21 PVE/Report.pm: sections, commands and their order
 */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { quoteForShell } from "../../shell/quoting.ts";
import { textOf } from "../coreutils/arguments.ts";
import { runWith } from "../coreutils/command-output.ts";

/** A command; or files of a folder whose names fit. */
type Part = string | [folder: string, names: string];

const SECTIONS: [title: string, parts: Part[]][] = [
  [
    "general system info",
    [
      "hostname",
      "date -R",
      "cat /proc/cmdline",
      "pveversion --verbose",
      "cat /etc/hosts",
      "pvesubscription get",
      "cat /etc/apt/sources.list",
      ["/etc/apt/sources.list.d/", ".+\\.list"],
      ["/etc/apt/sources.list.d/", ".+\\.sources"],
      'apt-cache policy | grep -vP "^ +origin "',
      "apt-mark showhold",
      "lscpu",
      "pvesh get /cluster/resources --type node --output-format=yaml",
    ],
  ],
  ["overall system load info", ["top -b -c -w512 -n 1 -o TIME | head -n 30", "head /proc/pressure/*"]],
  [
    "info about storage",
    [
      "cat /etc/pve/storage.cfg",
      "pvesm status",
      "cat /etc/fstab",
      "findmnt --ascii",
      "df --human -T",
      "proxmox-boot-tool status",
    ],
  ],
  [
    "info about virtual guests",
    ["qm list", ["/etc/pve/qemu-server/", "\\d+\\.conf"], "pct list", ["/etc/pve/lxc/", "\\d+\\.conf"]],
  ],
  [
    "info about network",
    [
      "ip -details -statistics address",
      "ip -details -4 route show",
      "ip -details -6 route show",
      "cat /etc/network/interfaces",
      ["/etc/network/interfaces.d/", ".*"],
      "cat /etc/pve/sdn/.running-config",
      ["/etc/pve/sdn/", ".+\\.cfg"],
      ["/etc/pve/sdn/", ".+\\.json"],
    ],
  ],
  [
    "info about firewall",
    [
      ["/etc/pve/firewall/", ".+\\.fw"],
      "cat /etc/pve/local/host.fw",
      ["/etc/pve/sdn/firewall/", ".+\\.fw"],
      'iptables-save -c | column -t -l4 -o" "',
    ],
  ],
  [
    "info about cluster",
    [
      "pvecm nodes",
      "pvecm status",
      "cat /etc/pve/corosync.conf 2>/dev/null",
      "ha-manager status",
      "cat /etc/pve/datacenter.cfg",
    ],
  ],
  ["info about jobs", ["cat /etc/pve/jobs.cfg"]],
  ["info about hardware", ["dmidecode -t bios", "lspci -nnk"]],
  [
    "info about block devices",
    [
      "lsblk --ascii -M -o +HOTPLUG,ROTA,PHY-SEC,FSTYPE,MODEL,TRAN,WWN",
      "ls -l /dev/disk/by-*/",
      "iscsiadm -m node",
      "iscsiadm -m session",
    ],
  ],
  ["info about volumes", ["pvs", "lvs", "vgs", "zpool status", "zpool list -v", "zfs list", "arcstat"]],
];

/** A command that takes longer is ended, and the report goes on. */
const LIMIT_S = 10;
const TIMED_OUT = 124;

export const pvereport: Program = async (ctx) => {
  const report: string[] = [];
  for (const [title, parts] of SECTIONS) {
    report.push(`\n==== ${title} ====\n`);
    for (const part of parts) {
      await ctx.stderr.write(typeof part === "string" ? `Process ${part}...` : `dir2text '${part.join("")}'...`);
      const made = typeof part === "string" ? await outputOf(ctx, part) : await filesOf(ctx, part);
      report.push(made.text);
      await ctx.stderr.write(made.error === undefined ? "OK\n" : "\n");
      if (made.error !== undefined) report.push(`\nERROR: ${made.error}\n\n`);
    }
  }
  await ctx.stdout.write(report.join(""));
  return 0;
};

interface Made {
  text: string;
  error?: string;
}

async function outputOf(ctx: ProgramContext, command: string): Promise<Made> {
  let output = "";
  const decoder = new TextDecoder();
  const status = await runWith(ctx, `timeout ${LIMIT_S} bash -c ${quoteForShell(command)}`, "", (bytes) => {
    const part = decoder.decode(bytes, { stream: true });
    ctx.hold(part.length);
    output += part;
  });
  const whole = output === "" || output.endsWith("\n") ? output : `${output}\n`;
  return {
    text: `\n# ${command}\n${whole}`,
    ...(status === TIMED_OUT && { error: `command '${command}' failed: got timeout` }),
  };
}

async function filesOf(ctx: ProgramContext, [folder, names]: [string, string]): Promise<Made> {
  const fits = new RegExp(`^${names}$`);
  const found = await ctx.files.readdir(folder).catch(() => []);
  let text = `# output '${folder}${names}' file(s)\n`;
  for (const name of found) {
    if (!fits.test(name)) continue;
    text += `\n# cat ${folder}${name}\n${await textOf(ctx, `${folder}${name}`)}\n`;
  }
  return { text };
}
