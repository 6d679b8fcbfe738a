import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { does } from "../../cluster/testing/guest-jobs.ts";
import { clusterOf, freshLab, run } from "../../cluster/testing/lab-steps.ts";
import { fastPort } from "../../commands/testing/run-program.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { callAsRoot, findLocalEndpoint } from "../in-process.ts";
import { refusedPermission } from "../permissions.ts";

async function get(lab: LabState, path: string, params: Record<string, string> = {}) {
  const signal = new AbortController().signal;
  const answer = await callAsRoot({ lab: fastPort(lab), node: "pve1", signal, method: "GET", path, params });
  return answer.kind === "answered" ? answer.data : answer;
}

test("figures of the past are those that the status told then, and none from before the boot", async () => {
  const lab = freshLab(1);
  run(lab, 600_000);
  const figures = (await get(lab, "/nodes/pve1/rrddata", { timeframe: "hour" })) as Record<string, number>[];
  expect(figures).toHaveLength(70);
  expect(figures.map((one) => one.time! - figures[0]!.time!)).toEqual(figures.map((_, at) => at * 60));
  const known = figures.filter((one) => one.cpu !== undefined);
  // Ten minutes, and those since it booted before.
  expect(known.length).toBeGreaterThanOrEqual(10);
  expect(known.length).toBeLessThan(20);
  expect(new Set(known.map((one) => one.cpu)).size).toBeGreaterThan(3);
  expect(figures[0]).toEqual({ time: figures[0]!.time });
  act(lab, "power/set", { node: "pve1", state: "off" });
  act(lab, "power/set", { node: "pve1", state: "on" });
  run(lab, 60_000);
  const after = (await get(lab, "/nodes/pve1/rrddata", { timeframe: "hour" })) as Record<string, number>[];
  expect(after.filter((one) => one.cpu !== undefined).length).toBeLessThan(3);
});

/** What points of a guest that was off, and of a storage, have on a real node. */
const RECORDED_OFF = recorded("/nodes/pve1/qemu/101/rrddata?timeframe=hour");
const RECORDED_STORAGE = recorded("/nodes/pve1/storage/local/rrddata?timeframe=hour");

function recorded(asked: string): Record<string, string>[] {
  const file = new URL("../../recordings/pve/sent/three-nodes-bodies.json", import.meta.url);
  const steps: { path?: string; body: { data: Record<string, string>[] } }[] = JSON.parse(readFileSync(file, "utf8"));
  return steps.find(({ path }) => path === asked)!.body.data;
}

test("a guest that is off has its size as recorded, its use begins with its process and is that of its status", async () => {
  const lab = clusterOf(2);
  does(lab, "pve1", 100, "create", { memory: "512" });
  const path = "/nodes/pve1/qemu/100/rrddata";
  const all = async () => (await get(lab, path, { timeframe: "hour" })) as Record<string, number>[];
  const used = async () => (await all()).filter((one) => one.cpu !== undefined);
  run(lab, 300_000);
  const off = await all();
  expect(off).toHaveLength(RECORDED_OFF.length);
  expect(Object.keys(off[0]!)).toEqual(["time"]);
  expect(Object.keys(off.at(-1)!).sort()).toEqual(Object.keys(RECORDED_OFF.at(-1)!).sort());
  const sized = off.filter((one) => one.maxmem !== undefined).length;
  expect(sized).toBeGreaterThanOrEqual(4);
  expect(sized).toBeLessThanOrEqual(6);
  does(lab, "pve1", 100, "start");
  run(lab, 300_000);
  const figures = await used();
  expect(figures.length).toBeGreaterThanOrEqual(4);
  expect(figures.length).toBeLessThanOrEqual(6);
  const [listed] = (await get(lab, "/nodes/pve1/qemu")) as Record<string, number>[];
  expect(figures.at(-1)).toMatchObject({ cpu: listed!.cpu, mem: listed!.mem, maxmem: 512 * 1024 ** 2, maxcpu: 1 });
  does(lab, "pve1", 100, "stop");
  expect(await used()).toEqual([]);
});

