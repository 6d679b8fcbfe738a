/** `ss`, `netstat` and `lsof -i` as far as the model goes: what the node's services listen on, and corosync's links. */
import { knetPort } from "../../cluster/corosync/packets.ts";
import { mainAddressOf } from "../../cluster/host-network/node-address.ts";
import { unitServes } from "../../cluster/services/services.ts";
import { devicesOf } from "../../node-view/network-devices.ts";
import { PORT_NAMES, SERVICE_LISTENERS } from "../../node-view/service-ports.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { FIRST_CLIENT_PORT } from "../../shell/session.ts";
import { listenersOf } from "../../shell/tcp-sockets.ts";
import { type Arguments, readArguments, refuseUsage } from "../coreutils/arguments.ts";
import { aligned } from "../coreutils/file-words.ts";
import { gatewayAddress, loginsOf } from "../coreutils/logins.ts";
import { notModelled } from "../printed.ts";
import { loadedUnits } from "../systemd/system-units.ts";

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

export function socketsOf(ctx: Pick<ProgramContext, "lab" | "node">): Socket[] {
  const out = ctx.lab.read((lab) => {
    const node = lab.nodes[ctx.node];
    const found: Socket[] = [];
    if (!node?.services) return found;
    for (const { unit, process, address: local, port, fd, queue } of SERVICE_LISTENERS) {
      if (!unitServes(lab, ctx.node, unit)) continue;
      const pid = node.services.units[unit].mainPid;
      found.push({
        protocol: "tcp",
        state: "LISTEN",
        local,
        port: String(port),
        peer: local.startsWith("[") ? "[::]:*" : `${local === "*" ? "*" : "0.0.0.0"}:*`,
        process,
        pid,
        fd,
        queue,
      });
    }
    const daemon = node.corosync.daemon;
    if (daemon) {
      const own = daemon.config.nodes.find((entry) => entry.nodeId === daemon.nodeId);
      for (const { number, address } of own?.addresses ?? []) {
        found.push({
          protocol: "udp",
          state: "UNCONN",
          local: address,
          port: String(knetPort(number)),
          peer: "0.0.0.0:*",
          process: "corosync",
          pid: daemon.pid,
          fd: 28 + number,
          queue: 0,
        });
      }
    }
    return found;
  });
  for (const [port, { program, pid, address }] of listenersOf(ctx.lab, ctx.node)) {
    out.push({
      ...{ protocol: "tcp", state: "LISTEN", local: address, port: String(port), peer: "0.0.0.0:*" },
      ...{ process: program, pid, fd: 3, queue: 1 },
    });
  }
  const [address, gateway] = ctx.lab.read((lab) => [
    mainAddressOf(lab, ctx.node) ?? "127.0.0.1",
    gatewayAddress(lab, ctx.node),
  ]);
  for (const [at, process] of loginsOf(ctx).entries()) {
    out.push({
      protocol: "tcp",
      state: "ESTAB",
      local: address,
      port: "22",
      peer: `${gateway}:${FIRST_CLIENT_PORT + at}`,
      process: "sshd",
      pid: process.pid,
      fd: 4,
      queue: 0,
    });
  }
  return out;
}

/** Whether it is one of IPv6, which `*` is, too: it takes both. */
export const isSix = ({ local }: Socket) => local === "*" || local.startsWith("[");

/** Made up, the same whoever tells it. */
export const socketInode = ({ port, local, pid }: Socket) =>
  20_000 + ((Number(port) * 7 + pid * 13 + local.length) % 9_000);

/** States of `ss state NAME`. @source ss(8) */
const STATES =
  "all connected synchronized bucket big established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait closed close-wait last-ack listening closing".split(
    " ",
  );

interface Row {
  netid: string;
  state: string;
  queue: number;
  local: string;
  peer: string;
  process: string;
}

