/**
 * Pings of guests that run on nodes for as long as a chapter that needs them is on screen: what somebody else on the
 * network notices of a migration.
 *
 * A silence is counted by the numbers of the packets, so that a slow connection to us adds nothing: three packets lost
 * between two answers are four intervals without one. Late answers are answers.
 */
import { z } from "zod";
import type { LabNode } from "../labs/lab-description.ts";
import { connectSsh, type SshConnection } from "../labs/ssh-client.ts";
import type { PingSeen } from "./observation.ts";

const EVERY_MS = 200;
/** Shorter ones are jitter. */
const GAP_MIN_MS = 3 * EVERY_MS;
const GAPS_MAX = 20;
const CONNECT_MS = 8_000;
/** Before a node whose connection ended is tried again. */
const AGAIN_MS = 10_000;
/** Nodes that ping: one of two is always another than the one that a guest left. */
const NODES = 2;

const address = z.union([z.ipv4(), z.ipv6()]);

interface Running {
  seen: PingSeen;
  lastSeq: number;
  lastAtMs: number;
}

export class GuestPings {
  readonly #running = new Map<string, { addresses: string; end(): void }>();
  readonly #seen = new Map<string, Map<string, Running>>();
  readonly #notBefore = new Map<string, number>();

  /** What was seen so far, by node. */
  get seen(): ReadonlyMap<string, readonly PingSeen[]> {
    return new Map(
      [...this.#seen].map(([node, list]) => [
        node,
        [...list.values()].filter(({ seen }) => seen.received > 0).map((running) => withOpenGap(running)),
      ]),
    );
  }

  /** Ping these addresses from the first nodes that answer, and nothing else. */
  want(addresses: readonly string[], nodes: readonly LabNode[]): void {
    const good = addresses.filter((one) => address.safeParse(one).success);
    const sources = good.length === 0 ? [] : nodes.slice(0, NODES);
    const key = good.join(" ");
    for (const [name, running] of this.#running) {
      if (running.addresses !== key || !sources.some((node) => node.name === name)) running.end();
    }
    for (const node of sources) {
      if (!this.#running.has(node.name) && (this.#notBefore.get(node.name) ?? 0) <= performance.now()) {
        this.#start(node, good, key);
      }
    }
  }

  close(): void {
    for (const running of this.#running.values()) running.end();
  }

  #start(node: LabNode, addresses: readonly string[], key: string): void {
    let connection: SshConnection | undefined;
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      this.#running.delete(node.name);
      this.#notBefore.set(node.name, performance.now() + AGAIN_MS);
      connection?.end();
    };
    this.#running.set(node.name, { addresses: key, end });
    connectSsh(node.name, node.ssh, CONNECT_MS).then((made) => {
      connection = made;
      if (over) return made.end();
      made.client.on("close", end);
      const list = new Map<string, Running>();
      this.#seen.set(node.name, list);
      for (const one of addresses) {
        made.client.exec(`ping -n -i ${EVERY_MS / 1000} ${one}`, (error, channel) => {
          if (error) return end();
          let rest = "";
          channel.on("data", (chunk: Buffer) => {
            const lines = (rest + chunk.toString("utf8")).split("\n");
            rest = lines.pop()!.slice(-500);
            for (const line of lines) hear(list, one, line, Date.now());
          });
          channel.stderr.resume();
          channel.on("close", end);
        });
      }
    }, end);
  }
}

/** One line of ping's output. Exported for its test. */
export function hear(list: Map<string, Running>, to: string, line: string, nowMs: number): void {
  const seq = /icmp_seq=(\d+) .*time=/.exec(line)?.[1];
  if (seq === undefined) return;
  const number = Number(seq);
  const at = new Date(nowMs).toISOString();
  const running = list.get(to);
  if (!running) {
    const seen = { address: to, from: at, to: at, sent: 1, received: 1, everyMs: EVERY_MS, gaps: [] };
    list.set(to, { seen, lastSeq: number, lastAtMs: nowMs });
    return;
  }
  const { seen } = running;
  const between = number - running.lastSeq;
  // Answers that come twice or late are no silence.
  if (between <= 0) return;
  seen.sent += between;
  seen.received++;
  const ms = between * EVERY_MS;
  if (ms > GAP_MIN_MS) {
    seen.gaps.push({ at: new Date(running.lastAtMs).toISOString(), ms, over: true });
    if (seen.gaps.length > GAPS_MAX) seen.gaps.shift();
  }
  seen.to = at;
  running.lastSeq = number;
  running.lastAtMs = nowMs;
}

/** A silence that goes on is one already. */
function withOpenGap({ seen, lastAtMs }: Running): PingSeen {
  const ms = Date.now() - lastAtMs;
  if (ms <= GAP_MIN_MS + 1_000) return { ...seen, gaps: [...seen.gaps] };
  const open = { at: new Date(lastAtMs).toISOString(), ms, over: false };
  return { ...seen, to: new Date().toISOString(), gaps: [...seen.gaps, open].slice(-GAPS_MAX) };
}
