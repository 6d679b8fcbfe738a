/** Tools that an administrator reaches for besides Proxmox's own. */
import type { Program, ProgramEntry } from "../shell/process.ts";
import { addgroup, adduser, delgroup, deluser } from "./accounts/adduser.ts";
import { chpasswd, passwd } from "./accounts/passwd.ts";
import { runuser, su } from "./accounts/su.ts";
import { groupadd, groupdel, useradd, userdel, usermod } from "./accounts/useradd.ts";
import { crontab } from "./admin-tools/crontab.ts";
import { arch, detectVirt, locale, lsbRelease, mountpoint, whereis } from "./admin-tools/one-answer.ts";
import { service } from "./admin-tools/service.ts";
import { lvs, pvs, vgs } from "./admin-tools/volumes.ts";
import { arping } from "./coreutils/arping.ts";
import { corosync } from "./corosync-tools/corosync.ts";
import { ifquery } from "./ifupdown/ifquery.ts";
import { ifdown, ifreload, ifup } from "./ifupdown/ifupdown.ts";
import { qmrestore, vzdump } from "./lacking/backup.ts";
import { ceph, pveceph } from "./lacking/ceph.ts";
import { pct, pveam } from "./lacking/containers.ts";
import { daemonCommand } from "./lacking/daemons.ts";
import { pveFirewall } from "./lacking/pve-firewall.ts";
import { pvesr } from "./lacking/pvesr.ts";
import { loadedLater } from "./loaded-later.ts";
import { rsync } from "./rsync/rsync.ts";
import { sshKeygen } from "./ssh/keygen/keygen.ts";
import { sftp } from "./ssh/sftp/sftp.ts";
import { sshCopyId } from "./ssh/ssh-copy-id.ts";
import { sshKeyscan } from "./ssh/ssh-keyscan.ts";

const iptables = loadedLater(() => import("./packet-filter/iptables.ts"), "iptables");
const iptablesSave = loadedLater(() => import("./packet-filter/iptables-save.ts"), "iptablesSave");
const iptablesRestore = loadedLater(() => import("./packet-filter/iptables-save.ts"), "iptablesRestore");
const apt = loadedLater(() => import("./admin-tools/apt.ts"), "apt");
const dpkg = loadedLater(() => import("./admin-tools/packages.ts"), "dpkg");
const nc = loadedLater(() => import("./admin-tools/netcat.ts"), "nc");
const hexdump = loadedLater(() => import("./byte-dumps/hexdump.ts"), "hexdump");

