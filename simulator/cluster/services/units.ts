/** The units that a simulated node has: what systemd calls them, what runs, how long they take. */
import type { UnitName } from "./services-state.ts";

export interface UnitDefinition {
  description: string;
  /** As `ps` shows its main process; empty for a unit without one. */
  process: string;
  /** From "Starting" to "Started", model milliseconds. */
  startMs: number;
  stopMs: number;
  /** `systemctl reload` knows it. */
  reloads: boolean;
  /** Started again when it fails: its file has `Restart=`. */
  restarts: boolean;
  /** Started only when this file exists. */
  condition?: string;
  /** Units that have to be there before; all others start together. */
  after: UnitName[];
  enabled: boolean;
  /** Where `systemctl status` says it was loaded from. */
  file: string;
}

const LIB = "/lib/systemd/system";

/** @source recordings 03 and 07 for the times of pve-cluster, corosync and the API's daemons */
export const UNITS: Record<UnitName, UnitDefinition> = {
  networking: {
    description: "Network initialization",
    process: "",
    startMs: 900,
    stopMs: 500,
    reloads: true,
    restarts: false,
    after: [],
    enabled: true,
    file: `${LIB}/networking.service`,
  },
  "systemd-journald": {
    description: "Journal Service",
    process: "systemd-journal",
    startMs: 50,
    stopMs: 50,
    reloads: false,
    restarts: true,
    after: [],
    enabled: true,
    file: `${LIB}/systemd-journald.service`,
  },
  ssh: {
    description: "OpenBSD Secure Shell server",
    process: "sshd",
    startMs: 60,
    stopMs: 40,
    reloads: true,
    restarts: true,
    after: ["networking"],
    enabled: true,
    file: `${LIB}/ssh.service`,
  },
  cron: {
    description: "Regular background program processing daemon",
    process: "cron",
    startMs: 30,
    stopMs: 20,
    reloads: false,
    restarts: true,
    after: [],
    enabled: true,
    file: `${LIB}/cron.service`,
  },
  "watchdog-mux": {
    description: "Proxmox VE watchdog multiplexer",
    process: "watchdog-mux",
    startMs: 30,
    stopMs: 30,
    reloads: false,
    restarts: false,
    after: [],
    enabled: true,
    file: `${LIB}/watchdog-mux.service`,
  },
  "pve-cluster": {
    description: "The Proxmox VE cluster filesystem",
    process: "pmxcfs",
    startMs: 1_100,
    stopMs: 2_000,
    reloads: false,
    restarts: true,
    after: ["networking"],
    enabled: true,
    file: `${LIB}/pve-cluster.service`,
  },
  corosync: {
    description: "Corosync Cluster Engine",
    process: "corosync",
    startMs: 700,
    stopMs: 300,
    reloads: false,
    restarts: false,
    condition: "/etc/corosync/corosync.conf",
    after: ["networking"],
    enabled: true,
    file: `${LIB}/corosync.service`,
  },
  "pve-firewall": {
    description: "Proxmox VE firewall",
    process: "pve-firewall",
    startMs: 700,
    stopMs: 700,
    reloads: true,
    restarts: false,
    after: ["pve-cluster"],
    enabled: true,
    file: `${LIB}/pve-firewall.service`,
  },
  pvestatd: {
    description: "PVE Status Daemon",
    process: "pvestatd",
    startMs: 700,
    stopMs: 500,
    reloads: true,
    restarts: false,
    after: ["pve-cluster"],
    enabled: true,
    file: `${LIB}/pvestatd.service`,
  },
  pvedaemon: {
    description: "PVE API Daemon",
    process: "pvedaemon",
    startMs: 1_300,
    stopMs: 900,
    reloads: true,
    restarts: true,
    after: ["pve-cluster"],
    enabled: true,
    file: `${LIB}/pvedaemon.service`,
  },
  pveproxy: {
    description: "PVE API Proxy Server",
    process: "pveproxy",
    startMs: 1_300,
    stopMs: 900,
    reloads: true,
    restarts: true,
    after: ["pvedaemon"],
    enabled: true,
    file: `${LIB}/pveproxy.service`,
  },
  spiceproxy: {
    description: "PVE SPICE Proxy Server",
    process: "spiceproxy",
    startMs: 800,
    stopMs: 500,
    reloads: true,
    restarts: false,
    after: ["pveproxy"],
    enabled: true,
    file: `${LIB}/spiceproxy.service`,
  },
  "pve-ha-crm": {
    description: "PVE Cluster HA Resource Manager Daemon",
    process: "pve-ha-crm",
    startMs: 700,
    stopMs: 700,
    reloads: false,
    restarts: false,
    after: ["pve-cluster", "watchdog-mux"],
    enabled: true,
    file: `${LIB}/pve-ha-crm.service`,
  },
  "pve-ha-lrm": {
    description: "PVE Local HA Resource Manager Daemon",
    process: "pve-ha-lrm",
    startMs: 700,
    stopMs: 700,
    reloads: false,
    restarts: false,
    after: ["pve-ha-crm"],
    enabled: true,
    file: `${LIB}/pve-ha-lrm.service`,
  },
  pvescheduler: {
    description: "Proxmox VE scheduler",
    process: "pvescheduler",
    startMs: 700,
    stopMs: 500,
    reloads: true,
    restarts: false,
    after: ["pve-cluster"],
    enabled: true,
    file: `${LIB}/pvescheduler.service`,
  },
  "corosync-qdevice": {
    description: "Corosync Qdevice daemon",
    process: "corosync-qdevice",
    startMs: 100,
    stopMs: 100,
    reloads: false,
    restarts: true,
    after: ["corosync"],
    enabled: false,
    file: `${LIB}/corosync-qdevice.service`,
  },
};

export const UNIT_NAMES = Object.keys(UNITS) as UnitName[];

/** The unit that a name on a command line means; undefined when the node has none of that name. */
export function unitByName(name: string): UnitName | undefined {
  const bare = name.replace(/\.service$/, "");
  const alias = bare === "sshd" ? "ssh" : bare;
  return UNIT_NAMES.find((unit) => unit === alias);
}
