/** Refusals and faults at the door, byte by byte where a recording has them. */
import { Agent, request } from "node:https";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { UnitName } from "../cluster/services/services-state.ts";
import { serviceRuns } from "./node-view.ts";
import { readExchanges } from "./testing/http-recordings.ts";
import { type LabWithDoors, openLabWithDoors, ROOT_PASSWORD } from "./testing/lab-with-doors.ts";
import { logIn, rawRequest } from "./testing/raw-request.ts";

let lab: LabWithDoors;
let root: Awaited<ReturnType<typeof logIn>>;
beforeAll(async () => {
  lab = await openLabWithDoors({ nodes: 2 });
  root = await logIn(lab.url("pve1"), ROOT_PASSWORD);
});
afterAll(() => lab?.close());

const ask = (method: string, path: string, options: Parameters<typeof rawRequest>[3] = { headers: root.read }) =>
  rawRequest(lab.url("pve1"), method, path, options);
const nowMs = () => lab.port.read((state) => state.nowMs);

/** Model seconds that something took. */
async function modelSeconds<T>(work: () => Promise<T>): Promise<[T, number]> {
  const startMs = nowMs();
  const result = await work();
  return [result, (nowMs() - startMs) / 1000];
}

/** Wait until a unit of a node runs, or until it has stopped. */
const serves = (node: string, unit: UnitName, wanted: boolean) =>
  lab.port.until((state) => (serviceRuns(state, node, unit) === wanted ? true : undefined));

const recordedHeaders = (file: string, status: number) =>
  readExchanges(file)
    .find((exchange) => exchange.status === status)!
    .headers.map((header) => header.name);

const headerNames = (raw: string[]) => raw.filter((_, index) => index % 2 === 0);

describe("who asks", () => {
  test("nobody gets an empty 401 after three seconds", async () => {
    const [answer, seconds] = await modelSeconds(() => ask("GET", "/version", {}));
    expect([answer.status, answer.reason, answer.body]).toEqual([401, "No ticket", ""]);
    expect(headerNames(answer.rawHeaders)).toEqual(
      recordedHeaders("11-http-auth.txt", 401).filter((name) => name !== "Content-Length" && name !== "Content-Type"),
    );
    expect(seconds).toBeCloseTo(3, 1);
  });

  test.each([
    ["a garbage token", { authorization: "PVEAPIToken=garbage" }],
    ["an unknown token", { authorization: "PVEAPIToken=root@pam!nosuch=00000000-0000-0000-0000-000000000000" }],
    ["a forged ticket", { cookie: "PVEAuthCookie=PVE:root@pam:6B000000::xxxx" }],
  ])("%s fails the authentication", async (_, headers) => {
    const answer = await ask("GET", "/version", { headers });
    expect([answer.status, answer.reason, answer.body]).toEqual([401, "Authentication failed!", ""]);
  });

  test("an unknown path is told to nobody who has not proved who they are", async () => {
    expect((await ask("GET", "/nosuch", {})).status).toBe(401);
  });

  test("a wrong password takes three seconds and answers with a body", async () => {
    const form = { username: "root@pam", password: "bad" };
    const [answer, seconds] = await modelSeconds(() => ask("POST", "/access/ticket", { form }));
    expect([answer.status, answer.reason]).toEqual([401, "authentication failure"]);
    expect(JSON.parse(answer.body)).toEqual({ data: null, message: "authentication failure\n" });
    expect(seconds).toBeCloseTo(3, 1);
  });

  test("a user without realm is nobody", async () => {
    const answer = await ask("POST", "/access/ticket", { form: { username: "root", password: ROOT_PASSWORD } });
    expect(answer.status).toBe(401);
  });

  test("a login without password is a wrong parameter, at once", async () => {
    const [answer, seconds] = await modelSeconds(() =>
      ask("POST", "/access/ticket", { form: { username: "root@pam" } }),
    );
    expect([answer.status, answer.reason]).toEqual([400, "Parameter verification failed."]);
    expect(JSON.parse(answer.body)).toEqual({
      data: null,
      errors: { password: "property is missing and it is not optional" },
      message: "Parameter verification failed.\n",
    });
    expect(seconds).toBeLessThan(1);
  });

  test("a ticket has the form of a real one", async () => {
    const form = { username: "root@pam", password: ROOT_PASSWORD };
    const { data } = JSON.parse((await ask("POST", "/access/ticket", { form })).body);
    expect(data.ticket).toMatch(/^PVE:root@pam:[0-9A-F]{8}::[A-Za-z0-9+/]{342}==$/);
    expect(data.CSRFPreventionToken).toMatch(/^[0-9A-F]{8}:[A-Za-z0-9+/]{43}$/);
  });

  test("a ticket of a node is none at another that is in no cluster with it", async () => {
    expect((await rawRequest(lab.url("pve2"), "GET", "/version", { headers: root.read })).status).toBe(401);
  });

  test("a write with a ticket needs the header against forged requests", async () => {
    const [answer, seconds] = await modelSeconds(() =>
      ask("POST", "/cluster/config", { headers: root.read, form: { clustername: "x" } }),
    );
    expect([answer.status, answer.reason, answer.body]).toEqual([401, "Permission denied - invalid csrf token", ""]);
    expect(seconds).toBeCloseTo(3, 1);
  });
});

