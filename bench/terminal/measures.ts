/**
 * What is measured, each with the three ways taking turns in the same run: the machine's mood hits all alike.
 */
import { createRequire } from "node:module";
import { openConnection } from "../../app/_terminal/socket.ts";
import { cuttableNetwork } from "../../e2e/cuttable-network.ts";
import { percentile } from "../figures.ts";
import { DrawnScreen } from "./drawn-screen.ts";
import { processorSeconds, residentBytes } from "./processes.ts";
import { discard, type GatewayShell, newSlot, openGatewayShell, type Shell, type Way } from "./shells.ts";

const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as typeof import("@xterm/headless");

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when `text` has been printed from now on. */
export function seen(shell: Shell, text: string, timeoutMs = 60_000): Promise<void> {
  const before = shell.consumer;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let tail = "";
  const timer = setTimeout(
    () => reject(new Error(`${JSON.stringify(text)} was not printed, but ${JSON.stringify(tail)}`)),
    timeoutMs,
  );
  shell.consumer = (bytes, parsed) => {
    before(bytes, parsed);
    tail = (tail + Buffer.from(bytes.subarray(-200)).toString("latin1")).slice(-400);
    if (tail.includes(text)) resolve();
  };
  return promise.finally(() => {
    clearTimeout(timer);
    shell.consumer = before;
  });
}

/** Run a command to its end. The mark is spelt so that its echo is not it. */
export async function run(shell: Shell, command: string): Promise<void> {
  const done = seen(shell, "\r\nDONE\r\n$ ");
  shell.write(`${command}; printf '\\nDO''NE\\n'\r`);
  await done;
}

export async function openReady(way: Way): Promise<Shell> {
  const shell = await way.open();
  await run(shell, "true");
  return shell;
}

/** Milliseconds from a key to its echo, for each of `count` keys. */
async function keys(shell: Shell, count: number): Promise<number[]> {
  const times: number[] = [];
  let echoed: (() => void) | undefined;
  shell.consumer = (bytes, parsed) => {
    parsed();
    if (bytes.includes(0x78)) echoed?.();
  };
  for (let at = 0; at < count; at++) {
    await pause(4 + Math.random() * 8);
    const { promise, resolve } = Promise.withResolvers<void>();
    const lost = setTimeout(resolve, 5_000);
    echoed = resolve;
    const began = performance.now();
    shell.write("x");
    await promise;
    clearTimeout(lost);
    times.push(performance.now() - began);
  }
  echoed = undefined;
  shell.write("\x15");
  await pause(15);
  shell.consumer = discard;
  return times;
}

export type PerWay<T> = Record<string, T>;

/** Echo while nothing else goes on. */
export async function echoIdle(ways: Way[], rounds: number): Promise<PerWay<number[]>> {
  const shells = new Map<Way, Shell>();
  for (const way of ways) shells.set(way, await openReady(way));
  const times: PerWay<number[]> = Object.fromEntries(ways.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const way of rotated(ways, round)) times[way.name]?.push(...(await keys(shells.get(way) as Shell, 20)));
  }
  for (const shell of shells.values()) shell.close();
  return times;
}

/** Echo while another shell on the same server prints as fast as its client discards. */
export async function echoLoaded(ways: Way[], rounds: number): Promise<PerWay<number[]>> {
  const times: PerWay<number[]> = Object.fromEntries(ways.map(({ name }) => [name, []]));
  const shells = new Map<Way, [Shell, Shell]>();
  for (const way of ways) shells.set(way, [await openReady(way), await openReady(way)]);
  for (let round = 0; round < rounds; round++) {
    for (const way of rotated(ways, round)) {
      const [typing, flooding] = shells.get(way) as [Shell, Shell];
      flooding.write("yes 0123456789012345678901234567890123456789\r");
      await pause(300);
      times[way.name]?.push(...(await keys(typing, 20)));
      const stopped = seen(flooding, "^C");
      flooding.write("\x03");
      await stopped;
      await run(flooding, "true");
    }
  }
  for (const pair of shells.values()) for (const shell of pair) shell.close();
  return times;
}

/** MB/s of a file printed to a client that discards, and the memory the server grew by. */
export async function bulk(ways: Way[], file: string, megabytes: number, rounds: number) {
  const speeds: PerWay<number[]> = Object.fromEntries(ways.map(({ name }) => [name, []]));
  const growth: PerWay<number> = {};
  for (let round = 0; round < rounds; round++) {
    for (const way of rotated(ways, round)) {
      const shell = await openReady(way);
      const before = way.pid === undefined ? 0 : residentBytes(way.pid);
      const watch = way.pid === undefined ? undefined : highest(way.pid);
      const began = performance.now();
      await run(shell, `cat ${file}`);
      speeds[way.name]?.push(megabytes / ((performance.now() - began) / 1000));
      if (watch) growth[way.name] = Math.max(growth[way.name] ?? 0, watch.stop() - before);
      shell.close();
    }
  }
  return { speeds, growth };
}

