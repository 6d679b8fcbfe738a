/** The local disk of a freshly installed node: what the Proxmox VE 8.4 installer leaves, as far as lessons look at it. */
import { bytesOfText } from "./bytes.ts";
import { placeEntry } from "./disk.ts";
import type { NodeFilesState } from "./files-state.ts";

export interface NodeIdentity {
  name: string;
  /** Address on the main network, with its prefix length. */
  address: string;
  prefixLength: number;
  gateway: string;
  /** NICs besides the bridge. */
  furtherNics?: { name: string; address: string; prefixLength: number }[];
  /** All nodes of the lab, for /etc/hosts: a lab has no name server. */
  peers: { name: string; address: string }[];
}

/** Domain of a lab's nodes. */
export const LAB_DOMAIN = "lab.internal";

const FOLDERS: [path: string, mode?: number, group?: string][] = [
  ["/"],
  ["/boot"],
  ["/dev"],
  ["/etc"],
  ["/etc/apt"],
  ["/etc/apt/sources.list.d"],
  ["/etc/corosync"],
  ["/etc/corosync/uidgid.d"],
  ["/etc/cron.d"],
  ["/etc/default"],
  ["/etc/network"],
  ["/etc/network/interfaces.d"],
  ["/etc/pve"],
  ["/etc/skel"],
  ["/etc/ssh"],
  ["/etc/systemd"],
  ["/etc/systemd/system"],
  ["/home"],
  ["/media"],
  ["/mnt"],
  ["/opt"],
  ["/proc", 0o555],
  ["/root", 0o700],
  ["/root/.ssh", 0o700],
  ["/run"],
  ["/run/lock", 0o1777],
  ["/srv"],
  ["/sys", 0o555],
  ["/tmp", 0o1777],
  ["/usr"],
  ["/usr/bin"],
  ["/usr/local"],
  ["/usr/lib"],
  ["/usr/local/bin"],
  ["/usr/local/sbin"],
  ["/usr/sbin"],
  ["/usr/share"],
  ["/usr/share/doc"],
  ["/var"],
  ["/var/backups"],
  ["/var/cache"],
  ["/var/lib"],
  ["/var/lib/corosync"],
  ["/var/lib/pve-cluster", 0o750],
  ["/var/lib/pve-cluster/backup", 0o750],
  ["/var/lib/pve-manager"],
  ["/var/lib/vz"],
  ["/var/lib/vz/dump"],
  ["/var/lib/vz/images"],
  ["/var/lib/vz/snippets"],
  ["/var/lib/vz/template"],
  ["/var/lib/vz/template/cache"],
  ["/var/lib/vz/template/iso"],
  ["/var/log"],
  ["/var/log/pve", 0o755, "www-data"],
  ["/var/log/pve/tasks", 0o755, "www-data"],
  ["/var/log/pveproxy", 0o700, "www-data"],
  ["/var/spool"],
  ["/var/tmp", 0o1777],
  ["/etc/sysctl.d"],
  ["/usr/lib/sysctl.d"],
];

const LINKS: [path: string, target: string][] = [
  ["/bin", "usr/bin"],
  ["/lib", "usr/lib"],
  ["/sbin", "usr/sbin"],
  ["/var/lock", "/run/lock"],
  ["/var/run", "/run"],
  // Proxmox keeps root's authorised keys and the nodes' keys in the cluster file system.
  ["/root/.ssh/authorized_keys", "/etc/pve/priv/authorized_keys"],
  ["/etc/cron.d/vzdump", "/etc/pve/vzdump.cron"],
  ["/etc/localtime", "/usr/share/zoneinfo/Etc/UTC"],
  ["/etc/sysctl.d/99-sysctl.conf", "../sysctl.conf"],
];

const BASHRC = `# ~/.bashrc: executed by bash(1) for non-login shells.

# export LS_OPTIONS='--color=auto'
# alias ls='ls $LS_OPTIONS'
# alias ll='ls $LS_OPTIONS -l'
`;

const PROFILE = `# ~/.profile: executed by Bourne-compatible login shells.

if [ "$BASH" ]; then
  if [ -f ~/.bashrc ]; then
    . ~/.bashrc
  fi
fi

mesg n 2> /dev/null || true
`;

const SKEL_BASHRC = "# ~/.bashrc: executed by bash(1) for non-login shells.\n\nalias ls='ls --color=auto'\n";

const LOGOUT = "# ~/.bash_logout: executed by bash(1) when login shell exits.\n";

