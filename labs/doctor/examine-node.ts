/** Look at one node before class: everything that would spoil an exercise, with the next move. Changes nothing. */
import { createPveClient, type PveClient } from "../../pve/client.ts";
import { describeProblem, problemOf } from "../../pve/pve-error.ts";
import type { NodeStatus } from "../../pve/schemas/nodes.ts";
import type { InventoryNode } from "../inventory/expand-inventory.ts";
import { describeNode } from "../inventory/inventory-labs.ts";
import type { LabNode } from "../lab-description.ts";
import { certificatesOverSsh } from "../learn-over-ssh.ts";
import { trustOf } from "../node-trust.ts";
import { connectSsh, forwarded, NO_KEY, type SshConnection, SshRefused, shownHostKey } from "../ssh-client.ts";
import { execOn } from "../ssh-command.ts";
import { openTunnel } from "../ssh-tunnel.ts";
import { unseenRights } from "../unseen-rights.ts";
import type { Finding, NodeReport } from "./findings.ts";

/** What the nodes of a seat are compared by. */
export interface NodeFacts {
  release?: string;
  pveVersion?: string;
  cpuVendor?: string;
  /** Node's clock minus ours, milliseconds, right to about a second. */
  clockOffsetMs?: number;
}

export interface ExamineOptions {
  seat: string;
  node: InventoryNode;
  /** Nodes of the same seat, to see whether they can be reached from this one. */
  peers: readonly InventoryNode[];
  learnt: NodeReport["learnt"];
  /** Trust a host key that nobody has trusted yet: the instructor asked for it. */
  trust: boolean;
}

const SSH_MS = 10_000;
const PEER_MS = 4_000;
/** Below this a guest of 256 MiB and the node's own services get in each other's way. */
const MEMORY_FREE_MIN = 512 * 1024 ** 2;
const DISK_FREE_MIN = 2 * 1024 ** 3;

export async function examineNode(options: ExamineOptions): Promise<{ report: NodeReport; facts: NodeFacts }> {
  const startedMs = performance.now();
  const { seat, node } = options;
  const findings: Finding[] = [];
  const facts: NodeFacts = {};
  let learnt = options.learnt;
  const add = (subject: Finding["subject"], health: Finding["health"], seen: string, next?: string) => {
    findings.push({ subject, health, seen, ...(next !== undefined && { next }) });
  };
  const report = (): { report: NodeReport; facts: NodeFacts } => ({
    report: {
      ...{ seat, node: node.name, host: node.ssh.host, findings },
      ...(learnt && { learnt }),
      tookMs: Math.round(performance.now() - startedMs),
    },
    facts,
  });

  const unreachable = `Is it switched on, the address right, and port ${node.ssh.port} open from here?`;
  if (node.ssh.hostKeySha256 === NO_KEY && learnt?.hostKeySha256 === undefined) {
    const shown = await shownHostKey(node.name, node.ssh, SSH_MS).catch((error: Error) => error);
    if (typeof shown !== "string") {
      add("ssh", "wrong", shown.message, unreachable);
      return report();
    }
    if (!options.trust) {
      add(
        "hostKey",
        "wrong",
        `${shown}, which nobody has trusted`,
        "Compare it on the node, then run the doctor with --trust.",
      );
      return report();
    }
    learnt = { ...learnt, hostKeySha256: shown };
    add("hostKey", "good", `${shown}, trusted now`);
  }
  const described = describeNode(node, learnt);
  const ssh = await connectSsh(node.name, described.ssh, SSH_MS).catch((error: SshRefused) => error);
  if (ssh instanceof SshRefused) {
    const next = {
      unreachable,
      "host-key": "Was the node installed anew? Then give the new key; else somebody is in between.",
      login: "Correct user, password or key in the inventory.",
      forwarding: "In sshd_config of the jump host: AllowTcpForwarding yes.",
    }[ssh.kind];
    add(ssh.kind === "host-key" ? "hostKey" : "ssh", "wrong", ssh.message, next);
    if (ssh.kind === "unreachable" || described.api.throughSsh) return report();
  } else {
    add("ssh", "good", `as ${described.ssh.user}`);
    if (!findings.some(({ subject }) => subject === "hostKey")) add("hostKey", "good", "as known");
    await examineOverSsh(node, ssh, options.peers, add);
  }
  await examineOverApi(described, facts, add);
  if (!(ssh instanceof SshRefused)) ssh.end();
  return report();
}

type Add = (subject: Finding["subject"], health: Finding["health"], seen: string, next?: string) => void;