describe("API tokens", () => {
  const write = (path: string, content: string) =>
    lab.port.act("files/change", { node: "pve1", change: { op: "write", path, content } });
  const asToken = (id: string, secret: string) => ({ authorization: `PVEAPIToken=${id}=${secret}` });
  beforeAll(() => {
    write(
      "/etc/pve/user.cfg",
      [
        "user:root@pam:1:0::::::",
        "token:root@pam!oracle:0:0::",
        "user:grader@pve:1:0::::read only::",
        "token:grader@pve!ro:0:0::",
        "user:nobody@pve:1:0::::::",
        "token:nobody@pve!t1:0:0::",
        "user:gone@pve:0:0::::::",
        "token:gone@pve!t1:0:0::",
        "",
        "acl:1:/:grader@pve:PVEAuditor:",
        "",
      ].join("\n"),
    );
    write(
      "/etc/pve/priv/token.cfg",
      "root@pam!oracle 33333333\ngrader@pve!ro 11111111\nnobody@pve!t1 22222222\ngone@pve!t1 44444444\n",
    );
  });

  test.each([
    ["root@pam!oracle", "33333333"],
    ["grader@pve!ro", "11111111"],
    ["nobody@pve!t1", "22222222"],
  ])("%s may see the version", async (id, secret) => {
    expect((await ask("GET", "/version", { headers: asToken(id, secret) })).status).toBe(200);
  });

  test("a token of a user who is disabled is none", async () => {
    expect((await ask("GET", "/version", { headers: asToken("gone@pve!t1", "44444444") })).status).toBe(401);
  });

  test("an auditor reads everything that is modelled", async () => {
    const headers = asToken("grader@pve!ro", "11111111");
    for (const path of [
      "/cluster/status",
      "/cluster/config/nodes",
      "/nodes/pve1/status",
      "/cluster/ha/status/current",
    ]) {
      expect((await ask("GET", path, { headers })).status).toBe(200);
    }
  });

  test("without rights the refused ones are the recorded ones, in the recorded words", async () => {
    const headers = asToken("nobody@pve!t1", "22222222");
    const recorded = readExchanges("14-http-get-noperm.txt").filter((one) => /^\/(cluster|nodes)/.test(one.path));
    const compared = recorded.filter((one) => one.path.split("/").length < 4 || one.path.includes("/pve1/"));
    for (const one of compared) {
      const answer = await ask("GET", one.path, { headers });
      if (answer.status === 501 || (one.path === "/cluster/config/join" && answer.status === 424)) continue;
      expect([one.path, answer.status, answer.reason]).toEqual([one.path, one.status, one.reason]);
    }
  });

  test("no token changes a password, root's neither", async () => {
    const headers = asToken("root@pam!oracle", "33333333");
    const form = { userid: "root@pam", password: "longer-than-8" };
    const answer = await ask("PUT", "/access/password", { headers, form });
    const text = "Permission check failed (URI '/access/password' not available with API token, need proper ticket.";
    expect([answer.status, answer.reason]).toEqual([403, text]);
    expect(JSON.parse(answer.body)).toEqual({ data: null, message: `${text}\n)\n` });
  });

  test("no token may make a cluster, root's neither", async () => {
    const headers = asToken("root@pam!oracle", "33333333");
    const answer = await ask("POST", "/cluster/config", { headers, form: { clustername: "again" } });
    expect([answer.status, answer.reason]).toEqual([403, "Permission check failed (user != root@pam)"]);
  });
});

