import { expect, it } from "vitest";
import { ProcessTable, processTableOf } from "./node-process.ts";
import { openShell } from "./testing/open-shell.ts";

it("a fork bomb dies when everything on its node is killed, as at a reboot", async () => {
  const { type, shows, lab, ended } = openShell();
  await type("bomb() { bomb | bomb & }; bomb\r");
  const processes = processTableOf(lab.port, "pve1");
  await shows("fork: retry: Resource temporarily unavailable");
  // Some have ended again since that was said.
  expect(processes.all().length).toBeGreaterThan(processes.processesMax / 2);
  for (const process of processes.all()) process.deliver("SIGKILL");
  await ended;
  await expect.poll(() => processes.all().length, { timeout: 10_000 }).toBe(0);
  // And none comes later.
  for (let turn = 0; turn < 2_000; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  expect(processes.all()).toEqual([]);
});

it("a node has so many processes at once and no more", () => {
  const table = new ProcessTable();
  const processes = Array.from({ length: 513 }, () => table.spawn({ command: "sleep", startedAtMs: 0 }));
  expect(processes.filter(Boolean)).toHaveLength(512);
  processes[0]!.finish(0);
  expect(table.spawn({ command: "sleep", startedAtMs: 0 })).toBeDefined();
});

it("a process that was killed starts nothing any more", () => {
  const table = new ProcessTable();
  const parent = table.spawn({ command: "bomb", startedAtMs: 0 })!;
  parent.deliver("SIGKILL");
  const child = table.spawn({ command: "bomb", startedAtMs: 0, parent })!;
  expect(child.life.aborted).toBe(true);
});
