/**
 * What the kernel and the installation show in files and the model does not keep: /proc by process, /proc/net, /proc/sys,
 * /sys, /boot, unit files, the index of tasks. Read each time from the model; made up where it has nothing to say.
 */

import { createHash } from "node:crypto";
import { accessLogText } from "../api/access-log.ts";
import type { NodeEntry } from "../cluster/files/node-tree.ts";
import { KERNEL_RELEASE, NODE_CPUS } from "../cluster/files/synthetic.ts";
import { addressBits } from "../cluster/host-network/ipv4.ts";
import { isWritableSetting, kernelSetting, kernelSettingNames } from "../cluster/node-settings/kernel-settings.ts";
import { wallOffsetOf } from "../cluster/wall-clock.ts";
import { cgroupOf, type Listed, listAll, threadsOf, userNumberOf } from "../commands/coreutils/process-list.ts";
import { isSix, socketInode, socketsOf } from "../commands/node-tools/sockets.ts";
import { bootId, machineId } from "../commands/systemd/machine-ids.ts";
import { loadedUnits } from "../commands/systemd/system-units.ts";
import { unitFileText } from "../commands/systemd/unit-files.ts";
import { pathOfSetting } from "./kernel-setting-files.ts";
import type { Onlooker } from "./network-devices.ts";
import { type Device, devicesOf, neighboursOf, operState, routesOf } from "./network-devices.ts";
import { programNamesIn } from "./program-paths.ts";

/** A folder's names to what lies there, made when it is looked at. */
type Folder = () => Record<string, Thing>;
type Thing =
  | Folder
  | { text: () => string; mode?: number; owner?: string }
  | { link: string }
  | { size: number; mode?: number };

const file = (text: () => string, mode = 0o444): Thing => ({ text, mode });

/** What lies at a normalised path, a link itself not followed; undefined when it is not of these. */
export function kernelEntry(from: Onlooker, path: string): NodeEntry | undefined {
  if (!/^\/(?:proc|sys|boot|etc|usr|var)(?:\/|$)/.test(path)) return undefined;
  const thing = thingAt(from, path);
  if (thing === undefined) return undefined;
  const owned = { owner: "root", group: "root" };
  const common = { ...owned, mtimeMs: bootWallMs(from), inode: inodeOf(path), content: "", target: "" };
  if (typeof thing === "function") {
    const isKernels = /^\/(?:proc|sys)(?:\/|$)/.test(path);
    return { ...common, type: "directory", mode: isKernels ? 0o555 : 0o755, size: isKernels ? 0 : 4_096 };
  }
  if ("link" in thing) return { ...common, type: "symlink", mode: 0o777, size: thing.link.length, target: thing.link };
  if ("size" in thing) return { ...common, type: "file", mode: thing.mode ?? 0o644, size: thing.size };
  const content = thing.text();
  // The kernel's own files have no size before they are read.
  const size = /^\/(?:proc|sys)\//.test(path) ? 0 : content.length;
  const { owner = "root" } = thing;
  return { ...common, owner, group: owner, type: "file", mode: thing.mode ?? 0o444, size, content };
}

/** Names that are added to a folder. */
export function kernelNames(from: Onlooker, path: string): string[] {
  const thing = thingAt(from, path);
  return typeof thing === "function" ? Object.keys(thing()) : [];
}

function thingAt(from: Onlooker, path: string): Thing | undefined {
  if (from.lab.read((lab) => lab.nodes[from.node] === undefined)) return undefined;
  let here: Thing = () => roots(from);
  for (const name of path.split("/").slice(1)) {
    if (name === "") continue;
    if (typeof here !== "function") return undefined;
    const inside: Record<string, Thing> = here();
    if (!Object.hasOwn(inside, name)) return undefined;
    here = inside[name]!;
  }
  return here;
}

const bootWallMs = ({ lab, node }: Onlooker) =>
  lab.read((state) => Math.floor((state.nodes[node]?.bootedAtMs ?? 0) + wallOffsetOf(state, node)));

function inodeOf(path: string): number {
  return 4_026_531_840 + (createHash("md5").update(path).digest().readUInt32BE(0) % 100_000_000);
}

