/** Real pmxcfs daemons on the nodes of a real cluster, each with its own /etc/pve and database. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Daemon, isRunning, type ToolRun } from "../../corosync/recorder/hosts.ts";
import { RealCluster } from "../../corosync/recorder/real-cluster.ts";
import { keptLine, type PmxcfsScenario, SHORT_BYTES, type SeenNode, seenInFiles, stepAt, typedText } from "../scenarios.ts";

const FOLDERS = ["/etc/pve", "/var/lib/pve-cluster", "/var/lib/rrdcached"];
const TOKEN_MS = 1_000;
/** Longer than such a token's and its consensus timeout, and than pmxcfs waits before it tries corosync again. */
const QUIET_MS = 7_500;
const SETTLE_MS_MAX = 60_000;
/** Many small writes take their time: each goes round the ring. */
const LINE_MS_MAX = 120_000;
const LOOK_EVERY_MS = 250;

/** Where the programs lie that Debian does not have. */
export interface Programs {
  /** The daemon, built from pve-cluster 8.1.3. */
  pmxcfs: string;
  /** Folders with PVE::IPCC and PVE::Cluster, for lines of the cluster's log. */
  perl: readonly string[];
}

/** Everything that is looked at, each part behind a line of its own; of entries of the tree five fields end with NUL. */
const LOOK = `use File::Find; chdir "/etc/pve" or die "$!\\n"; binmode STDOUT;
for my $file (qw(.version .members .vmlist .clusterlog)) { print "=== $file\\n", text($file) }
print "=== database\\n", \`sqlite3 -readonly /var/lib/pve-cluster/config.db 'select version from tree where inode = 0'\`;
print "=== tree\\n";
sub text { open my $in, "<", $_[0] or return ""; local $/; my $all = <$in>; return $all // "" }
sub entry {
  return if $_ eq "." or $File::Find::name =~ m{^\\./\\.[^/]*$};
  my @stat = lstat $_; my $type = -l _ ? "l" : -d _ ? "d" : "f";
  my $owner = getpwuid($stat[4]) . ":" . getgrgid($stat[5]);
  my $head = sprintf "%s %o %s", $type, $stat[2] & 07777, $owner;
  my $short = $type eq "f" && $stat[7] <= ${SHORT_BYTES} ? text($_) : "";
  print join("\\0", substr($File::Find::name, 2), $head, $stat[9], $stat[7], $short), "\\0";
}
find({ wanted => \\&entry, no_chdir => 0 }, ".");`;

export class RealPmxcfs {
  private readonly cluster: RealCluster;
  private readonly programs: Programs;
  private readonly daemons = new Map<number, Daemon>();
  /** How much of what each daemon wrote has been told. */
  private readonly told = new Map<Daemon, number>();
  private readonly ids: readonly number[];

  private constructor(cluster: RealCluster, programs: Programs, ids: readonly number[]) {
    this.cluster = cluster;
    this.programs = programs;
    this.ids = ids;
  }

  static async make({ n, name, desc, tokenMs = TOKEN_MS }: PmxcfsScenario, programs: Programs): Promise<RealPmxcfs> {
    const ids = Array.from({ length: n }, (_, index) => index + 1);
    const names = Object.fromEntries(ids.map((id) => [id, `pve${id}`]));
    const scenario = { kind: "states" as const, name, desc, n, totem: { token: tokenMs, token_coefficient: 0 }, steps: [] };
    const cluster = await RealCluster.make(scenario, false, { folders: FOLDERS, names, unhurried: true });
    return new RealPmxcfs(cluster, programs, ids);
  }

  /** corosync.conf as every node has it at first. */
  conf(): string {
    return this.cluster.hosts.read(this.ids[0]!, "/etc/corosync/corosync.conf");
  }

  cut(groups: number[][]): void {
    this.cluster.hosts.cut(groups);
  }

  heal(): void {
    this.cluster.hosts.heal();
  }

  type(id: number, line: string): ToolRun {
    const environment = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root"];
    const command = [...environment, "bash", "-c", typedText(line)];
    return this.cluster.hosts.run(id, command, LINE_MS_MAX);
  }

