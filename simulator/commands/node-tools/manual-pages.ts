/**
 * The manual: short pages of our own for the commands of a simulated node. A page tells what is modelled; the real
 * manual tells more.
 */

export interface ManualPage {
  section: number;
  title: string;
  synopsis: string[];
  text: string;
}

type Row = [title: string, synopsis: string, text?: string];

/** Section 1: for everybody. */
const USER: Record<string, Row> = {
  apt: [
    "packages",
    "apt list --installed | policy NAME | show NAME\napt update | install NAME",
    "A lab has no internet: nothing can be fetched.",
  ],
  awk: ["pattern scanning and text processing", "awk [-F SEP] [-v NAME=VALUE] 'PROGRAM' [FILE...]"],
  base64: ["encode or decode base64", "base64 [-d] [FILE]"],
  bash: [
    "the shell",
    "bash [-c COMMAND | FILE] [ARGUMENT...]",
    "Reads commands and runs them. Type `help` for its builtins.",
  ],
  cat: ["print files one after the other", "cat [-nbsAET] [FILE...]"],
  chmod: ["change permission bits", "chmod MODE FILE..."],
  column: ["arrange text in columns", "column [-t] [-s SEP] [FILE...]"],
  cp: ["copy files", "cp [-r] [-p] SOURCE... DESTINATION"],
  curl: [
    "transfer a URL",
    "curl [-k] [-s] [-i] [-X METHOD] [-H HEADER] [-d DATA] URL",
    "Reaches the API of the lab's nodes, port 8006.",
  ],
  cut: ["take columns out of lines", "cut -d SEP -f LIST [FILE...]\ncut -c LIST [FILE...]"],
  crontab: ["tables of cron", "crontab -l"],
  date: ["show the date and time", "date [-u] [-d TEXT] [-Is] [-r FILE] [+FORMAT]"],
  df: ["free space of file systems", "df [-h] [-i] [-T] [-t TYPE] [-x TYPE] [--output=FIELDS] [--total] [FILE...]"],
  diff: ["compare two files", "diff [-u] FILE FILE"],
  dpkg: ["installed packages and their files", "dpkg -l | -s NAME | -L NAME | -S PATH"],
  du: ["space that files use", "du [-s] [-h] [-x] [-d DEPTH] [--exclude=PATTERN] [FILE...]"],
  dmesg: ["messages of the kernel", "dmesg [-T] [-H] [-x] [-w] [-l LEVELS] [--since TIME]"],
  echo: ["print text", "echo [-n] [-e] [TEXT...]"],
  find: ["search for files", "find [PATH...] [-name PATTERN] [-type f|d] [-exec COMMAND {} \\;]"],
  free: ["memory in use", "free [-h] [-m]"],
  grep: ["lines that match a pattern", "grep [-E] [-F] [-i] [-v] [-n] [-r] [-A N] [-B N] PATTERN [FILE...]"],
  head: ["the first lines", "head [-n N] [-c N] [FILE...]"],
  hostname: ["the node's name and addresses", "hostname [-f] [-i] [-I]"],
  hostnamectl: ["name and system of the node", "hostnamectl [status | hostname]"],
  journalctl: [
    "read the system's journal",
    "journalctl [-u UNIT] [-f] [-n N] [-b [N]] [-k] [-x] [-e] [-r] [-g PATTERN]\njournalctl [--since TIME] [--until TIME] [-p PRIORITY] [-o FORMAT] [FIELD=VALUE]\njournalctl --list-boots | -N | -F FIELD",
    "-f goes on with new lines until ^C. TIME is a date, `10 min ago`, `today`, `yesterday` or `now`.",
  ],
  less: ["page through text", "less [-N] [-S] [FILE...]", "Keys: space b j k g G /TEXT n N q."],
  ls: ["list files", "ls [-l] [-a] [-h] [-t] [-r] [-R] [FILE...]"],
  man: ["show manual pages", "man [SECTION] NAME\nman -k WORD"],
  nano: ["a small editor", "nano [+LINE] FILE", "^O writes, ^X leaves, ^W searches, ^K cuts, ^U pastes."],
  openssl: [
    "look at certificates",
    "openssl x509 -in FILE -noout -text | -subject | -issuer | -dates | -fingerprint\nopenssl verify -CAfile CA FILE",
  ],
  paste: ["lines of several files side by side", "paste [-s] [-d LIST] [FILE...]"],
  pgrep: ["find processes by name", "pgrep [-a] [-l] [-f] [-n] [-o] [-u USER] [-P PID] PATTERN"],
  pkill: ["send a signal by name", "pkill [-SIGNAL] [-f] PATTERN"],
  ps: ["list processes", "ps aux\nps -ef\nps -o COLUMNS -p PID\nps --forest"],
  pstree: ["processes as a tree", "pstree [-p] [-a] [PID]"],
  scp: ["copy files between nodes", "scp [-r] [-P PORT] SOURCE... TARGET", "A remote path is written as host:path."],
  sed: ["edit a stream of lines", "sed [-n] [-E] [-i] 'SCRIPT' [FILE...]"],
  seq: ["print numbers", "seq [FIRST [STEP]] LAST"],
  sort: ["sort lines", "sort [-n] [-r] [-u] [-k FIELD] [-t SEP] [FILE...]"],
  ssh: ["log in to another node", "ssh [-p PORT] [USER@]HOST [COMMAND]"],
  stat: ["details of a file", "stat [-c FORMAT] FILE..."],
  systemctl: [
    "control the system's services",
    "systemctl status|start|stop|restart|reload UNIT...\nsystemctl enable|disable|mask|unmask [--now] UNIT...\nsystemctl list-units [--all] [--type=TYPE] [--state=STATE] | --failed\nsystemctl list-unit-files | list-timers | list-sockets | list-dependencies [UNIT]\nsystemctl cat|show|kill|reset-failed UNIT\nsystemctl reboot | poweroff",
  ],
  tail: ["the last lines", "tail [-n N] [-f] [FILE...]", "-f goes on with what is added until ^C."],
  tee: ["copy input to files, too", "tee [-a] FILE..."],
  timedatectl: ["clock and time zone", "timedatectl [status]"],
  top: [
    "processes, again and again",
    "top [-b] [-n N] [-d SECONDS] [-p PID]",
    "Keys: q quit, P M N T sort, 1 processors, c commands, k kill, d delay.",
  ],
  tr: ["replace or delete characters", "tr [-d] [-s] [-c] SET [SET]"],
  uniq: ["drop repeated lines", "uniq [-c] [-d] [-u] [FILE]"],
  uptime: ["how long the node has run", "uptime [-p] [-s]"],
  vi: [
    "an editor with modes",
    "vi [FILE]",
    "i inserts, ESC goes back, :w writes, :q leaves, :q! leaves without writing.",
  ],
  vmstat: ["memory and processors", "vmstat [DELAY [COUNT]]"],
  watch: ["run a command again and again", "watch [-n SECONDS] [-d] COMMAND"],
  wc: ["count lines, words, bytes", "wc [-l] [-w] [-c] [FILE...]"],
  xargs: ["build command lines from input", "xargs [-n N] [-I REPLACE] COMMAND"],
};

