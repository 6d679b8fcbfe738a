/** `ss`, `netstat` and `lsof -i` as far as the model goes: what the node's services listen on, and corosync's links. */
import { unitServes } from "../../cluster/services/services.ts";
import type { UnitName } from "../../cluster/services/services-state.ts";
import { processTableOf } from "../../shell/node-process.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, readArguments, refuseUsage } from "../coreutils/arguments.ts";
import { notModelled } from "../printed.ts";

export interface Socket {
  protocol: "tcp" | "udp";
  state: "LISTEN" | "UNCONN" | "ESTAB";
  local: string;
  port: string;
  peer: string;
  process: string;
  pid: number;
  fd: number;
  queue: number;
}

const LISTENERS: [unit: UnitName, process: string, address: string, port: string, fd: number, queue: number][] = [
  ["ssh", "sshd", "0.0.0.0", "22", 3, 128],
  ["ssh", "sshd", "[::]", "22", 4, 128],
  ["pveproxy", "pveproxy", "*", "8006", 6, 4096],
  ["pvedaemon", "pvedaemon", "127.0.0.1", "85", 6, 4096],
  ["spiceproxy", "spiceproxy", "*", "3128", 6, 4096],
];

const COROSYNC_PORT = 5405;

export function socketsOf(ctx: Pick<ProgramContext, "lab" | "node">): Socket[] {
  const out = ctx.lab.read((lab) => {
    const node = lab.nodes[ctx.node];
    const found: Socket[] = [];
    if (!node?.services) return found;
    for (const [unit, process, local, port, fd, queue] of LISTENERS) {
      if (!unitServes(lab, ctx.node, unit)) continue;
      const pid = node.services.units[unit].mainPid;
      found.push({
        protocol: "tcp",
        state: "LISTEN",
        local,
        port,
        peer: local.startsWith("[") ? "[::]:*" : `${local === "*" ? "*" : "0.0.0.0"}:*`,
        process,
        pid,
        fd,
        queue,
      });
    }
    const daemon = node.corosync.daemon;
    if (daemon) {
      for (const [at, nic] of node.nics.entries()) {
        // One link per network that the configuration names; the first always.
        if (at > 0 && !JSON.stringify(daemon).includes(nic.address)) continue;
        found.push({
          protocol: "udp",
          state: "UNCONN",
          local: nic.address,
          port: String(COROSYNC_PORT + at),
          peer: "0.0.0.0:*",
          process: "corosync",
          pid: daemon.pid,
          fd: 28 + at,
          queue: 0,
        });
      }
    }
    return found;
  });
  const address = ctx.lab.read((lab) => lab.nodes[ctx.node]?.nics?.[0]?.address ?? "127.0.0.1");
  const sessions = processTableOf(ctx.lab, ctx.node)
    .all()
    .filter((process) => process.tty.startsWith("pts/") && process.parentPid === 1);
  for (const [at, process] of sessions.entries()) {
    out.push({
      protocol: "tcp",
      state: "ESTAB",
      local: address,
      port: "22",
      peer: `${address.replace(/\.\d+$/, ".1")}:${50_122 + at}`,
      process: "sshd",
      pid: process.pid,
      fd: 4,
      queue: 0,
    });
  }
  return out;
}

const NAMES: Record<string, string> = { "22": "ssh" };