const PROGRAMS: Record<string, Program> = {
  "/usr/bin/apt": apt,
  "/usr/bin/apt-cache": loadedLater(() => import("./admin-tools/apt.ts"), "aptCache"),
  "/usr/bin/apt-get": apt,
  "/usr/bin/arch": arch,
  "/usr/bin/arping": arping,
  "/usr/bin/cmp": loadedLater(() => import("./byte-dumps/cmp.ts"), "cmp"),
  "/usr/bin/column": loadedLater(() => import("./text-tables/column.ts"), "column"),
  "/usr/bin/comm": loadedLater(() => import("./sorted-files/comm.ts"), "comm"),
  "/usr/bin/crontab": crontab,
  "/usr/bin/csplit": loadedLater(() => import("./text-tables/csplit.ts"), "csplit"),
  "/usr/bin/dig": loadedLater(() => import("./name-lookup/dns-tools.ts"), "dig"),
  "/usr/bin/dpkg": dpkg,
  "/usr/bin/dpkg-query": dpkg,
  "/usr/bin/factor": loadedLater(() => import("./text-tables/tsort.ts"), "factor"),
  "/usr/bin/fmt": loadedLater(() => import("./text-tables/fmt.ts"), "fmt"),
  "/usr/bin/hd": hexdump,
  "/usr/bin/hexdump": hexdump,
  "/usr/bin/host": loadedLater(() => import("./name-lookup/dns-tools.ts"), "host"),
  "/usr/bin/join": loadedLater(() => import("./sorted-files/join.ts"), "join"),
  "/usr/bin/locale": locale,
  "/usr/bin/lsb_release": lsbRelease,
  "/usr/bin/mountpoint": mountpoint,
  "/usr/bin/nc": nc,
  "/usr/bin/nslookup": loadedLater(() => import("./name-lookup/dns-tools.ts"), "nslookup"),
  "/usr/bin/passwd": passwd,
  "/usr/bin/netcat": nc,
  "/usr/bin/pvedaemon": daemonCommand,
  "/usr/bin/pveproxy": daemonCommand,
  "/usr/bin/pvereport": loadedLater(() => import("./node-tools/pvereport.ts"), "pvereport"),
  "/usr/bin/pvescheduler": daemonCommand,
  "/usr/bin/pvestatd": daemonCommand,
  "/usr/bin/spiceproxy": daemonCommand,
  "/usr/bin/rsync": rsync,
  "/usr/bin/sftp": sftp,
  "/usr/bin/ssh-copy-id": sshCopyId,
  "/usr/bin/ssh-keygen": sshKeygen,
  "/usr/bin/ssh-keyscan": sshKeyscan,
  "/usr/bin/su": su,
  "/usr/bin/systemd-detect-virt": detectVirt,
  "/usr/bin/tsort": loadedLater(() => import("./text-tables/tsort.ts"), "tsort"),
  "/usr/bin/wget": loadedLater(() => import("./wget/wget.ts"), "wget"),
  "/usr/bin/whereis": whereis,
  "/usr/bin/xxd": loadedLater(() => import("./byte-dumps/xxd.ts"), "xxd"),
  "/usr/sbin/addgroup": addgroup,
  "/usr/sbin/adduser": adduser,
  "/usr/sbin/chpasswd": chpasswd,
  "/usr/sbin/corosync": corosync,
  "/usr/sbin/delgroup": delgroup,
  "/usr/sbin/deluser": deluser,
  "/usr/sbin/groupadd": groupadd,
  "/usr/sbin/groupdel": groupdel,
  "/usr/sbin/useradd": useradd,
  "/usr/sbin/traceroute": loadedLater(() => import("./name-lookup/traceroute.ts"), "traceroute"),
  "/usr/sbin/userdel": userdel,
  "/usr/sbin/usermod": usermod,
  "/usr/sbin/ifdown": ifdown,
  "/usr/sbin/ifquery": ifquery,
  "/usr/sbin/ifreload": ifreload,
  "/usr/sbin/ifup": ifup,
  "/usr/sbin/ip6tables": iptables,
  "/usr/sbin/ip6tables-save": iptablesSave,
  "/usr/sbin/ip6tables-restore": iptablesRestore,
  "/usr/sbin/iptables-restore": iptablesRestore,
  "/usr/sbin/iptables": iptables,
  "/usr/sbin/iptables-save": iptablesSave,
  "/usr/sbin/lvs": lvs,
  "/usr/sbin/nft": loadedLater(() => import("./packet-filter/nft.ts"), "nft"),
  "/usr/bin/numfmt": loadedLater(() => import("./coreutils/numfmt.ts"), "numfmt"),
  "/usr/bin/pveam": pveam,
  "/usr/bin/pveceph": pveceph,
  "/usr/bin/ceph": ceph,
  "/usr/bin/pvesr": pvesr,
  "/usr/bin/vzdump": vzdump,
  "/usr/sbin/pct": pct,
  "/usr/sbin/pve-firewall": pveFirewall,
  "/usr/sbin/qmrestore": qmrestore,
  "/usr/sbin/pvs": pvs,
  "/usr/sbin/runuser": runuser,
  "/usr/sbin/service": service,
  "/usr/sbin/showmount": loadedLater(() => import("./node-tools/showmount.ts"), "showmount"),
  "/usr/sbin/vgs": vgs,
  "/usr/sbin/zfs": loadedLater(() => import("./admin-tools/zfs.ts"), "zfs"),
  "/usr/sbin/zpool": loadedLater(() => import("./admin-tools/zfs.ts"), "zpool"),
};

export const adminTools: Record<string, ProgramEntry> = Object.fromEntries(
  Object.entries(PROGRAMS).map(([path, program]) => [path.slice(path.lastIndexOf("/") + 1), { program, path }]),
);
