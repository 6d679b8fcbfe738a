/**
 * What programs do when somebody other than root runs them: which act with root's rights whoever calls them, and what
 * those say that refuse. Everything else changes nothing but files, as those allow it.
 *
 * Texts: Debian 12's programs run by an ordinary user; corosync 3.1.7's tools with a running corosync. Proxmox's: source of
 * pve-access-control (RPCEnvironment.pm) and of pmxcfs (server.c, s1_connection_accept_fn). systemd's, of a node without
 * polkit: **unverified**.
 */
import { FileError } from "../shell/node-files.ts";
import type { Program, ProgramContext, ProgramEntry } from "../shell/process.ts";

const SETUID = ["su", "passwd", "chage"];
const ELSEWHERE = ["curl", "logger", "rsync", "scp", "sftp", "ssh", "ssh-copy-id", "wget"];

const PROXMOX =
  "ha-manager pct pve-firewall pveam pveceph pvecm pvedaemon pvenode pveperf pveproxy pvereport pvescheduler pvesh pvesm pvesr pvestatd pvesubscription pveum qm qmrestore spiceproxy vzdump";

/** Those that say the same whatever is asked of them. */
const REFUSED: Record<string, readonly [text: string, status: number]> = {
  addgroup: ["addgroup: Only root may add a user or group to the system.\n", 1],
  adduser: ["adduser: Only root may add a user or group to the system.\n", 1],
  delgroup: ["delgroup: Only root may remove a user or group from the system.\n", 1],
  deluser: ["deluser: Only root may remove a user or group from the system.\n", 1],
  "corosync-cfgtool": ["Could not initialize corosync configuration API error 11\n", 1],
  "corosync-cmapctl": ["Failed to initialize the cmap API. Error CS_ERR_ACCESS\n", 1],
  "corosync-cpgtool": ["Could not initialize corosync cpg API error 11\n", 1],
  "corosync-quorumtool": ["Cannot initialize CMAP service\n", 1],
  dmesg: ["dmesg: read kernel buffer failed: Operation not permitted\n", 1],
  hwclock: [
    "hwclock: Cannot access the Hardware Clock via any known method.\nhwclock: Use the --verbose option to see the details of our search for an access method.\n",
    1,
  ],
  ...sameFor("iptables ip6tables iptables-save ip6tables-save iptables-restore ip6tables-restore", (name) => [
    `${name} v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)\n`,
    4,
  ]),
  ...sameFor("lvs vgs pvs", () => [
    "  WARNING: Running as a non-root user. Functionality may be unavailable.\n  /run/lock/lvm/P_global:aux: open failed: Permission denied\n",
    5,
  ]),
  ...sameFor("ifup ifdown ifreload", (name) => [`error: ${name}: must be root to run this command\n`, 1]),
  nft: [
    "Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\n",
    1,
  ],
};

/** Those that show what they show, and say this when they would have to change something. */
const NOT_CHANGED: Record<string, readonly [text: string, status: number]> = {
  groupadd: ["groupadd: Permission denied.\ngroupadd: cannot lock /etc/group; try again later.\n", 10],
  groupdel: ["groupdel: Permission denied.\ngroupdel: cannot lock /etc/group; try again later.\n", 10],
  ip: ["RTNETLINK answers: Operation not permitted\n", 2],
  useradd: ["useradd: Permission denied.\nuseradd: cannot lock /etc/passwd; try again later.\n", 1],
  userdel: ["userdel: Permission denied.\nuserdel: cannot lock /etc/passwd; try again later.\n", 1],
  usermod: ["usermod: Permission denied.\nusermod: cannot lock /etc/passwd; try again later.\n", 1],
};

/** What programs of the table are for others than root; the entries themselves stay as they are. */
export function knowingUsers(programs: Record<string, ProgramEntry>): Record<string, ProgramEntry> {
  const known: Record<string, ProgramEntry> = Object.assign(Object.create(null), programs);
  const change = (name: string, part: (entry: ProgramEntry) => Partial<ProgramEntry>) => {
    const entry = known[name];
    if (entry && entry.modelled !== false) known[name] = { ...entry, ...part(entry) };
  };
  for (const name of SETUID) change(name, () => ({ rights: "setuid" }));
  for (const name of ELSEWHERE) change(name, () => ({ rights: "elsewhere" }));
  for (const name of PROXMOX.split(" ")) change(name, () => ({ rights: "elsewhere", forOthers: refusedByPmxcfs }));
  for (const [name, [text, status]] of Object.entries(REFUSED)) {
    change(name, () => ({ forOthers: (ctx) => say(ctx, text, status) }));
  }
  for (const [name, [text, status]] of Object.entries(NOT_CHANGED)) {
    change(name, ({ program }) => ({ forOthers: (ctx) => unlessRefused(ctx, program, text, status) }));
  }
  change("systemctl", ({ program }) => ({ forOthers: (ctx) => systemctlForOthers(ctx, program) }));
  change("journalctl", ({ program }) => ({ forOthers: (ctx) => journalForOthers(ctx, program) }));
  for (const name of ["reboot", "poweroff", "halt", "shutdown"]) {
    const call = { reboot: "Reboot", halt: "Halt", shutdown: "PowerOff", poweroff: "PowerOff" }[name];
    const text = `Failed to set wall message, ignoring: Access denied\nCall to ${call} failed: Access denied\n`;
    change(name, () => ({ forOthers: (ctx) => say(ctx, text, 1) }));
  }
  return known;
}

