/** The processes of a node as its tools list them: services of the model, guests, and what sessions run. */
import { processTableOf } from "../../shell/node-process.ts";
import type { ProgramContext } from "../../shell/process.ts";

export interface Listed {
  pid: number;
  parent: number;
  user: string;
  tty: string;
  state: string;
  /** Model instant, milliseconds. */
  startedAtMs: number;
  name: string;
  command: string;
  /** KiB. */
  virtual: number;
  resident: number;
  /** Share of one processor, percent: what such a process usually takes; not measured. */
  cpu: number;
}

/** Of well-known processes: command line, memory in KiB, usual share of a processor. */
const KNOWN: Record<string, { command: string; virtual: number; resident: number; cpu: number; user?: string }> = {
  systemd: { command: "/sbin/init", virtual: 168_540, resident: 12_304, cpu: 0 },
  "systemd-journal": { command: "/lib/systemd/systemd-journald", virtual: 49_472, resident: 16_220, cpu: 0 },
  sshd: {
    command: "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups",
    virtual: 15_416,
    resident: 9_216,
    cpu: 0,
  },
  cron: { command: "/usr/sbin/cron -f", virtual: 6_612, resident: 2_688, cpu: 0 },
  "watchdog-mux": { command: "/usr/sbin/watchdog-mux", virtual: 2_332, resident: 1_280, cpu: 0 },
  corosync: { command: "/usr/sbin/corosync -f", virtual: 563_412, resident: 166_912, cpu: 1.3 },
  pmxcfs: { command: "/usr/bin/pmxcfs", virtual: 535_424, resident: 47_120, cpu: 0.3 },
  "pve-firewall": { command: "pve-firewall", virtual: 157_888, resident: 101_376, cpu: 0.7 },
  pvestatd: { command: "pvestatd", virtual: 152_324, resident: 101_760, cpu: 1 },
  pvedaemon: { command: "pvedaemon", virtual: 234_236, resident: 166_144, cpu: 0 },
  pveproxy: { command: "pveproxy", virtual: 235_568, resident: 166_656, cpu: 0, user: "www-data" },
  "corosync-qnetd": {
    command: "/usr/bin/corosync-qnetd -f",
    virtual: 21_640,
    resident: 11_264,
    cpu: 0,
    user: "coroqnetd",
  },
  spiceproxy: { command: "spiceproxy", virtual: 80_792, resident: 55_296, cpu: 0, user: "www-data" },
  "pve-ha-crm": { command: "pve-ha-crm", virtual: 208_704, resident: 115_200, cpu: 0 },
  "pve-ha-lrm": { command: "pve-ha-lrm", virtual: 208_180, resident: 114_688, cpu: 0 },
  pvescheduler: { command: "pvescheduler", virtual: 206_592, resident: 111_104, cpu: 0 },
  bash: { command: "-bash", virtual: 8_132, resident: 4_992, cpu: 0 },
};

/** What such a process usually takes: KiB of memory, share of a processor in percent. */
export function usualShare(name: string): { residentKib: number; cpu: number } {
  return { residentKib: KNOWN[name]?.resident ?? 3_072, cpu: KNOWN[name]?.cpu ?? 0 };
}

/** The unit of systemd that a process is of; undefined for what a login runs. */
export function unitOf(ctx: Pick<ProgramContext, "lab" | "node">, pid: number): string | undefined {
  return ctx.lab.read((lab) => lab.nodes[ctx.node]?.processes[pid]?.unit) || undefined;
}

export function cgroupOf(ctx: Pick<ProgramContext, "lab" | "node">, pid: number): string {
  if (pid === 1) return "0::/init.scope";
  const unit = unitOf(ctx, pid);
  return unit ? `0::/system.slice/${unit}` : "0::/user.slice/user-0.slice/session-1.scope";
}

/** Usual counts; not modelled. */
export function threadsOf({ name }: Pick<Listed, "name">): number {
  return name === "corosync" ? 9 : name === "pmxcfs" ? 8 : 1;
}

export function userNumberOf({ user }: Pick<Listed, "user">): number {
  return user === "root" ? 0 : 33;
}

export function listAll(ctx: Pick<ProgramContext, "lab" | "node" | "pid">): Listed[] {
  const facts = (name: string) => KNOWN[name] ?? { command: name, virtual: 6_784, resident: 3_072, cpu: 0 };
  const services = ctx.lab.read((lab) => {
    const node = lab.nodes[ctx.node];
    return Object.values(node?.processes ?? {}).map((process): Listed => {
      const known = facts(process.name);
      const vmid = process.name === "kvm" ? /^(\d+)\./.exec(process.unit)?.[1] : undefined;
      return {
        pid: process.pid,
        parent: process.pid === 1 ? 0 : 1,
        user: known.user ?? "root",
        tty: "?",
        state: process.stopped ? "T" : vmid ? "Sl" : "Ss",
        startedAtMs: process.startedAtMs,
        name: process.name,
        command: vmid ? `/usr/bin/kvm -id ${vmid} -pidfile /var/run/qemu-server/${vmid}.pid -daemonize` : known.command,
        virtual: vmid ? 1_842_176 : known.virtual,
        resident: vmid ? 312_320 : known.resident,
        cpu: vmid ? 2.3 : known.cpu,
      };
    });
  });
  const own = processTableOf(ctx.lab, ctx.node)
    .all()
    .map((process): Listed => {
      const name = process.command.split(" ")[0]!.replace(/^.*\//, "").replace(/^-/, "");
      return {
        pid: process.pid,
        parent: process.parentPid,
        user: process.user.name,
        tty: process.tty,
        state: process.stoppedBy ? "T" : process.pid === ctx.pid ? "R+" : process.parentPid === 1 ? "Ss" : "S",
        startedAtMs: process.startedAtMs,
        name,
        command: process.command,
        virtual: facts(name).virtual,
        resident: facts(name).resident,
        cpu: 0,
      };
    });
  const init: Listed = {
    pid: 1,
    parent: 0,
    user: "root",
    tty: "?",
    state: "Ss",
    startedAtMs: ctx.lab.read((lab) => lab.nodes[ctx.node]?.bootedAtMs ?? 0),
    name: "systemd",
    command: KNOWN.systemd!.command,
    virtual: KNOWN.systemd!.virtual,
    resident: KNOWN.systemd!.resident,
    cpu: 0,
  };
  return [...(services.some((process) => process.pid === 1) ? [] : [init]), ...services, ...own].sort(
    (a, b) => a.pid - b.pid,
  );
}