describe("what is not there", () => {
  test("an unknown path is recorded text", async () => {
    const answer = await ask("GET", "/nosuch");
    expect([answer.status, answer.reason]).toEqual([501, "Method 'GET /nosuch' not implemented"]);
    expect(JSON.parse(answer.body)).toEqual({ data: null, message: "Method 'GET /nosuch' not implemented" });
  });

  test("a path of a real node that is not modelled says so", async () => {
    const answer = await ask("GET", "/cluster/acme/tos");
    expect(answer.status).toBe(501);
    expect(JSON.parse(answer.body).message).toBe(
      "Method 'GET /cluster/acme/tos' not implemented - not modelled in this simulated node",
    );
  });

  test("a stand-alone node has no join information", async () => {
    const answer = await ask("GET", "/cluster/config/join");
    const recorded = readExchanges("08-standalone-http-pve4.txt").find((one) => one.status === 424)!;
    expect([answer.status, answer.reason]).toEqual([424, recorded.reason]);
    expect(JSON.parse(answer.body)).toEqual(JSON.parse(recorded.body));
  });

  test("an unknown node is the recorded 500", async () => {
    const answer = await ask("GET", "/nodes/nosuch/status");
    const recorded = readExchanges("12-http-get-root.txt").find((one) => one.path === "/nodes/nosuch/status")!;
    expect([answer.status, answer.reason]).toEqual([500, recorded.reason]);
    expect(JSON.parse(answer.body)).toEqual(JSON.parse(recorded.body));
  });

  test("a malformed UPID and an unknown one are told apart", async () => {
    const errors = async (upid: string) =>
      JSON.parse((await ask("GET", `/nodes/pve1/tasks/${upid}/status`)).body).errors;
    expect(await errors("UPID:bad")).toEqual({ upid: "unable to parse worker upid" });
    expect(await errors("UPID:pve1:00000001:00000001:6B038629:qmigrate:100:root@pam:")).toEqual({
      upid: "no such task",
    });
  });

  test("a parameter that no schema knows is refused", async () => {
    const answer = await ask("GET", "/nodes/pve1/tasks?nosuch=1");
    expect(JSON.parse(answer.body).errors).toEqual({
      nosuch: "property is not defined in schema and the schema does not allow additional properties",
    });
  });
});

test("an answer has the recorded headers in the recorded order", async () => {
  const answer = await ask("GET", "/version");
  expect(headerNames(answer.rawHeaders)).toEqual([...new Set(recordedHeaders("12-http-get-root.txt", 200))]);
});

test("lists and keys come in another order each time", async () => {
  const texts = new Set<string>();
  for (let i = 0; i < 6; i++) texts.add((await ask("GET", "/version")).body);
  expect(texts.size).toBeGreaterThan(1);
});

test("a load average is never shuffled, being a list of three instants", async () => {
  const first = JSON.parse((await ask("GET", "/nodes/pve1/status")).body).data.loadavg;
  for (let i = 0; i < 5; i++) {
    expect(JSON.parse((await ask("GET", "/nodes/pve1/status")).body).data.loadavg.slice(1)).toEqual(first.slice(1));
  }
});

test.each(["garbage\r\n\r\n", "GET /api2/json/version HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\x05hello"])(
  "%j in place of TLS does not disturb the door",
  async (bytes) => {
    await new Promise<void>((resolve) => {
      const socket = connect(lab.doors.pve1!.port, "127.0.0.1", () => socket.write(bytes));
      socket.on("error", () => resolve());
      socket.on("close", () => resolve());
      socket.on("data", () => {});
    });
    expect((await ask("GET", "/version")).status).toBe(200);
  },
);

