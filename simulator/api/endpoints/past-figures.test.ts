import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { does } from "../../cluster/testing/guest-jobs.ts";
import { clusterOf, freshLab, run } from "../../cluster/testing/lab-steps.ts";
import { fastPort } from "../../commands/testing/run-program.ts";
import { callAsRoot } from "../in-process.ts";

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

/** What a point of a guest that was off has on a real node. */
const RECORDED_OFF = (
  JSON.parse(readFileSync(new URL("../../recordings/pve/sent/three-nodes-bodies.json", import.meta.url), "utf8")) as {
    path?: string;
    body: { data: Record<string, string>[] };
  }[]
).find(({ path }) => path === "/nodes/pve1/qemu/101/rrddata?timeframe=hour")!.body.data;

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
