/**
 * Saved labs of older versions become labs of this one: a step for each change of shape, then what is missing is added.
 *
 * A step is written once, when `LAB_FORMAT` is raised, and never edited again: it knows the shape of its day and not
 * this version's types. `simulator/recordings/saves` keeps saves that older versions really wrote; a test opens each.
 */
import { completeLab } from "./complete-lab.ts";
import { LAB_FORMAT, type LabState } from "./state.ts";

/** A saved lab whose shape changed: plain data, known only by its step. */
type SavedLab = { format: number } & Record<string, unknown>;

/** By the format that a step starts from; the step leaves format + 1 behind. */
const STEPS: Record<number, (lab: SavedLab) => void> = {
  1: connectQdevicesAnew,
  2: layKeysOnDisks,
  3: giveNodesDevices,
  4: splitProcessGroups,
};

/**
 * corosync-qnetd came to keep connections with what is on its way over each: what was saved of them is dropped, and every
 * corosync-qdevice connects anew, at once and with the vote that it had.
 */
function connectQdevicesAnew(lab: SavedLab): void {
  interface Timed {
    id: number;
    atMs: number;
    kind: string;
  }
  const saved = lab as unknown as {
    nowMs: number;
    nextEventId: number;
    queue: Timed[];
    qnetd?: Record<string, unknown>;
    nodes: Record<string, SavedNode>;
  };
  interface SavedNode {
    processes: Record<string, { parked: Timed[] }>;
    corosync: {
      qdevice?: { pid: number; vote: boolean } | null;
      daemon: { votequorum: { device?: { lost?: true } } } | null;
    };
  }
  const stays = ({ kind }: Timed) => !/^(qnetd|qdevice)\/|^votequorum\/device-timeout$/.test(kind);
  saved.queue = saved.queue.filter(stays);
  if (saved.qnetd) {
    delete saved.qnetd.decideEvent;
    Object.assign(saved.qnetd, { clients: {}, ffsplit: {} });
  }
  for (const [node, { processes, corosync }] of Object.entries(saved.nodes)) {
    for (const process of Object.values(processes)) process.parked = process.parked.filter(stays);
    const { qdevice, daemon } = corosync;
    if (!qdevice) continue;
    const { pid, vote } = qdevice;
    const device = daemon?.votequorum.device;
    const now = saved.nowMs;
    const again = { connected: false, connectedAtMs: 0, lastEchoMs: 0, echoOpen: false, attempt: 0 };
    const casting = device && !device.lost ? (vote ? "ack" : "nack") : null;
    const beat = { casting, castingSinceMs: now, polledAtMs: now, vote, sleepsUntilMs: 0, sleeps: 0 };
    const told = { toldRing: "", toldNodes: [], wire: { waiting: [], event: null, againMs: 200 } };
    corosync.qdevice = { pid, ...again, ...beat, ...told } as typeof qdevice;
    const data = { attempt: 0 };
    // The queue ends with what is due next.
    saved.queue.push({ id: saved.nextEventId++, atMs: now, kind: "qdevice/connect", node, pid, data } as Timed);
  }
}

/**
 * Root's and the host's RSA keys came to lie on the nodes' disks: they are those that stand in the node's /etc/pve. What
 * stood there was twelve letters too short to be a key, on every node alike.
 */
function layKeysOnDisks(lab: SavedLab): void {
  interface Entry {
    type: string;
    content: string;
  }
  interface SavedDisk {
    entries: Record<string, Entry & Record<string, unknown>>;
    usedBytes: number;
    nextInode: number;
  }
  const saved = lab as unknown as {
    nodes: Record<string, { files: SavedDisk; pmxcfs: { database: { entries: Record<string, Entry> } } }>;
    qnetd?: { files?: SavedDisk };
  };
  const short = /(ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC([A-Za-z0-9+/]{11})[A-Za-z0-9+/]{489})=(?!=)/g;
  const whole = (text: string) => text.replace(short, "$1$2E=");
  const mend = (disk: SavedDisk) => {
    for (const entry of Object.values(disk.entries)) {
      const content = whole(entry.content);
      disk.usedBytes += content.length - entry.content.length;
      entry.content = content;
    }
  };
  if (saved.qnetd?.files) mend(saved.qnetd.files);
  for (const [node, { files, pmxcfs }] of Object.entries(saved.nodes)) {
    mend(files);
    const { entries } = pmxcfs.database;
    for (const entry of Object.values(entries)) entry.content = whole(entry.content);
    const mtimeMs = Number(files.entries["/root/.ssh"]?.mtimeMs ?? 0);
    const place = (path: string, mode: number, content: string, hiddenBytes?: number) => {
      if (files.entries[path]) return;
      const owned = { owner: "root", group: "root", mtimeMs, inode: files.nextInode++, target: "" };
      files.entries[path] = { type: "file", mode, ...owned, content, ...(hiddenBytes && { hiddenBytes }) };
      files.usedBytes += content.length;
    };
    const authorized = entries["priv/authorized_keys"]?.content.split("\n") ?? [];
    const root = authorized.find((line) => line.startsWith("ssh-rsa ") && line.endsWith(` root@${node}`));
    const host = / (ssh-rsa \S+)/.exec(entries[`nodes/${node}/ssh_known_hosts`]?.content ?? "")?.[1];
    for (const [path, line] of [
      ["/root/.ssh/id_rsa", root],
      ["/etc/ssh/ssh_host_rsa_key", host && `${host} root@${node}`],
    ] as const) {
      if (!line) continue;
      place(path, 0o600, "", 2_590);
      place(`${path}.pub`, 0o644, `${line}\n`);
    }
  }
}

