/**
 * Settings of a node's kernel (`/proc/sys`): what they are after a boot, what may be written, what was written.
 *
 * They hold until the next boot, which sets them from /etc/sysctl.conf and /etc/sysctl.d anew. Three act on the model:
 * `net.ipv4.tcp_retries2` (when TCP gives up), `net.ipv4.icmp_echo_ignore_all` (who answers a ping) and
 * `kernel.hostname`; the others are kept and shown. Their first values are usual ones of a kernel 6.8, bounds those that
 * a kernel of Debian 12's kind answered with.
 */
import { KERNEL_RELEASE } from "../files/synthetic.ts";
import { nodeOf } from "../kernel.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { hostNameOf, setHostName } from "./host-name.ts";

/** What the kernel takes for a setting: whole numbers within bounds, some of them, a text, or nothing at all. */
type Kind = { least: number; most: number; count: number } | "text" | "read-only";

const INT = 2_147_483_647;

/** `name|value|bounds`; bounds are `least..most`, `text` or `read-only`; a value of several numbers has as many bounds. */
const TABLE = `
fs.aio-max-nr|1048576|0..9007199254740991
fs.file-max|9223372036854775807|text
fs.inotify.max_queued_events|16384|0..${INT}
fs.inotify.max_user_instances|128|0..${INT}
fs.inotify.max_user_watches|65536|0..${INT}
fs.protected_fifos|1|0..2
fs.protected_hardlinks|1|0..1
fs.protected_regular|2|0..2
fs.protected_symlinks|1|0..1
fs.suid_dumpable|0|0..2
kernel.core_pattern|core|text
kernel.dmesg_restrict|1|0..1
kernel.hung_task_timeout_secs|120|0..${INT}
kernel.kptr_restrict|0|0..2
kernel.msgmax|8192|0..${INT}
kernel.nmi_watchdog|0|0..1
kernel.ostype|Linux|read-only
kernel.osrelease|${KERNEL_RELEASE}|read-only
kernel.panic|0|-${INT}..${INT}
kernel.panic_on_oops|0|-${INT}..${INT}
kernel.pid_max|4194304|301..4194304
kernel.printk|4 4 1 7|0..${INT}
kernel.randomize_va_space|2|-${INT}..${INT}
kernel.sysrq|438|-${INT}..${INT}
kernel.threads-max|30997|20..${INT}
kernel.version|#1 SMP PREEMPT_DYNAMIC PMX ${KERNEL_RELEASE.replace("-pve", "")}|read-only
kernel.watchdog_thresh|10|0..60
net.bridge.bridge-nf-call-arptables|0|-${INT}..${INT}
net.bridge.bridge-nf-call-ip6tables|0|-${INT}..${INT}
net.bridge.bridge-nf-call-iptables|0|-${INT}..${INT}
net.bridge.bridge-nf-filter-vlan-tagged|0|-${INT}..${INT}
net.core.default_qdisc|pfifo_fast|text
net.core.netdev_max_backlog|1000|-${INT}..${INT}
net.core.rmem_default|212992|2304..${INT}
net.core.rmem_max|212992|2304..${INT}
net.core.somaxconn|4096|0..${INT}
net.core.wmem_default|212992|4608..${INT}
net.core.wmem_max|212992|4608..${INT}
net.ipv4.icmp_echo_ignore_all|0|0..1
net.ipv4.icmp_echo_ignore_broadcasts|1|0..1
net.ipv4.icmp_ratelimit|1000|-${INT}..${INT}
net.ipv4.igmp_link_local_mcast_reports|0|0..255
net.ipv4.ip_default_ttl|64|1..255
net.ipv4.ip_forward|0|-${INT}..${INT}
net.ipv4.ip_local_port_range|32768 60999|1024..65535
net.ipv4.ip_nonlocal_bind|0|0..255
net.ipv4.neigh.default.gc_thresh1|128|0..${INT}
net.ipv4.neigh.default.gc_thresh2|512|0..${INT}
net.ipv4.neigh.default.gc_thresh3|1024|0..${INT}
net.ipv4.tcp_available_congestion_control|reno cubic|read-only
net.ipv4.tcp_fin_timeout|60|-${INT}..${INT}
net.ipv4.tcp_keepalive_intvl|75|-${INT}..${INT}
net.ipv4.tcp_keepalive_probes|9|0..255
net.ipv4.tcp_keepalive_time|7200|-${INT}..${INT}
net.ipv4.tcp_max_syn_backlog|256|-${INT}..${INT}
net.ipv4.tcp_mtu_probing|0|0..255
net.ipv4.tcp_retries1|3|0..255
net.ipv4.tcp_retries2|15|0..255
net.ipv4.tcp_sack|1|0..255
net.ipv4.tcp_syn_retries|6|1..127
net.ipv4.tcp_synack_retries|5|0..255
net.ipv4.tcp_syncookies|1|0..255
net.ipv4.tcp_timestamps|1|0..255
net.ipv4.tcp_tw_reuse|2|0..2
net.ipv4.tcp_window_scaling|1|0..255
net.ipv6.conf.all.disable_ipv6|0|-${INT}..${INT}
net.ipv6.conf.all.forwarding|0|-${INT}..${INT}
net.ipv6.conf.default.disable_ipv6|0|-${INT}..${INT}
vm.dirty_background_ratio|10|0..100
vm.dirty_ratio|20|0..100
vm.max_map_count|65530|0..${INT}
vm.min_free_kbytes|45056|0..${INT}
vm.nr_hugepages|0|0..${INT}
vm.oom_kill_allocating_task|0|-${INT}..${INT}
vm.overcommit_memory|0|0..2
vm.overcommit_ratio|50|-${INT}..${INT}
vm.panic_on_oom|0|0..2
vm.swappiness|60|0..200
vm.vfs_cache_pressure|100|0..${INT}
`;

