/**
 * Everything that systemd of a node has loaded: the units that the model runs, and beside them those that a Proxmox VE
 * 8.4 brings along and whose state never changes here. Names from the packages, states from memory: unverified.
 */
import { ntpIsOn } from "../../cluster/node-settings/clock.ts";
import type { ActiveState, UnitName } from "../../cluster/services/services-state.ts";
import { UNIT_NAMES, UNITS } from "../../cluster/services/units.ts";
import type { LabState } from "../../cluster/state.ts";
import { settingsOf } from "./unit-file-contents.ts";

export interface LoadedUnit {
  /** With its suffix: `corosync.service`. */
  id: string;
  description: string;
  load: "loaded" | "masked";
  active: string;
  sub: string;
  /** `enabled`, `static`; empty when no file stands behind it. */
  fileState: string;
  preset: string;
  file: string;
  /** Of a unit that the model runs. */
  own?: UnitName;
  /** Of a socket: where it listens. Of a timer: what it starts. */
  listens?: string[];
  starts?: string;
}

/** `id|active|sub|file state|description|listens, or when a timer runs`, by suffix. */
const FURNITURE = `
proc-sys-fs-binfmt_misc.automount|active|waiting|static|Arbitrary Executable File Formats File System Automount Point
-.mount|active|mounted|generated|Root Mount
boot-efi.mount|active|mounted|generated|/boot/efi
dev-hugepages.mount|active|mounted|static|Huge Pages File System
dev-mqueue.mount|active|mounted|static|POSIX Message Queue File System
run-rpc_pipefs.mount|active|mounted|static|RPC Pipe File System
sys-fs-fuse-connections.mount|active|mounted|static|FUSE Control File System
sys-kernel-config.mount|active|mounted|static|Kernel Configuration File System
sys-kernel-debug.mount|active|mounted|static|Kernel Debug File System
sys-kernel-tracing.mount|active|mounted|static|Kernel Trace File System
systemd-ask-password-console.path|active|waiting|static|Dispatch Password Requests to Console Directory Watch
systemd-ask-password-wall.path|active|waiting|static|Forward Password Requests to Wall Directory Watch
init.scope|active|running||System and Service Manager
apparmor.service|active|exited|enabled|Load AppArmor profiles
apt-daily-upgrade.service|inactive|dead|static|Daily apt upgrade and clean activities
apt-daily.service|inactive|dead|static|Daily apt download activities
blk-availability.service|active|exited|enabled|Availability of block devices
chrony.service|active|running|enabled|chrony, an NTP client/server
dbus.service|active|running|static|D-Bus System Message Bus
dm-event.service|active|running|static|Device-mapper event daemon
dpkg-db-backup.service|inactive|dead|static|Daily dpkg database backup service
e2scrub_all.service|inactive|dead|static|Online ext4 Metadata Check for All Filesystems
e2scrub_reap.service|inactive|dead|enabled|Remove Stale Online ext4 Metadata Check Snapshots
fstrim.service|inactive|dead|static|Discard unused blocks on filesystems from /etc/fstab
getty@tty1.service|active|running|enabled|Getty on tty1
ifupdown2-pre.service|active|exited|static|Helper to synchronize boot up for ifupdown
iscsid.service|inactive|dead|disabled|iSCSI initiator daemon (iscsid)
keyboard-setup.service|active|exited|enabled|Set the console keyboard layout
kmod-static-nodes.service|active|exited|static|Create List of Static Device Nodes
ksmtuned.service|active|running|enabled|Kernel Samepage Merging (KSM) Tuning Daemon
logrotate.service|inactive|dead|static|Rotate log files
lvm2-monitor.service|active|exited|enabled|Monitoring of LVM2 mirrors, snapshots etc. using dmeventd or progress polling
lxc-monitord.service|active|running|enabled|LXC Container Monitoring Daemon
lxc-net.service|active|exited|enabled|LXC network bridge setup
lxc.service|active|exited|enabled|LXC Container Initialization and Autoboot Code
lxcfs.service|active|running|enabled|FUSE filesystem for LXC
man-db.service|inactive|dead|static|Daily man-db regeneration
nfs-blkmap.service|active|running|enabled|pNFS block layout mapping daemon
nfs-config.service|inactive|dead|static|Preprocess NFS configuration convertion
postfix.service|active|exited|enabled|Postfix Mail Transport Agent
postfix@-.service|active|running|enabled-runtime|Postfix Mail Transport Agent (instance -)
proxmox-boot-cleanup.service|inactive|dead|enabled|Clean up bootloader next-boot setting
proxmox-firewall.service|active|running|enabled|Proxmox nftables firewall
pve-daily-update.service|inactive|dead|static|Daily PVE download activities
pve-firewall-commit.service|active|exited|enabled|Commit Proxmox VE Firewall changes
pve-guests.service|active|exited|enabled|PVE guests
pve-lxc-syscalld.service|active|running|enabled|Proxmox VE LXC Syscall Daemon
pvebanner.service|active|exited|enabled|Proxmox VE Login Banner
pvefw-logger.service|active|running|enabled|Proxmox VE firewall logger
pvenetcommit.service|active|exited|enabled|Commit Proxmox VE network changes
qmeventd.service|active|running|enabled|PVE Qemu Event Daemon
rbdmap.service|active|exited|enabled|Map RBD devices
rpcbind.service|active|running|enabled|RPC bind portmap service
rrdcached.service|active|running|enabled|LSB: start or stop rrdcached
smartmontools.service|active|running|enabled|Self Monitoring and Reporting Technology (SMART) Daemon
systemd-fsck-root.service|inactive|dead|static|File System Check on Root Device
systemd-journal-flush.service|active|exited|static|Flush Journal to Persistent Storage
systemd-logind.service|active|running|static|User Login Management
systemd-modules-load.service|active|exited|static|Load Kernel Modules
systemd-random-seed.service|active|exited|static|Load/Save Random Seed
systemd-remount-fs.service|active|exited|enabled-runtime|Remount Root and Kernel File Systems
systemd-sysctl.service|active|exited|static|Apply Kernel Variables
systemd-sysusers.service|active|exited|static|Create System Users
systemd-tmpfiles-clean.service|inactive|dead|static|Cleanup of Temporary Directories
systemd-tmpfiles-setup-dev.service|active|exited|static|Create Static Device Nodes in /dev
systemd-tmpfiles-setup.service|active|exited|static|Create Volatile Files and Directories
systemd-udev-settle.service|active|exited|static|Wait for udev To Complete Device Initialization
systemd-udev-trigger.service|active|exited|static|Coldplug All udev Devices
systemd-udevd.service|active|running|static|Rule-based Manager for Device Events and Files
systemd-update-utmp.service|active|exited|static|Record System Boot/Shutdown in UTMP
systemd-user-sessions.service|active|exited|static|Permit User Sessions
user-runtime-dir@0.service|active|exited|static|User Runtime Directory /run/user/0
user@0.service|active|running|static|User Manager for UID 0
zfs-mount.service|active|exited|enabled|Mount ZFS filesystems
zfs-share.service|active|exited|enabled|ZFS file system shares
zfs-volume-wait.service|active|exited|enabled|Wait for ZFS Volume (zvol) links in /dev
zfs-zed.service|active|running|enabled|ZFS Event Daemon (zed)
-.slice|active|active||Root Slice
system-getty.slice|active|active||Slice /system/getty
system-modprobe.slice|active|active||Slice /system/modprobe
system-postfix.slice|active|active||Slice /system/postfix
system.slice|active|active||System Slice
user-0.slice|active|active||User Slice of UID 0
user.slice|active|active|static|User and Session Slice
dbus.socket|active|running|static|D-Bus System Message Bus Socket|/run/dbus/system_bus_socket
dm-event.socket|active|running|enabled|Device-mapper event daemon FIFOs|/run/dmeventd-client,/run/dmeventd-server
iscsid.socket|active|listening|enabled|Open-iSCSI iscsid Socket|@ISCSIADM_ABSTRACT_NAMESPACE
lvm2-lvmpolld.socket|active|listening|enabled|LVM2 poll daemon socket|/run/lvm/lvmpolld.socket
rpcbind.socket|active|running|enabled|RPCbind Server Activation Socket|/run/rpcbind.sock,0.0.0.0:111,[::]:111
systemd-fsckd.socket|active|listening|static|fsck to fsckd communication Socket|/run/systemd/fsck.progress
systemd-initctl.socket|active|listening|static|initctl Compatibility Named Pipe|/run/initctl
systemd-journald-audit.socket|active|running|static|Journal Audit Socket|audit 1
systemd-journald-dev-log.socket|active|running|static|Journal Socket (/dev/log)|/run/systemd/journal/dev-log
systemd-journald.socket|active|running|static|Journal Socket|/run/systemd/journal/socket,/run/systemd/journal/stdout
systemd-udevd-control.socket|active|running|static|udev Control Socket|/run/udev/control
systemd-udevd-kernel.socket|active|running|static|udev Kernel Socket|kobject-uevent 1
dev-pve-swap.swap|active|active|generated|/dev/pve/swap
basic.target|active|active|static|Basic System
cryptsetup.target|active|active|static|Local Encrypted Volumes
emergency.target|inactive|dead|static|Emergency Mode
getty.target|active|active|static|Login Prompts
graphical.target|active|active|static|Graphical Interface
integritysetup.target|active|active|static|Local Integrity Protected Volumes
local-fs-pre.target|active|active|static|Preparation for Local File Systems
local-fs.target|active|active|static|Local File Systems
multi-user.target|active|active|static|Multi-User System
network-online.target|active|active|static|Network is Online
network-pre.target|active|active|static|Preparation for Network
network.target|active|active|static|Network
nfs-client.target|active|active|enabled|NFS client services
nss-lookup.target|active|active|static|Host and Network Name Lookups
nss-user-lookup.target|active|active|static|User and Group Name Lookups
paths.target|active|active|static|Path Units
pve-storage.target|active|active|static|PVE Storage Target
remote-fs-pre.target|active|active|static|Preparation for Remote File Systems
remote-fs.target|active|active|enabled|Remote File Systems
rescue.target|inactive|dead|static|Rescue Mode
rpcbind.target|active|active|static|RPC Port Mapper
shutdown.target|inactive|dead|static|System Shutdown
slices.target|active|active|static|Slice Units
sockets.target|active|active|static|Socket Units
swap.target|active|active|static|Swaps
sysinit.target|active|active|static|System Initialization
time-set.target|active|active|static|System Time Set
time-sync.target|active|active|static|System Time Synchronized
timers.target|active|active|static|Timer Units
umount.target|inactive|dead|static|Unmount All Filesystems
veritysetup.target|active|active|static|Local Verity Protected Volumes
zfs-import.target|active|active|enabled|ZFS pool import target
zfs-volumes.target|active|active|enabled|ZFS volumes are ready
zfs.target|active|active|enabled|ZFS startup target
apt-daily-upgrade.timer|active|waiting|enabled|Daily apt upgrade and clean activities|06:21:37
apt-daily.timer|active|waiting|enabled|Daily apt download activities|13:48:09
dpkg-db-backup.timer|active|waiting|enabled|Daily dpkg database backup timer|00:00:00
e2scrub_all.timer|active|waiting|enabled|Periodic ext4 Online Metadata Check for All Filesystems|Sun 03:10:47
fstrim.timer|active|waiting|enabled|Discard unused blocks once a week|Mon 00:53:12
logrotate.timer|active|waiting|enabled|Daily rotation of log files|00:00:00
man-db.timer|active|waiting|enabled|Daily man-db regeneration|05:17:24
pve-daily-update.timer|active|waiting|enabled|Daily PVE download activities|03:32:51
systemd-tmpfiles-clean.timer|active|waiting|static|Daily Cleanup of Temporary Directories|+15
`;