function roots(from: Onlooker): Record<string, Thing> {
  return {
    proc: () => procFolder(from),
    sys: () => sysFolder(from),
    boot: () => bootFolder(),
    etc: () => etcFolder(from),
    usr: () => ({
      bin: () => programFolder("/usr/bin"),
      sbin: () => programFolder("/usr/sbin"),
      lib: () => ({ systemd: () => ({ system: () => unitFolder(from) }) }),
    }),
    var: () => ({
      log: () => ({
        pve: () => ({ tasks: () => taskFolder(from) }),
        pveproxy: () => ({
          "access.log": { text: () => accessLogText(from.lab, from.node), mode: 0o640, owner: "www-data" },
        }),
      }),
    }),
  };
}

function procFolder(from: Onlooker): Record<string, Thing> {
  const processes = listAll({ ...from, pid: 0 });
  const secondsUp = () => from.lab.read((lab) => (lab.nowMs - lab.nodes[from.node]!.bootedAtMs) / 1000);
  return {
    ...Object.fromEntries(processes.map((process) => [String(process.pid), () => processFolder(from, process)])),
    self: { link: "1" },
    net: () => netFolder(from),
    sys: () => sysctlFolder(from),
    stat: file(() => {
      const ticks = Math.floor(secondsUp() * 100);
      const line = (name: string, cpus: number) =>
        `${name} ${Math.floor(ticks * cpus * 0.021)} 0 ${Math.floor(ticks * cpus * 0.012)} ${Math.floor(ticks * cpus * 0.96)} ${Math.floor(ticks * cpus * 0.004)} 0 ${Math.floor(ticks * cpus * 0.001)} 0 0 0\n`;
      const cpus = Array.from({ length: NODE_CPUS }, (_, at) => line(`cpu${at}`, 1)).join("");
      return `${line("cpu ", NODE_CPUS)}${cpus}ctxt ${ticks * 31}\nbtime ${Math.floor(bootWallMs(from) / 1000)}\nprocesses ${1_380 + Math.floor(ticks / 90)}\nprocs_running 1\nprocs_blocked 0\n`;
    }),
    partitions: file(
      () =>
        `major minor  #blocks  name\n\n${PARTITIONS.map(([major, minor, blocks, name]) => `${String(major).padStart(4)} ${String(minor).padStart(8)} ${String(blocks).padStart(10)} ${name}`).join("\n")}\n`,
    ),
    diskstats: file(() =>
      PARTITIONS.map(
        ([major, minor, , name]) =>
          `${String(major).padStart(4)} ${String(minor).padStart(7)} ${name} ${Math.floor(9_000 + secondsUp())} 312 702114 4107 ${Math.floor(2_100 + secondsUp() * 9)} 1804 ${Math.floor(61_000 + secondsUp() * 160)} 9114 0 11230 13221 0 0 0 0 0 0\n`,
      ).join(""),
    ),
    devices: file(
      () =>
        "Character devices:\n  1 mem\n  4 tty\n  5 /dev/tty\n 10 misc\n108 ppp\n136 pts\n\nBlock devices:\n  8 sd\n 11 sr\n252 device-mapper\n",
    ),
  };
}

const PARTITIONS: [major: number, minor: number, blocks: number, name: string][] = [
  [8, 0, 100_663_296, "sda"],
  [8, 1, 1_007, "sda1"],
  [8, 2, 524_288, "sda2"],
  [8, 3, 100_136_944, "sda3"],
  [11, 0, 1_048_575, "sr0"],
  [252, 0, 1_048_576, "dm-0"],
  [252, 1, 29_360_128, "dm-1"],
  [252, 2, 1_048_576, "dm-2"],
  [252, 3, 62_914_560, "dm-3"],
  [252, 4, 62_914_560, "dm-4"],
];

const STATES: Record<string, string> = { R: "R (running)", S: "S (sleeping)", T: "T (stopped)" };