/** MB/s of the headless parser alone on the same bytes. */
export async function headlessSpeed(bytes: Uint8Array): Promise<number> {
  const terminal = new Terminal({ cols: 80, rows: 24, scrollback: 1_000, allowProposedApi: true });
  const began = performance.now();
  for (let at = 0; at < bytes.length; at += 65_536) {
    await new Promise<void>((resolve) => terminal.write(bytes.subarray(at, at + 65_536), resolve));
  }
  return bytes.length / 1_000_000 / ((performance.now() - began) / 1000);
}

/** A client that stops reading for a while: what the server grows by, what a neighbour feels, and ^C afterwards. */
export async function stall(way: Way, ms: number) {
  const flooding = await openReady(way);
  const neighbour = await openReady(way);
  const pid = way.pid ?? process.pid;
  const before = residentBytes(pid);
  let stalled = true;
  const held: (() => void)[] = [];
  flooding.consumer = (_bytes, parsed) => {
    if (stalled) held.push(parsed);
    else parsed();
  };
  flooding.write("yes 0123456789012345678901234567890123456789\r");
  const watch = highest(pid);
  const until = performance.now() + ms;
  const neighbourMs: number[] = [];
  while (performance.now() < until) neighbourMs.push(...(await keys(neighbour, 20)));
  const growth = watch.stop() - before;
  stalled = false;
  const interrupted = seen(flooding, "\r\n$ ");
  for (const parsed of held.splice(0)) parsed();
  const began = performance.now();
  flooding.write("\x03");
  await interrupted;
  const interruptMs = performance.now() - began;
  flooding.close();
  neighbour.close();
  return { growthBytes: growth, neighbourP99Ms: percentile(neighbourMs, 0.99), interruptMs };
}

/** ^C under a flood, with a client that parses. Every printed number must have arrived. */
export async function interrupt(way: Way, floodMs: number, tries: number) {
  const times: number[] = [];
  let lostBytes = 0;
  for (let at = 0; at < tries; at++) {
    const shell = await openReady(way);
    const terminal = new Terminal({ cols: 80, rows: 24, scrollback: 10_000, allowProposedApi: true });
    let received = 0;
    let text = "";
    let began = 0;
    const prompted = Promise.withResolvers<void>();
    shell.consumer = (bytes, parsed) => {
      received += bytes.length;
      text = (text + Buffer.from(bytes.subarray(-400)).toString("latin1")).slice(-800);
      terminal.write(bytes, () => {
        parsed();
        if (began > 0 && lastLine(terminal) === "$") prompted.resolve();
      });
    };
    // Seven digits and a line end each: what was received tells which number must be last.
    const command = "seq 1000000 9999999";
    shell.write(`${command}\r`);
    await pause(floodMs);
    began = performance.now();
    shell.write("\x03");
    await Promise.race([prompted.promise, pause(12_000)]);
    times.push(performance.now() - began);
    const last = [...text.matchAll(/(\d{7})\r\n/g)].at(-1);
    const tail = text.length - ((last?.index ?? 0) + 9);
    const expected = (Number(last?.[1] ?? 0) - 1_000_000 + 1) * 9 + command.length + 2 + tail;
    lostBytes += Math.abs(expected - received);
    terminal.dispose();
    shell.close();
  }
  return { times, lostBytes };
}

/**
 * What is on the screen after the transport was cut for a moment, and after a reload of the page: milliseconds from the
 * moment the page begins to come back (both its connections and their handshakes included) to the last byte that it
 * lacked, at the socket; drawing them is the browser's part, which `browser.ts` measures.
 */
export async function reattach(url: string, tries: number) {
  const shell = await openGatewayShell(url);
  await run(shell, "kept=yes");
  const cutMs: number[] = [];
  const reloadMs: number[] = [];
  let same = true;
  for (let at = 0; at < tries; at++) {
    shell.write(`(sleep 0.05; printf 'whi''le away ${at}.') &\r`);
    await seen(shell, "] ");
    shell.connection.socket.disconnect();
    // Before the page would try again by itself.
    await pause(150);
    const back = seen(shell, `while away ${at}.`);
    const began = performance.now();
    shell.connection.retryNow();
    await back;
    cutMs.push(performance.now() - began);
    const kept = seen(shell, "it is yes");
    shell.write("\recho it is $kept\r");
    await kept.catch(() => {
      same = false;
    });
  }
  shell.connection.close();
  const slot = newSlot();
  const first = await openDrawn(url, slot);
  await run(first.shell, "seq 1 300; kept=yes");
  const before = await first.screen.text();
  first.shell.connection.close();
  for (let at = 0; at < tries; at++) {
    const began = performance.now();
    const { shell: page, screen } = await openDrawn(url, slot);
    reloadMs.push((await screen.redrawn) - began);
    same &&= (await screen.text()) === before;
    page.connection.close();
  }
  return { cutMs, reloadMs, same };
}

