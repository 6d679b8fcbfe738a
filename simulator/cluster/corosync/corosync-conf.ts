/**
 * corosync.conf: the text, and what corosync and Proxmox read in it.
 *
 * `parseSections` keeps everything that is written, known or not, so that a file that was read and written again says
 * the same; `readCorosyncConf` takes out what the model acts on.
 *
 * @source recordings/pve 03-create, 06-join-pve3-api: Proxmox sorts sections and keys by name, indents by two blanks
 */
import type { DeviceTieBreaker } from "./qdevice-state.ts";
export interface ConfSection {
  name: string;
  /** In the order of the file; a key may come more than once. */
  entries: { key: string; value: string }[];
  sections: ConfSection[];
}

export interface CorosyncConf {
  clusterName: string;
  configVersion: number;
  /** Ascending by node id. */
  nodes: ConfNode[];
  /** Token timeout of the file, before anything is added for the number of nodes; milliseconds. */
  tokenMs: number;
  tokenCoefficientMs: number;
  /** Absent: 1.2 times the token timeout. */
  consensusMs?: number;
  secureAuth: boolean;
  /** `knet_link_priority` by link number, where the file says one; else 1. Of links that are up, the highest is used. */
  linkPriorities?: Record<number, number>;
  quorum: {
    /** From the file; absent: the sum of the nodelist's votes. */
    expectedVotes?: number;
    twoNode: boolean;
    waitForAll: boolean;
    /** The file names wait_for_all itself. */
    waitForAllSet?: boolean;
    autoTieBreaker: boolean;
    /** `lowest`, `highest` or node ids; absent: the lowest. */
    autoTieBreakerNode?: string;
    lastManStanding: boolean;
    lastManStandingWindowMs: number;
    /** An outside vote: where it is asked for, and how the server decides. */
    device?: {
      model: string;
      votes: number;
      /** False: the file names no figure, which then is one less than the nodes. Absent in older labs: it does. */
      votesSet?: boolean;
      host: string;
      algorithm: string;
      /** Absent: the lowest node id; null: the file names something else. */
      tieBreaker?: DeviceTieBreaker | null;
      /** As the file says it; absent where it says nothing, and in older labs. */
      tls?: string;
      /** ffsplit: `off` where an earlier vote is to count for nothing between equal halves; absent: on. */
      keepActivePartition?: false;
      /** Absent where they are off, and in older labs. */
      heuristics?: DeviceHeuristics;
    };
  };
}

/** Commands that say whether a node is fit to go on. @source corosync-qdevice(8), quorum.device.heuristics */
export interface DeviceHeuristics {
  /** `sync`: at connects and new rings alone. */
  mode: "on" | "sync";
  intervalMs: number;
  /** Command lines, by the order of their names. */
  commands: string[];
}

export interface ConfNode {
  nodeId: number;
  name: string;
  votes: number;
  addresses: { number: number; address: string }[];
}

/** The file cannot be used. The message is corosync's own where one was recorded. */
export class ConfError extends Error {
  override name = "ConfError";
}

/** Read the file's sections. @throws ConfError on braces that do not match and on lines that are neither */
export function parseSections(text: string): ConfSection {
  const root: ConfSection = { name: "", entries: [], sections: [] };
  const open: ConfSection[] = [root];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const section = open.at(-1)!;
    if (line === "}") {
      if (open.length === 1) throw unreadable(index + 1, "Unexpected closing brace");
      open.pop();
      continue;
    }
    const opened = /^([^:{}]+?)\s*\{$/.exec(line);
    if (opened) {
      const child: ConfSection = { name: opened[1]!, entries: [], sections: [] };
      section.sections.push(child);
      open.push(child);
      continue;
    }
    const colon = line.indexOf(":");
    if (colon < 1) throw unreadable(index + 1, "Line is not opening or closing section or key value");
    section.entries.push({ key: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() });
  }
  if (open.length > 1) throw unreadable(text.replace(/\n$/, "").split("\n").length, "Missing closing brace");
  return root;
}

/** @source goldens/cfgtool-R-broken-config.txt */
function unreadable(line: number, what: string): ConfError {
  return new ConfError(`parser error: /etc/corosync/corosync.conf:${line}: ${what}`);
}

/**
 * Write sections as Proxmox does: keys and sections together, sorted by name, nodes by their names; a blank line after
 * each of the outermost.
 */
export function serialiseSections(root: ConfSection): string {
  return root.sections
    .toSorted(byName)
    .map((section) => `${serialiseSection(section, "")}\n`)
    .join("");
}