  log(id: number, line: { tag: string; user: string; pri: number; msg: string }, times: number): void {
    const include = this.programs.perl.map((folder) => `-I${folder}`);
    // PVE::Cluster::log_msg's own call.
    const script =
      'use PVE::IPCC; my ($n,$p,$i,$t,$m)=@ARGV; for (1..$n) { my $d=pack("CCCZ*Z*Z*",$p,bytes::length($i)+1,bytes::length($t)+1,$i,$t,$m); PVE::IPCC::ipcc_send_rec(7,$d); die "$!\\n" if $!; }';
    const { exit, output } = this.cluster.tool(id, "perl", ...include, "-Mbytes", "-e", script, String(times), String(line.pri), line.user, line.tag, line.msg);
    if (exit !== 0) throw new Error(`no line of the log: ${output}`);
  }

  async corosync(id: number, what: "start" | "term" | "kill" | "local"): Promise<void> {
    if (what === "start") this.cluster.startCorosync(id);
    else {
      this.cluster.signal("corosync", id, what === "term" ? "SIGTERM" : "SIGKILL");
      await this.cluster.ended("corosync", id);
    }
  }

  async pmxcfs(id: number, what: "start" | "term" | "kill" | "local"): Promise<void> {
    const daemon = this.daemons.get(id);
    if (what === "start" || what === "local") {
      const options = what === "local" ? ["-l"] : [];
      const started = this.cluster.hosts.start(id, [this.programs.pmxcfs, "-f", ...options]);
      this.daemons.set(id, started);
      const limitMs = performance.now() + SETTLE_MS_MAX;
      while (!this.isMounted(id)) {
        if (performance.now() > limitMs) throw new Error(`pmxcfs of ${id} does not mount: ${this.written(started)}`);
        await sleep(LOOK_EVERY_MS);
      }
    } else if (daemon && this.isRunning(id)) {
      daemon.child.kill(what === "term" ? "SIGTERM" : "SIGKILL");
      await once(daemon.child, "exit");
      // What systemd's next start of the daemon finds: it takes the dead mount away by itself.
      if (what === "kill") this.cluster.tool(id, "umount", "-l", "/etc/pve");
    }
  }

  /** Wait until nobody has said anything for longer than any timeout. */
  async settle(): Promise<void> {
    const lines = () =>
      [...this.daemons.values()].map((daemon) => this.written(daemon).length).join() +
      this.cluster.live().map((id) => this.cluster.log(id).length).join();
    const beganMs = performance.now();
    let [seen, since] = [lines(), beganMs];
    while (performance.now() - since < QUIET_MS && performance.now() - beganMs < SETTLE_MS_MAX) {
      await sleep(LOOK_EVERY_MS);
      const now = lines();
      if (now !== seen) [seen, since] = [now, performance.now()];
    }
  }

  /** @param starts when each step began, seconds since 1970 */
  look(starts: readonly number[]): Record<string, SeenNode> {
    return Object.fromEntries(this.ids.filter((id) => this.isRunning(id)).map((id) => [id, this.lookAt(id, starts)]));
  }

  async close(): Promise<void> {
    for (const id of this.ids) await this.pmxcfs(id, "kill");
    await this.cluster.close();
  }

  private lookAt(id: number, starts: readonly number[]): SeenNode {
    const { output, exit } = this.cluster.tool(id, "perl", "-e", LOOK);
    if (exit !== 0) throw new Error(`nothing to be seen on ${id}: ${output}`);
    const part = (name: string) => output.split(`=== ${name}\n`)[1]!.split("\n=== ")[0]!;
    const tree: SeenNode["tree"] = {};
    const fields = output.split("=== tree\n")[1]!.split("\0");
    for (let i = 0; i + 4 < fields.length; i += 5) {
      const [path, head, second, size, text] = fields.slice(i, i + 5);
      tree[path!] = `${head} @${stepAt(starts, Number(second))} ${size}${text === "" ? "" : ` ${text}`}`;
    }
    return {
      version: Number(part("database")),
      ...seenInFiles(part, starts),
      tree: Object.fromEntries(Object.entries(tree).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      journal: this.untold(id),
    };
  }

  private untold(id: number): string[] {
    const daemon = this.daemons.get(id)!;
    const lines = this.written(daemon);
    const from = this.told.get(daemon) ?? 0;
    this.told.set(daemon, lines.length);
    return lines
      .slice(from)
      .filter((line) => !line.startsWith("[libqb] info"))
      .map(keptLine);
  }

  private written({ written }: Daemon): string[] {
    return written
      .map(({ text }) => text)
      .join("")
      .split("\n")
      .slice(0, -1);
  }

  private isRunning(id: number): boolean {
    const daemon = this.daemons.get(id);
    return daemon !== undefined && isRunning(daemon);
  }

  private isMounted(id: number): boolean {
    return this.cluster.tool(id, "test", "-e", "/etc/pve/.version").exit === 0;
  }
}