/** Section 8 and Proxmox's own: for the administrator. */
const ADMIN: Record<string, Row> = {
  bridge: ["ports of bridges", "bridge link | fdb | vlan"],
  brctl: ["bridges", "brctl show"],
  chronyc: ["state of the time service", "chronyc tracking\nchronyc sources"],
  "corosync-cfgtool": ["links of the cluster's network", "corosync-cfgtool -s\ncorosync-cfgtool -n"],
  "corosync-cmapctl": ["corosync's keys and values", "corosync-cmapctl [-b] [PREFIX]"],
  "corosync-quorumtool": ["votes and quorum", "corosync-quorumtool [-s] [-l] [-m]"],
  ethtool: ["state of a network card", "ethtool [-i] DEVICE"],
  ip: [
    "addresses, links, routes",
    "ip [-br] [-s] [-d] [-j] addr|link [show [DEVICE]]\nip link set DEVICE up|down\nip route [get ADDRESS]\nip neigh | rule",
  ],
  iptables: ["the packet filter", "iptables -L | -S", "It is empty while the firewall is off; rules are not modelled."],
  lsblk: ["disks and partitions", "lsblk [-f] [-o COLUMNS]"],
  lsof: ["who holds a socket", "lsof -i [TCP|UDP][:PORT]"],
  mount: ["what is mounted", "mount [-t TYPE]"],
  ping: [
    "ask a host for an answer",
    "ping [-c N] [-i SECONDS] [-W SECONDS] [-s SIZE] [-M do] [-D] [-f] [-I DEVICE] HOST",
  ],
  poweroff: ["switch the node off", "poweroff"],
  "ha-manager": [
    "manage high availability",
    "ha-manager status [--verbose] | config\nha-manager add vm:ID | set vm:ID --state started|stopped|disabled|ignored | remove vm:ID\nha-manager migrate|relocate vm:ID NODE\nha-manager groupadd|groupset|groupremove GROUP [--nodes A:2,B:1] [--restricted 1] [--nofailback 1]\nha-manager crm-command node-maintenance enable|disable NODE",
    "A guest in HA is started again, and moved when its node is lost: after a minute the node is fenced, after two its guests start elsewhere. Error recovery: disable the service, mend what kept it from starting, ask for started again.",
  ],
  pvecm: [
    "manage the cluster",
    "pvecm create NAME [--link0 ADDRESS]\npvecm add ADDRESS [--link0 ADDRESS]\npvecm status | nodes\npvecm delnode NAME\npvecm expected N\npvecm updatecerts\npvecm qdevice setup ADDRESS | remove",
    "A node with guests cannot join. `pvecm status` tells votes and quorum; without quorum /etc/pve is read-only.",
  ],
  pvenode: ["settings and tasks of this node", "pvenode task list | log UPID | status UPID\npvenode config get"],
  pvesh: ["the API from the shell", "pvesh get|create|set|delete|ls|usage PATH [--KEY VALUE] [--output-format FORMAT]"],
  pvesm: ["manage storages", "pvesm status\npvesm list STORAGE\npvesm add TYPE ID ..."],
  pveum: [
    "users, roles and permissions",
    "pveum user list | add USER\npveum acl modify PATH --users USER --roles ROLE\npveum passwd USER",
  ],
  pveversion: ["versions of Proxmox VE", "pveversion [-v]"],
  qm: [
    "manage virtual machines",
    "qm list | status VMID | config VMID\nqm start|stop|shutdown|reboot VMID\nqm migrate VMID NODE [--online] [--with-local-disks]\nqm create VMID [--KEY VALUE]",
  ],
  reboot: ["restart the node", "reboot"],
  shutdown: ["switch off or restart, now or later", "shutdown [-r] [-h] [now | +MINUTES | HH:MM]\nshutdown -c"],
  ss: ["sockets and who holds them", "ss [-t] [-u] [-x] [-l] [-a] [-n] [-p] [-s] [state NAME] [sport = :PORT]"],
};

/** Files and ideas. */
const OTHER: Record<string, [section: number, ...Row]> = {
  "corosync.conf": [
    5,
    "configuration of the cluster engine",
    "/etc/pve/corosync.conf, copied to /etc/corosync/corosync.conf",
    "Raise config_version at each edit, or the change is not taken. Without quorum edit the local copy, and restart corosync.",
  ],
  interfaces: [5, "configuration of the network", "/etc/network/interfaces"],
  votequorum: [
    5,
    "how votes decide",
    "quorum { provider: corosync_votequorum }",
    "A partition is quorate when it has more than half of the expected votes.",
  ],
  hosts: [5, "names and addresses", "/etc/hosts"],
};

export function manualPages(): Map<string, ManualPage> {
  const pages = new Map<string, ManualPage>();
  const add = (name: string, section: number, [title, synopsis, text = ""]: Row) =>
    pages.set(name, { section, title, synopsis: synopsis.split("\n"), text });
  for (const [name, row] of Object.entries(USER)) add(name, 1, row);
  for (const [name, row] of Object.entries(ADMIN)) add(name, name.startsWith("pve") || name === "qm" ? 1 : 8, row);
  for (const [name, [section, ...row]] of Object.entries(OTHER)) add(name, section, row);
  return pages;
}