async function examineOverSsh(
  node: InventoryNode,
  ssh: SshConnection,
  peers: readonly InventoryNode[],
  add: Add,
): Promise<void> {
  const ask = (command: string) => execOn(node.name, ssh, command, PEER_MS).catch(() => undefined);
  // Proxmox takes the part before the first dot for the node's name.
  const own = (await ask("hostname"))?.trim().split(".")[0];
  const resolved = own
    ? (await ask(`getent hosts ${own.replace(/[^A-Za-z0-9.-]/g, "")}`))?.trim().split(/\s+/)[0]
    : undefined;
  if (own === undefined || own === "") add("hostname", "unknown", "it does not say its name");
  else if (own !== node.name) {
    add(
      "hostname",
      "wrong",
      `it calls itself ${own}`,
      `Chapters and checks use the node's own name: write ${own} in the inventory.`,
    );
  } else if (resolved === undefined || resolved === "") {
    add(
      "hostname",
      "unknown",
      `${own}; how it resolves cannot be seen`,
      `On ${own}: getent hosts ${own} must give its address.`,
    );
  } else if (/^(127\.|::1$)/.test(resolved)) {
    add("hostname", "wrong", `${own} resolves to ${resolved}`, `In /etc/hosts of ${own}: give it its real address.`);
  } else add("hostname", "good", `${own} is ${resolved}`);

  const unreached: string[] = [];
  let forbidden = false;
  await Promise.all(
    peers.map(async (peer) => {
      const stream = await within(forwarded(ssh.client, peer.address, 22), PEER_MS);
      if (stream === "forbidden") forbidden = true;
      else if (stream !== undefined) stream.destroy();
      // sshd may forbid forwarding to some places alone; a ping tells that from a network that is cut.
      else if (/ 0% packet loss/.test((await ask(`ping -c 1 -W 2 ${peer.address}`)) ?? "")) forbidden = true;
      else unreached.push(peer.name);
    }),
  );
  const links = (await ask("corosync-cfgtool -s")) ?? "";
  const states = [...links.matchAll(/nodeid:\s*\d+\s*:\s*(connected|disconnected)/g)].map((match) => match[1]);
  if (unreached.length > 0) {
    const next = "Open TCP 22 and UDP 5405-5412 between the nodes; compare their addresses.";
    add("ports", "wrong", `TCP 22 of ${unreached.join(", ")} is not reached from here`, next);
  } else if (states.length > 0) {
    const good = states.every((state) => state === "connected");
    add(
      "ports",
      good ? "good" : "wrong",
      good ? "corosync hears all members" : "corosync does not hear a member",
      good ? undefined : "Open UDP 5405-5412 between the nodes.",
    );
  } else if (forbidden) {
    const next = "Try from each node: ssh to the others' addresses; see that no firewall stops UDP 5405-5412.";
    add("ports", "unknown", "the others answer a ping; their ports cannot be seen from here", next);
  } else if (peers.length > 0) {
    add(
      "ports",
      "unknown",
      "TCP 22 is reached; UDP cannot be seen before there is a cluster",
      "See that no firewall stops UDP 5405-5412.",
    );
  }
  const old = (await ask("ls -d /etc/corosync/authkey /etc/pve/corosync.conf 2>/dev/null")) ?? "";
  if (/authkey/.test(old) && !/corosync\.conf/.test(old)) {
    add(
      "leftovers",
      "wrong",
      "an authkey of an old cluster",
      "A join will be refused: rm /etc/corosync/authkey, or reset the node.",
    );
  }
}

async function examineOverApi(node: LabNode, facts: NodeFacts, add: Add): Promise<void> {
  const { user, password, token } = node.api;
  const tunnel = node.api.throughSsh ? openTunnel(node) : undefined;
  const api = createPveClient({
    url: node.api.url,
    trust: trustOf(node, () => certificatesOverSsh(node, SSH_MS)),
    ...(tunnel && { connect: tunnel.connect }),
    credential: token === undefined ? { kind: "password", user, password: password ?? "" } : { kind: "token", token },
  });
  try {
    const askedMs = Date.now();
    const time = await api.nodeTime(node.name).catch((error: unknown) => error as Error);
    const answeredMs = Date.now();
    if (time instanceof Error) {
      const problem = problemOf(time);
      const certificate = problem?.kind === "certificate-changed";
      const seen = problem ? describeProblem(problem) : time.message;
      add(certificate ? "certificate" : "api", "wrong", seen, nextOfProblem(problem?.kind, node));
      return;
    }
    add("api", "good", node.api.throughSsh ? "through SSH" : node.api.url);
    const how = node.api.certSha256
      ? "as pinned, or vouched for over SSH"
      : node.api.caPem
        ? "of the CA"
        : "learnt over SSH";
    add("certificate", "good", how);
    facts.clockOffsetMs = time.time * 1000 - (askedMs + answeredMs) / 2;
    await Promise.all([
      examineVersion(api, facts, add),
      examineState(api, node, facts, add),
      examineRights(api, node, add),
    ]);
  } finally {
    api.close();
    tunnel?.close();
  }
}

async function examineVersion(api: PveClient, facts: NodeFacts, add: Add): Promise<void> {
  const version = await api.version().catch(() => undefined);
  if (!version) return add("version", "unknown", "not told");
  facts.release = version.release;
  facts.pveVersion = version.version;
  const major = Number(version.release.split(".")[0]);
  if (major === 8 || major === 9) add("version", "good", version.version);
  else add("version", "wrong", version.version, "Quorate is made for Proxmox VE 8 and 9.");
}

