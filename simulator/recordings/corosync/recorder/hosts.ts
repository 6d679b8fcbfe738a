/**
 * Real hosts for corosync on one machine: each has a network namespace with a card per link, on bridges of a namespace
 * of their own, and a mount namespace with an /etc/corosync, /var/lib/corosync, /run and /dev/shm that nobody else sees.
 *
 * Neighbour entries are permanent, so a cut is an entry that leads to no card: it needs neither packet filter nor netem,
 * and works in one direction as well. Everything ends with the recorder, however that ends.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { QNETD_ID } from "../../../conformance/operands.ts";
import { addressOf } from "../../../conformance/scenario-lab.ts";

/** What further daemons need of a host. */
export interface HostSetting {
  /** Folders of which it has its own, empty at first, beside those of corosync. */
  folders?: readonly string[];
  /** Names of the hosts by number; each then knows all of them by its /etc/hosts. */
  names?: Readonly<Record<number, string>>;
}

/** Of these each host has its own, empty at first. */
const OWN_FOLDERS = ["/etc/corosync", "/var/lib/corosync", "/var/log/corosync", "/run", "/dev/shm"];
const FURTHER_FOLDERS = [
  "/run/corosync-qdevice",
  "/run/corosync-qnetd",
  "/etc/corosync/qdevice/net",
  "/etc/corosync/qnetd",
];
/** No card has it. */
const NOBODY = "02:00:00:ff:ff:ff";
const TOOL_MS_MAX = 20_000;

export interface ToolRun {
  exit: number;
  /** Standard output, then standard error. */
  output: string;
}

/** A process on a host that is still running, and what it wrote with the instants at which it did. */
export interface Daemon {
  child: ChildProcess;
  written: { atMs: number; text: string }[];
}

export function isRunning({ child }: Daemon): boolean {
  return child.exitCode === null && child.signalCode === null;
}

export class RealHosts {
  readonly ids: readonly number[];
  readonly links: number;
  private readonly holders = new Map<number | "switch", ChildProcess>();
  private readonly cuts = new Set<string>();

  /** @param ids numbers of nodes, and `QNETD_ID` for a host on the first link alone */
  private constructor(ids: readonly number[], links: number) {
    this.ids = ids;
    this.links = links;
  }

  static async make(ids: readonly number[], links: number, setting: HostSetting = {}): Promise<RealHosts> {
    const hosts = new RealHosts(ids, links);
    await hosts.hold("switch", "true");
    const folders = [...OWN_FOLDERS, ...(setting.folders ?? [])].map(
      (path) => `mkdir -p ${path} && mount -t tmpfs -o size=200m tmpfs ${path}`,
    );
    const names = ids.flatMap((id) => {
      const name = setting.names?.[id];
      return name === undefined ? [] : [`${addressOf(hostNumber(id), 0)} ${name}`];
    });
    for (const id of ids) {
      const name = setting.names?.[id];
      const named =
        name === undefined
          ? []
          : [
              `hostname ${name}`,
              `printf '127.0.0.1 localhost\\n${names.join("\\n")}\\n' > /run/hosts`,
              "mount --bind /run/hosts /etc/hosts",
            ];
      await hosts.hold(id, [...folders, `mkdir -p ${FURTHER_FOLDERS.join(" ")}`, ...named].join(" && "));
    }
    const bridges = hosts.linkNumbers(0).map((link) => `link add br${link} type bridge\nlink set br${link} up`);
    hosts.ip("switch", bridges.join("\n"));
    for (const id of ids) {
      const pid = hosts.holders.get(id)!.pid!;
      const ports = hosts
        .linkNumbers(id)
        .flatMap((link) => [
          `link add p${id}l${link} type veth peer name eth${link} netns ${pid}`,
          `link set p${id}l${link} master br${link} up`,
        ]);
      hosts.ip("switch", ports.join("\n"));
      const cards = hosts
        .linkNumbers(id)
        .flatMap((link) => [
          `link set eth${link} address ${mac(id, link)}`,
          `addr add ${addressOf(hostNumber(id), link)}/24 dev eth${link}`,
          `link set eth${link} up`,
        ]);
      hosts.ip(id, ["link set lo up", ...cards].join("\n"));
    }
    for (const from of ids) hosts.writeNeighbours(from);
    return hosts;
  }

  /** Cut or mend what one host sends to another. */
  setPath(from: number, to: number, link: number, up: boolean): void {
    if (!this.linkNumbers(from).includes(link) || !this.linkNumbers(to).includes(link)) return;
    const key = `${from} ${to} ${link}`;
    if (up) this.cuts.delete(key);
    else this.cuts.add(key);
    this.writeNeighbours(from);
  }