/** What systemd listens on in the file system. */
function unixSockets(ctx: ProgramContext): Row[] {
  return ctx.lab.read((lab) =>
    lab.nodes[ctx.node]?.services
      ? loadedUnits(lab, ctx.node).flatMap((unit) =>
          (unit.listens ?? [])
            .filter((path) => path.startsWith("/run/") && unit.id.endsWith(".socket"))
            .map(
              (path, at): Row => ({
                netid: "u_str",
                state: "LISTEN",
                queue: 4096,
                local: `${path} ${12_000 + at * 3}`,
                peer: "* 0",
                process: 'users:(("systemd",pid=1,fd=42))',
              }),
            ),
        )
      : [],
  );
}

export const ss: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "046aA:bdD:eEf:F:hHiKlmMnN:oOprsStTuVwxzZ", {
      tcp: "t",
      udp: "u",
      unix: "x",
      raw: "w",
      listening: "l",
      numeric: "n",
      processes: "p",
      all: "a",
      summary: "s",
      extended: "e",
      memory: "m",
      info: "i",
      options: "o",
      oneline: "O",
      resolve: "r",
      ipv4: "4",
      ipv6: "6",
      "no-header": "H",
      "family=": "f",
      kill: "K",
      version: "V",
      help: "h",
    });
  } catch (error) {
    return refuseUsage(ctx, error, 255);
  }
  const { flags, operands } = args;
  if (flags.has("V")) {
    await ctx.stdout.write("ss utility, iproute2-6.1.0\n");
    return 0;
  }
  if (flags.has("h")) {
    await ctx.stdout.write("Usage: ss [ OPTIONS ]\n       ss [ OPTIONS ] [ FILTER ]\n");
    return 0;
  }
  const other = [..."AbDEFKNTZz"].find((letter) => flags.has(letter));
  if (other) {
    await ctx.stderr.write(notModelled("ss", `-${other}`));
    return 255;
  }
  const all = socketsOf(ctx);
  if (flags.has("s")) {
    await ctx.stdout.write(summary(all));
    return 0;
  }
  const filter = readFilter(operands);
  if (typeof filter === "string") {
    await ctx.stderr.write(filter);
    return 255;
  }
  const wants = (letter: string) => flags.has(letter);
  const choosesKind = ["t", "u", "x", "w", "0", "d", "M", "S"].some(wants);
  const stateFits = (state: Socket["state"]) => {
    if (filter.state !== undefined) return STATE_OF[state].includes(filter.state);
    return wants("a") || (state === "ESTAB") !== wants("l");
  };
  const inet = all
    .filter((one) => !choosesKind || wants(one.protocol === "tcp" ? "t" : "u"))
    .filter((one) => stateFits(one.state))
    .filter((one) => wants("4") === wants("6") || wants("6") === isSix(one))
    .filter(
      (one) =>
        filter.ports.length === 0 ||
        filter.ports.some(({ side, port }) => (side === "s" ? one.port === port : one.peer.endsWith(`:${port}`))),
    )
    .map(
      (one): Row => ({
        netid: one.protocol,
        state: one.state,
        queue: one.queue,
        local: `${one.local}:${wants("n") ? one.port : (PORT_NAMES[one.port] ?? one.port)}`,
        peer: one.peer,
        process: `${wants("p") ? `users:(("${one.process}",pid=${one.pid},fd=${one.fd}))` : ""}${
          wants("o") && one.state === "ESTAB" ? " timer:(keepalive,91min,0)" : ""
        }${wants("e") ? ` ino:${socketInode(one)} sk:${one.fd} <->` : ""}`.trim(),
      }),
    );
  const withUnix = (wants("x") || (!choosesKind && !wants("4") && !wants("6"))) && filter.ports.length === 0;
  const listening = wants("a") || wants("l") || filter.state === "listening" || filter.state === "all";
  const rows = [...(withUnix && listening ? unixSockets(ctx) : []), ...inet];
  await ctx.stdout.write(socketTable(rows, { flags, filter, processes: wants("p") }));
  return 0;
};

/** Names of `state` that a socket's own stands for. */
const STATE_OF: Record<Socket["state"], readonly string[]> = {
  LISTEN: ["all", "listening"],
  UNCONN: ["all", "closed", "connected"],
  ESTAB: ["all", "established", "connected", "synchronized", "big"],
};

interface Filter {
  state?: string;
  ports: { side: "s" | "d"; port: string }[];
}

