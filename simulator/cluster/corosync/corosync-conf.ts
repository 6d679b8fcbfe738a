/**
 * corosync.conf: the text, and what corosync and Proxmox read in it.
 *
 * `parseSections` keeps everything that is written, known or not, so that a file that was read and written again says
 * the same; `readCorosyncConf` takes out what the model acts on.
 *
 * @source recordings/pve 03-create, 06-join-pve3-api: Proxmox sorts sections and keys by name, indents by two blanks
 */
import { ABORT_LINE, complaintAbout, complaintAboutSection } from "./conf-values.ts";
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
  /** Of the file, by their names in corosync's map, without links and nodes; absent in labs from before they were kept. */
  keys?: Record<string, string>;
  quorum: {
    /** Who counts votes; null: nobody. Absent in older labs: votequorum. */
    provider?: string | null;
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

/** The file cannot be used. The message is corosync's own. */
export class ConfError extends Error {
  override name = "ConfError";
}

/** Reading the file ends the process that does it. */
export class ConfAbort extends ConfError {
  override name = "ConfAbort";
}

/**
 * Read the file's sections: an opening brace goes before a colon, a colon before a closing brace.
 *
 * @param strict the values are looked at, too, as the daemon does; Proxmox does not
 * @throws ConfError on the first line that cannot be read
 * @source corosync 3.1.7 exec/coroparse.c parse_section
 */
export function parseSections(text: string, strict = false, path = CONFIG_FILE): ConfSection {
  const root: ConfSection = { name: "", entries: [], sections: [] };
  const open: ConfSection[] = [root];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const unreadable = (line: number, what: string) =>
    what === ABORT_LINE ? new ConfAbort(what) : new ConfError(`parser error: ${path}:${line}: ${what}`);
  for (const [index, raw] of lines.entries()) {
    const number = index + 1;
    if (raw.length > LINE_MAX) throw unreadable(number, "Line too long");
    const line = raw.replace(/\r$/, "").replace(/^[ \t]+|[ \t]+$/g, "");
    if (line === "" || line.startsWith("#")) continue;
    const section = open.at(-1)!;
    const within = open
      .slice(1)
      .map(({ name }) => name)
      .join(".");
    const brace = line.indexOf("{");
    const colon = line.indexOf(":");
    if (brace >= 0) {
      const name = line.slice(0, brace).replace(/[ \t:{]+$/, "");
      if (name === "") throw unreadable(number, "Missing section name before opening bracket '{'");
      if (line.slice(brace + 1).trim() !== "") throw unreadable(number, "Extra characters after opening bracket '{'");
      const child: ConfSection = { name, entries: [], sections: [] };
      section.sections.push(child);
      open.push(child);
    } else if (colon >= 0) {
      const key = line.slice(0, colon).replace(/[ \t:]+$/, "");
      const value = line.slice(colon + 1).replace(/^[ \t]+/, "");
      const earlierNodes = (open[1]?.sections.filter((one) => one.name === "node").length ?? 1) - 1;
      const complaint = strict ? complaintAbout(within, key, value, earlierNodes) : undefined;
      if (complaint !== undefined) throw unreadable(number, complaint);
      section.entries.push({ key, value });
    } else if (line.includes("}")) {
      if (line !== "}") throw unreadable(number, "Extra characters before or after closing bracket '}'");
      if (open.length === 1) throw unreadable(number, "Unexpected closing brace");
      const hasKey = (key: string) => section.entries.some((entry) => entry.key === key);
      const complaint = strict ? complaintAboutSection(within, hasKey) : undefined;
      if (complaint !== undefined) throw unreadable(number, complaint);
      open.pop();
    } else throw unreadable(number, "Line is not opening or closing section or key value");
  }
  if (open.length > 1) throw unreadable(lines.length, "Missing closing brace");
  return root;
}

/** Where the daemon reads it. */
const CONFIG_FILE = "/etc/corosync/corosync.conf";

/** Characters of a line that fit where corosync reads it. */
const LINE_MAX = 510;

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

/**
 * What the model acts on, of a file whose values nobody looked at: a number that is none counts as not written.
 *
 * @throws ConfError when its sections cannot be read
 */
export function readCorosyncConf(text: string): CorosyncConf {
  const root = parseSections(text);
  return { ...confOfSections(root), nodes: writtenNodes(root) };
}

/** The nodes of the file, ascending by their ids; several may have one, which corosync does not start with. */
function writtenNodes(root: ConfSection): ConfNode[] {
  return (sectionOf(root, "nodelist")?.sections ?? [])
    .filter((section) => section.name === "node")
    .map(readNode)
    .filter(({ nodeId }) => nodeId > 0)
    .toSorted((a, b) => a.nodeId - b.nodeId);
}

/** Sections whose keys stand in the map under other names. */
const NUMBERED = ["nodelist", "totem.interface", "uidgid", "logging.logger_subsys", "logging.logging_daemon"];

function keysOf(section: ConfSection, path: string): [string, string][] {
  if (NUMBERED.includes(path)) return [];
  const below = (name: string) => (path === "" ? name : `${path}.${name}`);
  return [
    ...section.entries.map(({ key, value }): [string, string] => [below(key), value]),
    ...section.sections.flatMap((inner) => keysOf(inner, below(inner.name))),
  ];
}

/** The same of sections that were read. Nodes without an id are left out, of two with one id the first counts. */
export function confOfSections(root: ConfSection): CorosyncConf {
  const totem = sectionOf(root, "totem");
  const quorum = sectionOf(root, "quorum");
  const device = quorum?.sections.find((section) => section.name === "device");
  const net = device?.sections.find((section) => section.name === "net");
  const nodes = writtenNodes(root).filter(
    ({ nodeId }, index, all) => all.findIndex((other) => other.nodeId === nodeId) === index,
  );
  const twoNode = flag(quorum, "two_node");
  // Of these 0 is as good as nothing.
  const consensusMs = optionalNumber(totem, "consensus") || undefined;
  const linkPriorities = readLinkPriorities(totem);
  const expectedVotes = optionalNumber(quorum, "expected_votes") || undefined;
  const autoTieBreakerNode = entryOf(quorum, "auto_tie_breaker_node");
  return {
    clusterName: entryOf(totem, "cluster_name") ?? "",
    keys: Object.fromEntries(keysOf(root, "")),
    configVersion: optionalNumber(totem, "config_version") ?? 0,
    nodes,
    tokenMs: optionalNumber(totem, "token") || TOKEN_MS,
    tokenCoefficientMs: optionalNumber(totem, "token_coefficient") ?? TOKEN_COEFFICIENT_MS,
    ...(consensusMs !== undefined && { consensusMs }),
    secureAuth: entryOf(totem, "secauth") === "on" || (entryOf(totem, "crypto_cipher") ?? "none") !== "none",
    ...(Object.keys(linkPriorities).length > 0 && { linkPriorities }),
    quorum: {
      provider: entryOf(quorum, "provider") ?? null,
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

/** Of the `interface { }` sections: those that say a priority. */
function readLinkPriorities(totem: ConfSection | undefined): Record<number, number> {
  const priorities: Record<number, number> = {};
  for (const section of totem?.sections.filter(({ name }) => name === "interface") ?? []) {
    const priority = optionalNumber(section, "knet_link_priority");
    if (priority === undefined) continue;
    priorities[optionalNumber(section, "linknumber") ?? 0] = priority;
  }
  return priorities;
}

function readNode(section: ConfSection): ConfNode {
  const addresses = section.entries
    .map(({ key, value }) => ({ match: /^ring(\d)_addr$/.exec(key), value }))
    .filter(({ match }) => match !== null)
    .map(({ match, value }) => ({ number: Number(match![1]), address: value }))
    .toSorted((a, b) => a.number - b.number);
  return {
    nodeId: optionalNumber(section, "nodeid") ?? 0,
    name: entryOf(section, "name") ?? "",
    votes: optionalNumber(section, "quorum_votes") ?? 1,
    addresses,
  };
}

/** A section by its name, what stands in several of that name together. */
export function sectionOf(root: ConfSection, name: string): ConfSection | undefined {
  const all = root.sections.filter((section) => section.name === name);
  if (all.length < 2) return all[0];
  return {
    name,
    entries: all.flatMap(({ entries }) => entries),
    sections: all.flatMap(({ sections }) => sections),
  };
}

/** The value that counts: the last one. */
export function entryOf(section: ConfSection | undefined, key: string): string | undefined {
  return section?.entries.findLast((entry) => entry.key === key)?.value;
}

function flag(section: ConfSection | undefined, key: string): boolean {
  const value = entryOf(section, key);
  return value === "yes" || value === "on" || Number(value ?? 0) > 0;
}

function optionalNumber(section: ConfSection | undefined, key: string): number | undefined {
  const value = entryOf(section, key);
  return value !== undefined && /^\s*\+?\d+$/.test(value) ? Number(value) : undefined;
}
