/** From a key to its echo: the simulated shell beside bash behind OpenSSH's sshd, and while other shells are busy. */
import type ssh2 from "ssh2";
import { connectTo, openShellOn, type SshDoorAddress } from "../../simulator/host/testing/node-shell.ts";
import { workerOf } from "../../simulator/host/worker-pool.ts";
import { type Figure, median, percentile } from "../figures.ts";
import { startSshd } from "../terminal/sshd.ts";
import { startBareSsh } from "./bare-ssh.ts";
import { type BenchHost, NODES, startBenchHost } from "./lab-host.ts";

const KEYS = 600;
const WARM_UP = 200;
const WORKERS = 2;
/** A fast typist's next key, so that each meets a machine at rest. */
const BETWEEN_MS = 4;

export async function echo(): Promise<Figure[]> {
  const host = await startBenchHost();
  const sshd = await startSshd();
  const bare = await startBareSsh();
  try {
    const lab = await labOn(host, "echo");
    const { node } = sshd;
    const real: SshDoorAddress = { ...node, password: "" };
    const [floor, theirs, ours] = [await echoes(bare.door), await echoes(real), await echoes(lab)];
    return [
      { name: "echo of a key by bash behind OpenSSH's sshd, median", value: median(theirs), unit: "ms" },
      { name: "  p99", value: percentile(theirs, 0.99), unit: "ms" },
      { name: "echo of a key by the simulated shell, median", value: median(ours), unit: "ms" },
      { name: "  as times of sshd's", value: median(ours) / median(theirs), unit: "x", atMost: 1.5 },
      { name: "  p99", value: percentile(ours, 0.99), unit: "ms" },
      { name: "  by a bare ssh2 server that sends keys back, median", value: median(floor), unit: "ms" },
    ];
  } finally {
    bare.stop();
    sshd.stop();
    await host.close();
  }
}

/** One endless loop in each worker; how another lab of the same worker echoes, with and without. */
export async function busyShells(): Promise<Figure[]> {
  const host = await startBenchHost();
  try {
    const watched = await labOn(host, "watched");
    const quiet = await echoes(watched);
    const busy = [];
    for (const worker of [0, 1]) {
      let name = `busy-${worker}`;
      for (let next = 0; workerOf(name, WORKERS) !== worker; next++) name = `busy-${worker}-${next}`;
      const shell = await openShellOn(await labOn(host, name));
      await shell.shows(/# $/);
      shell.write("while true; do :; done\r");
      await shell.shows(/\r\n/);
      busy.push(shell);
    }
    const loaded = await echoes(watched);
    for (const shell of busy) {
      shell.write("\x03");
      await shell.shows(/\^C[\s\S]*# $/);
      shell.close();
    }
    return [
      { name: "echo in another lab, no shell busy: median", value: median(quiet), unit: "ms" },
      { name: "  p99", value: percentile(quiet, 0.99), unit: "ms" },
      { name: "echo in another lab of a worker with a busy shell: median", value: median(loaded), unit: "ms" },
      { name: "  p99", value: percentile(loaded, 0.99), unit: "ms" },
      { name: "  p99 as times of that without", value: percentile(loaded, 0.99) / percentile(quiet, 0.99), unit: "x" },
    ];
  } finally {
    await host.close();
  }
}

async function labOn(host: BenchHost, lab: string): Promise<SshDoorAddress> {
  return (await host.create({ lab, seed: lab, nodes: NODES })).nodes[0]!.ssh;
}

/** Milliseconds from each key to its echo; a line is thrown away with ^U before it wraps. */
async function echoes(door: SshDoorAddress): Promise<number[]> {
  const client = await connectTo(door);
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) =>
    client.shell({ term: "xterm-256color", cols: 200, rows: 24 }, (error, opened) =>
      error ? reject(error) : resolve(opened),
    ),
  );
  let heard: () => void = () => {};
  let text = "";
  channel.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
    heard();
  });
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      heard = () => {
        if (!holds()) return;
        heard = () => {};
        resolve();
      };
      heard();
    });
  await until(() => /[#$] $/.test(text));
  const took: number[] = [];
  for (let key = 0; key < WARM_UP + KEYS; key++) {
    if (key % 60 === 59) channel.write("\x15");
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    text = "";
    const letter = String.fromCharCode(97 + (key % 26));
    const began = performance.now();
    channel.write(letter);
    await until(() => text.includes(letter));
    if (key >= WARM_UP) took.push(performance.now() - began);
  }
  client.end();
  return took;
}
