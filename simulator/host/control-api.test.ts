import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerControl, ControlRefusal, hostIsLoopback, respond } from "./control-api.ts";
import { newIdentity } from "./lab-identity.ts";
import { OpenLab } from "./open-lab.ts";

let lab: OpenLab;
let server: Server;
let url: string;
const faults: unknown[] = [];

beforeAll(async () => {
  lab = await OpenLab.open({
    identity: newIdentity({ lab: "lab", seed: "1", nodes: ["pve1", "pve2", "pve3"] }),
    mode: "stepped",
    log: { info: () => {}, error: (_message, error) => faults.push(error) },
  });
  server = createServer((incoming, response) => {
    void respond(
      response,
      async () => {
        if (!hostIsLoopback(incoming)) throw new ControlRefusal(403, "not here");
        return answerControl(lab.control, incoming.url ?? "/", incoming);
      },
      (error) => faults.push(error),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await lab.close();
  expect(faults).toEqual([]);
});

async function ask(method: string, path: string, body?: unknown) {
  const response = await fetch(url + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  return { status: response.status, body: (await response.json()) as Record<string, never> & { error?: string } };
}

interface Link {
  between: string[];
  up: boolean;
  latencyMs: number;
}
const link = (body: unknown, name: string) =>
  (body as { links: Link[] }).links.find(({ between }) => between.join("-") === name)!;

describe("the control interface", () => {
  it("cuts and mends a link in both directions, whichever node is named first", async () => {
    expect(link((await ask("GET", "/state")).body, "pve1-pve3").up).toBe(true);
    expect(link((await ask("PUT", "/links/pve3-pve1", { up: false })).body, "pve1-pve3").up).toBe(false);
    expect(link((await ask("PUT", "/links/pve1-pve3", { up: true })).body, "pve1-pve3").up).toBe(true);
  });

  it("leaves what was not named: latency stays when a link is cut", async () => {
    await ask("PUT", "/links/pve1-pve2", { latencyMs: 20 });
    const { body } = await ask("PUT", "/links/pve1-pve2", { up: false });
    expect(link(body, "pve1-pve2")).toMatchObject({ up: false, latencyMs: 20 });
    await ask("PUT", "/links/pve1-pve2", { up: true, latencyMs: 0 });
  });

  it("refuses an unknown field, an unknown value and an empty change, and says which", async () => {
    for (const [path, body, word] of [
      ["/links/pve1-pve3", { up: false, latency: 3 }, "latency"],
      ["/links/pve1-pve3", {}, "at least one"],
      ["/links/pve1-pve3", { lossPercent: 101 }, "lossPercent"],
      ["/nodes/pve1/power", { state: "sleeping" }, "state"],
      ["/clock", { mode: "slow" }, "mode"],
    ] as const) {
      const { status, body: answer } = await ask("PUT", path, body);
      expect([status, answer.error]).toEqual([400, expect.stringContaining(word)]);
    }
    expect(link((await ask("GET", "/state")).body, "pve1-pve3").up).toBe(true);
  });

  it("refuses nodes and paths that are not there, and bodies that are no JSON", async () => {
    expect((await ask("PUT", "/nodes/pve9/power", { state: "off" })).status).toBe(404);
    expect((await ask("PUT", "/links/pve1-pve9", { up: false })).body.error).toContain("pve1, pve2, pve3");
    expect((await ask("GET", "/nothing")).body.error).toContain("docs/running.md");
    expect((await fetch(`${url}/clock`, { method: "PUT", body: "{" })).status).toBe(400);
  });

  it("answers no request that a page of another name sends", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(`${url}/state`, { headers: { host: "evil.example" } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      outgoing.on("error", reject).end();
    });
    expect(status).toBe(403);
  });

  it("advances stepped time event by event, and lets a command run to its next wait in between", async () => {
    const { ssh } = (await lab.description()).nodes[0]!;
    const client = new ssh2.Client();
    const printed: string[] = [];
    await new Promise<void>((resolve, reject) => {
      client.on("error", reject);
      client.on("ready", () => {
        client.exec("for i in 1 2 3; do echo $i; sleep 1; done", (error, channel) => {
          if (error) return reject(error);
          channel.on("data", (bytes: Buffer) => {
            printed.push(bytes.toString().trim());
            if (printed.length === 1) resolve();
          });
          channel.stderr.resume();
        });
      });
      client.connect({ host: ssh.host, port: ssh.port, username: ssh.user, password: ssh.password! });
    });
    const before = (await ask("GET", "/clock")).body as unknown as { nowMs: number };
    const after = (await ask("POST", "/clock/advance", { ms: 2_500 })).body as unknown as { nowMs: number };
    expect(after.nowMs - before.nowMs).toBeCloseTo(2_500, 3);
    await expect.poll(() => printed.join(" ")).toBe("1 2 3");
    client.end();
  });

  it("refuses to advance a clock that runs by itself", async () => {
    await ask("PUT", "/clock", { mode: "fast" });
    const { status, body } = await ask("POST", "/clock/advance", { ms: 1 });
    expect([status, body.error]).toEqual([409, expect.stringContaining("stepped")]);
    await ask("PUT", "/clock", { mode: "stepped" });
  });
});
