/** A cluster of real corosync daemons, with the configuration that a scenario's lab would have; and its quorum device. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { serialiseSections } from "../../../cluster/corosync/corosync-conf.ts";
import { QNETD_ID } from "../../../conformance/operands.ts";
import { confOf, configOf, PROBE_PATH, type ScenarioConfig } from "../../../conformance/scenario-lab.ts";
import type { Expectation, StatesScenario } from "../../../conformance/table.ts";
import { certificates } from "./certificates.ts";
import { type Daemon, type HostSetting, isRunning, RealHosts, type ToolRun } from "./hosts.ts";

const LOG = "/var/log/corosync/corosync.log";
const CONF = "/etc/corosync/corosync.conf";

export interface LogLine {
  atMs: number;
  text: string;
}

type Service = "corosync" | "qdevice";

export interface ClusterSetting extends HostSetting {
  /** corosync without its real-time priority, where times do not matter: it leaves more of the machine to others. */
  unhurried?: boolean;
}

export class RealCluster {
  readonly hosts: RealHosts;
  readonly config: ScenarioConfig;
  private readonly nodes: readonly number[];
  private readonly daemons = new Map<string, Daemon>();
  private readonly stopped = new Set<string>();
  private readonly unhurried: boolean;

  private constructor(hosts: RealHosts, config: ScenarioConfig, nodes: readonly number[], unhurried: boolean) {
    this.hosts = hosts;
    this.unhurried = unhurried;
    this.config = config;
    this.nodes = nodes;
  }

  /** Hosts with their files; nothing runs but, where `device` is set, the server. */
  static async make(
    scenario: Omit<StatesScenario, "unread">,
    device: boolean,
    setting: ClusterSetting = {},
  ): Promise<RealCluster> {
    const nodes = Array.from({ length: scenario.n }, (_, index) => index + 1);
    const hosts = await RealHosts.make(device ? [...nodes, QNETD_ID] : nodes, scenario.links ?? 1, setting);
    const cluster = new RealCluster(hosts, configOf(scenario), nodes, setting.unhurried ?? false);
    const key = randomBytes(256);
    for (const id of nodes) {
      hosts.write(id, "/etc/corosync/authkey", key);
      hosts.write(id, PROBE_PATH, "");
      cluster.writeConfig(id);
      if (device) execFileSync("cp", ["-r", `${certificates().node}/.`, hosts.path(id, "/etc/corosync/qdevice/net")]);
    }
    if (device) {
      execFileSync("cp", ["-r", `${certificates().server}/.`, hosts.path(QNETD_ID, "/etc/corosync/qnetd")]);
      cluster.setServer(true);
    }
    return cluster;
  }

  writeConfig(id: number): void {
    const conf = confOf(this.config);
    const logging = conf.sections.find(({ name }) => name === "logging")!;
    logging.entries = Object.entries({
      debug: "off",
      to_syslog: "no",
      to_logfile: "yes",
      logfile: LOG,
      timestamp: "hires",
    }).map(([key, value]) => ({ key, value }));
    if (this.unhurried)
      conf.sections.push({ name: "system", entries: [{ key: "sched_rr", value: "no" }], sections: [] });
    this.hosts.write(id, CONF, serialiseSections(conf));
  }

  startCorosync(id: number): void {
    this.start("corosync", id, ["corosync", "-f"]);
  }

  startQdevice(id: number): void {
    this.start("qdevice", id, ["corosync-qdevice", "-f", "-d"]);
  }

  setServer(up: boolean): void {
    if (up) this.start("qdevice", QNETD_ID, ["corosync-qnetd", "-f", "-d"]);
    else this.signal("qdevice", QNETD_ID, "SIGKILL");
  }

  signalServer(signal: NodeJS.Signals): void {
    this.signal("qdevice", QNETD_ID, signal);
  }

  setProbe(id: number, passes: boolean): void {
    if (passes) this.hosts.write(id, PROBE_PATH, "");
    else this.hosts.run(id, ["rm", "-f", PROBE_PATH]);
  }

  signal(service: Service, id: number, signal: NodeJS.Signals): void {
    const key = `${service} ${id}`;
    if (!this.isRunning(service, id)) return;
    this.daemons.get(key)!.child.kill(signal);
    if (signal === "SIGSTOP") this.stopped.add(key);
    if (signal === "SIGCONT" || signal === "SIGKILL") this.stopped.delete(key);
  }