/** Made once: it is the same for every node. */
const FIXED: readonly LoadedUnit[] = FURNITURE.trim()
  .split("\n")
  .map((line) => {
    const [id = "", active = "", sub = "", fileState = "", description = "", more] = line.split("|");
    const generated = fileState === "generated";
    return {
      id,
      description,
      load: "loaded" as const,
      active,
      sub,
      fileState,
      preset: fileState === "enabled" || fileState === "disabled" ? "enabled" : "-",
      file: fileState === "" ? "" : `${generated ? "/run/systemd/generator" : "/lib/systemd/system"}/${templateOf(id)}`,
      ...(id.endsWith(".socket") && { listens: more!.split(","), starts: serviceOfSocket(id) }),
      ...(id.endsWith(".timer") && { listens: [more!], starts: id.replace(/\.timer$/, ".service") }),
    };
  });

/** `getty@tty1.service` comes from `getty@.service`. */
function templateOf(id: string): string {
  return id.replace(/@[^.]*\./, "@.");
}

function serviceOfSocket(id: string): string {
  if (id.startsWith("systemd-journald")) return "systemd-journald.service";
  if (id.startsWith("systemd-udevd")) return "systemd-udevd.service";
  return id.replace(/\.socket$/, ".service");
}

/** Other names of units. */
const ALIASES: Record<string, string> = {
  "sshd.service": "ssh.service",
  "default.target": "graphical.target",
  "chronyd.service": "chrony.service",
  "smartd.service": "smartmontools.service",
  "dbus-org.freedesktop.login1.service": "systemd-logind.service",
  "runlevel5.target": "graphical.target",
  "runlevel3.target": "multi-user.target",
};