/** A node came to have devices, addresses and routes in place of cards with one address each. */
function giveNodesDevices(lab: SavedLab): void {
  interface SavedCard {
    name: string;
    network: string;
    address: string;
    prefixLength: number;
    adminUp: boolean;
    portDown?: true;
    deviceDown?: true;
  }
  interface SavedNode {
    nics?: SavedCard[];
    net: unknown;
    files?: { entries: Record<string, { content: string }> };
  }
  const bits = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const text = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
  const network = (address: string, length: number) =>
    text(Math.floor(bits(address) / 2 ** (32 - length)) * 2 ** (32 - length));
  for (const node of Object.values((lab as unknown as { nodes: Record<string, SavedNode> }).nodes)) {
    const cards = node.nics ?? [];
    delete node.nics;
    const file = node.files?.entries["/etc/network/interfaces"]?.content ?? "";
    const gateway = /^\s*gateway\s+(\d+\.\d+\.\d+\.\d+)/m.exec(file)?.[1];
    const loopback = { address: "127.0.0.1", prefixLength: 8, scope: "host", label: "lo" };
    const devices: unknown[] = [
      { name: "lo", index: 1, kind: "loopback", up: true, mtu: 65_536, addresses: [loopback] },
    ];
    const bridges: unknown[] = [];
    const routes: unknown[] = [];
    const managed: Record<string, unknown> = { lo: {} };
    for (const [number, card] of cards.entries()) {
      const { name, address, prefixLength } = card;
      const bridged = name.startsWith("vmbr");
      const addresses = [{ address, prefixLength, scope: "global", label: name }];
      const up = bridged ? (card.portDown ? !card.deviceDown : card.adminUp) : card.adminUp;
      const port = { name: `ens${18 + number}`, up: !card.portDown, master: name, addresses: [] };
      const place = { index: number + 2, kind: "card", card: { network: card.network, number }, mtu: 1_500 };
      devices.push(bridged ? { ...place, ...port } : { ...place, name, up, addresses });
      const index = cards.length + 2 + bridges.length;
      if (bridged) bridges.push({ name, index, kind: "bridge", up, mtu: 1_500, hadPorts: true, addresses });
      managed[name] = {};
      if (!up) continue;
      const own = { device: name, source: address, protocol: "kernel", scope: "link" };
      routes.push({ destination: network(address, prefixLength), prefixLength, ...own });
      if (gateway === undefined || network(gateway, prefixLength) !== network(address, prefixLength)) continue;
      managed[name] = { gateway };
      const way = { device: name, via: gateway, protocol: "kernel", scope: "global", onlink: true };
      routes.push({ destination: "0.0.0.0", prefixLength: 0, ...way });
    }
    node.net = { devices: [...devices, ...bridges], routes, nextIndex: cards.length + 2 + bridges.length, managed };
  }
}

/** pmxcfs came to be in two process groups: whoever was in the one that stood for both is in the other as well. */
function splitProcessGroups(lab: SavedLab): void {
  const [data, status] = ["pve_dcdb_v1", "pve_kvstore_v1"];
  interface Grouped {
    group: string;
    kind?: string;
    data?: { kind?: string };
    payload?: { kind?: string };
  }
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const own = value as Grouped;
    // A message on its way.
    if (own.group === data && ["hello", "log"].includes((own.data ?? own.payload)?.kind ?? "")) own.group = status;
    if (Array.isArray(value)) {
      const members = value.filter(
        (one: Grouped | null) => one?.group === data && !one.data && !one.payload && !one.kind,
      );
      for (const member of members) value.splice(value.indexOf(member) + 1, 0, { ...member, group: status });
    }
    for (const part of Object.values(value)) walk(part);
  };
  walk(lab);
  interface Synced {
    pmxcfs: { sync: { phase: string; members: unknown[]; started: number }; statusSync?: unknown };
  }
  for (const { pmxcfs } of Object.values((lab as unknown as { nodes: Record<string, Synced> }).nodes)) {
    const { phase, members, started } = pmxcfs.sync;
    const there = { phase: phase === "none" ? "none" : "synced", members: structuredClone(members), started };
    pmxcfs.statusSync = { ...there, epoch: "", told: [] };
  }
}

/** Why a saved value is no lab that this version can read. */
export class UnknownFormat extends Error {
  override name = "UnknownFormat";
}

/**
 * Bring a saved lab to this version's format, in place.
 *
 * @param steps by the format that each starts from; another table only in tests
 * @throws UnknownFormat for one of a newer version, of a format without a step, or for something that is no lab
 */
export function toPresentFormat(saved: unknown, steps = STEPS, present = LAB_FORMAT): LabState {
  if (typeof saved !== "object" || saved === null || !("format" in saved) || !("nodes" in saved)) {
    throw new UnknownFormat("is not a lab");
  }
  const lab = saved as SavedLab;
  if (lab.format > present) throw new UnknownFormat(`has format ${lab.format}, this version reads up to ${present}`);
  while (lab.format !== present) {
    const step = steps[lab.format];
    if (!step) throw new UnknownFormat(`has format ${lab.format}, this version reads ${present}`);
    step(lab);
    lab.format += 1;
  }
  return completeLab(saved as unknown as LabState);
}
