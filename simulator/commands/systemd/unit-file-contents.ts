/**
 * What the packages of a node say in their unit files: their settings, without their remarks.
 *
 * @source Debian 12 (ifupdown2 3.0.0, corosync-qdevice 3.0.3, openssh, cron), corosync 3.1.7 with Proxmox's condition that
 * the recordings show, pve-cluster 8.1.3, pve-manager 8.4, pve-ha-manager 4.0.7, pve-firewall 5.1.2; what Proxmox's ifupdown2
 * depends on is from memory (unverified)
 */
import type { UnitName } from "../../cluster/services/services-state.ts";

interface Settings {
  readonly unit: readonly string[];
  readonly service: readonly string[];
  /** Absent for one that nothing enables. */
  readonly install?: readonly string[];
  /** There is more in the file, which is left out here. */
  readonly isShortened?: true;
}

const FOR_ALL_USERS = ["WantedBy=multi-user.target"];
/** A unit that is there before the basic system is, and stopped with it. */
const EARLY = ["DefaultDependencies=no", "Before=shutdown.target", "Conflicts=shutdown.target"];

/** The daemons written in Perl, which know what to do from a word. */
function daemon(
  path: string,
  { pidFile = `/run/${path.slice(path.lastIndexOf("/") + 1)}.pid`, reloads = true } = {},
): string[] {
  return [
    `ExecStart=${path} start`,
    `ExecStop=${path} stop`,
    ...(reloads ? [`ExecReload=${path} restart`] : []),
    `PIDFile=${pidFile}`,
  ];
}