describe("what the server itself refuses", () => {
  test("a form larger than a node takes is not read, and the node goes on", async () => {
    const form = { username: "root@pam", password: "x".repeat(600 * 1024) };
    const answer = await ask("POST", "/access/ticket", { form });
    expect([answer.status, answer.reason, answer.body]).toEqual([501, "for data too large", "for data too large"]);
    expect((await ask("GET", "/version")).status).toBe(200);
  });

  test.each([
    ["HEAD", "/version", {}, 501, "method 'HEAD' not available", ""],
    ["PATCH", "/version", {}, 501, "method 'PATCH' not available", ""],
    ["DELETE", "/access/groups/g", { body: "comment=x" }, 501, "Unexpected content for method 'DELETE'", undefined],
    [
      "POST",
      "/access/groups",
      { body: "<a/>", type: "text/xml" },
      506,
      "upload 'Content-Type 'text/xml' not implemented",
      undefined,
    ],
    [
      "POST",
      "/access/groups",
      { body: "{bad", type: "application/json" },
      500,
      expect.stringMatching(/^malformed JSON string, /),
      undefined,
    ],
    ["POST", "/access/groups", { body: "endless" }, 400, "Parameter verification failed.", undefined],
    [
      "POST",
      "/access/groups",
      { body: '{"comment":null}', type: "application/json" },
      400,
      "Parameter verification failed.",
      undefined,
    ],
  ] as const)("%s %s %o is %i %s", async (method, path, sent, status, reason, body) => {
    const { body: content, type = "application/x-www-form-urlencoded" } = sent as { body?: string; type?: string };
    const headers = { ...root.write, ...(content !== undefined && { "content-type": type }) };
    const answer = await rawRequest(lab.url("pve1"), method, path, {
      headers,
      ...(content !== undefined && { content }),
    });
    expect([answer.status, answer.reason]).toEqual([status, reason]);
    expect(answer.headers["content-type"]).toBe(status === 400 ? "application/json;charset=UTF-8" : undefined);
    if (body !== undefined) expect(answer.body).toBe(body);
  });
});

describe("a node that is away", () => {
  test("without power it accepts and says nothing, and afterwards it answers again", async () => {
    lab.port.act("power/set", { node: "pve2", state: "off" });
    const impatient = AbortSignal.timeout(300);
    await expect(
      rawRequest(lab.url("pve2"), "GET", "/version", { headers: root.read, signal: impatient }),
    ).rejects.toThrow(/abort/);
    lab.port.act("power/set", { node: "pve2", state: "on" });
    await serves("pve2", "pveproxy", true);
    expect((await logIn(lab.url("pve2"), ROOT_PASSWORD)).read.cookie).toContain("PVE:root@pam");
  });

  test("a connection from before the power cut says nothing meanwhile and is reset afterwards", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    const get = () =>
      new Promise<string>((resolve) => {
        const outgoing = request(`${lab.url("pve1")}/api2/json/version`, { agent, headers: root.read }, (incoming) => {
          incoming.resume().on("end", () => resolve(`${incoming.statusCode}`));
        });
        outgoing.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)).end();
      });
    expect(await get()).toBe("200");
    lab.doors.pve1!.setPower(false);
    const hanging = get();
    // A request of later, over a connection of its own, has been answered with silence: so has the hanging one.
    await expect(ask("GET", "/version", { signal: AbortSignal.timeout(200) })).rejects.toThrow(/abort/);
    lab.doors.pve1!.setPower(true);
    expect(await hanging).toBe("ECONNRESET");
    expect(await get()).toBe("200");
    agent.destroy();
  });

  test("without pveproxy it refuses connections", async () => {
    lab.port.act("services/control", { node: "pve2", unit: "pveproxy", action: "stop" });
    await serves("pve2", "pveproxy", false);
    await expect(rawRequest(lab.url("pve2"), "GET", "/version", {})).rejects.toThrow(/ECONNRESET|socket hang up/);
    lab.port.act("services/control", { node: "pve2", unit: "pveproxy", action: "start" });
    await serves("pve2", "pveproxy", true);
    expect((await rawRequest(lab.url("pve2"), "GET", "/version", {})).status).toBe(401);
  });

  test("without pvedaemon it reads and does not log in", async () => {
    lab.port.act("services/control", { node: "pve1", unit: "pvedaemon", action: "stop" });
    await serves("pve1", "pvedaemon", false);
    expect((await ask("GET", "/nodes/pve1/status")).status).toBe(200);
    const login = await ask("POST", "/access/ticket", { form: { username: "root@pam", password: ROOT_PASSWORD } });
    expect([login.status, login.reason, login.body]).toEqual([595, "Connection refused", ""]);
    lab.port.act("services/control", { node: "pve1", unit: "pvedaemon", action: "start" });
    await serves("pve1", "pvedaemon", true);
  });
});