function processFolder(from: Onlooker, process: Listed): Record<string, Thing> {
  const { pid, parent, name, command } = process;
  const state = process.state[0] ?? "S";
  const uid = userNumberOf(process);
  const isSession = process.tty !== "?";
  const words = command.startsWith("sshd: ") ? [command] : command.split(" ");
  const threads = threadsOf(process);
  const sockets = () => socketsOf(from).filter((socket) => socket.pid === pid);
  return {
    cmdline: file(() => `${words.join("\0")}\0`),
    comm: file(() => `${name.slice(0, 15)}\n`, 0o644),
    cgroup: file(() => `${cgroupOf(from, pid)}\n`),
    cwd: { link: isSession ? "/root" : "/" },
    root: { link: "/" },
    exe: { link: /^\//.test(words[0]!) ? words[0]! : pid === 1 ? "/usr/lib/systemd/systemd" : `/usr/bin/${name}` },
    environ: file(() => "LANG=en_US.UTF-8\0PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\0", 0o400),
    fd: () => ({
      "0": { link: isSession ? `/dev/${process.tty}` : "/dev/null" },
      "1": { link: isSession ? `/dev/${process.tty}` : `socket:[${10_000 + pid}]` },
      "2": { link: isSession ? `/dev/${process.tty}` : `socket:[${10_000 + pid}]` },
      ...Object.fromEntries(
        sockets().map((socket) => [String(socket.fd), { link: `socket:[${socketInode(socket)}]` }] as const),
      ),
    }),
    limits: file(() => LIMITS),
    mounts: { link: "../mounts" },
    oom_score: file(() => "0\n"),
    oom_score_adj: file(() => "0\n", 0o644),
    loginuid: file(() => (isSession ? "0" : "4294967295")),
    stat: file(
      () =>
        `${pid} (${name.slice(0, 15)}) ${state} ${parent} ${pid} ${pid} 0 -1 4194560 1204 0 0 0 ${Math.floor(process.cpu * 10)} ${Math.floor(process.cpu * 5)} 0 0 20 0 ${threads} 0 ${Math.max(0, Math.floor((process.startedAtMs - from.lab.read((lab) => lab.nodes[from.node]!.bootedAtMs)) / 10))} ${process.virtual * 1024} ${Math.floor(process.resident / 4)} 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`,
    ),
    statm: file(
      () =>
        `${Math.floor(process.virtual / 4)} ${Math.floor(process.resident / 4)} ${Math.floor(process.resident / 12)} 180 0 900 0\n`,
    ),
    status: file(() => {
      const kib = (key: string, value: number) => `${key}:\t${String(value).padStart(8)} kB\n`;
      return `Name:\t${name.slice(0, 15)}\nUmask:\t0022\nState:\t${STATES[state] ?? STATES.S}\nTgid:\t${pid}\nNgid:\t0\nPid:\t${pid}\nPPid:\t${parent}\nTracerPid:\t0\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nGid:\t${uid}\t${uid}\t${uid}\t${uid}\nFDSize:\t64\nGroups:\t${uid} \nNStgid:\t${pid}\nNSpid:\t${pid}\nNSpgid:\t${pid}\nNSsid:\t${pid}\n${kib("VmPeak", process.virtual)}${kib("VmSize", process.virtual)}${kib("VmLck", 0)}${kib("VmPin", 0)}${kib("VmHWM", process.resident)}${kib("VmRSS", process.resident)}${kib("VmSwap", 0)}Threads:\t${threads}\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\nCpus_allowed:\t3\nCpus_allowed_list:\t0-${NODE_CPUS - 1}\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t${100 + pid}\nnonvoluntary_ctxt_switches:\t${pid % 40}\n`;
    }),
    task: () => ({ [String(pid)]: () => ({ comm: file(() => `${name.slice(0, 15)}\n`) }) }),
  };
}

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max file size             unlimited            unlimited            bytes     
Max data size             unlimited            unlimited            bytes     
Max stack size            8388608              unlimited            bytes     
Max core file size        0                    unlimited            bytes     
Max resident set          unlimited            unlimited            bytes     
Max processes             15498                15498                processes 
Max open files            1024                 524288               files     
Max locked memory         524288000            524288000            bytes     
Max address space         unlimited            unlimited            bytes     
Max file locks            unlimited            unlimited            locks     
Max pending signals       15498                15498                signals   
Max msgqueue size         819200               819200               bytes     
Max nice priority         0                    0                    
Max realtime priority     0                    0                    
Max realtime timeout      unlimited            unlimited            us        
`;

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, "0");

/** An address as /proc/net has it: its bytes backwards. */
function swapped(address: string): string {
  return swappedBits(addressBits(/^[\d.]+$/.test(address) ? address : "0.0.0.0"));
}

function swappedBits(bits: number): string {
  return [0, 8, 16, 24].map((shift) => hex((bits >>> shift) & 255, 2)).join("");
}

function netFolder(from: Onlooker): Record<string, Thing> {
  const row = (cells: (string | number)[]) => `${cells.join("\t")}\n`;
  const inet = (protocol: "tcp" | "udp", six: boolean) => {
    const shown = socketsOf(from).filter((socket) => socket.protocol === protocol && isSix(socket) === six);
    const zeros = "0".repeat(32);
    return shown
      .map((socket, at) => {
        const state = socket.state === "LISTEN" ? "0A" : socket.state === "ESTAB" ? "01" : "07";
        const [peer = "", peerPort = "0"] = socket.peer.split(/:(?=[^:]*$)/);
        const local = six ? zeros : swapped(socket.local);
        const remote = six ? zeros : swapped(peer);
        return `${String(at).padStart(4)}: ${local}:${hex(Number(socket.port), 4)} ${remote}:${hex(Number(peerPort) || 0, 4)} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${socketInode(socket)} 1 0000000000000000 100 0 0 10 0\n`;
      })
      .join("");
  };
  const head = (six: boolean) =>
    six
      ? "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      : "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n";
  return {
    arp: file(
      () =>
        `IP address       HW type     Flags       HW address            Mask     Device\n${neighboursOf(from)
          .map(
            (one) =>
              `${one.address.padEnd(16)} 0x1         ${one.reachable ? "0x2" : "0x0"}         ${one.reachable ? one.mac : "00:00:00:00:00:00"}     *        ${one.device}\n`,
          )
          .join("")}`,
    ),
    dev: file(() => {
      const line = ({ name, traffic }: Device) =>
        `${name.padStart(6)}: ${String(traffic.rxBytes).padStart(7)} ${String(traffic.rxPackets).padStart(7)}    0    0    0     0          0         0 ${String(traffic.txBytes).padStart(8)} ${String(traffic.txPackets).padStart(7)}    0    0    0     0       0          0\n`;
      return `Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n${devicesOf(from).map(line).join("")}`;
    }),
    route: file(() => {
      const lines = routesOf(from).map((route) => {
        const mask = route.prefixLength === 0 ? 0 : (0xffffffff << (32 - route.prefixLength)) >>> 0;
        return row([
          route.device ?? "*",
          swapped(route.destination),
          route.via ? swapped(route.via) : "00000000",
          route.via ? "0003" : "0001",
          0,
          0,
          route.metric ?? 0,
          swappedBits(mask),
          0,
          0,
          0,
        ]);
      });
      return `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n${lines.join("")}`;
    }),
    tcp: file(() => head(false) + inet("tcp", false)),
    tcp6: file(() => head(true) + inet("tcp", true)),
    udp: file(() => head(false) + inet("udp", false)),
    udp6: file(() => head(true) + inet("udp", true)),
    unix: file(() => {
      const paths = from.lab.read((lab) =>
        loadedUnits(lab, from.node).flatMap((unit) => (unit.listens ?? []).filter((path) => path.startsWith("/run/"))),
      );
      return `Num       RefCount Protocol Flags    Type St Inode Path\n${paths.map((path, at) => `0000000000000000: 00000002 00000000 00010000 0001 01 ${12_000 + at * 3} ${path}\n`).join("")}`;
    }),
  };
}

const uuidOf = (id: string) => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

function sysctlFolder({ lab, node }: Onlooker): Record<string, Thing> {
  const settings = lab
    .read((state) => kernelSettingNames(state, node))
    .map((name): Nested => {
      const text = () => `${lab.read((state) => kernelSetting(state, node, name)) ?? ""}\n`;
      return [pathOfSetting(name), file(text, isWritableSetting(name) ? 0o644 : 0o444)];
    });
  const bootCount = lab.read((state) => state.nodes[node]?.bootCount ?? 1);
  const boot = file(() => `${uuidOf(bootId(node, bootCount))}\n`);
  return nested([...settings, [["kernel", "random", "boot_id"], boot]]);
}

type Nested = [path: string[], thing: Thing];

function nested(entries: readonly Nested[]): Record<string, Thing> {
  const names = new Set(entries.map(([path]) => path[0]!));
  return Object.fromEntries(
    [...names].map((name): [string, Thing] => {
      const below = entries.filter(([path]) => path[0] === name);
      const leaf = below.find(([path]) => path.length === 1);
      return [name, leaf?.[1] ?? (() => nested(below.map(([path, thing]) => [path.slice(1), thing])))];
    }),
  );
}

function sysFolder(from: Onlooker): Record<string, Thing> {
  const block =
    (name: string, blocks: number): Thing =>
    () => ({
      size: file(() => `${blocks * 2}\n`),
      ro: file(() => "0\n"),
      removable: file(() => (name === "sr0" ? "1\n" : "0\n")),
      queue: () => ({
        rotational: file(() => "1\n", 0o644),
        scheduler: file(() => (name.startsWith("dm") ? "none\n" : "none [mq-deadline] \n"), 0o644),
        logical_block_size: file(() => "512\n"),
      }),
    });
  return {
    block: () =>
      Object.fromEntries(
        PARTITIONS.filter(([, , , name]) => !/^sda\d/.test(name)).map(([, , blocks, name]) => [
          name,
          block(name, blocks),
        ]),
      ),
    class: () => ({
      net: () => Object.fromEntries(devicesOf(from).map((device) => [device.name, () => deviceFolder(from, device)])),
    }),
    devices: () => ({ system: () => ({ cpu: () => ({ online: file(() => `0-${NODE_CPUS - 1}\n`) }) }) }),
    kernel: () => ({}),
    module: () => ({ kvm_intel: () => ({ parameters: () => ({ nested: file(() => "Y\n") }) }) }),
  };
}

function deviceFolder(from: Onlooker, device: Device): Record<string, Thing> {
  const { traffic, kind } = device;
  const up = device.up && device.carrier;
  const flags = kind === "loopback" ? 0x9 : 0x1002 | (device.up ? 1 : 0) | (device.master ? 0x100 : 0);
  return {
    address: file(() => `${device.mac}\n`),
    // A device that is down has no carrier to tell of; the real file gives an error then.
    ...(device.up && { carrier: file(() => (device.carrier ? "1\n" : "0\n"), 0o644) }),
    duplex: file(() => (up && kind === "card" ? "full\n" : "unknown\n")),
    flags: file(() => `0x${flags.toString(16)}\n`, 0o644),
    ifindex: file(() => `${device.index}\n`),
    mtu: file(() => `${device.mtu}\n`, 0o644),
    operstate: file(() => `${operState(device).toLowerCase()}\n`),
    speed: file(() => (up && kind !== "loopback" ? "1000\n" : "-1\n")),
    tx_queue_len: file(() => "1000\n", 0o644),
    type: file(() => (kind === "loopback" ? "772\n" : "1\n")),
    statistics: () => ({
      rx_bytes: file(() => `${traffic.rxBytes}\n`),
      rx_packets: file(() => `${traffic.rxPackets}\n`),
      rx_errors: file(() => "0\n"),
      rx_dropped: file(() => "0\n"),
      tx_bytes: file(() => `${traffic.txBytes}\n`),
      tx_packets: file(() => `${traffic.txPackets}\n`),
      tx_errors: file(() => "0\n"),
      tx_dropped: file(() => "0\n"),
    }),
    ...(device.master && { master: { link: `../${device.master}` } }),
    ...(kind === "bridge" && {
      bridge: () => ({
        stp_state: file(() => "0\n", 0o644),
        vlan_filtering: file(() => (device.vlanAware ? "1\n" : "0\n"), 0o644),
        forward_delay: file(() => "0\n", 0o644),
      }),
      brif: () =>
        Object.fromEntries(
          devicesOf(from)
            .filter((port) => port.master === device.name)
            .map((port) => [port.name, { link: `../../${port.name}` }] as const),
        ),
    }),
  };
}

/** By its list of names: the folders of programs are looked into for every command that is typed. */
const programFolders = new WeakMap<readonly string[], Record<string, Thing>>();

/** What is in a program is not modelled, and its size is a made-up one. */
function programFolder(folder: string): Record<string, Thing> {
  const names = programNamesIn(folder);
  let made = programFolders.get(names);
  if (!made) {
    const program = (name: string) => ({ size: 14_336 + (inodeOf(`${folder}/${name}`) % 180_000), mode: 0o755 });
    made = Object.fromEntries(names.map((name) => [name, program(name)]));
    programFolders.set(names, made);
  }
  return made;
}

/** Names and usual sizes; what is in them is not modelled. */
function bootFolder(): Record<string, Thing> {
  return {
    [`System.map-${KERNEL_RELEASE}`]: { size: 9_126_302 },
    [`config-${KERNEL_RELEASE}`]: { size: 297_120 },
    efi: () => ({ EFI: () => ({}) }),
    grub: () => ({ "grub.cfg": { size: 8_312, mode: 0o600 } }),
    [`initrd.img-${KERNEL_RELEASE}`]: { size: 63_112_448 },
    pve: () => ({}),
    [`vmlinuz-${KERNEL_RELEASE}`]: { size: 14_903_232 },
  };
}

/** What the installer leaves besides the model's disk. */
function etcFolder(from: Onlooker): Record<string, Thing> {
  return {
    "machine-id": file(() => `${from.lab.read((lab) => machineId(lab.seed, from.node))}\n`),
    ssh: () => ({
      sshd_config: file(
        () =>
          "Include /etc/ssh/sshd_config.d/*.conf\n\nPermitRootLogin yes\nKbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\nSubsystem\tsftp\t/usr/lib/openssh/sftp-server\n",
        0o644,
      ),
      ssh_config: file(
        () =>
          "Include /etc/ssh/ssh_config.d/*.conf\n\nHost *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n    GSSAPIAuthentication yes\n",
        0o644,
      ),
    }),
  };
}

function unitFolder(from: Onlooker): Record<string, Thing> {
  const units = from.lab.read((lab) => loadedUnits(lab, from.node));
  return Object.fromEntries(
    units
      .filter((unit) => unit.file.startsWith("/lib/systemd/system/") && unit.load !== "masked")
      .map((unit) => [unit.file.slice(unit.file.lastIndexOf("/") + 1), file(() => unitFileText(unit), 0o644)] as const),
  );
}

/** The node's tasks as pvedaemon keeps them: an index, those that run, and a log for each under its last digit. */
function taskFolder(from: Onlooker): Record<string, Thing> {
  const tasks = from.lab.read((lab) =>
    lab.nodes[from.node]!.tasks.map(({ upid, startS, endS, running, exitStatus, output }) => ({
      upid,
      startS,
      endS,
      running,
      exitStatus,
      output,
    })),
  );
  const log = (task: (typeof tasks)[number]) =>
    `${task.output}${task.output === "" || task.output.endsWith("\n") ? "" : "\n"}${task.running ? "" : `TASK ${task.exitStatus === "OK" ? "OK" : `ERROR: ${task.exitStatus}`}\n`}`;
  /** The last digit of the time at which it started, in hexadecimal. @source pve-common PVE/Tools.pm upid_decode */
  const folderOf = (upid: string) =>
    (/^UPID:[^:]+:[^:]+:[^:]+:([0-9A-Fa-f]+):/.exec(upid)?.[1] ?? "0").slice(-1).toUpperCase();
  const folders = new Map<string, Record<string, Thing>>();
  for (const task of tasks) {
    const name = folderOf(task.upid);
    const folder = folders.get(name) ?? {};
    folder[task.upid] = file(() => log(task), 0o640);
    folders.set(name, folder);
  }
  const done = tasks.filter((task) => !task.running);
  return {
    active: file(
      () =>
        tasks
          .filter((task) => task.running)
          .map((task) => `${task.upid} 0\n`)
          .join("") +
        done
          .slice(-25)
          .toReversed()
          .map((task) => `${task.upid} 1 ${hex(task.endS, 8)} ${task.exitStatus}\n`)
          .join(""),
      0o644,
    ),
    index: file(() => done.map((task) => `${task.upid} ${hex(task.endS, 8)} ${task.exitStatus}\n`).join(""), 0o644),
    ...Object.fromEntries([...folders].map(([name, folder]) => [name, () => folder] as const)),
  };
}