export const ss: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "tulnpaesimoHr46xKwO0", {
      tcp: "t",
      udp: "u",
      listening: "l",
      numeric: "n",
      processes: "p",
      all: "a",
      summary: "s",
      "no-header": "H",
    });
  } catch (error) {
    return refuseUsage(ctx, error, 255);
  }
  const { flags } = args;
  const all = socketsOf(ctx);
  if (flags.has("s")) {
    const tcp = all.filter((one) => one.protocol === "tcp");
    const estab = tcp.filter((one) => one.state === "ESTAB").length;
    await ctx.stdout.write(
      `Total: ${all.length}\nTCP:   ${tcp.length} (estab ${estab}, closed 0, orphaned 0, timewait 0)\n`,
    );
    return 0;
  }
  const port = /(?:^|\s)[sd]?port\s*(?:=|==|eq)?\s*:?(\d+)/.exec(args.operands.join(" "))?.[1];
  const shown = all.filter(
    (one) =>
      (flags.has("t") === flags.has("u") || flags.has(one.protocol === "tcp" ? "t" : "u")) &&
      (flags.has("a") || (one.state === "ESTAB") !== flags.has("l")) &&
      (port === undefined || one.port === port || one.peer.endsWith(`:${port}`)),
  );
  const both = flags.has("t") === flags.has("u");
  const rows = shown.map((one) => [
    ...(both ? [one.protocol] : []),
    one.state,
    "0",
    String(one.queue),
    `${one.local}:${flags.has("n") ? one.port : (NAMES[one.port] ?? one.port)}`,
    one.peer,
    flags.has("p") ? `users:(("${one.process}",pid=${one.pid},fd=${one.fd}))` : "",
  ]);
  const head = [
    ...(both ? ["Netid"] : []),
    "State",
    "Recv-Q",
    "Send-Q",
    "Local Address:Port",
    "Peer Address:Port",
    "Process",
  ];
  const table = flags.has("H") ? rows : [head, ...rows];
  if (table.length === 0) return 0;
  const widths = head.map((_, at) => Math.max(...table.map((row) => row[at]!.length)));
  const right = new Set(["Local Address:Port", "Peer Address:Port"]);
  await ctx.stdout.write(
    table
      .map(
        (row) =>
          `${row
            .map((cell, at) => (right.has(head[at]!) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
            .join(" ")
            .trimEnd()}\n`,
      )
      .join(""),
  );
  return 0;
};

export const ethtool: Program = async (ctx) => {
  const option = ctx.argv.slice(1).find((word) => word.startsWith("-"));
  const name = ctx.argv.slice(1).find((word) => !word.startsWith("-"));
  if (option === "--version") {
    await ctx.stdout.write("ethtool version 6.1\n");
    return 0;
  }
  if (!name) {
    await ctx.stderr.write("ethtool: bad command line argument(s)\nFor more information run ethtool -h\n");
    return 1;
  }
  const found = ctx.lab.read((lab) => {
    const nics = lab.nodes[ctx.node]?.nics ?? [];
    const at = nics.findIndex(
      (nic, index) => nic.name === name || (nic.name.startsWith("vmbr") && name === `ens${18 + index}`),
    );
    const nic = nics[at];
    return nic && { up: nic.adminUp, plugged: !lab.network.unplugged[`${nic.network}/${ctx.node}`] };
  });
  if (!found) {
    await ctx.stderr.write(`netlink error: no device matches name (offset 24)\nnetlink error: No such device\n`);
    return 75;
  }
  if (option === "-i" || option === "--driver") {
    const isBridge = name.startsWith("vmbr");
    const no = ["test", "eeprom-access", "register-dump", "priv-flags"]
      .map((what) => `supports-${what}: no\n`)
      .join("");
    await ctx.stdout.write(
      isBridge
        ? `driver: bridge\nversion: 2.3\nfirmware-version: N/A\nexpansion-rom-version: \nbus-info: N/A\nsupports-statistics: no\n${no}`
        : `driver: virtio_net\nversion: 1.0.0\nfirmware-version: \nexpansion-rom-version: \nbus-info: 0000:00:12.0\nsupports-statistics: yes\n${no}`,
    );
    return 0;
  }
  if (option !== undefined) {
    await ctx.stderr.write(notModelled("ethtool", option));
    return 1;
  }
  const link = found.up && found.plugged;
  await ctx.stdout.write(
    `Settings for ${name}:\n\tSupported ports: [  ]\n\tSpeed: ${link ? "1000Mb/s" : "Unknown!"}\n\tDuplex: ${link ? "Full" : "Unknown! (255)"}\n\tAuto-negotiation: off\n\tPort: Other\n\tLink detected: ${link ? "yes" : "no"}\n`,
  );
  return 0;
};
