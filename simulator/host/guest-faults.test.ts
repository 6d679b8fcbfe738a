import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { answerControl, respond } from "./control-api.ts";
import { newIdentity } from "./lab-identity.ts";
import { OpenLab } from "./open-lab.ts";

let lab: OpenLab;
let server: Server;
beforeAll(async () => {
  const log = { info: () => {}, error: () => {} };
  const identity = newIdentity({ lab: "lab", seed: "1", nodes: ["pve1", "pve2"] });
  lab = await OpenLab.open({ identity, mode: "stepped", log });
  server = createServer((incoming, response) => {
    void respond(
      response,
      () => answerControl(lab.control, incoming.url ?? "/", incoming),
      () => {},
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await lab.close();
});

async function put(path: string, body: unknown): Promise<number> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  return (await fetch(url, { method: "PUT", body: JSON.stringify(body) })).status;
}

it("the watchdog can be taken away and given back", async () => {
  expect(await put("/watchdog", { present: false })).toBe(200);
  expect((await lab.control.state()).watchdog).toBe(false);
  expect(await put("/watchdog", { present: true })).toBe(200);
  expect(await put("/watchdog", { present: "no" })).toBe(400);
});

it("a guest's load and the storage server change from outside, and nonsense is refused", async () => {
  expect(await put("/guests/110/workload", { workload: "database", dirtyMibPerS: 60 })).toBe(200);
  expect(await put("/guests/110/workload", { workload: "miner" })).toBe(400);
  expect(await put("/guests/9/workload", { workload: "idle" })).toBe(404);
  expect(await put("/storage/10.10.10.200", { up: false })).toBe(409);
  expect(await put("/storage/10.10.10.5", { node: "pve9", cut: true })).toBe(409);
  expect(await put("/storage/10.10.10.5", { up: false, cut: true })).toBe(400);
  expect(await put("/storage/10.10.10.5", { node: "pve2", cut: true })).toBe(200);
  expect((await lab.control.state()).storage).toEqual([{ address: "10.10.10.5", up: true, cutFrom: ["pve2"] }]);
});