/** Of each network device, and of `all` and `default`. */
const DEVICE_TABLE: [name: string, value: string][] = [
  ["accept_redirects", "1"],
  ["arp_announce", "0"],
  ["arp_ignore", "0"],
  ["forwarding", "0"],
  ["proxy_arp", "0"],
  ["rp_filter", "0"],
  ["send_redirects", "1"],
];

const WHOLE: Kind = { least: -INT, most: INT, count: 1 };

/** By name: first value and what may be written. */
const SETTINGS: ReadonlyMap<string, { value: string; kind: Kind }> = new Map(
  TABLE.trim()
    .split("\n")
    .map((line) => {
      const [name = "", value = "", bounds = ""] = line.split("|");
      const [least, most] = bounds.split("..").map(Number);
      const several = bounds.includes("..") ? value.split(" ").length : 1;
      const kind: Kind =
        bounds === "text" || bounds === "read-only" ? bounds : { least: least!, most: most!, count: several };
      return [name, { value: several > 1 ? value.replaceAll(" ", "\t") : value, kind }];
    }),
);

const DEVICE_SETTING = /^net\.ipv4\.conf\.(.+)\.([a-z_]+)$/;

/** Congestion controls that the kernel has. */
const CONGESTION = "net.ipv4.tcp_congestion_control";
const CONGESTION_KNOWN = ["reno", "cubic"];

/** Names that say the same to Linux. */
const FORWARDING = ["net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding"];

export type KernelSettingInputs = {
  /**
   * Write a setting, as into its file.
   *
   * @throws Refusal "not-found" (there is none of the name, or no such algorithm), "read-only", "invalid"
   */
  "kernel/set": { args: { node: string; name: string; value: string }; result: undefined };
  /** As logs of inputs of earlier versions have it. */
  "network/tcp-retries": { args: { node: string; retries: number }; result: undefined };
};

export const kernelSettingInputs = {
  "kernel/set": (lab: LabState, { node, name, value }: KernelSettingInputs["kernel/set"]["args"]): undefined =>
    writeSetting(lab, node, name, value),
  "network/tcp-retries": (
    lab: LabState,
    { node, retries }: KernelSettingInputs["network/tcp-retries"]["args"],
  ): undefined => writeSetting(lab, node, "net.ipv4.tcp_retries2", String(retries)),
};

