/** The simulator's processes and threads die in earnest: SIGKILL, and programs that never give their thread back. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type HostProcess, startHostProcess } from "./testing/host-process.ts";
import { openShellOn, runOn } from "./testing/node-shell.ts";
import { workerOf } from "./worker-pool.ts";

let directory: string;
let host: HostProcess;

const start = (options: { pulseEveryMs?: number; faulty?: boolean } = {}) =>
  startHostProcess({ dataDirectory: directory, workers: 2, ...options });

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "quorate-host-"));
});
afterEach(async () => {
  await host.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function make(lab: string) {
  await host.create({ lab, seed: lab, nodes: ["pve1", "pve2"] });
  return (await host.describe(lab)).nodes.map((node) => node.ssh);
}

describe("SIGKILL of the host", () => {
  it("costs its shells and nothing else: files, services and a task go on", { timeout: 60_000 }, async () => {
    host = await start();
    const [door] = await make("one");
    const shell = await openShellOn(door!);
    await shell.shows(/# /);
    shell.write("echo kept > /root/kept; echo shared > /etc/pve/kept; systemctl stop pvescheduler\r");
    await shell.shows(/\n.*# /);
    // A task that takes some model seconds, under way when everything ends.
    shell.write("pvecm create lab\r");
    await shell.shows(/Corosync Cluster Engine Authentication key generator/i);
    await host.kill();
    await shell.ended;
    host = await start();
    const [again] = (await host.describe("one")).nodes.map((node) => node.ssh);
    const after = await openShellOn(again!);
    await after.shows(/# /);
    after.write("history\r");
    await after.shows(/echo kept > \/root\/kept.*\n +\d+ {2}pvecm create lab/s);
    after.close();
    expect(await runOn(again!, "cat /root/kept; systemctl is-active pvescheduler")).toMatchObject({
      output: "kept\ninactive\n",
    });
    const tasks = async () =>
      JSON.parse((await runOn(again!, "pvesh get /nodes/pve1/tasks --output-format json")).output) as unknown[];
    const created = expect.objectContaining({ type: "clustercreate", status: "OK" });
    await vi.waitFor(async () => expect(await tasks()).toContainEqual(created), { timeout: 40_000, interval: 500 });
    // Not before: making a cluster starts pmxcfs anew, and /etc/pve is not there for a moment.
    expect((await runOn(again!, "cat /etc/pve/kept; pvecm nodes")).output).toMatch(/^shared\n.*pve1 \(local\)/s);
  });
});

describe("what a SIGKILL of the host takes", () => {
  it("is at most the last second: a counter that a script writes down", { timeout: 60_000 }, async () => {
    host = await start();
    const [door] = await make("one");
    const shell = await openShellOn(door!);
    await shell.shows(/# /);
    // Eleven steps are more than a second of the node's time; more was done than was shown.
    shell.write("i=0; while :; do echo $i > /root/count; echo step-$i-; i=$((i+1)); sleep 0.1; done\r");
    await shell.shows(/\nstep-25-/);
    await host.kill();
    await shell.ended;
    host = await start();
    const [again] = (await host.describe("one")).nodes.map((node) => node.ssh);
    const kept = Number((await runOn(again!, "cat /root/count")).output);
    expect(kept).toBeGreaterThanOrEqual(25 - 11);
    // The loop was the shell's, and went with it.
    expect((await runOn(again!, "pgrep -c sleep")).output).toBe("0\n");
  });
});

describe("a worker that is stuck", () => {
  it("takes only itself: its labs are awake again, those of others notice nothing", { timeout: 90_000 }, async () => {
    host = await start({ pulseEveryMs: 500, faulty: true });
    const names = ["a", "b", "c", "d", "e", "f"];
    const stuck = names[0]!;
    const neighbour = names.find((name) => name !== stuck && workerOf(name, 2) === workerOf(stuck, 2))!;
    const elsewhere = names.find((name) => workerOf(name, 2) !== workerOf(stuck, 2))!;
    const doors = Object.fromEntries(
      await Promise.all([stuck, neighbour, elsewhere].map(async (name) => [name, (await make(name))[0]!] as const)),
    );
    await runOn(doors[neighbour]!, "echo kept > /root/kept");
    const other = await openShellOn(doors[elsewhere]!);
    await other.shows(/# /);
    const shell = await openShellOn(doors[stuck]!);
    await shell.shows(/# /);
    shell.write("hold-the-thread\r");
    await shell.ended;
    expect(host.log.join("\n")).toContain("stuck and is replaced");
    await vi.waitFor(() => expect(host.log.join("\n")).toContain("awake again in a new worker"), { timeout: 30_000 });
    other.write("echo still-$((40+2))\r");
    await other.shows(/\nstill-42\r\n/);
    other.close();
    const [door] = (await host.describe(neighbour)).nodes;
    expect(await runOn(door!.ssh, "cat /root/kept")).toMatchObject({ output: "kept\n", status: 0 });
  });
});

describe("a lab that holds its worker a second time", () => {
  it("keeps its files and is woken when it is asked for; another lab of the worker is, too", {
    timeout: 90_000,
  }, async () => {
    host = await start({ pulseEveryMs: 500, faulty: true });
    const names = ["a", "b", "c", "d", "e", "f"];
    const stuck = names[0]!;
    const neighbour = names.find((name) => name !== stuck && workerOf(name, 2) === workerOf(stuck, 2))!;
    for (const name of [stuck, neighbour]) {
      const [door] = await make(name);
      await runOn(door!, `echo ${name} > /root/kept; systemctl stop pvescheduler`);
    }
    for (let time = 1; time <= 2; time++) {
      // A worker that has just died says "try again".
      const doorNow = await vi.waitFor(async () => (await host.describe(stuck)).nodes[0]!.ssh, { timeout: 30_000 });
      const shell = await openShellOn(doorNow);
      await shell.shows(/# /);
      shell.write("hold-the-thread\r");
      await shell.ended;
      await vi.waitFor(
        () =>
          expect(host.log.filter((line) => line.includes("stuck and is replaced")).length).toBeGreaterThanOrEqual(time),
        { timeout: 30_000 },
      );
    }
    for (const name of [stuck, neighbour]) {
      // A second of the node's time may be missing: what went on by itself goes on again.
      await vi.waitFor(
        async () => {
          const [node] = (await host.describe(name)).nodes;
          const { output } = await runOn(node!.ssh, "cat /root/kept; systemctl is-active pvescheduler");
          expect(output).toBe(`${name}\ninactive\n`);
        },
        { timeout: 30_000, interval: 500 },
      );
    }
    expect(host.log.join("\n")).not.toContain("begins anew");
  });
});

describe("a lab that sleeps", () => {
  it("is asked to and wakes at its next description, at the same keys", async () => {
    host = await start();
    const [before] = await make("one");
    await runOn(before!, "echo kept > /root/kept");
    await host.ask("POST", "/labs/one/sleep");
    expect(await host.ask("GET", "/workers")).toMatchObject([{}, {}]);
    await expect(runOn(before!, "true")).rejects.toThrow();
    const [after] = (await host.describe("one")).nodes.map((node) => node.ssh);
    expect(after!.hostKeySha256).toBe(before!.hostKeySha256);
    expect((await runOn(after!, "cat /root/kept")).output).toBe("kept\n");
  });
});
