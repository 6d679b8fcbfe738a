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

const start = (options: { pulseEveryMs?: number } = {}) =>
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
    expect(await runOn(again!, "cat /root/kept /etc/pve/kept; systemctl is-active pvescheduler")).toMatchObject({
      output: "kept\nshared\ninactive\n",
    });
    const tasks = async () =>
      JSON.parse((await runOn(again!, "pvesh get /nodes/pve1/tasks --output-format json")).output) as unknown[];
    const created = expect.objectContaining({ type: "clustercreate", status: "OK" });
    await vi.waitFor(async () => expect(await tasks()).toContainEqual(created), { timeout: 40_000, interval: 500 });
    expect((await runOn(again!, "pvecm nodes")).output).toContain("pve1 (local)");
  });
});

describe("a worker that is stuck", () => {
  // Linear, and far too long all the same: thousands of states on millions of letters.
  const endless = `head -c 3000000 /dev/zero | tr '\\0' a | grep -cE '^((a{1,60}){1,16}|(a|aa)*b)+!$'`;

  it("takes only itself: its labs are awake again, those of others notice nothing", { timeout: 90_000 }, async () => {
    host = await start({ pulseEveryMs: 500 });
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
    shell.write(`${endless}\r`);
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
