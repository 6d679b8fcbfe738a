/** Programs of the host of corosync-qnetd: a plain Debian with that one server. */
import type { Program, ProgramContext, ProgramEntry } from "../../shell/process.ts";
import { coreutils } from "../coreutils-table.ts";
import { notModelled } from "../printed.ts";
import { journalctl } from "../systemd/journalctl.ts";
import { corosyncQnetdTool } from "./corosync-qnetd-tool.ts";
import { onDebian } from "./debian-kernel.ts";
import { qnetdSystemctl } from "./qnetd-systemctl.ts";

/** Tools of Proxmox's nodes, and those that only a whole node answers. */
const NOT_HERE = new Set(
  "blkid chronyc dmesg findmnt lsblk lsmod lspci man mount pveperf pvereport pvesubscription sysctl umount".split(" "),
);
/** There, and not modelled: nobody could switch the host on again, and what it reaches is the nodes' business. */
const NOT_MODELLED = "apt apt-get curl df ethtool halt lsof netstat poweroff reboot scp sftp shutdown ss ssh".split(
  " ",
);

export function qnetdPrograms(): Record<string, ProgramEntry> {
  const tools = Object.fromEntries(Object.entries(coreutils).filter(([name]) => !NOT_HERE.has(name)));
  const own: Record<string, Program> = {
    "corosync-qnetd-certutil": certutil,
    "corosync-qnetd-tool": corosyncQnetdTool,
    hostnamectl: onDebian(coreutils.hostnamectl!.program),
    journalctl,
    systemctl: qnetdSystemctl,
    uname: onDebian(coreutils.uname!.program),
    ...Object.fromEntries(NOT_MODELLED.map((name) => [name, refuse])),
  };
  const mine = Object.fromEntries(
    Object.entries(own).map(([name, program]) => [name, { program, path: `/usr/bin/${name}` }]),
  );
  return Object.assign(Object.create(null), tools, mine);
}

async function refuse(context: ProgramContext): Promise<number> {
  await context.stderr.write(
    `${context.argv[0]}: not modelled on the host of corosync-qnetd (see fidelity page); 'exit' leads back to the node\n`,
  );
  return 1;
}

/** @source recording 40 for `-i` where there is a database */
async function certutil(context: ProgramContext): Promise<number> {
  if (context.argv[1] === "-i") {
    await context.stdout.write(
      "Certificate database (/etc/corosync/qnetd/nssdb) already exists. Delete it to initialize new db\n",
    );
  } else await context.stderr.write(notModelled("corosync-qnetd-certutil", context.argv.slice(1).join(" ")));
  return 1;
}
