import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LabNode } from "../../labs/lab-description.ts";
import { execOverSsh } from "../../labs/ssh-command.ts";
import { ControlRefusal } from "./control-api.ts";
import { LocalLabHouse } from "./lab-house.ts";
import { openShellOn } from "./testing/node-shell.ts";

let directory: string;
let house: LocalLabHouse;
const faults: string[] = [];

const awake: string[] = [];

function openHouse(options: { sleepAfterMs?: number } = {}): LocalLabHouse {
  return new LocalLabHouse({
    directory,
    ...options,
    onAwake: (lab, is) => {
      if (is) awake.push(lab);
      else awake.splice(awake.indexOf(lab), 1);
    },
    log: { info: () => {}, error: (message, error) => faults.push(`${message} ${String(error)}`) },
  });
}

beforeEach(async () => {
  faults.length = 0;
  awake.length = 0;
  directory = mkdtempSync(join(tmpdir(), "quorate-house-"));
  house = openHouse();
  await house.create({ lab: "one", seed: "1", nodes: ["pve1", "pve2"] });
});
afterEach(async () => {
  await house.stop();
  rmSync(directory, { recursive: true, force: true });
  expect(faults).toEqual([]);
});

const power = async (lab: string) => (await house.control(lab).state()).nodes.map((node) => node.power).join();

describe("a lab", () => {
  it("keeps names, keys, password and power over a restart, whatever its ports", async () => {
    const before = await house.describe("one");
    await house.control("one").setPower("pve2", { state: "off" });
    await house.stop();
    house = openHouse();
    const after = await house.describe("one");
    expect(after.nodes.map(({ name, ssh }) => [name, ssh.hostKeySha256, ssh.password])).toEqual(
      before.nodes.map(({ name, ssh }) => [name, ssh.hostKeySha256, ssh.password]),
    );
    expect(after.nodes.map(({ api }) => api.certSha256)).toEqual(before.nodes.map(({ api }) => api.certSha256));
    expect(await power("one")).toBe("on,off");
  });

  it("that nobody made, or whose id is a path, is refused", async () => {
    await expect(house.describe("other")).rejects.toThrow("there is no lab other");
    await expect(house.describe("../one")).rejects.toThrow(ControlRefusal);
  });

  it("is opened once by two who ask at once", async () => {
    const [first, second] = await Promise.all([house.describe("one"), house.describe("one")]);
    expect(first).toEqual(second);
  });
});

