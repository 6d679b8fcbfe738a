import "reflect-metadata";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import { io } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requestOrigin, trustedProxies } from "./http/client-address.ts";
import { anyHostName, localHostNames, sameOrigin } from "./http/host-names.ts";
import { browserMessages } from "./messages.ts";
import { PROTOCOL_VERSION, socketEvents } from "./protocol.ts";
import { startTestGateway, type TestGateway } from "./testing/test-gateway.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway([], { allowedHosts: ["quorate.lan"] });
});
afterAll(() => gateway.stop());

async function ask(path: string, headers: Record<string, string> = {}, method = "GET", body?: string) {
  const asked = request(`${gateway.url}${path}`, { method, headers });
  asked.end(body);
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  let text = "";
  for await (const part of answer) text += part;
  return { status: answer.statusCode, headers: answer.headers, text };
}

describe("the door of a self-paced server", () => {
  it.each(["localhost:3000", "127.0.0.1", "[::1]:3000", "LOCALHOST", "quorate.lan:3000", "quorate.lan."])(
    "opens under the name %s",
    async (host) => {
      expect(await ask("/", { host })).toMatchObject({ status: 200, text: "page /" });
    },
  );

  it.each([
    "evil.example",
    "localhost.evil.example",
    "192.168.1.20:3000",
    "127.0.0.1@evil.example",
    "quorate.lan.evil",
  ])("stays closed under the name %s, in one sentence", async (host) => {
    const { status, text } = await ask("/", { host });
    expect(status).toBe(421);
    expect(text.trim().split("\n")).toHaveLength(1);
    expect(text).toContain("answers only to localhost, 127.0.0.1, [::1], quorate.lan");
  });

  it("stays closed for sockets under another name and from another site's page", async () => {
    const path = "/socket.io/?EIO=4&transport=polling";
    expect(await ask(path, { host: "evil.example" })).toMatchObject({ status: 421 });
    expect(await ask(path, { origin: "https://evil.example" })).toMatchObject({ status: 403 });
    expect(await ask(path, { "sec-fetch-site": "cross-site" })).toMatchObject({ status: 403 });
    expect(await ask(path, { origin: "null" })).toMatchObject({ status: 403 });
    expect(await ask(path, { origin: gateway.url })).toMatchObject({ status: 200 });
  });

  it("lets no page of another site change anything", async () => {
    const seen = gateway.web.seen.length;
    const { status, text } = await ask("/api/x", { origin: "http://evil.example" }, "POST", "{}");
    expect([status, text]).toEqual([403, expect.stringContaining("http://evil.example")]);
    expect(gateway.web.seen.length).toBe(seen);
    expect(await ask("/api/x", { origin: gateway.url }, "POST", "{}")).toMatchObject({ status: 200 });
  });

  it("hands its secret to the web process and nothing that a client made up", async () => {
    await ask("/p?q=1", {
      ...{ "x-quorate-door": "guess", "x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "https" },
      ...{ "x-forwarded-host": "evil.example", "x-real-ip": "1.2.3.4", cookie: "a=b" },
    });
    const passed = gateway.web.seen.at(-1) as IncomingMessage;
    expect(passed.url).toBe("/p?q=1");
    expect(passed.headers).toMatchObject({
      ...{
        "x-quorate-door": "open sesame",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
        cookie: "a=b",
      },
      "x-forwarded-host": new URL(gateway.url).host,
    });
    expect(passed.headers["x-real-ip"]).toBeUndefined();
  });

  it("streams both ways", async () => {
    const asked = request(`${gateway.url}/stream`, { method: "POST" });
    asked.flushHeaders();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    const [first] = await once(answer, "data");
    expect(String(first)).toBe("first\n");
    asked.end("go on");
    const [next] = await once(answer, "data");
    expect(String(next)).toBe("second\n");
  });

  it("passes other sockets on, as the pages use them in development", async () => {
    const asked = request(`${gateway.url}/_next/hmr`, { headers: { connection: "Upgrade", upgrade: "echo" } });
    asked.end();
    const [, socket] = await once(asked, "upgrade");
    socket.write("ping");
    expect(String((await once(socket, "data"))[0])).toBe("ping");
    socket.destroy();
    expect(gateway.web.seen.at(-1)?.headers["x-quorate-door"]).toBe("open sesame");
  });

  it("says how it is, and shows figures to this machine alone", async () => {
    expect(await ask("/healthz")).toMatchObject({ status: 200, text: '{"gateway":"ok","pages":"ok"}\n' });
    expect((await ask("/metrics")).text).toContain("quorate_terminals_watched 0");
    // Relayed by somebody unknown: not this machine.
    expect(await ask("/metrics", { "x-forwarded-for": "10.0.0.9" })).toMatchObject({ status: 403 });
    expect(await ask("/metrics", { "x-forwarded-for": "10.0.0.9", "x-person": "root" })).toMatchObject({ status: 200 });
  });

  it("answers nonsense with a refusal and goes on", async () => {
    const { connect } = await import("node:net");
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    socket.write("\x00\x01 nonsense\r\n\r\n");
    expect(String((await once(socket, "data"))[0])).toContain("400 Bad Request");
    expect(await ask("/")).toMatchObject({ status: 200 });
  });
});

describe("the door of a server with a certificate", () => {
  it("speaks HTTPS, also to sockets, and tells the web process so", async () => {
    const tls = await selfSigned();
    const secure = await startTestGateway([], { tls, mode: "shared" });
    expect(secure.url).toMatch(/^https:/);
    const asked = secureRequest(secure.url, { ca: tls.cert });
    asked.end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    answer.resume();
    expect(secure.web.seen.at(-1)?.headers["x-forwarded-proto"]).toBe("https");
    const socket = io(secure.url, {
      ...{ transports: ["websocket"], ca: tls.cert, auth: { protocol: PROTOCOL_VERSION } },
      ...{ reconnection: false, forceNew: true },
    });
    await new Promise((resolve, reject) => {
      socket.on("connect", () => resolve(undefined));
      socket.on("connect_error", reject);
    });
    socket.close();
    await secure.stop();
  });
});

/** A certificate for 127.0.0.1, PEM. */
async function selfSigned(): Promise<{ cert: string; key: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...{ name: "CN=127.0.0.1", keys, signingAlgorithm: algorithm },
    extensions: [new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
  });
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return { cert: certificate.toString("pem"), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}

describe("a request through proxies", () => {
  const over = (remoteAddress: string, headers: Record<string, string>) =>
    ({ socket: { remoteAddress }, headers: { host: "inner:3000", ...headers } }) as unknown as IncomingMessage;
  const forwarded = {
    "x-forwarded-for": "6.6.6.6, 10.0.0.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "q.org",
  };

  it("is believed from a named proxy: nearest untrusted address, scheme and name", () => {
    const trusted = trustedProxies(["loopback", "10.0.0.0/24"]);
    expect(requestOrigin(over("::ffff:127.0.0.1", forwarded), { tls: false, trusted })).toEqual({
      ...{ address: "6.6.6.6", host: "q.org", secure: true, loopback: false },
    });
  });

  it("is not believed from anybody else", () => {
    const trusted = trustedProxies(["10.0.0.1"]);
    expect(requestOrigin(over("10.0.0.2", forwarded), { tls: false, trusted })).toEqual({
      ...{ address: "10.0.0.2", host: "inner:3000", secure: false, loopback: false },
    });
  });

  it("names the entry of TRUST_PROXY that cannot be read", () => {
    expect(() => trustedProxies(["proxy.lan"])).toThrow('"proxy.lan" is neither an address');
    expect(() => trustedProxies(["10.0.0.0/40"])).toThrow('"10.0.0.0/40"');
  });
});

describe("names and origins", () => {
  it("of a shared server are any, as people sign in there", () => {
    expect([anyHostName.accepts("192.168.1.20:3000"), anyHostName.accepts("")]).toEqual([true, false]);
  });

  it("are compared whole", () => {
    expect(localHostNames([]).accepts("localhost:1:2")).toBe(false);
    expect(sameOrigin({ origin: "http://a.lan:3000" }, "a.lan:3001")).toBe(false);
    expect(sameOrigin({ origin: "https://A.lan:3000" }, "a.lan:3000")).toBe(true);
    expect(sameOrigin({}, "a.lan")).toBe(true);
  });
});

it("every event a browser may send has a schema", () => {
  expect(Object.keys(browserMessages).sort()).toEqual([...socketEvents].sort());
});