/** `state established`, `sport = :22`, `( dport = :22 or sport = :22 )`; the text of the refusal for anything else. */
function readFilter(words: readonly string[]): Filter | string {
  const filter: Filter = { ports: [] };
  let text = words.join(" ");
  const state = /\bstate\s+(\S+)/.exec(text);
  if (state) {
    if (!STATES.includes(state[1]!)) return `ss: wrong state name: ${state[1]}\n`;
    filter.state = state[1]!;
    text = text.replace(state[0], "");
  }
  text = text.replace(/\b([sd])port\s*(?:==|=|eq)?\s*:?(\d+|ssh)\b/g, (_, side: "s" | "d", port: string) => {
    filter.ports.push({ side, port: port === "ssh" ? "22" : port });
    return "";
  });
  const rest = text.replace(/[()]|\b(?:or|and)\b|\|\||&&/g, " ").trim();
  if (rest === "") return filter;
  const word = rest.split(/\s+/)[0]!;
  return /^(?:src|dst|dev|not|!|exclude|[sd]port)$/.test(word)
    ? notModelled("ss", word)
    : `Error: an inet prefix is expected rather than "${word}".\nCannot parse dst/src address.\n`;
}

function socketTable(
  rows: readonly Row[],
  { flags, filter, processes }: { flags: ReadonlyMap<string, string>; filter: Filter; processes: boolean },
): string {
  const kinds = ["t", "u", "x", "w"].filter((letter) => flags.has(letter));
  const both = kinds.length !== 1;
  // A state that was asked for needs no column.
  const withState =
    filter.state === undefined || ["all", "connected", "synchronized", "bucket", "big"].includes(filter.state);
  const head = [
    ...(both ? ["Netid"] : []),
    ...(withState ? ["State"] : []),
    "Recv-Q",
    "Send-Q",
    "Local Address:Port",
    "Peer Address:Port",
    "Process",
  ];
  const cells = rows.map((one) => [
    ...(both ? [one.netid] : []),
    ...(withState ? [one.state] : []),
    "0",
    String(one.queue),
    one.local,
    one.peer,
    processes || one.netid !== "u_str" ? one.process : "",
  ]);
  const table = flags.has("H") ? cells : [head, ...cells];
  if (table.length === 0) return "";
  const left = head.flatMap((title, at) => (title.endsWith("Address:Port") ? [] : [at]));
  return aligned(table, left);
}

/** @source iproute2 6.1 misc/ss.c print_summary */
function summary(all: readonly Socket[]): string {
  const tcp = all.filter((one) => one.protocol === "tcp");
  const estab = tcp.filter((one) => one.state === "ESTAB").length;
  const row = (name: string, list: readonly Socket[]) => {
    const six = list.filter(isSix).length;
    return `${name}\t  ${String(list.length).padEnd(9)} ${String(list.length - six).padEnd(9)} ${String(six).padEnd(9)}\n`;
  };
  const udp = all.filter((one) => one.protocol === "udp");
  return `Total: ${all.length + 140}\nTCP:   ${tcp.length} (estab ${estab}, closed 0, orphaned 0, timewait 0)\n\nTransport Total     IP        IPv6\n${row("RAW", [])}${row("UDP", udp)}${row("TCP", tcp)}${row("INET", all)}${row("FRAG", [])}\n`;
}

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
  const found = devicesOf(ctx).find((device) => device.name === name || device.altName === name);
  if (!found) {
    await ctx.stderr.write(`netlink error: no device matches name (offset 24)\nnetlink error: No such device\n`);
    return 75;
  }
  if (option === "-i" || option === "--driver") {
    const isBridge = found.kind === "bridge";
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
  const link = found.up && found.carrier;
  await ctx.stdout.write(
    `Settings for ${name}:\n\tSupported ports: [  ]\n\tSpeed: ${link ? "1000Mb/s" : "Unknown!"}\n\tDuplex: ${link ? "Full" : "Unknown! (255)"}\n\tAuto-negotiation: off\n\tPort: Other\n\tLink detected: ${link ? "yes" : "no"}\n`,
  );
  return 0;
};