describe("going to another state", () => {
  it("keeps what was there, and one step returns to it", async () => {
    await house.control("one").setPower("pve2", { state: "off" });
    await house.change("one", { to: "fresh", label: "Chapter 5" });
    expect(await power("one")).toBe("on,on");
    const [point] = await house.restorePoints("one");
    expect(point).toMatchObject({ label: "Chapter 5" });
    await house.change("one", { to: "restore-point", id: point!.id, label: "fresh nodes" });
    expect(await power("one")).toBe("on,off");
    expect((await house.restorePoints("one")).map(({ label }) => label)).toEqual(["fresh nodes", "Chapter 5"]);
  });

  it("keeps the last three states and no more", async () => {
    for (const label of ["first", "second", "third", "fourth"]) {
      await house.describe("one");
      await house.change("one", { to: "fresh", label });
    }
    const labels = (await house.restorePoints("one")).map((point) => point.label);
    expect(labels).toHaveLength(3);
    expect(labels).not.toContain("first");
  });

  it("puts a stage made in one lab into another, which keeps its own password", async () => {
    await house.control("one").setPower("pve2", { state: "off" });
    await house.saveStage("abcdef0123456789", "one");
    await house.create({ lab: "two", seed: "2", nodes: ["pve1", "pve2"] });
    const before = await house.describe("two");
    await house.change("two", { to: "stage", hash: "abcdef0123456789", label: "before" });
    const after = await house.describe("two");
    expect(await power("two")).toBe("on,off");
    expect(after.nodes[0]!.ssh.password).toBe(before.nodes[0]!.ssh.password);
    expect(after.nodes[0]!.api.certSha256).not.toBe(before.nodes[0]!.api.certSha256);
  });

  it("has nothing from the future in a stage, whose making takes no time and lives through a minute", async () => {
    const made = await house.create({ lab: "making", seed: "3", nodes: ["pve1", "pve2"], clocksBehindMs: 180_000 });
    const on = (node: LabNode, command: string) => execOverSsh(node, command, 20_000);
    expect(await on(made.nodes[0]!, "sleep 60; touch made; echo done")).toBe("done\n");
    await house.saveStage("abcdef0123456789", "making");
    await house.change("one", { to: "stage", hash: "abcdef0123456789", label: "before" });
    const seen = await on((await house.describe("one")).nodes[0]!, "stat -c %Y made; date +%s");
    const [atMade, now] = seen.trim().split("\n").map(Number);
    expect(atMade).toBeLessThanOrEqual(now!);
    expect(now! - atMade!).toBeLessThan(200);
    expect(Math.abs(now! - Date.now() / 1000)).toBeLessThan(10);
  });

  it("refuses a stage that is not made, or of other nodes, and leaves the lab as it is", async () => {
    await house.control("one").setPower("pve2", { state: "off" });
    await expect(house.change("one", { to: "stage", hash: "0000000000000000", label: "x" })).rejects.toThrow(
      "not been made",
    );
    await house.saveStage("abcdef0123456789", "one");
    await house.create({ lab: "three", seed: "3", nodes: ["pve1"] });
    await expect(house.change("three", { to: "stage", hash: "abcdef0123456789", label: "x" })).rejects.toThrow(
      "has the nodes",
    );
    await expect(house.change("one", { to: "restore-point", id: "gone", label: "x" })).rejects.toThrow("gone");
    expect(await power("one")).toBe("on,off");
    expect(await house.restorePoints("one")).toEqual([]);
  });

  it("keeps the inputs of a lab whose process was killed", async () => {
    await house.control("one").setPower("pve2", { state: "off" });
    // As a killed process leaves it: the input is in the log, the snapshot is older.
    const killed = house;
    house = openHouse();
    await house.change("one", { to: "fresh", label: "killed" });
    const [point] = await house.restorePoints("one");
    await house.change("one", { to: "restore-point", id: point!.id, label: "fresh" });
    expect(await power("one")).toBe("on,off");
    await killed.stop();
  });
});