test("a guest that is not there has no figures, and a time frame must be one of five", async () => {
  const lab = freshLab(1);
  expect(await get(lab, "/nodes/pve1/qemu/999/rrddata", { timeframe: "hour" })).toMatchObject({
    kind: "refused",
    status: 500,
    message: "RRD error: opening '/var/lib/rrdcached/db/pve2-vm/999': No such file or directory",
  });
  expect(await get(lab, "/nodes/pve1/qemu/999/rrddata", { timeframe: "decade" })).toMatchObject({
    kind: "refused",
    status: 400,
  });
});

const MIB = 1024 ** 2;

test("a storage has the recorded figures since its node booted, and a volume's since it was made", async () => {
  const lab = clusterOf(2);
  run(lab, 300_000);
  const all = async (storage: string) =>
    (await get(lab, `/nodes/pve1/storage/${storage}/rrddata`, { timeframe: "hour" })) as Record<string, number>[];
  const local = await all("local");
  expect(local).toHaveLength(RECORDED_STORAGE.length);
  expect(Object.keys(local[0]!)).toEqual(["time"]);
  expect(Object.keys(local.at(-1)!).sort()).toEqual(Object.keys(RECORDED_STORAGE.at(-1)!).sort());
  const [shown] = ((await get(lab, "/nodes/pve1/storage")) as Record<string, unknown>[]).filter(
    (one) => one.storage === "local",
  );
  expect(local.at(-1)).toMatchObject({ total: shown!.total, used: shown!.used });
  does(lab, "pve1", 100, "create", { memory: "512", scsi0: "local-lvm:1" });
  const volume = lab.storage.volumes.find((one) => one.vmid === 100)!;
  volume.writtenBytes = 64 * MIB;
  run(lab, 240_000);
  const used = (await all("local-lvm")).filter((one) => one.used !== undefined).map((one) => one.used);
  expect(used.at(-1)! - used[0]!).toBe(64 * MIB);
  expect(new Set(used).size).toBe(2);
});

test("a storage that was just defined has no past, one that is away none at all, and none without a definition", async () => {
  const lab = clusterOf(2);
  run(lab, 600_000);
  act(lab, "storage/configure", {
    node: "pve1",
    op: "add",
    storage: "shared",
    type: "nfs",
    keys: [
      ["server", "10.99.7.5"],
      ["export", "/export/guests"],
      ["nodes", "pve1"],
    ],
  });
  run(lab, 130_000);
  const told = async () =>
    ((await get(lab, "/nodes/pve1/storage/shared/rrddata", { timeframe: "hour" })) as Record<string, number>[]).filter(
      (one) => one.total !== undefined,
    ).length;
  expect(await told()).toBeGreaterThanOrEqual(1);
  expect(await told()).toBeLessThanOrEqual(3);
  act(lab, "storage/cut", { address: "10.99.7.5", node: "pve1", cut: true });
  expect(await told()).toBe(0);
  for (const [node, storage] of [
    ["pve1", "nope"],
    ["pve2", "shared"],
  ] as const) {
    expect(await get(lab, `/nodes/${node}/storage/${storage}/rrddata`, { timeframe: "hour" })).toMatchObject({
      status: 500,
      message: `RRD error: opening '/var/lib/rrdcached/db/pve2-storage/${node}/${storage}': No such file or directory`,
    });
  }
});

test("a storage's figures are for who may audit it or allocate on it", async () => {
  const lab = freshLab(1);
  const rights = "acl:1:/storage/local:eve@pve:PVEDatastoreUser:\n";
  const files = createNodeFiles(fastPort(lab), "pve1");
  await files.writeFile("/etc/pve/user.cfg", new TextEncoder().encode(`user:eve@pve:1:0::::::\n${rights}`));
  const { endpoint } = findLocalEndpoint("GET", "/nodes/pve1/storage/local/rrddata")!;
  const refused = (storage: string) =>
    refusedPermission(lab, "pve1", { user: "eve@pve" }, endpoint.permission, { storage });
  expect(refused("local")).toBeUndefined();
  expect(refused("local-lvm")).toBe(
    "Permission check failed (/storage/local-lvm, Datastore.Audit|Datastore.AllocateSpace)",
  );
});