  /** Wait for a daemon's end. */
  async ended(service: Service, id: number): Promise<void> {
    const daemon = this.daemons.get(`${service} ${id}`);
    if (daemon && this.isRunning(service, id)) await once(daemon.child, "exit");
  }

  isRunning(service: Service, id: number): boolean {
    const daemon = this.daemons.get(`${service} ${id}`);
    return daemon !== undefined && isRunning(daemon);
  }

  /** Nodes whose corosync runs and is not stopped. */
  live(): number[] {
    return this.nodes.filter((id) => this.isRunning("corosync", id) && !this.stopped.has(`corosync ${id}`));
  }

  allNodes(): readonly number[] {
    return this.nodes;
  }

  tool(id: number, ...command: string[]): ToolRun {
    return this.hosts.run(id, command);
  }

  /** What corosync of a node wrote since an instant. */
  log(id: number, sinceMs = 0): LogLine[] {
    const year = new Date().getFullYear();
    return this.hosts
      .read(id, LOG)
      .split("\n")
      .flatMap((line) => {
        const match = /^(\w+ +\d+) (\d+:\d+:\d+)\.(\d+) (.*)$/.exec(line);
        if (!match) return [];
        const atMs = Date.parse(`${match[1]} ${year} ${match[2]}`) + Number(match[3]);
        return atMs >= sinceMs ? [{ atMs, text: match[4]! }] : [];
      });
  }

  /** What corosync-qdevice of a node, or the server, wrote since an instant. */
  deviceLog(id: number, sinceMs = 0): LogLine[] {
    const written = this.daemons.get(`qdevice ${id}`)?.written ?? [];
    return written.flatMap(({ atMs, text }) =>
      atMs >= sinceMs
        ? text
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => ({ atMs, text: line }))
        : [],
    );
  }

  /** The members that a node last logged; undefined before its first ring. */
  loggedMembers(id: number): string | undefined {
    return this.log(id)
      .findLast(({ text }) => text.includes("Sync members["))
      ?.text.split(": ")
      .at(-1)
      ?.trim();
  }

  /** What `corosync-quorumtool -s` says on a node; undefined where it says nothing of votes. */
  state(id: number): Omit<Expectation, "on"> | undefined {
    return parseStatus(this.tool(id, "corosync-quorumtool", "-s").output);
  }

  async close(): Promise<void> {
    for (const [key, daemon] of this.daemons) {
      const running = isRunning(daemon);
      daemon.child.kill("SIGKILL");
      if (running) await once(daemon.child, "exit");
      this.daemons.delete(key);
    }
    await this.hosts.close();
  }

  private start(service: Service, id: number, command: string[]): void {
    if (this.isRunning(service, id)) return;
    this.stopped.delete(`${service} ${id}`);
    this.daemons.set(`${service} ${id}`, this.hosts.start(id, command));
  }
}

/** Read what the tool printed. */
function parseStatus(text: string): Omit<Expectation, "on"> | undefined {
  const [head, rows] = text.split("Membership information");
  if (rows === undefined || !head!.includes("Votequorum information")) return undefined;
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, "m").exec(head!)![1]!;
  const quorum = field("Quorum");
  const nodes: number[] = [];
  const qdev: Record<string, string> = {};
  let qdeviceVote = 0;
  for (const [nodeId, votes, flags] of rows.split("\n").map((row) => row.trim().split(/\s+/))) {
    if (!/^\d+$/.test(nodeId ?? "")) continue;
    if (nodeId === "0") {
      qdeviceVote = Number(votes);
      continue;
    }
    nodes.push(Number(nodeId));
    if (/^\s*Nodeid\s+Votes\s+Qdevice/m.test(rows)) qdev[nodeId!] = flags!;
  }
  return {
    quorate: field("Quorate") === "Yes",
    expected: Number(field("Expected votes")),
    highest: Number(field("Highest expected")),
    total: Number(field("Total votes")),
    quorum: Number.parseInt(quorum, 10),
    flags: field("Flags"),
    nodes: nodes.toSorted((a, b) => a - b),
    ring: field("Ring ID"),
    ...(quorum.includes("blocked") && { blocked: true }),
    ...(Object.keys(qdev).length > 0 && { qdev, ...(qdeviceVote > 0 && { qdeviceVote }) }),
  };
}