const SUFFIXES = "service|mount|swap|socket|target|device|automount|timer|path|slice|scope";

/** As systemctl reads a name: a service unless it says otherwise, a path is a mount. */
export function unitId(name: string): string {
  if (name.startsWith("/")) {
    const path = name.replace(/^\/+|\/+$/g, "");
    return `${path === "" ? "-" : path.replaceAll("-", "\\x2d").replaceAll("/", "-")}.mount`;
  }
  const id = new RegExp(`\\.(${SUFFIXES})$`).test(name) ? name : `${name}.service`;
  return ALIASES[id] ?? id;
}

export function subState(active: ActiveState, hasProcess: boolean): string {
  if (active === "active") return hasProcess ? "running" : "exited";
  if (active === "inactive") return "dead";
  if (active === "activating") return "start";
  return active === "deactivating" ? "stop-sigterm" : "failed";
}

const CHRONY = "chrony.service";
/** As `timedatectl set-ntp false` leaves it. */
const STOPPED = { active: "inactive", sub: "dead", fileState: "disabled" } as const;

/** All units of a node, by suffix and name, as systemctl sorts them. */
export function loadedUnits(lab: Readonly<LabState>, node: string): LoadedUnit[] {
  const owner = lab.nodes[node]!;
  const own = UNIT_NAMES.map((unit): LoadedUnit => {
    const state = owner.services.units[unit];
    return {
      id: `${unit}.service`,
      description: UNITS[unit].description,
      load: state.masked ? "masked" : "loaded",
      active: state.active,
      sub: subState(state.active, UNITS[unit].process !== ""),
      fileState: fileStateOf(unit, state),
      preset: unit === "systemd-journald" ? "-" : "enabled",
      file: UNITS[unit].file,
      own: unit,
    };
  });
  const mounted = owner.pmxcfs.pid !== 0 ? [mountUnit("/etc/pve")] : [];
  const fixed = ntpIsOn(lab, node) ? FIXED : FIXED.map((unit) => (unit.id === CHRONY ? { ...unit, ...STOPPED } : unit));
  return [...fixed, ...own, ...mounted].sort(bySuffix);
}

