/** The simulator's processes and threads die in earnest: SIGKILL, and programs that never give their thread back. */
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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
  it("takes only itself; the lab that stops it twice is set aside and begins anew", { timeout: 120_000 }, async () => {
    host = await start({ pulseEveryMs: 500 });
    const names = ["a", "b", "c", "d", "e", "f"];
    const stuck = names[0]!;
    const neighbour = names.find((name) => name !== stuck && workerOf(name, 2) === workerOf(stuck, 2))!;
    const elsewhere = names.find((name) => workerOf(name, 2) !== workerOf(stuck, 2))!;
    const doors = Object.fromEntries(
      await Promise.all([stuck, neighbour, elsewhere].map(async (name) => [name, (await make(name))[0]!] as const)),
    );
    await runOn(doors[stuck]!, "echo lost > /root/lost");
    await runOn(doors[neighbour]!, "echo kept > /root/kept");
    const other = await openShellOn(doors[elsewhere]!);
    await other.shows(/# /);
    await host.ask("POST", `/labs/${stuck}/sleep`);
    // Some thousands of years to live through at its next waking.
    const folder = dirname(filesUnder(directory).find((path) => path.endsWith(join(stuck, "identity.json")))!);
    appendFileSync(join(folder, "inputs.jsonl"), `${JSON.stringify({ number: 1_000_000, atMs: 1e15 })}\n`);
    await expect(host.describe(stuck)).rejects.toThrow("the lab's worker died");
    expect(host.log.join("\n")).toContain("stuck and is replaced");
    await vi.waitFor(() => expect(host.log.join("\n")).toContain("awake again in a new worker"), { timeout: 30_000 });
    other.write("echo still-$((40+2))\r");
    await other.shows(/\nstill-42\r\n/);
    other.close();
    const kept = async () => {
      const [door] = (await host.describe(neighbour)).nodes;
      return runOn(door!.ssh, "cat /root/kept");
    };
    expect(await kept()).toMatchObject({ output: "kept\n", status: 0 });

    await expect(host.describe(stuck)).rejects.toThrow("the lab's worker died");
    const [anew] = (await host.describe(stuck)).nodes;
    expect((await runOn(anew!.ssh, "ls /root/lost")).status).toBe(2);
    expect(await host.ask("GET", `/labs/${stuck}/notice`)).toMatchObject({ notice: { kind: "fresh" } });
    expect(filesUnder(folder).filter((path) => path.endsWith(join("unreadable-1", "snapshot.json")))).toHaveLength(1);
    expect(await kept()).toMatchObject({ output: "kept\n", status: 0 });
  });
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

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