function sameFor<T>(names: string, what: (name: string) => T): Record<string, T> {
  return Object.fromEntries(names.split(" ").map((name) => [name, what(name)]));
}

async function say(ctx: ProgramContext, text: string, status: number): Promise<number> {
  await ctx.stderr.write(text);
  return status;
}

/** pmxcfs takes root and the group www-data, and tells the journal of others. */
async function refusedByPmxcfs(ctx: ProgramContext): Promise<number> {
  const node = ctx.lab.read((lab) => ({ pid: lab.nodes[ctx.node]?.pmxcfs.pid ?? 0 }));
  const why = node.pid === 0 ? "Connection refused" : "Unknown error -1";
  for (const part of [1, 2, 3, 0]) {
    if (node.pid !== 0) {
      const text = `[ipcs] crit: connection from bad user ${ctx.user.uid}! - rejected`;
      const line = { unit: "pve-cluster.service", identifier: "pmxcfs", pid: node.pid, priority: 2, text };
      ctx.lab.act("journal/write", { node: ctx.node, ...line });
    }
    await ctx.stderr.write(
      part === 0 ? `Unable to load access control list: ${why}\n` : `ipcc_send_rec[${part}] failed: ${why}\n`,
    );
  }
  return node.pid === 0 ? 111 : 255;
}

async function unlessRefused(ctx: ProgramContext, program: Program, text: string, status: number): Promise<number> {
  const act = (): never => {
    throw new Denied();
  };
  try {
    return await program({ ...ctx, lab: { ...ctx.lab, act } });
  } catch (error) {
    const denied = error instanceof FileError && (error.code === "EACCES" || error.code === "EPERM");
    if (denied || error instanceof Denied) return say(ctx, text, status);
    throw error;
  }
}

/** Goes past what a program makes of the model's refusals. */
class Denied extends Error {}

const CHANGING_VERBS =
  /^(?:(?:re)?start|stop|(?:try-)?(?:reload|restart)|reload-or-restart|kill|reset-failed|(?:un)?mask|(?:dis|en|re-?en)able|daemon-reload|edit|set-default|isolate|reboot|poweroff|halt)$/;

async function systemctlForOthers(ctx: ProgramContext, program: Program): Promise<number> {
  const [verb, ...units] = ctx.argv.slice(1).filter((word) => !word.startsWith("-"));
  if (verb === undefined || !CHANGING_VERBS.test(verb)) return program(ctx);
  if (/^(?:(?:un)?mask|(?:dis|en|re-?en)able|daemon-reload|reset-failed)$/.test(verb)) {
    const what = { mask: "mask unit", unmask: "unmask unit", enable: "enable unit", disable: "disable unit" }[verb];
    const doing = verb === "daemon-reload" ? "reload daemon" : (what ?? `${verb} unit ${units[0] ?? ""}`.trim());
    return say(ctx, `Failed to ${doing}: Access denied\n`, 1);
  }
  if (/^(?:reboot|poweroff|halt)$/.test(verb))
    return say(ctx, `Failed to ${verb} system via logind: Access denied\n`, 1);
  for (const unit of units) {
    const full = unit.includes(".") ? unit : `${unit}.service`;
    await say(
      ctx,
      `Failed to ${verb} ${full}: Access denied\nSee system logs and 'systemctl status ${full}' for details.\n`,
      1,
    );
  }
  return verb.startsWith("st") || verb.startsWith("re") ? 4 : 1;
}

/** Members of the groups that own the journal see all of it; others have none of their own here. */
async function journalForOthers(ctx: ProgramContext, program: Program): Promise<number> {
  if (ctx.user.groups.some((group) => group === "adm" || group === "systemd-journal")) return program(ctx);
  const hint = `Hint: You are currently not seeing messages from other users and the system.
      Users in groups 'adm', 'systemd-journal' can see all messages.
      Pass -q to turn off this notice.
`;
  const quiet = ctx.argv.some((word) => word === "-q" || word === "--quiet");
  return say(ctx, `${quiet ? "" : hint}No journal files were opened due to insufficient permissions.\n`, 1);
}