const REST_SECONDS = 20;

/** Many shells at once, and what they cost while nobody types. */
export async function crowd(way: Way, url: string, count: number) {
  const pid = way.pid ?? process.pid;
  const before = residentBytes(pid);
  const connection = openConnection(url);
  const began = performance.now();
  const times: number[] = [];
  const opened = await Promise.allSettled(
    Array.from({ length: count }, async () => {
      const shell = await openGatewayShell(url, newSlot(), connection);
      times.push(performance.now() - began);
      return shell;
    }),
  );
  const shells = opened.filter((one): one is PromiseFulfilledResult<GatewayShell> => one.status === "fulfilled");
  await pause(3_000);
  const perSession = (residentBytes(pid) - before) / Math.max(1, shells.length);
  const busy = processorSeconds(pid);
  // Long enough that one collection of what the opens left behind is not taken for what rest costs.
  await pause(REST_SECONDS * 1000);
  const processorShare = (processorSeconds(pid) - busy) / REST_SECONDS;
  for (const { value } of shells) {
    value.link.end();
    value.link.stop();
  }
  await pause(500);
  connection.close();
  return { opened: shells.length, failed: count - shells.length, times, perSession, processorShare };
}

/** Shells with every line of their scrollback full: bytes each, over what the process took before. */
export async function fullScrollback(way: Way, url: string, count: number) {
  const pid = way.pid ?? process.pid;
  const before = residentBytes(pid);
  const connection = openConnection(url);
  const shells: GatewayShell[] = [];
  for (let at = 0; at < count; at++) {
    const shell = await openGatewayShell(url, newSlot(), connection);
    shells.push(shell);
    // More lines than are kept, as wide as the screen, each in another colour.
    await run(shell, "for i in $(seq 1 1300); do printf '\\033[3%dm%079d\\n' $((i % 8)) $i; done");
  }
  await pause(3_000);
  const perSession = (residentBytes(pid) - before) / count;
  for (const shell of shells) {
    shell.link.end();
    shell.link.stop();
  }
  await pause(500);
  connection.close();
  return perSession;
}

/**
 * Away for so long, while the shell prints: how soon after the way is open again everything missed is there, at the socket;
 * how often what was typed meanwhile ran; and whether the screen is that of a page which was never away.
 */
export async function away(url: string, ms: number) {
  const network = await cuttableNetwork(url);
  const slot = newSlot();
  const { shell, screen } = await openDrawn(network.url, slot);
  const { shell: stayed, screen: whole } = await openDrawn(url, slot);
  await whole.redrawn;
  await run(shell, "kept=yes");
  const typed = Array.from({ length: 20 }, (_, at) => `k${at}`).join(" ");
  const answer = `typed yes ${typed}.`;
  let output = "";
  const { consumer } = shell;
  const [missed, answered] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  shell.consumer = (bytes, parsed) => {
    output += Buffer.from(bytes).toString("utf8");
    if (output.includes("printed meanwhile")) missed.resolve(performance.now());
    if (output.includes(answer)) answered.resolve(performance.now());
    consumer(bytes, parsed);
  };
  const printed = seen(stayed, "printed meanwhile");
  const ready = seen(shell, "] ");
  shell.write("(sleep 1; seq 1 200; printf 'printed mean''while') &\r");
  await ready;
  network.cut();
  const cutAt = performance.now();
  await printed;
  shell.write(`\recho "typed $kept ${typed}."\r`);
  await pause(ms - (performance.now() - cutAt));
  network.mend();
  const began = performance.now();
  shell.connection.retryNow();
  const late = pause(30_000).then(() => Number.NaN);
  const missedMs = (await Promise.race([missed.promise, late])) - began;
  const answerMs = (await Promise.race([answered.promise, late])) - began;
  await run(shell, "true");
  await pause(300);
  const same = (await screen.text()) === (await whole.text());
  const once = output.split(answer).length - 1;
  stayed.close();
  shell.connection.close();
  await network.close();
  return { missedMs, answerMs, once, same };
}

async function openDrawn(url: string, slot: string): Promise<{ shell: GatewayShell; screen: DrawnScreen }> {
  let screen: DrawnScreen | undefined;
  const shell = await openGatewayShell(url, slot, openConnection(url), (opening) => {
    screen = new DrawnScreen(opening);
  });
  return { shell, screen: screen as DrawnScreen };
}

function highest(pid: number) {
  let most = residentBytes(pid);
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes(pid));
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return Math.max(most, residentBytes(pid));
    },
  };
}

function lastLine(terminal: import("@xterm/headless").Terminal): string {
  const { active } = terminal.buffer;
  return (
    active
      .getLine(active.baseY + active.cursorY)
      ?.translateToString(true)
      .trim() ?? ""
  );
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const at = by % values.length;
  return [...values.slice(at), ...values.slice(0, at)];
}