const OS_RELEASE = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`;

const APT_SOURCES = `deb http://deb.debian.org/debian bookworm main contrib
deb http://deb.debian.org/debian bookworm-updates main contrib
deb http://security.debian.org/debian-security bookworm-security main contrib
`;

const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
backup:x:34:34:backup:/var/backups:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;

const GROUP = `root:x:0:
daemon:x:1:
www-data:x:33:
backup:x:34:
nogroup:x:65534:
`;

/** Of procps, systemd and pve-cluster; their comments are our own. */
const SYSCTL_FILES: [path: string, text: string][] = [
  ["/etc/sysctl.conf", "# Settings of the kernel that a boot writes: sysctl.conf(5).\n"],
  [
    "/usr/lib/sysctl.d/10-pve.conf",
    `${["call-ip6tables", "call-iptables", "call-arptables", "filter-vlan-tagged"].map((name) => `net.bridge.bridge-nf-${name} = 0\n`).join("")}net.ipv4.igmp_link_local_mcast_reports = 0\nfs.aio-max-nr = 1048576\n`,
  ],
  ["/usr/lib/sysctl.d/50-pid-max.conf", "kernel.pid_max = 4194304\n"],
  [
    "/usr/lib/sysctl.d/99-protect-links.conf",
    "fs.protected_fifos = 1\nfs.protected_hardlinks = 1\nfs.protected_regular = 2\nfs.protected_symlinks = 1\n",
  ],
];

/** The disk of a node just installed. */
export function installedDisk(identity: NodeIdentity, wallMs: number): NodeFilesState {
  const disk: NodeFilesState = { entries: {}, usedBytes: 0, nextInode: 262_145 };
  for (const [path, mode, group] of FOLDERS) {
    placeEntry(disk, path, { type: "directory", mode: mode ?? 0o755, mtimeMs: wallMs, group: group ?? "root" });
  }
  for (const [path, target] of LINKS) {
    placeEntry(disk, path, { type: "symlink", mode: 0o777, mtimeMs: wallMs, target });
  }
  const file = (path: string, text: string, mode = 0o644, owner: { group?: string } = {}) =>
    placeEntry(disk, path, { type: "file", mode, mtimeMs: wallMs, content: bytesOfText(text), ...owner });
  file("/etc/hostname", `${identity.name}\n`);
  file("/etc/hosts", hosts(identity));
  file("/etc/network/interfaces", interfaces(identity));
  file("/etc/resolv.conf", `search ${LAB_DOMAIN}\nnameserver ${identity.gateway}\n`);
  file("/etc/os-release", OS_RELEASE);
  file("/etc/debian_version", "12.11\n");
  file("/etc/issue", "Debian GNU/Linux 12 \\n \\l\n\n");
  file("/etc/motd", "");
  file("/etc/timezone", "Etc/UTC\n");
  file("/etc/passwd", PASSWD);
  file("/etc/group", GROUP);
  file("/etc/shadow", "root:*:20000:0:99999:7:::\n", 0o640);
  file(
    "/etc/fstab",
    "# <file system> <mount point> <type> <options> <dump> <pass>\n/dev/pve/root / ext4 errors=remount-ro 0 1\n/dev/pve/swap none swap sw 0 0\nproc /proc proc defaults 0 0\n",
  );
  file("/etc/apt/sources.list", APT_SOURCES);
  file("/etc/default/corosync", '# Corosync command line options\nOPTIONS=""\n');
  file("/etc/skel/.bash_logout", LOGOUT);
  file("/etc/skel/.bashrc", SKEL_BASHRC);
  file("/etc/skel/.profile", PROFILE.replace("\nmesg n 2> /dev/null || true\n", ""));
  file("/root/.bashrc", BASHRC);
  file("/root/.profile", PROFILE);
  for (const [path, text] of SYSCTL_FILES) file(path, text);
  file("/var/lib/pve-cluster/.pmxcfs.lockfile", "", 0o600);
  file("/var/lib/pve-cluster/config.db", "SQLite format 3\0", 0o600);
  return disk;
}

function hosts(identity: NodeIdentity): string {
  const lines = ["127.0.0.1 localhost.localdomain localhost"];
  for (const { name, address } of identity.peers) lines.push(`${address} ${name}.${LAB_DOMAIN} ${name}`);
  lines.push(
    "",
    "# The following lines are desirable for IPv6 capable hosts",
    "",
    "::1     ip6-localhost ip6-loopback",
    "fe00::0 ip6-localnet",
    "ff00::0 ip6-mcastprefix",
    "ff02::1 ip6-allnodes",
    "ff02::2 ip6-allrouters",
    "ff02::3 ip6-allhosts",
    "",
  );
  return lines.join("\n");
}

function interfaces(identity: NodeIdentity): string {
  const further = (identity.furtherNics ?? []).map(
    ({ name, address, prefixLength }) =>
      `auto ${name}\niface ${name} inet static\n\taddress ${address}/${prefixLength}\n\n`,
  );
  return `auto lo
iface lo inet loopback

iface ens18 inet manual

auto vmbr0
iface vmbr0 inet static
	address ${identity.address}/${identity.prefixLength}
	gateway ${identity.gateway}
	bridge-ports ens18
	bridge-stp off
	bridge-fd 0

${further.join("")}
source /etc/network/interfaces.d/*
`;
}