  /** Cut all pairs of hosts of different groups, both ways. */
  cut(groups: readonly (readonly number[])[], links = this.linkNumbers(0)): void {
    for (const [index, group] of groups.entries()) {
      for (const from of group) {
        for (const to of groups.slice(index + 1).flat()) {
          for (const link of links) {
            this.setPath(from, to, link, false);
            this.setPath(to, from, link, false);
          }
        }
      }
    }
  }

  heal(): void {
    this.cuts.clear();
    for (const id of this.ids) this.writeNeighbours(id);
  }

  /** The switch's end of a cable. */
  setCable(id: number, link: number, up: boolean): void {
    this.ip("switch", `link set p${id}l${link} ${up ? "up" : "down"}`);
  }

  setCard(id: number, link: number, up: boolean): void {
    this.ip(id, `link set eth${link} ${up ? "up" : "down"}`);
    if (up) this.writeNeighbours(id);
  }

  /** Where a host's file lies for the recorder. */
  path(id: number, path: string): string {
    return `/proc/${this.holders.get(id)!.pid}/root${path}`;
  }

  write(id: number, path: string, content: string | Uint8Array): void {
    writeFileSync(this.path(id, path), content);
  }

  /** @returns an empty text where there is no such file */
  read(id: number, path: string): string {
    try {
      return readFileSync(this.path(id, path), "utf8");
    } catch {
      return "";
    }
  }

  run(id: number, command: readonly string[], timeoutMs = TOOL_MS_MAX): ToolRun {
    const [program, ...args] = this.on(id, command);
    const { status, stdout, stderr } = spawnSync(program!, args, { encoding: "utf8", timeout: timeoutMs });
    return { exit: status ?? 124, output: `${stdout}${stderr}` };
  }

  /** Start a daemon; it does not outlive the recorder. */
  start(id: number, command: readonly string[]): Daemon {
    const [program, ...args] = this.on(id, ["setpriv", "--pdeathsig", "KILL", ...command]);
    const child = spawn(program!, args, { stdio: ["ignore", "pipe", "pipe"] });
    const written: Daemon["written"] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => written.push({ atMs: Date.now(), text: String(data) }));
    }
    return { child, written };
  }

  /** End all hosts. Their daemons are the caller's to end. */
  async close(): Promise<void> {
    for (const holder of this.holders.values()) {
      holder.stdin!.end();
      if (holder.exitCode === null) await once(holder, "exit");
    }
  }

  /** A process that has the namespaces until its input ends. */
  private async hold(id: number | "switch", prepare: string): Promise<void> {
    const script = `${prepare} && echo ready && exec cat`;
    const holder = spawn("unshare", ["-n", "-m", "-u", "--propagation", "private", "sh", "-c", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.holders.set(id, holder);
    await once(holder.stdout!, "data");
  }

  private linkNumbers(id: number): number[] {
    return Array.from({ length: id === QNETD_ID ? 1 : this.links }, (_, link) => link);
  }

  private on(id: number | "switch", command: readonly string[]): string[] {
    const pid = String(this.holders.get(id)!.pid);
    return ["nsenter", "-t", pid, "-n", "-m", "-u", "--", ...command];
  }

  private ip(id: number | "switch", batch: string): void {
    const [program, ...args] = this.on(id, ["ip", "-batch", "-"]);
    execFileSync(program!, args, { input: `${batch}\n` });
  }

  private writeNeighbours(from: number): void {
    const lines = this.ids.flatMap((to) =>
      this.linkNumbers(from)
        .filter((link) => to !== from && this.linkNumbers(to).includes(link))
        .map((link) => {
          const address = this.cuts.has(`${from} ${to} ${link}`) ? NOBODY : mac(to, link);
          return `neigh replace ${addressOf(hostNumber(to), link)} lladdr ${address} dev eth${link} nud permanent`;
        }),
    );
    if (lines.length > 0) {
      // A card that is down takes none: it gets them when it is up.
      const [program, ...args] = this.on(from, ["ip", "-force", "-batch", "-"]);
      spawnSync(program!, args, { input: `${lines.join("\n")}\n` });
    }
  }
}

function mac(id: number, link: number): string {
  const hex = (value: number) => value.toString(16).padStart(2, "0");
  return `02:00:00:${hex(link)}:00:${hex(id)}`;
}

/** The server's address is 10.77.0.99, those of nodes begin at .11. */
function hostNumber(id: number): number {
  return id === QNETD_ID ? QNETD_ID - 10 : id;
}