async function examineState(api: PveClient, node: LabNode, facts: NodeFacts, add: Add): Promise<void> {
  const [status, cluster, guests] = await Promise.all([
    api.nodeStatus(node.name).catch((): NodeStatus | undefined => undefined),
    api.clusterStatus().catch(() => undefined),
    api.guests(node.name).catch(() => []),
  ]);
  if (status) {
    facts.cpuVendor = /amd|epyc|ryzen/i.test(status.cpuModel)
      ? "AMD"
      : /intel|xeon/i.test(status.cpuModel)
        ? "Intel"
        : status.cpuModel;
    const memory = status.memory.totalBytes - status.memory.usedBytes;
    const disk = status.rootFileSystem.totalBytes - status.rootFileSystem.usedBytes;
    add(
      "memory",
      memory < MEMORY_FREE_MIN ? "look" : "good",
      `${gib(memory)} free`,
      memory < MEMORY_FREE_MIN ? "Tiny guests only; stop what is not needed." : undefined,
    );
    add(
      "disk",
      disk < DISK_FREE_MIN ? "look" : "good",
      `${gib(disk)} free`,
      disk < DISK_FREE_MIN ? "Delete old images and logs." : undefined,
    );
  } else {
    add("memory", "unknown", "not told");
    add("disk", "unknown", "not told");
  }
  if (cluster?.cluster) {
    const members = cluster.nodes.map(({ name }) => name).join(", ");
    const next = "Right for going on; for a course from its beginning reset the nodes.";
    add("leftovers", "look", `in the cluster ${cluster.cluster.name} with ${members}`, next);
  } else if (guests.length > 0) {
    add("leftovers", "look", `${guests.length} guests`, "A node with guests may create a cluster and cannot join one.");
  } else if (cluster) add("leftovers", "good", "none seen");
}

/** What the grader reads, asked for as the grader will. */
async function examineRights(api: PveClient, node: LabNode, add: Add): Promise<void> {
  const reads: [string, () => Promise<unknown>][] = [
    ["the cluster's status", () => api.clusterStatus()],
    ["tasks", () => api.nodeTasks(node.name, { limit: 1 })],
    ["resources", () => api.clusterResources()],
    ["HA", () => api.haStatus()],
  ];
  const refused: string[] = [];
  for (const [what, read] of reads) {
    const error = await read().then(
      () => undefined,
      (error: unknown) => problemOf(error),
    );
    if (error?.kind === "forbidden") refused.push(`${what} (${error.privilege ?? error.message})`);
  }
  if (refused.length > 0) {
    const next = `On the node: pveum acl modify / --users ${node.api.user} --roles PVEAuditor`;
    return add("rights", "wrong", `may not read ${refused.join(", ")}`, next);
  }
  const unseen = await unseenRights(api).catch(() => []);
  if (unseen.length > 0) {
    const next = `On the node: pveum acl modify / --users ${node.api.user} --roles PVEAuditor`;
    const seen = `lacks ${unseen.join(", ")}: Proxmox leaves out what it may not see, and says nothing`;
    return add("rights", "wrong", seen, next);
  }
  const journal = await api.journal(node.name, Math.floor(Date.now() / 1000) + 86_400).then(
    () => true,
    (error: unknown) => problemOf(error)?.kind !== "forbidden",
  );
  if (journal) add("rights", "good", "reads all that is needed");
  else
    add(
      "rights",
      "look",
      "reads all but the journal",
      "Sys.Syslog makes checks of quorum over time certain; without it they rest on looks.",
    );
}

function nextOfProblem(kind: string | undefined, { name: node, api }: LabNode): string {
  switch (kind) {
    case "unauthorized":
      return "Correct user, password or token of the API in the inventory.";
    case "certificate-changed":
      return `Take the new fingerprint (${node}: pvenode cert info), or certificate: learn-over-ssh.`;
    case "timeout":
    case "unreachable":
      if (api.throughSsh) {
        return `On ${node}: systemctl status pveproxy; and its sshd must allow forwarding (AllowTcpForwarding yes).`;
      }
      return "Open TCP 8006 from here, or write api.through: ssh.";
    case "malformed":
      return "Something else than Proxmox VE answers there; compare address and port.";
    default:
      return `On ${node}: systemctl status pveproxy pvedaemon`;
  }
}

function gib(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

/** `forbidden`: sshd allows no forwarding, which says nothing of the network. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | "forbidden" | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const caught = work.catch((error: { reason?: unknown }) =>
    String(error.reason) === "1" || String(error.reason) === "ADMINISTRATIVELY_PROHIBITED" ? "forbidden" : undefined,
  );
  return Promise.race([caught, late]).finally(() => clearTimeout(timer));
}
