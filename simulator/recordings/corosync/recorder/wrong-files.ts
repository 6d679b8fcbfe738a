/**
 * Wrong corosync.conf files: what a hand makes of a right one of three nodes and one link, and keys that do not fit.
 */

/** The right file, as Proxmox writes it; corosync's log goes to its standard error. */
export const RIGHT_FILE = `logging {
  debug: off
  timestamp: off
  to_stderr: yes
  to_syslog: no
}

nodelist {
  node {
    name: pve1
    nodeid: 1
    quorum_votes: 1
    ring0_addr: 10.77.0.11
  }
  node {
    name: pve2
    nodeid: 2
    quorum_votes: 1
    ring0_addr: 10.77.0.12
  }
  node {
    name: pve3
    nodeid: 3
    quorum_votes: 1
    ring0_addr: 10.77.0.13
  }
}

quorum {
  provider: corosync_votequorum
}

totem {
  cluster_name: lab
  config_version: 1
  interface {
    linknumber: 0
  }
  ip_version: ipv4-6
  link_mode: passive
  secauth: on
  version: 2
}

`;

/** A text of the right file and what stands there instead; with it the length of the key in bytes, where that is wrong. */
export type WrongFile = readonly [from: string, to: string, keyBytes?: number];

const QUORUM = "provider: corosync_votequorum";
const LAST = "  version: 2\n}\n";
const TOTEM = "secauth: on";
const NODE1 = "nodeid: 1\n    quorum_votes: 1\n    ring0_addr: 10.77.0.11";
const NODE2 = "nodeid: 2\n    quorum_votes: 1\n    ring0_addr: 10.77.0.12";
const inQuorum = (text: string): WrongFile => [QUORUM, `${QUORUM}\n  ${text}`];
const inTotem = (text: string): WrongFile => [TOTEM, `${TOTEM}\n  ${text}`];
const insteadOf =
  (from: string) =>
  (to: string): WrongFile => [from, to];

