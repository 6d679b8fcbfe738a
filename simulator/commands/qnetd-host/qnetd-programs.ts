/** Programs of the host of corosync-qnetd: a plain Debian with that one server. */
import type { Program, ProgramContext, ProgramEntry } from "../../shell/process.ts";
import { coreutils } from "../coreutils-table.ts";
import { qnetdCertutil } from "../corosync-tools/certutil.ts";
import { BadOption, getopt } from "../getopt.ts";
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
    "corosync-qnetd": corosyncQnetd,
    "corosync-qnetd-certutil": qnetdCertutil,
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

const QNETD_USAGE = `usage: corosync-qnetd [-46dfhv] [-l listen_addr] [-p listen_port] [-s tls]
              [-c client_cert_required] [-m max_clients] [-S option=value[,option2=value2,...]]
`;
const QNETD_VERSION = `Corosync Qdevice Network Daemon, version '3.0.3'

Supported algorithms: Test (0), Fifty-Fifty split (1), 2 Node LMS (2), LMS (3)
Supported message types: ${[
  "Preinit",
  "Preinit reply",
  "StartTLS",
  "Init",
  "Init reply",
  "Server error",
  "Set option",
  "Set option reply",
  "Echo request",
  "Echo reply",
  "Node list",
  "Node list reply",
  "Ask for vote",
  "Ask for vote reply",
  "Vote info",
  "Vote info reply",
  "Heuristics change",
  "Heuristics change reply",
]
  .map((name, number) => `${name} (${number})`)
  .join(", ")}
`;

/** The server itself: its unit starts it. @source recordings options/qnetd */
async function corosyncQnetd({ argv, stdout, stderr }: ProgramContext): Promise<number> {
  try {
    const options = [...getopt("corosync-qnetd", argv.slice(1), "46dfhvl:p:s:c:m:S:")].map(({ option }) => option);
    const asked = options.find((option) => option === "h" || option === "v");
    if (asked === "v") {
      await stdout.write(QNETD_VERSION);
      return 1;
    }
    if (asked === undefined) {
      await stderr.write(notModelled("corosync-qnetd", "start; its unit is: systemctl start corosync-qnetd"));
      return 1;
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await stderr.write(`${error.message}\n`);
  }
  await stdout.write(QNETD_USAGE);
  return 1;
}