function serialiseSection(section: ConfSection, indent: string): string {
  const inner = `${indent}  `;
  const parts = [
    ...section.entries.map(({ key, value }) => ({ name: key, text: `${inner}${key}: ${value}\n` })),
    ...section.sections.toSorted(byName).map((child) => ({ name: child.name, text: serialiseSection(child, inner) })),
  ];
  const body = parts.toSorted((a, b) => compare(a.name, b.name)).map((part) => part.text);
  return `${indent}${section.name} {\n${body.join("")}${indent}}\n`;
}

function byName(a: ConfSection, b: ConfSection): number {
  const nameOf = (section: ConfSection) => section.entries.find((entry) => entry.key === "name")?.value ?? "";
  const linkOf = (section: ConfSection) => section.entries.find((entry) => entry.key === "linknumber")?.value ?? "";
  return compare(a.name, b.name) || compare(linkOf(a), linkOf(b)) || compare(nameOf(a), nameOf(b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What the model acts on. @throws ConfError when the file cannot be used */
export function readCorosyncConf(text: string): CorosyncConf {
  const root = parseSections(text);
  const sectionOf = (name: string) => root.sections.find((section) => section.name === name);
  const totem = sectionOf("totem");
  if (!totem) throw new ConfError("No totem section in the configuration file");
  const quorum = sectionOf("quorum");
  const device = quorum?.sections.find((section) => section.name === "device");
  const net = device?.sections.find((section) => section.name === "net");
  const nodes = (sectionOf("nodelist")?.sections ?? [])
    .filter((section) => section.name === "node")
    .map(readNode)
    .toSorted((a, b) => a.nodeId - b.nodeId);
  const ids = new Set(nodes.map((node) => node.nodeId));
  if (ids.size !== nodes.length) throw new ConfError("Duplicate nodeid in nodelist");
  const twoNode = flag(quorum, "two_node");
  const consensusMs = optionalNumber(totem, "consensus");
  const linkPriorities = readLinkPriorities(totem);
  const expectedVotes = optionalNumber(quorum, "expected_votes");
  const autoTieBreakerNode = entryOf(quorum, "auto_tie_breaker_node");
  return {
    clusterName: entryOf(totem, "cluster_name") ?? "",
    configVersion: optionalNumber(totem, "config_version") ?? 0,
    nodes,
    tokenMs: optionalNumber(totem, "token") ?? TOKEN_MS,
    tokenCoefficientMs: optionalNumber(totem, "token_coefficient") ?? TOKEN_COEFFICIENT_MS,
    ...(consensusMs !== undefined && { consensusMs }),
    secureAuth: entryOf(totem, "secauth") === "on" || (entryOf(totem, "crypto_cipher") ?? "none") !== "none",
    ...(Object.keys(linkPriorities).length > 0 && { linkPriorities }),
    quorum: {
      ...(expectedVotes !== undefined && { expectedVotes }),
      twoNode,
      // two_node brings wait_for_all with it unless the file says otherwise.
      waitForAll: entryOf(quorum, "wait_for_all") === undefined ? twoNode : flag(quorum, "wait_for_all"),
      waitForAllSet: entryOf(quorum, "wait_for_all") !== undefined,
      autoTieBreaker: flag(quorum, "auto_tie_breaker"),
      ...(autoTieBreakerNode !== undefined && { autoTieBreakerNode }),
      lastManStanding: flag(quorum, "last_man_standing"),
      lastManStandingWindowMs: optionalNumber(quorum, "last_man_standing_window") ?? 10_000,
      ...(device && {
        device: {
          model: entryOf(device, "model") ?? "",
          votes: optionalNumber(device, "votes") ?? nodes.length - 1,
          votesSet: entryOf(device, "votes") !== undefined,
          host: entryOf(net, "host") ?? "",
          algorithm: entryOf(net, "algorithm") ?? "ffsplit",
          ...readDeviceTieBreaker(net),
          tls: entryOf(net, "tls"),
          ...(/^(no|off|false|0)$/i.test(entryOf(net, "keep_active_partition_tie_breaker") ?? "") && {
            keepActivePartition: false as const,
          }),
          ...readHeuristics(device),
        },
      }),
    },
  };
}

const HEURISTICS_INTERVAL_MS = 30_000;

function readHeuristics(device: ConfSection): { heuristics?: DeviceHeuristics } {
  const section = device.sections.find(({ name }) => name === "heuristics");
  const mode = entryOf(section, "mode");
  if (!section || (mode !== "on" && mode !== "sync")) return {};
  const commands = section.entries
    .filter(({ key }) => key.startsWith("exec_"))
    .toSorted((a, b) => compare(a.key, b.key))
    .map(({ value }) => value);
  return { heuristics: { mode, intervalMs: optionalNumber(section, "interval") ?? HEURISTICS_INTERVAL_MS, commands } };
}

/** @source qdevices/qdevice-net-instance.c */
function readDeviceTieBreaker(net: ConfSection | undefined): { tieBreaker?: DeviceTieBreaker | null } {
  const value = entryOf(net, "tie_breaker");
  if (value === undefined) return {};
  if (value === "lowest" || value === "highest") return { tieBreaker: value };
  return { tieBreaker: /^[1-9]\d{0,9}$/.test(value) ? Number(value) : null };
}

/** totem.token without a setting, milliseconds. @source corosync.conf(5), corosync 3.1 */
const TOKEN_MS = 3_000;
/** Added for each node of the nodelist beyond the second, milliseconds. @source corosync.conf(5) */
const TOKEN_COEFFICIENT_MS = 650;

/** A new cluster of one node as `pvecm create` writes it. */
export function newClusterConf(options: {
  clusterName: string;
  nodeName: string;
  nodeId: number;
  votes: number;
  addresses: { number: number; address: string }[];
  linkPriorities?: Record<number, number>;
}): ConfSection {
  const section = (name: string, entries: Record<string, string>, sections: ConfSection[] = []): ConfSection => ({
    name,
    entries: Object.entries(entries).map(([key, value]) => ({ key, value })),
    sections,
  });
  return section("", {}, [
    section("logging", { debug: "off", to_syslog: "yes" }),
    section("nodelist", {}, [nodeSection({ ...options, name: options.nodeName })]),
    section("quorum", { provider: "corosync_votequorum" }),
    section(
      "totem",
      {
        cluster_name: options.clusterName,
        config_version: "1",
        ip_version: "ipv4-6",
        link_mode: "passive",
        secauth: "on",
        version: "2",
      },
      options.addresses.map(({ number }) => {
        const priority = options.linkPriorities?.[number];
        const linknumber = String(number);
        if (priority === undefined) return section("interface", { linknumber });
        return section("interface", { knet_link_priority: String(priority), linknumber });
      }),
    ),
  ]);
}

/** The `node { }` section of one node. */
export function nodeSection(node: ConfNode): ConfSection {
  return {
    name: "node",
    entries: [
      { key: "name", value: node.name },
      { key: "nodeid", value: String(node.nodeId) },
      { key: "quorum_votes", value: String(node.votes) },
      ...node.addresses.map(({ number, address }) => ({ key: `ring${number}_addr`, value: address })),
    ],
    sections: [],
  };
}

/** Of the `interface { }` sections: those that say a priority. @throws ConfError outside 0 to 255 */
function readLinkPriorities(totem: ConfSection): Record<number, number> {
  const priorities: Record<number, number> = {};
  for (const section of totem.sections.filter(({ name }) => name === "interface")) {
    const priority = optionalNumber(section, "knet_link_priority");
    if (priority === undefined) continue;
    if (priority > 255) throw new ConfError("parse error in config: Invalid value for knet_link_priority");
    priorities[optionalNumber(section, "linknumber") ?? 0] = priority;
  }
  return priorities;
}

function readNode(section: ConfSection): ConfNode {
  const nodeId = optionalNumber(section, "nodeid");
  if (nodeId === undefined || nodeId < 1) throw new ConfError("nodelist: node has no nodeid");
  const addresses = section.entries
    .map(({ key, value }) => ({ match: /^ring(\d)_addr$/.exec(key), value }))
    .filter(({ match }) => match !== null)
    .map(({ match, value }) => ({ number: Number(match![1]), address: value }))
    .toSorted((a, b) => a.number - b.number);
  return {
    nodeId,
    name: entryOf(section, "name") ?? "",
    votes: optionalNumber(section, "quorum_votes") ?? 1,
    addresses,
  };
}

function entryOf(section: ConfSection | undefined, key: string): string | undefined {
  return section?.entries.findLast((entry) => entry.key === key)?.value;
}

function flag(section: ConfSection | undefined, key: string): boolean {
  const value = entryOf(section, key);
  return value === "1" || value === "yes" || value === "on";
}

function optionalNumber(section: ConfSection | undefined, key: string): number | undefined {
  const value = entryOf(section, key);
  if (value === undefined) return undefined;
  if (!/^\d+$/.test(value)) throw new ConfError(`parse error in config: Value for ${key} is not a number: ${value}`);
  return Number(value);
}