export const WRONG_FILES: readonly WrongFile[] = [
  // Braces, colons, blanks
  [LAST, "  version: 2\n"],
  [LAST, `${LAST}}\n`],
  ["  }\n  node {\n    name: pve2", "  node {\n    name: pve2"],
  ["nodelist {", "nodelist"],
  ["nodelist {", "{"],
  ["nodelist {", "nodelist: {"],
  ["quorum {\n", "quorum\n{\n"],
  ["  node {\n    name: pve2", "  node { name: pve2"],
  ["    ring0_addr: 10.77.0.12\n  }", "    ring0_addr: 10.77.0.12 }"],
  ["    ring0_addr: 10.77.0.13\n  }\n}", "    ring0_addr: 10.77.0.13\n  }}"],
  ["nodeid: 2", "nodeid 2"],
  ["nodeid: 2", "nodeid = 2"],
  ["nodeid: 2", "nodeid:2"],
  ["nodeid: 2", "nodeid:"],
  ["nodeid: 2", "nodeid: 2 # the second"],
  ["nodeid: 2", "# nodeid: 2"],
  ["nodeid: 2", "node id: 2"],
  ["nodeid: 2", ": 2"],
  ["nodeid: 2", `nodeid: 2\n    note: ${"x".repeat(520)}`],
  [LAST, `${LAST}hello\n`],
  [LAST, `${LAST}ab: c\n`],
  [LAST, `${LAST}hello: \n`],
  [RIGHT_FILE, ""],
  // Keys and sections of another name
  ["totem {", "tote {"],
  ["nodelist {", "nodeslist {"],
  ["quorum {", "quorom {"],
  ["  node {\n    name: pve1", "  nod {\n    name: pve1"],
  ["  node {\n    name: pve2", "  nod {\n    name: pve2"],
  ["cluster_name: lab", "clustername: lab"],
  ["cluster_name: lab", "cluster name: lab"],
  [QUORUM, "provder: corosync_votequorum"],
  ["ring0_addr: 10.77.0.11", "ring0_address: 10.77.0.11"],
  ["ring0_addr: 10.77.0.12", "ring0_address: 10.77.0.12"],
  // Nodes
  ["nodeid: 2", "nodeid: 1"],
  ["nodeid: 3", "nodeid: 2"],
  ["name: pve2", "name: pve1"],
  ["name: pve2", "name: pve3"],
  ["ring0_addr: 10.77.0.12", "ring0_addr: 10.77.0.11"],
  ["name: pve1", "name: pve9"],
  ["name: pve1\n    nodeid: 1\n    quorum_votes: 1\n    ring0_addr: 10.77.0.11", "name: pve9\n    nodeid: 1\n    quorum_votes: 1\n    ring0_addr: 10.77.0.99"],
  ["name: pve1", "name: PVE1"],
  ["name: pve1", "name: pve1.example.com"],
  ["    name: pve1\n", ""],
  ["ring0_addr: 10.77.0.11", "ring0_addr: 10.77.0.99"],
  ["ring0_addr: 10.77.0.11", "ring0_addr: 127.0.0.1"],
  ["ring0_addr: 10.77.0.11", "ring0_addr: foo"],
  ["ring0_addr: 10.77.0.12", "ring0_addr: foo"],
  ["ring0_addr: 10.77.0.11", "ring0_addr: 10.77.0.300"],
  ["ring0_addr: 10.77.0.12", "ring0_addr: 10.77.0.300"],
  ["ring0_addr: 10.77.0.12", "ring0_addr: 10.77.0.12/24"],
  ["ring0_addr: 10.77.0.12", "ring0_addr: 10,77,0,12"],
  ["ring0_addr: 10.77.0.11", "ring0_addr:"],
  ["ring0_addr: 10.77.0.12", "ring0_addr:"],
  ["ring0_addr: 10.77.0.12", "ring0_addr: 192.168.99.12"],
  ["ring0_addr: 10.77.0.12", "ring0_addr: fe80::12"],
  ["    ring0_addr: 10.77.0.11\n", ""],
  ["    ring0_addr: 10.77.0.12\n", ""],
  ["    nodeid: 1\n", ""],
  ["    nodeid: 2\n", ""],
  ...["0", "x", "one", "-1", "1.5", "4294967296", "65536", "70000"].flatMap((id): WrongFile[] => [
    ["nodeid: 1", `nodeid: ${id}`],
    ["nodeid: 2", `nodeid: ${id}`],
  ]),
  ...["x", "0", "-1", "300000", ""].map((votes): WrongFile => [NODE2, NODE2.replace("votes: 1", `votes: ${votes}`)]),
  // Totem
  ...["3", "1", "x", ""].map((version): WrongFile => ["  version: 2", `  version: ${version}`]),
  [LAST, "}\n"],
  ["  cluster_name: lab\n", ""],
  ["  config_version: 1\n", ""],
  ...["x", "", "-1", "1.5"].map((version): WrongFile => ["config_version: 1", `config_version: ${version}`]),
  ...["x", "0", "10", "29", "30", "100", "150", "3s", "-5", "4294967296"].map((token) => inTotem(`token: ${token}`)),
  ...["x", "10", "40", "100", "3000"].map((consensus) => inTotem(`consensus: ${consensus}`)),
  ...["x", "10", "9000"].map((join) => inTotem(`join: ${join}`)),
  ...["x", "0"].map((value) => inTotem(`token_coefficient: ${value}`)),
  inTotem("token_retransmit: 10"),
  inTotem("token_retransmits_before_loss_const: 200"),
  inTotem("hold: 1"),
  inTotem("merge: 1"),
  inTotem("downcheck: 1"),
  inTotem("max_network_delay: 1"),
  inTotem("token_warning: 200"),
  inTotem("nonsense: 100"),
  inTotem("nodeid: 1"),
  ...["udp", "udpu", "pigeon", "Knet", ""].map((transport) => inTotem(`transport: ${transport}`)),
  ...["rot13", "aes", "AES256", ""].map((cipher) => inTotem(`crypto_cipher: ${cipher}`)),
  ...["crc", "none", "sha1"].map((hash) => inTotem(`crypto_hash: ${hash}`)),
  [TOTEM, "crypto_cipher: aes256"],
  [TOTEM, "crypto_hash: sha256"],
  inTotem("crypto_model: magic"),
  inTotem("knet_compression_model: squash"),
  ...["maybe", "off", "yes"].map((value) => insteadOf(TOTEM)(`secauth: ${value}`)),
  ...["ipv5", "4", ""].map((value) => insteadOf("ip_version: ipv4-6")(`ip_version: ${value}`)),
  ["ip_version: ipv4-6", "ip_version: ipv6"],
  ...["sideways", "Passive", "active"].map((value) => insteadOf("link_mode: passive")(`link_mode: ${value}`)),
  // Links
  ...["1", "8", "9", "x", "-1", "300"].map((value) => insteadOf("linknumber: 0")(`linknumber: ${value}`)),
  ...["300", "x", "-1"].map((value) => insteadOf("linknumber: 0")(`linknumber: 0\n    knet_link_priority: ${value}`)),
  ["linknumber: 0", "linknumber: 9\n    knet_link_priority: 3"],
  ["linknumber: 0", "linknumber: 0\n    knet_transport: tcp"],
  ["linknumber: 0", "linknumber: 0\n    bindnetaddr: 10.77.0.0"],
  ["linknumber: 0", "linknumber: 0\n    mcastport: 70000"],
  [NODE1, `${NODE1}\n    ring1_addr: 10.77.1.11`],
  [NODE2, `${NODE2}\n    ring1_addr: 10.77.1.12`],
  [NODE1, `${NODE1}\n    ring1_addr: bar`],
  [NODE1, `${NODE1}\n    ring8_addr: 10.77.1.11`],
  [NODE2, `${NODE2}\n    ring8_addr: 10.77.1.12`],
  ["ring0_addr: 10.77.0.12", "ring1_addr: 10.77.1.12"],
  // Quorum
  [QUORUM, "provider: votequorum"],
  [QUORUM, "provider: none"],
  [QUORUM, "provider:"],
  [`  ${QUORUM}\n`, ""],
  ...["x", "0", "-1", "2"].map((value) => inQuorum(`expected_votes: ${value}`)),
  ...["x", "yes", "1", "2", "300"].map((value) => inQuorum(`two_node: ${value}`)),
  ...["x", "yes"].map((value) => inQuorum(`wait_for_all: ${value}`)),
  ...["x", "1"].map((value) => inQuorum(`auto_tie_breaker: ${value}`)),
  inQuorum("auto_tie_breaker: 1\n  auto_tie_breaker_node: pve1"),
  inQuorum("auto_tie_breaker: 1\n  two_node: 1"),
  inQuorum("auto_tie_breaker: 1\n  last_man_standing: 1"),
  inQuorum("last_man_standing: yes"),
  inQuorum("last_man_standing_window: 5s"),
  inQuorum("device {\n    votes: 1\n  }"),
  inQuorum("device {\n    model: net\n    votes: x\n  }"),
  inQuorum("device {\n    model: net\n    votes: 1\n  }"),
  inQuorum("device {\n    model: net\n    net {\n      host: 10.77.0.20\n    }\n  }"),
  inQuorum("device {\n    model: net\n    votes: 1\n  }\n  two_node: 1"),
  // Logging and the rest
  ["debug: off", "debug: maybe"],
  ["to_syslog: no", "to_syslog: x"],
  ["to_syslog: no", "to_syslog: no\n  syslog_facility: mine"],
  ["to_syslog: no", "to_syslog: no\n  syslog_priority: loud"],
  ["timestamp: off", "timestamp: sometimes"],
  ["timestamp: off", "timestamp: off\n  fileline: x"],
  ["timestamp: off", "timestamp: off\n  logger_subsys {\n    debug: on\n  }"],
  // The key
  [TOTEM, TOTEM, 0],
  [TOTEM, TOTEM, 127],
  [TOTEM, TOTEM, 128],
  [TOTEM, TOTEM, -1],
  [TOTEM, "secauth: off", -1],
];