describe("one node in another state", () => {
  it("is installed anew while the others keep theirs, and one step returns to it", async () => {
    await house.control("one").setPower("pve1", { state: "off" });
    const before = await house.describe("one");
    await house.change("one", { to: "fresh", node: "pve2", label: "pve2 before" });
    expect(await power("one")).toBe("off,on");
    const after = await house.describe("one");
    // The machine has another certificate now; its terminal is out of band and stays what it was.
    expect(after.nodes[1]!.api.certSha256).not.toBe(before.nodes[1]!.api.certSha256);
    expect(after.nodes[0]!.api.certSha256).toBe(before.nodes[0]!.api.certSha256);
    expect(after.nodes[1]!.ssh.hostKeySha256).toBe(before.nodes[1]!.ssh.hostKeySha256);
    const [point] = await house.restorePoints("one");
    expect(point).toMatchObject({ label: "pve2 before" });
    await house.change("one", { to: "restore-point", id: point!.id, node: "pve2", label: "fresh pve2" });
    const back = await house.describe("one");
    expect(back.nodes[1]!.api.certSha256).toBe(before.nodes[1]!.api.certSha256);
    expect(await power("one")).toBe("off,on");
  });

  it("that is installed anew knows nothing of who logged in before", async () => {
    const door = async () => (await house.describe("one")).nodes[1]!.ssh;
    for (const greeting of [/x86_64\s+(?!Last)\S*root@pve2:~# /, /x86_64\s+Last login: .*root@pve2:~# /s]) {
      const shell = await openShellOn(await door());
      await shell.shows(greeting);
      shell.close();
      await shell.ended;
    }
    await house.change("one", { to: "fresh", node: "pve2", label: "before" });
    const shell = await openShellOn(await door());
    await shell.shows(/x86_64\s+(?!Last)\S*root@pve2:~# /);
    shell.close();
    await shell.ended;
  });

  it("takes that of a stage", async () => {
    await house.saveStage("abcdef0123456789", "one");
    const { nodes } = await house.describe("one");
    await house.create({ lab: "two", seed: "2", nodes: ["pve1", "pve2"] });
    const before = await house.describe("two");
    await house.change("two", { to: "stage", hash: "abcdef0123456789", node: "pve2", label: "before" });
    const after = await house.describe("two");
    expect(after.nodes.map(({ api }) => api.certSha256)).toEqual([
      before.nodes[0]!.api.certSha256,
      nodes[1]!.api.certSha256,
    ]);
    expect(after.nodes[1]!.ssh.password).toBe(before.nodes[1]!.ssh.password);
  });

  it("that is not in the lab is refused, and nothing is kept", async () => {
    await house.describe("one");
    await expect(house.change("one", { to: "fresh", node: "pve9", label: "x" })).rejects.toThrow("no node pve9");
    expect(await house.restorePoints("one")).toEqual([]);
  });
});

describe("a copy", () => {
  it("is in the same state, with keys and a password of its own", async () => {
    await house.control("one").setPower("pve2", { state: "off" });
    await house.copy("one", { lab: "twin", seed: "9" });
    expect(await power("twin")).toBe("on,off");
    const [one, twin] = [await house.describe("one"), await house.describe("twin")];
    expect(twin.nodes[0]!.api.certSha256).toBe(one.nodes[0]!.api.certSha256);
    expect(twin.nodes[0]!.ssh.password).not.toBe(one.nodes[0]!.ssh.password);
    expect(twin.nodes[0]!.ssh.hostKeySha256).not.toBe(one.nodes[0]!.ssh.hostKeySha256);
    await house.control("twin").setPower("pve2", { state: "on" });
    expect(await power("one")).toBe("on,off");
  });

  it("of a lab that sleeps is made without waking it, and never over another lab", async () => {
    await house.control("one").setPower("pve2", { state: "off" });
    await house.sleep("one");
    await house.copy("one", { lab: "twin", seed: "9" });
    expect(awake).toEqual([]);
    expect(await power("twin")).toBe("on,off");
    await expect(house.copy("one", { lab: "twin", seed: "9" })).rejects.toThrow("already");
  });
});

describe("a lab that nobody uses", () => {
  const asleep = () => vi.waitFor(() => expect(awake).toEqual([]), { timeout: 10_000, interval: 20 });

  it("sleeps without a socket, its time stands still, and it wakes when it is asked for", async () => {
    await house.stop();
    house = openHouse({ sleepAfterMs: 100 });
    const before = await house.describe("one");
    await house.control("one").setPower("pve2", { state: "off" });
    const { nowMs } = await house.control("one").clock();
    await asleep();
    await expect(connects(before.nodes[0]!.ssh.port)).rejects.toThrow("ECONNREFUSED");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const after = await house.describe("one");
    const woken = await house.control("one").clock();
    // What passed between the question and the sleep is at most the time after which it sleeps, and a sweep.
    expect(woken.nowMs - nowMs).toBeLessThan(300);
    expect(Math.abs(woken.wallMs - Date.now())).toBeLessThan(2_000);
    expect(await power("one")).toBe("on,off");
    expect(after.nodes[0]!.ssh.hostKeySha256).toBe(before.nodes[0]!.ssh.hostKeySha256);
  });

  it("stays awake while a client is connected", async () => {
    await house.stop();
    house = openHouse({ sleepAfterMs: 100 });
    const { nodes } = await house.describe("one");
    const client = await connects(nodes[0]!.ssh.port);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(awake).toEqual(["one"]);
    client.destroy();
    await asleep();
  });
});

function connects(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
  });
}
