/** `nc` over TCP: whether something listens (`-z`), a connection, a listener (`-l`). @source netcat-openbsd 1.219, its texts */
import { isAddress } from "../../cluster/host-network/ipv4.ts";
import { PORT_NAMES, portNamed } from "../../node-view/service-ports.ts";
import { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { connectTo, listenersOf, reachTcp, serviceHas, type TcpConnection } from "../../shell/tcp-sockets.ts";
import { type Arguments, readArguments, refuseUsage } from "../coreutils/arguments.ts";
import { inputUntil } from "../input-until.ts";

export const nc: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "zvnulkNCdw:p:s:q:46", {});
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  if (flags.has("u")) return refuse(ctx, "UDP is not modelled in this simulated node");
  if (flags.has("l")) return listen(ctx, args);
  const [host, portText] = operands;
  if (host === undefined) {
    await ctx.stderr.write("usage: nc [-46CdklNnvz] [-p source_port] [-q seconds] [-w timeout] [destination] [port]\n");
    return 1;
  }
  if (portText === undefined) return refuse(ctx, "missing port number");
  const ports = portsOf(portText);
  if (typeof ports === "string") return refuse(ctx, ports);
  const isLiteral = isAddress(host);
  let status = 1;
  for (const port of ports) {
    const reach = flags.has("n") && !isLiteral ? undefined : reachTcp(ctx.lab, ctx.node, host, port);
    if (reach === undefined || reach.state === "unknown-host") {
      return refuse(ctx, `getaddrinfo for host "${host}" port ${ports[0]}: Name or service not known`);
    }
    const shown = isLiteral ? host : `${host} (${reach.address})`;
    if (reach.state === "closed") {
      const limitMs = flags.has("w") ? Number(flags.get("w")) * 1_000 : Number.POSITIVE_INFINITY;
      await ctx.lab.sleep(Math.min(reach.afterMs, limitMs), ctx.signal);
      const why = reach.afterMs > limitMs ? "timed out: Operation now in progress" : `failed: ${reach.reason}`;
      if (flags.has("v")) await ctx.stderr.write(`nc: connect to ${shown} port ${port} (tcp) ${why}\n`);
      continue;
    }
    await ctx.lab.sleep(1, ctx.signal);
    status = 0;
    const service = flags.has("n") ? "*" : (PORT_NAMES[port] ?? "*");
    if (flags.has("v")) await ctx.stderr.write(`Connection to ${shown} ${port} port [tcp/${service}] succeeded!\n`);
    if (flags.has("z")) continue;
    await converse(ctx, connectTo(ctx.lab, ctx.node, reach, port), flags);
    return 0;
  }
  return status;
};

async function refuse(ctx: ProgramContext, text: string): Promise<number> {
  await ctx.stderr.write(`nc: ${text}\n`);
  return 1;
}

/** `nc -l 5000`, `nc -l -p 5000`, `nc -l ADDRESS 5000`; with `-k` one after the other. */
async function listen(ctx: ProgramContext, { flags, operands }: Arguments): Promise<number> {
  const [address, portText] = operands.length > 1 ? operands : [undefined, operands[0] ?? flags.get("p")];
  if (portText === undefined) return refuse(ctx, "missing port number");
  const ports = portsOf(portText);
  if (typeof ports === "string") return refuse(ctx, ports);
  const port = ports[0]!;
  const own = listenersOf(ctx.lab, ctx.node);
  if (own.has(port) || serviceHas(ctx.lab, ctx.node, port)) return refuse(ctx, "Address already in use");
  if (address !== undefined && reachTcp(ctx.lab, ctx.node, address, port).state === "unknown-host")
    return refuse(ctx, `getaddrinfo for host "${address}" port ${port}: Name or service not known`);
  const waiting: { connection: TcpConnection; peer: { node: string; port: number } }[] = [];
  let arrived = Promise.withResolvers<void>();
  own.set(port, {
    program: "nc",
    pid: ctx.pid,
    address: address ?? "0.0.0.0",
    accept(connection, peer) {
      waiting.push({ connection, peer });
      arrived.resolve();
    },
  });
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => undefined);
  const abort = () => over.reject(ctx.signal.reason);
  ctx.signal.addEventListener("abort", abort, { once: true });
  try {
    if (flags.has("v")) await ctx.stderr.write(`Listening on ${address ?? "0.0.0.0"} ${port}\n`);
    for (;;) {
      const next = waiting.shift();
      if (!next) {
        await Promise.race([arrived.promise, over.promise]);
        arrived = Promise.withResolvers<void>();
        continue;
      }
      const { connection, peer } = next;
      const name = peer.node === ctx.node ? "localhost" : peer.node;
      if (flags.has("v")) await ctx.stderr.write(`Connection received on ${name} ${peer.port}\n`);
      await converse(ctx, connection, flags);
      if (!flags.has("k")) return 0;
    }
  } finally {
    ctx.signal.removeEventListener("abort", abort);
    own.delete(port);
    for (const { connection } of waiting) connection.close();
  }
}

/** Both ways, until the other end has said all that it had to say; with `-N` or `-q` the end of the input is passed on. */
async function converse(
  ctx: ProgramContext,
  connection: TcpConnection,
  flags: ReadonlyMap<string, string>,
): Promise<void> {
  const quitMs = flags.has("q") ? Number(flags.get("q")) * 1_000 : undefined;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ctx.signal]);
  const quit = Promise.withResolvers<void>();
  const send = async () => {
    if (flags.has("d")) return;
    for (let bytes = await inputUntil(ctx, signal); bytes; bytes = await inputUntil(ctx, signal)) {
      const out = flags.has("C")
        ? Buffer.from(Buffer.from(bytes).toString("latin1").replace(/\n/g, "\r\n"), "latin1")
        : bytes;
      await connection.write(out, signal);
    }
    if (flags.has("N") || quitMs !== undefined) connection.shutdown();
    if (quitMs === undefined || quitMs < 0) return;
    await ctx.lab.sleep(quitMs, signal);
    quit.resolve();
  };
  const receive = async () => {
    for (let bytes = await connection.read(signal); bytes; bytes = await connection.read(signal)) {
      await ctx.stdout.write(bytes);
      await ctx.breathe();
    }
  };
  // Who only sends ends when the other end has closed.
  const sending = send().catch((error: unknown) => {
    if (!(error instanceof FileError) && !signal.aborted) throw error;
  });
  try {
    await Promise.race([receive(), quit.promise, sending.then(() => new Promise<never>(() => {}))]);
  } finally {
    stop.abort(ctx.signal.reason);
    connection.close();
  }
}

/** `22`, `ssh`, `20-23`; a text when it is none. */
function portsOf(text: string): number[] | string {
  const range = /^(\d+)-(\d+)$/.exec(text);
  const ends = range ? [Number(range[1]), Number(range[2])] : [portNamed(text) ?? Number(text)];
  for (const [at, end] of ends.entries()) {
    const shown = range ? range[at + 1] : text;
    if (!Number.isInteger(end)) return `port number invalid: ${shown}`;
    if (end < 1) return `port number too small: ${shown}`;
    if (end > 65_535) return `port number too large: ${shown}`;
  }
  const [first, last = first] = ends as [number, number?];
  return Array.from({ length: Math.max(last - first, first - last) + 1 }, (_, at) => Math.min(first, last) + at);
}
