/**
 * `npm run bench:terminal [-- --quick] [-- --json FILE] [-- --only NAME]`: the terminal against a real sshd on this
 * machine, beside a bare ssh2 client and a plain relay. Compare ratios, not milliseconds. docs/terminal.md explains.
 */
import { writeFileSync } from "node:fs";
import { arch, cpus, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { GATEWAY_FLAGS } from "../../gateway/process-flags.ts";
import { type Figure, markdownOf, median, percentile, reached, round, tableOf } from "../figures.ts";
import { inChromium } from "./browser.ts";
import * as measure from "./measures.ts";
import { memoryOf, startProcess } from "./processes.ts";
import { bareWay, gatewayWay, relayWay } from "./shells.ts";
import { startSshd } from "./sshd.ts";

const MB = 1_000_000;
const { values: options } = parseArgs({
  options: { quick: { type: "boolean" }, json: { type: "string" }, only: { type: "string" } },
});
const quick = options.quick ?? false;
const wanted = (name: string) => options.only === undefined || options.only.split(",").includes(name);
const say = (text: string) => process.stderr.write(`${text}\n`);

const sshd = await startSshd();
const gateway = await startProcess("./gateway-process.ts", sshd.node, GATEWAY_FLAGS);
const relay = await startProcess("./relay-process.ts", sshd.node);
const ways = [bareWay(sshd.node), relayWay(relay.url, relay.pid), gatewayWay(gateway.url, gateway.pid)];
const [, relayed, own] = ways as [(typeof ways)[0], (typeof ways)[0], (typeof ways)[0]];
const figures: Figure[] = [];
const note = (figure: Figure) => {
  figures.push(figure);
  say(tableOf([figure]));
};
/** A figure of memory that is missed says what the memory is used for. */
const noteMemory = async (figure: Figure) => {
  note(figure);
  if (reached(figure) === false) say(`  the gateway now, MB: ${await memoryOf(gateway.child)}`);
};

try {
  say("warming up");
  for (const way of ways) {
    const shell = await measure.openReady(way);
    await measure.run(shell, "seq 1 2000000");
    shell.close();
  }

  if (wanted("echo")) {
    const idle = await measure.echoIdle(ways, quick ? 8 : 25);
    const loaded = await measure.echoLoaded(ways, quick ? 4 : 15);
    for (const [load, times] of [
      ["idle", idle],
      ["another floods", loaded],
    ] as const) {
      for (const { name } of ways) {
        for (const share of [0.5, 0.99]) {
          note({
            name: `echo, ${load}, ${name}, p${share * 100}`,
            value: percentile(times[name] ?? [], share),
            unit: "ms",
          });
        }
      }
    }
    const ratio = (times: measure.PerWay<number[]>, share: number) =>
      percentile(times.gateway ?? [], share) / percentile(times.relay ?? [], share);
    note({ name: "echo, idle, p50, gateway to relay", value: ratio(idle, 0.5), unit: "", atMost: 1.2 });
    note({ name: "echo, another floods, p99, gateway to relay", value: ratio(loaded, 0.99), unit: "", atMost: 1.5 });
  }

  if (wanted("bulk")) {
    const megabytes = quick ? 40 : 100;
    const line = "the quick brown fox jumps over the lazy dog 0123456789\n";
    const text = line.repeat(Math.ceil((megabytes * MB) / line.length));
    const file = join(sshd.folder, "bulk");
    writeFileSync(file, text);
    const parser = await measure.headlessSpeed(Buffer.from(text.replaceAll("\n", "\r\n").slice(0, 30 * MB)));
    const { speeds, growth } = await measure.bulk(ways, file, megabytes, quick ? 2 : 5);
    for (const { name } of ways) note({ name: `bulk, ${name}`, value: median(speeds[name] ?? []), unit: "MB/s" });
    note({ name: "bulk, @xterm/headless alone", value: parser, unit: "MB/s" });
    const slower = Math.min(parser, median(speeds.ssh2 ?? []));
    note({ name: "bulk, gateway to the slower", value: median(speeds.gateway ?? []) / slower, unit: "", atLeast: 0.9 });
    await noteMemory({ name: "bulk, growth, gateway", value: (growth.gateway ?? 0) / MB, unit: "MB", atMost: 24 });
  }

  if (wanted("interrupt")) {
    const { times, lostBytes } = await measure.interrupt(own, quick ? 1_000 : 4_000, quick ? 6 : 20);
    note({ name: "^C to prompt, parsing client, p95", value: percentile(times, 0.95), unit: "ms", atMost: 100 });
    note({ name: "^C, bytes lost", value: lostBytes, unit: "", atMost: 0 });
  }

  if (wanted("stall")) {
    const beside = await measure.stall(relayed, quick ? 4_000 : 10_000);
    const short = await measure.stall(own, quick ? 4_000 : 10_000);
    await noteMemory({ name: "stall, growth", value: short.growthBytes / MB, unit: "MB", atMost: 24 });
    note({ name: "stall, growth of the relay", value: beside.growthBytes / MB, unit: "MB" });
    note({ name: "stall, neighbour p99, relay", value: beside.neighbourP99Ms, unit: "ms" });
    const neighbours = short.neighbourP99Ms / beside.neighbourP99Ms;
    note({ name: "stall, neighbour p99, gateway to relay", value: neighbours, unit: "", atMost: 1.5 });
    note({ name: "stall, ^C to prompt afterwards", value: short.interruptMs, unit: "ms", atMost: 100 });
    if (!quick) {
      const long = await measure.stall(own, 60_000);
      await noteMemory({ name: "stall of 60 s, growth", value: long.growthBytes / MB, unit: "MB", atMost: 24 });
      const apart = Math.abs(long.growthBytes - short.growthBytes) / MB;
      note({ name: "stall of 60 s and of 10 s, growth apart", value: apart, unit: "MB", atMost: 3 });
      note({ name: "stall of 60 s, ^C to prompt afterwards", value: long.interruptMs, unit: "ms", atMost: 100 });
    }
  }

  if (wanted("reattach")) {
    const { cutMs, reloadMs, same } = await measure.reattach(gateway.url, quick ? 5 : 20);
    note({ name: "cut and back, to what was missed, p95", value: percentile(cutMs, 0.95), unit: "ms", atMost: 50 });
    note({ name: "reload, to the screen, p95", value: percentile(reloadMs, 0.95), unit: "ms", atMost: 50 });
    note({ name: "cut and reload, same shell and screen", value: same ? 1 : 0, unit: "", atLeast: 1 });
  }

  if (wanted("away")) {
    for (const seconds of quick ? [5] : [5, 60]) {
      const { missedMs, answerMs, once, same } = await measure.away(gateway.url, seconds * 1000);
      const cut = `cut for ${seconds} s`;
      note({ name: `${cut}, to what was missed`, value: missedMs, unit: "ms", atMost: 50 });
      note({ name: `${cut}, typed meanwhile and run`, value: once, unit: "times", atLeast: 1, atMost: 1 });
      note({ name: `${cut}, to its answer`, value: answerMs, unit: "ms" });
      note({ name: `${cut}, screen as that of a page that stayed`, value: same ? 1 : 0, unit: "", atLeast: 1 });
    }
  }

  if (wanted("scrollback")) {
    const count = quick ? 20 : 100;
    const each = await measure.fullScrollback(own, gateway.url, count);
    await noteMemory({ name: `${count} sessions with full scrollback, each`, value: each / MB, unit: "MB", atMost: 2 });
  }

  if (wanted("browser")) {
    const seen = await inChromium(gateway.url, sshd.folder, quick ? 60 : 300);
    for (const [load, times] of [
      ["idle", seen.idleMs],
      ["another tab flooded", seen.floodedMs],
    ] as const) {
      for (const share of [0.5, 0.95]) {
        const name = `Chromium, key to pixels, ${load}, p${share * 100}`;
        note({ name, value: percentile(times, share), unit: "ms" });
      }
    }
    note({ name: "Chromium, the flooded tab got", value: seen.floodBytesPerSecond / MB, unit: "MB/s" });
    note({ name: "Chromium, scrolling", value: seen.fps, unit: "frames/s" });
    note({ name: "Chromium, scrolling, longest frame", value: seen.longestFrameMs, unit: "ms" });
  }

  if (wanted("crowd")) {
    const hundred = await measure.crowd(own, gateway.url, 100);
    note({ name: "100 opens at once, failed", value: hundred.failed, unit: "", atMost: 0 });
    note({ name: "100 opens at once, last", value: Math.max(...hundred.times) / 1000, unit: "s" });
    const many = quick ? hundred : await measure.crowd(own, gateway.url, 500);
    const name = `${many.opened} idle sessions`;
    note({ name: `${name}, failed`, value: many.failed, unit: "", atMost: 0 });
    await noteMemory({ name: `${name}, memory each`, value: many.perSession / 1000, unit: "KB", atMost: 300 });
    note({ name: `${name}, processor`, value: many.processorShare * 100, unit: "%", atMost: 3 });
  }
} finally {
  gateway.child.kill();
  relay.child.kill();
  sshd.stop();
}

const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, Linux ${release()} ${arch()}, Node ${process.version}`;
const missed = figures.filter((figure) => reached(figure) === false);
process.stdout.write(
  `\n${machine}\n\n${markdownOf(figures)}\n\n${missed.length === 0 ? "Every figure was reached." : `${missed.length} missed.`}\n`,
);
const report = {
  machine,
  quick,
  at: new Date().toISOString(),
  figures: figures.map((one) => ({ ...one, value: round(one.value), reached: reached(one) })),
};
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
else process.stdout.write(`\n${JSON.stringify(report)}\n`);
process.exit(0);