/** A setting's value; undefined when there is none of the name. */
export function kernelSetting(lab: Readonly<LabState>, node: string, name: string): string | undefined {
  const owner = nodeOf(lab as LabState, node);
  if (name === "kernel.hostname") return hostNameOf(lab, node);
  if (name === "kernel.domainname") return "(none)";
  const written = owner.kernelSettings?.[name];
  if (written !== undefined) return written;
  if (name === CONGESTION) return "cubic";
  const device = DEVICE_SETTING.exec(name);
  if (!device) return SETTINGS.get(name)?.value;
  const [, deviceName = "", key = ""] = device;
  const known = DEVICE_TABLE.find(([one]) => one === key);
  if (!known || !settingDevices(lab, node).includes(deviceName)) return undefined;
  return key === "forwarding" ? (owner.kernelSettings?.[FORWARDING[0]!] ?? known[1]) : known[1];
}

/** Every name of a node's settings, sorted as /proc/sys is walked. */
export function kernelSettingNames(lab: Readonly<LabState>, node: string): string[] {
  const ofDevices = settingDevices(lab, node).flatMap((device) =>
    DEVICE_TABLE.map(([key]) => `net.ipv4.conf.${device}.${key}`),
  );
  return [...SETTINGS.keys(), ...ofDevices, CONGESTION, "kernel.hostname", "kernel.domainname"].sort();
}

/** Whether its file may be written. */
export function isWritableSetting(name: string): boolean {
  return SETTINGS.get(name)?.kind !== "read-only" && name !== "kernel.domainname";
}

/** What /etc/sysctl.conf and the folders beside it say, for a boot: what the kernel refuses is left out. */
export function applyFileSettings(lab: LabState, node: string, settings: readonly { name: string; value: string }[]) {
  for (const { name, value } of settings) {
    try {
      writeSetting(lab, node, name, value);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
}

function settingDevices(lab: Readonly<LabState>, node: string): string[] {
  return ["all", "default", ...nodeOf(lab as LabState, node).net.devices.map((device) => device.name)];
}

function writeSetting(lab: LabState, node: string, name: string, written: string): undefined {
  const before = kernelSetting(lab, node, name);
  if (before === undefined) throw new Refusal("not-found", `no setting ${name}`);
  if (!isWritableSetting(name)) throw new Refusal("read-only", `${name} is read-only`);
  const value = written.trim();
  if (name === "kernel.hostname") {
    setHostName(lab, node, value.slice(0, 64));
    return undefined;
  }
  const kind = SETTINGS.get(name)?.kind ?? WHOLE;
  const settled = name === CONGESTION ? congestionOf(value) : settledValue(kind, value, before);
  if (settled === before) return undefined;
  const owner = nodeOf(lab, node);
  owner.kernelSettings ??= {};
  owner.kernelSettings[name] = settled;
  if (!FORWARDING.includes(name)) return undefined;
  // The switch of all devices sets each of them, those that are made later included.
  for (const one of FORWARDING) owner.kernelSettings[one] = settled;
  for (const one of Object.keys(owner.kernelSettings))
    if (DEVICE_SETTING.exec(one)?.[2] === "forwarding" && !FORWARDING.includes(one)) delete owner.kernelSettings[one];
  return undefined;
}

function congestionOf(value: string): string {
  if (!CONGESTION_KNOWN.includes(value)) throw new Refusal("not-found", `no algorithm ${value}`);
  return value;
}

/** As the kernel keeps it: of several numbers those that were given come first, the others stay. */
function settledValue(kind: Kind, value: string, before: string): string {
  if (typeof kind === "string") return value;
  const words = value.split(/\s+/);
  const numbers = words.slice(0, kind.count).map((word) => (/^-?\d{1,18}$/.test(word) ? Number(word) : Number.NaN));
  if (numbers.some((number) => !(number >= kind.least && number <= kind.most)))
    throw new Refusal("invalid", `${value} is not taken`);
  return before
    .split("\t")
    .map((old, at) => (numbers[at] === undefined ? old : String(numbers[at])))
    .join("\t");
}