const UNIT_FILES: Record<UnitName, Settings> = {
  networking: {
    unit: ["Description=Network initialization", "Documentation=man:interfaces(5) man:ifup(8) man:ifdown(8)", ...EARLY],
    service: [
      "Type=oneshot",
      "RemainAfterExit=yes",
      "SyslogIdentifier=networking",
      "TimeoutStopSec=30s",
      "EnvironmentFile=/etc/default/networking",
      "ExecStart=/usr/share/ifupdown2/sbin/start-networking start",
      "ExecStop=/usr/share/ifupdown2/sbin/start-networking stop",
      "ExecReload=/usr/share/ifupdown2/sbin/start-networking reload",
    ],
    install: ["WantedBy=basic.target network.target shutdown.target"],
  },
  "systemd-journald": {
    unit: [
      "Description=Journal Service",
      "Documentation=man:systemd-journald.service(8) man:journald.conf(5)",
      "DefaultDependencies=no",
      "Requires=systemd-journald.socket",
      "Before=sysinit.target",
    ],
    service: ["ExecStart=/lib/systemd/systemd-journald", "Restart=always", "RestartSec=0", "Type=notify"],
    isShortened: true,
  },
  ssh: {
    unit: [
      "Description=OpenBSD Secure Shell server",
      "Documentation=man:sshd(8) man:sshd_config(5)",
      "After=network.target auditd.service",
      "ConditionPathExists=!/etc/ssh/sshd_not_to_be_run",
    ],
    service: [
      "EnvironmentFile=-/etc/default/ssh",
      "ExecStartPre=/usr/sbin/sshd -t",
      "ExecStart=/usr/sbin/sshd -D $SSHD_OPTS",
      "ExecReload=/usr/sbin/sshd -t",
      "ExecReload=/bin/kill -HUP $MAINPID",
      "KillMode=process",
      "Restart=on-failure",
      "RestartPreventExitStatus=255",
      "Type=notify",
      "RuntimeDirectory=sshd",
      "RuntimeDirectoryMode=0755",
    ],
    install: [...FOR_ALL_USERS, "Alias=sshd.service"],
  },
  cron: {
    unit: [
      "Description=Regular background program processing daemon",
      "Documentation=man:cron(8)",
      "After=remote-fs.target nss-user-lookup.target",
    ],
    service: [
      "EnvironmentFile=-/etc/default/cron",
      "ExecStart=/usr/sbin/cron -f $EXTRA_OPTS",
      "IgnoreSIGPIPE=false",
      "KillMode=process",
      "Restart=on-failure",
    ],
    install: FOR_ALL_USERS,
  },
  "watchdog-mux": {
    unit: ["Description=Proxmox VE watchdog multiplexer"],
    service: [
      "EnvironmentFile=-/etc/default/pve-ha-manager",
      "ExecStart=/usr/sbin/watchdog-mux",
      "OOMScoreAdjust=-1000",
      "Restart=no",
    ],
  },
  "pve-cluster": {
    unit: [
      "Description=The Proxmox VE cluster filesystem",
      "ConditionFileIsExecutable=/usr/bin/pmxcfs",
      "Wants=corosync.service",
      "Wants=rrdcached.service",
      "Before=corosync.service",
      "Before=cron.service",
      "After=network.target",
      "After=sys-fs-fuse-connections.mount",
      "After=time-sync.target",
      "After=rrdcached.service",
      ...EARLY,
    ],
    service: [
      "ExecStart=/usr/bin/pmxcfs",
      "KillMode=mixed",
      "Restart=on-failure",
      "TimeoutStopSec=10",
      "Type=forking",
      "PIDFile=/run/pve-cluster.pid",
    ],
    install: FOR_ALL_USERS,
  },
  corosync: {
    unit: [
      "Description=Corosync Cluster Engine",
      "Documentation=man:corosync man:corosync.conf man:corosync_overview",
      "ConditionKernelCommandLine=!nocluster",
      "ConditionPathExists=/etc/corosync/corosync.conf",
      "Requires=network-online.target",
      "After=network-online.target",
    ],
    service: [
      "EnvironmentFile=-/etc/default/corosync",
      "ExecStart=/usr/sbin/corosync -f $COROSYNC_OPTIONS",
      "ExecStop=/usr/sbin/corosync-cfgtool -H --force",
      "Type=notify",
      "StandardError=null",
      "PrivateTmp=yes",
    ],
    install: FOR_ALL_USERS,
  },
  "corosync-qdevice": {
    unit: [
      "Description=Corosync Qdevice daemon",
      "Documentation=man:corosync-qdevice",
      "ConditionKernelCommandLine=!nocluster",
      "Requires=corosync.service",
      "After=corosync.service",
    ],
    service: [
      "EnvironmentFile=-/etc/default/corosync-qdevice",
      "ExecStart=/usr/sbin/corosync-qdevice -f $COROSYNC_QDEVICE_OPTIONS",
      "Type=notify",
      "StandardError=null",
      "Restart=on-failure",
      "RuntimeDirectory=corosync-qdevice",
      "RuntimeDirectoryMode=0770",
      "PrivateTmp=yes",
    ],
    install: FOR_ALL_USERS,
  },
  "pve-firewall": {
    unit: [
      "Description=Proxmox VE firewall",
      "ConditionPathExists=/usr/sbin/pve-firewall",
      "Wants=pve-cluster.service pvefw-logger.service",
      "After=pvefw-logger.service pve-cluster.service network.target systemd-modules-load.service",
      ...EARLY,
    ],
    service: [
      ...["ebtables", "iptables", "ip6tables"].map(
        (name) => `ExecStartPre=-/usr/bin/update-alternatives --set ${name} /usr/sbin/${name}-legacy`,
      ),
      ...daemon("/usr/sbin/pve-firewall"),
      "Type=forking",
    ],
    install: FOR_ALL_USERS,
  },
  pvestatd: {
    unit: [
      "Description=PVE Status Daemon",
      "ConditionPathExists=/usr/bin/pvestatd",
      "Wants=pve-cluster.service",
      "After=pve-cluster.service pvenetcommit.service",
    ],
    service: [...daemon("/usr/bin/pvestatd"), "Type=forking"],
    install: FOR_ALL_USERS,
  },
  pvedaemon: {
    unit: [
      "Description=PVE API Daemon",
      "ConditionPathExists=/usr/bin/pvedaemon",
      "Wants=corosync.service pve-cluster.service",
      "After=corosync.service pve-cluster.service",
    ],
    service: [...daemon("/usr/bin/pvedaemon"), "Type=forking", "Restart=on-failure"],
    install: FOR_ALL_USERS,
  },
  pveproxy: {
    unit: [
      "Description=PVE API Proxy Server",
      "ConditionPathExists=/usr/bin/pveproxy",
      ...["pve-cluster.service", "pvedaemon.service", "ssh.service", "pve-storage.target"].map(
        (name) => `Wants=${name}`,
      ),
      ...["pve-storage.target", "pve-cluster.service", "pvedaemon.service", "ssh.service"].map(
        (name) => `After=${name}`,
      ),
    ],
    service: [
      "ExecStartPre=-/usr/bin/pvecm updatecerts --silent",
      ...daemon("/usr/bin/pveproxy", { pidFile: "/run/pveproxy/pveproxy.pid" }),
      "Type=forking",
      "Restart=on-failure",
    ],
    install: FOR_ALL_USERS,
  },
  spiceproxy: {
    unit: [
      "Description=PVE SPICE Proxy Server",
      "ConditionPathExists=/usr/bin/spiceproxy",
      "Wants=pveproxy.service",
      "After=pveproxy.service",
    ],
    service: [...daemon("/usr/bin/spiceproxy", { pidFile: "/run/pveproxy/spiceproxy.pid" }), "Type=forking"],
    install: FOR_ALL_USERS,
  },
  "pve-ha-crm": {
    unit: [
      "Description=PVE Cluster HA Resource Manager Daemon",
      "ConditionPathExists=/usr/sbin/pve-ha-crm",
      ...["pve-cluster", "watchdog-mux", "pvedaemon"].map((name) => `Wants=${name}.service`),
      ...["pve-cluster", "corosync", "pvedaemon", "watchdog-mux", "syslog"].map((name) => `After=${name}.service`),
    ],
    service: [...daemon("/usr/sbin/pve-ha-crm", { reloads: false }), "TimeoutStopSec=65", "Type=forking"],
    install: FOR_ALL_USERS,
  },
  "pve-ha-lrm": {
    unit: [
      "Description=PVE Local HA Resource Manager Daemon",
      "ConditionPathExists=/usr/sbin/pve-ha-lrm",
      ...["pve-cluster.service", "watchdog-mux.service", "pvedaemon.service", "pve-ha-crm.service", "lxc.service"].map(
        (name) => `Wants=${name}`,
      ),
      "Wants=pve-storage.target",
      ...["corosync.service", "lxc.service", "pve-cluster.service", "pve-ha-crm.service", "pve-storage.target"].map(
        (name) => `After=${name}`,
      ),
      ...["pvedaemon", "pveproxy", "ssh", "syslog", "watchdog-mux"].map((name) => `After=${name}.service`),
    ],
    service: [
      ...daemon("/usr/sbin/pve-ha-lrm", { reloads: false }),
      "TimeoutStopSec=infinity",
      "KillMode=process",
      "Type=forking",
    ],
    install: FOR_ALL_USERS,
  },
  pvescheduler: {
    unit: [
      "Description=Proxmox VE scheduler",
      "ConditionPathExists=/usr/bin/pvescheduler",
      "Wants=pve-cluster.service",
      ...["pve-cluster.service", "pve-guests.service", "pve-storage.target"].map((name) => `After=${name}`),
    ],
    service: [
      ...daemon("/usr/bin/pvescheduler", { pidFile: "/var/run/pvescheduler.pid" }),
      "KillMode=process",
      "Type=forking",
    ],
    install: FOR_ALL_USERS,
  },
};

/** @returns the unit file's text */
export function unitFile(unit: UnitName): string {
  const { unit: first, service, install, isShortened } = UNIT_FILES[unit];
  return [
    ...(isShortened ? ["# (what else this file holds is not modelled in this simulated node)"] : []),
    "[Unit]",
    ...first,
    "",
    "[Service]",
    ...service,
    ...(install ? ["", "[Install]", ...install] : []),
    "",
  ].join("\n");
}

/** What a setting of a unit says, each time that it is there. @param key such as `After` or `ExecStart` */
export function settingsOf(unit: UnitName, key: string): string[] {
  const { unit: first, service, install = [] } = UNIT_FILES[unit];
  return [...first, ...service, ...install].flatMap((line) =>
    line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : [],
  );
}