export function fileStateOf(unit: UnitName, state: { masked?: boolean; enabled: boolean }): string {
  if (state.masked) return "masked";
  return unit === "systemd-journald" ? "static" : state.enabled ? "enabled" : "disabled";
}

function mountUnit(path: string): LoadedUnit {
  return {
    id: unitId(path),
    description: path,
    load: "loaded",
    active: "active",
    sub: "mounted",
    fileState: "",
    preset: "-",
    file: "/proc/self/mountinfo",
  };
}

function bySuffix(one: LoadedUnit, other: LoadedUnit): number {
  const suffix = (id: string) => id.slice(id.lastIndexOf(".") + 1);
  const [a, b] = [suffix(one.id), suffix(other.id)];
  if (a !== b) return a < b ? -1 : 1;
  const [left, right] = [one.id.toLowerCase(), other.id.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** What a unit wants or requires, ids; nothing for a unit without such. @source the packages' unit files */
const WANTS: Record<string, string> = {
  "graphical.target": "multi-user.target systemd-update-utmp-runlevel.service",
  "multi-user.target": `apparmor.service chrony.service corosync.service cron.service dbus.service e2scrub_reap.service
    ksmtuned.service lxc-monitord.service lxc-net.service lxc.service lxcfs.service networking.service postfix.service
    proxmox-firewall.service pve-cluster.service pve-firewall.service pve-guests.service pve-ha-crm.service
    pve-ha-lrm.service pve-lxc-syscalld.service pvebanner.service pvedaemon.service pvefw-logger.service pveproxy.service
    pvescheduler.service pvestatd.service qmeventd.service rpcbind.service rrdcached.service smartmontools.service
    spiceproxy.service ssh.service systemd-logind.service systemd-user-sessions.service watchdog-mux.service
    basic.target getty.target nfs-client.target remote-fs.target`,
  "basic.target": "-.mount paths.target slices.target sockets.target sysinit.target timers.target",
  "getty.target": "getty@tty1.service",
  "local-fs.target": "-.mount boot-efi.mount systemd-fsck-root.service systemd-remount-fs.service zfs-mount.service",
  "paths.target": "",
  "remote-fs.target": "nfs-client.target",
  "slices.target": "-.slice system.slice",
  "sockets.target": `dbus.socket dm-event.socket iscsid.socket rpcbind.socket systemd-initctl.socket
    systemd-journald-audit.socket systemd-journald-dev-log.socket systemd-journald.socket systemd-udevd-control.socket
    systemd-udevd-kernel.socket`,
  "swap.target": "dev-pve-swap.swap",
  "sysinit.target": `blk-availability.service dev-hugepages.mount dev-mqueue.mount keyboard-setup.service
    kmod-static-nodes.service lvm2-lvmpolld.socket lvm2-monitor.service proc-sys-fs-binfmt_misc.automount
    sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount
    systemd-ask-password-console.path systemd-journal-flush.service systemd-journald.service systemd-modules-load.service
    systemd-random-seed.service systemd-sysctl.service systemd-sysusers.service systemd-tmpfiles-setup-dev.service
    systemd-tmpfiles-setup.service systemd-udev-trigger.service systemd-udevd.service systemd-update-utmp.service
    cryptsetup.target integritysetup.target local-fs.target swap.target veritysetup.target`,
  "timers.target": `apt-daily-upgrade.timer apt-daily.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
    logrotate.timer man-db.timer pve-daily-update.timer systemd-tmpfiles-clean.timer`,
  "network-online.target": "networking.service",
  "pve-storage.target": "",
};

export function wantsOf(unit: LoadedUnit): string[] {
  if (unit.id.endsWith(".service")) {
    const { own } = unit;
    const named = own ? ["Requires", "Wants"].flatMap((key) => settingsOf(own, key)).flatMap(ids) : [];
    return [...new Set(["-.mount", "system.slice", ...named, "sysinit.target"])];
  }
  if (unit.id.endsWith(".timer")) return [unit.starts!, "-.mount", "sysinit.target"];
  return ids(WANTS[unit.id] ?? "");
}

const ids = (text: string) => text.split(/\s+/).filter(Boolean);
