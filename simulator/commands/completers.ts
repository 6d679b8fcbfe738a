/** What Tab offers for the arguments of a node's commands: subcommands first, then units and nodes. */
import type { Completer } from "../shell/completion.ts";

const UNITS = [
  "corosync.service",
  "cron.service",
  "networking.service",
  "pve-cluster.service",
  "pve-firewall.service",
  "pve-ha-crm.service",
  "pve-ha-lrm.service",
  "pvedaemon.service",
  "pveproxy.service",
  "pvescheduler.service",
  "pvestatd.service",
  "spiceproxy.service",
  "ssh.service",
  "watchdog-mux.service",
];

/** The first argument from a list; later ones from another. */
function verbs(first: readonly string[], later: readonly string[] = []): Completer {
  return (words) => (words.filter((word) => !word.startsWith("-")).length <= 1 ? [...first] : [...later]);
}

export const completers: Record<string, Completer> = {
  hostnamectl: verbs(["status", "hostname"]),
  ip: verbs(["address", "link", "neighbour", "route"], ["show", "set", "dev"]),
  journalctl: (words, word) =>
    words.at(-1) === "-u" || words.at(-1) === "--unit"
      ? UNITS
      : word.startsWith("-")
        ? ["--follow", "--lines", "--no-pager", "--since", "--unit"]
        : [],
  pvesm: verbs(["add", "alloc", "free", "list", "path", "remove", "scan", "set", "status"], ["local", "local-lvm"]),
  qm: verbs([
    "agent",
    "clone",
    "config",
    "create",
    "delsnapshot",
    "destroy",
    "disk",
    "guest",
    "importdisk",
    "list",
    "listsnapshot",
    "migrate",
    "monitor",
    "move-disk",
    "pending",
    "reboot",
    "rescan",
    "resize",
    "resume",
    "rollback",
    "set",
    "shutdown",
    "snapshot",
    "start",
    "status",
    "stop",
    "suspend",
    "template",
    "terminal",
    "unlock",
  ]),
  pvecm: verbs([
    "add",
    "addnode",
    "apiver",
    "create",
    "delnode",
    "expected",
    "help",
    "keygen",
    "mtunnel",
    "nodes",
    "qdevice",
    "status",
    "updatecerts",
  ]),
  systemctl: verbs(
    [
      "cat",
      "daemon-reload",
      "disable",
      "enable",
      "is-active",
      "is-enabled",
      "is-failed",
      "list-units",
      "reload",
      "restart",
      "show",
      "start",
      "status",
      "stop",
    ],
    UNITS,
  ),
};
