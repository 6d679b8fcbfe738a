/** Refusals and trouble that a real cluster gives seldom, from small servers made for each. */
import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { issueCa, issueNodeCertificate } from "../simulator/api/certificates.ts";
import { createPveClient, type PveClientOptions } from "./client.ts";
import { problemOf } from "./pve-error.ts";
import { trustClusterCa, trustFingerprint } from "./trust.ts";

const ca = await issueCa({ commonName: "Proxmox Virtual Environment" });
const certificate = await issueNodeCertificate({ ca, node: "pve1", addresses: ["10.10.10.11"] });
const other = await issueNodeCertificate({ ca, node: "pve1", addresses: ["10.10.10.11"] });

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: RequestListener, shown = certificate): Promise<{ url: string; server: Server }> {
  const server = createServer({ cert: shown.certPem, key: shown.keyPem }, answer);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const client = (url: string, options: Partial<PveClientOptions> = {}) =>
  createPveClient({
    url,
    trust: trustFingerprint(certificate.fingerprint),
    credential: { kind: "token", token: "root@pam!t=1" },
    timeoutMs: 2_000,
    ...options,
  });

const problem = async (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => problemOf(error) ?? error,
  );

const version: RequestListener = (_, response) =>
  response.end('{"data":{"version":"8.4.21","release":"8.4","repoid":"2606ac850d46da29"}}');

const ticket = (name: string) =>
  JSON.stringify({
    data: { username: "root@pam", ticket: `PVE:root@pam:${name}::x`, CSRFPreventionToken: `csrf-${name}` },
  });

test("a token is sent as it is, and never in a cookie", async () => {
  let seen: unknown;
  const { url } = await serve((request, response) => {
    seen = [request.url, request.headers.authorization, request.headers.cookie];
    version(request, response);
  });
  expect(await client(url).version()).toEqual({ version: "8.4.21", release: "8.4", repoId: "2606ac850d46da29" });
  expect(seen).toEqual(["/api2/json/version", "PVEAPIToken=root@pam!t=1", undefined]);
});

test("another certificate is refused before anything is sent", async () => {
  let requests = 0;
  const { url } = await serve(() => requests++, other);
  expect(await problem(client(url).version())).toEqual({
    kind: "certificate-changed",
    seen: other.fingerprint,
    expected: [certificate.fingerprint],
  });
  expect(requests).toBe(0);
});

test("a certificate that changes while connections are open is noticed at the next connection", async () => {
  const { url, server } = await serve((request, response) => {
    response.setHeader("connection", "close");
    version(request, response);
  });
  const node = client(url);
  await node.version();
  server.setSecureContext({ cert: other.certPem, key: other.keyPem });
  expect(await problem(node.version())).toMatchObject({ kind: "certificate-changed", seen: other.fingerprint });
});

test("requests that meet a new certificate together ask for it once", async () => {
  let asked = 0;
  const { url } = await serve(version, other);
  const relearn = async () => {
    asked++;
    await new Promise((resolve) => setImmediate(resolve));
    return [other.fingerprint];
  };
  const node = client(url, { trust: trustFingerprint(certificate.fingerprint, relearn) });
  await Promise.all([node.version(), node.version(), node.version(), node.version()]);
  expect(asked).toBe(1);
});

test("a relearnt certificate that is still another one stays refused", async () => {
  const { url } = await serve(version, other);
  const trust = trustFingerprint(certificate.fingerprint, async () => ["00:11"]);
  expect(await problem(client(url, { trust }).version())).toMatchObject({
    kind: "certificate-changed",
    expected: ["00:11"],
  });
});

test("a certificate of the cluster's CA is accepted for its node and for no other", async () => {
  const { url } = await serve(version, other);
  expect((await client(url, { trust: trustClusterCa(ca.certPem, "pve1") }).version()).release).toBe("8.4");
  expect(await problem(client(url, { trust: trustClusterCa(ca.certPem, "pve2") }).version())).toMatchObject({
    kind: "certificate-changed",
  });
  const stranger = await issueCa({ commonName: "Proxmox Virtual Environment" });
  expect(await problem(client(url, { trust: trustClusterCa(stranger.certPem, "pve1") }).version())).toMatchObject({
    kind: "certificate-changed",
  });
});

test("a node that answers nothing is a timeout, and not repeated", async () => {
  let requests = 0;
  const { url } = await serve(() => requests++);
  expect(await problem(client(url, { timeoutMs: 150 }).version())).toEqual({ kind: "timeout", afterMs: 150 });
  expect(requests).toBe(1);
});

test("a closed port is unreachable", async () => {
  const { url, server } = await serve(version);
  await new Promise((resolve) => server.close(resolve));
  expect(await problem(client(url).version())).toEqual({ kind: "unreachable", reason: "ECONNREFUSED" });
});

test("a read is repeated once when the connection breaks, a write never", async () => {
  let requests = 0;
  const { url } = await serve((request, response) => {
    requests++;
    if (requests === 1) request.socket.destroy();
    else version(request, response);
  });
  expect((await client(url).version()).release).toBe("8.4");
  requests = 0;
  expect(await problem(client(url).createCluster({ name: "lab" }))).toMatchObject({ kind: "unreachable" });
  expect(requests).toBe(1);
});

test.each([
  ["<html>proxy error</html>", "", "no JSON"],
  ['{"data":{"version":8,"release":"8.4","repoid":"x"}}', "data.version", "expected string"],
  ['["data"]', "", "expected object"],
])("the body %s is malformed at %j", async (body, path, message) => {
  const { url } = await serve((_, response) => response.end(body));
  const seen = await problem(client(url).version());
  expect(seen).toMatchObject({ kind: "malformed", path });
  expect((seen as { message: string }).message).toContain(message);
});

test("a list's first wrong entry is named", async () => {
  const { url } = await serve((_, response) => response.end('{"data":[{"node":"pve1","status":"asleep"}]}'));
  expect(await problem(client(url).nodes())).toMatchObject({ kind: "malformed", path: "data[0].status" });
});

test("595 names the node that was not reached", async () => {
  const { url } = await serve((_, response) => response.writeHead(595, "No route to host").end());
  expect(await problem(client(url).nodeStatus("pve3"))).toEqual({
    kind: "proxied-node-unreachable",
    node: "pve3",
    reason: "No route to host",
  });
});

test("a write with a ticket carries the token against forged requests, a read does not", async () => {
  const seen: unknown[] = [];
  const { url } = await serve((request, response) => {
    seen.push([request.method, request.headers.csrfpreventiontoken, request.headers.cookie]);
    if (request.url === "/api2/json/access/ticket") response.end(ticket("A"));
    else if (request.method === "POST")
      response.end('{"data":"UPID:pve1:00000001:00000001:6B038371:clustercreate:lab:root@pam:"}');
    else version(request, response);
  });
  const node = client(url, { credential: { kind: "password", user: "root@pam", password: "x" } });
  await Promise.all([node.version(), node.version()]);
  await node.createCluster({ name: "lab" });
  const cookie = `PVEAuthCookie=${encodeURIComponent("PVE:root@pam:A::x")}`;
  expect(seen).toEqual([
    ["POST", undefined, undefined],
    ["GET", undefined, cookie],
    ["GET", undefined, cookie],
    ["POST", "csrf-A", cookie],
  ]);
});

test("a ticket is renewed before it ends, and at once when the node refuses it", async () => {
  let logins = 0;
  let refuse = false;
  const { url } = await serve((request, response) => {
    if (request.url === "/api2/json/access/ticket") {
      logins++;
      refuse = false;
      response.end(ticket(String(logins)));
    } else if (refuse) response.writeHead(401, "Authentication failed!").end();
    else version(request, response);
  });
  let nowMs = 0;
  const node = client(url, {
    credential: { kind: "password", user: "root@pam", password: "x" },
    nowMs: () => nowMs,
  });
  await node.version();
  nowMs = 80 * 60_000;
  await node.version();
  expect(logins).toBe(1);
  nowMs = 100 * 60_000;
  await node.version();
  expect(logins).toBe(2);
  refuse = true;
  await node.version();
  expect(logins).toBe(3);
});

test("requests that are refused together share one new ticket, and all are answered", async () => {
  let logins = 0;
  const held: (() => void)[] = [];
  const { url } = await serve((request, response) => {
    if (request.url === "/api2/json/access/ticket") {
      logins++;
      response.end(ticket(String(logins)));
    } else if (request.headers.cookie?.includes(encodeURIComponent(":1::"))) {
      // As after a join: every request with the old ticket is refused, the last one when the new one is known already.
      held.push(() => response.writeHead(401, "Authentication failed!").end());
      if (held.length === 4) for (const answer of held.splice(0, 3)) answer();
    } else {
      version(request, response);
      for (const answer of held.splice(0)) answer();
    }
  });
  const node = client(url, { credential: { kind: "password", user: "root@pam", password: "x" } });
  const releases = await Promise.all([node.version(), node.version(), node.version(), node.version()]);
  expect(releases.map(({ release }) => release)).toEqual(["8.4", "8.4", "8.4", "8.4"]);
  expect(logins).toBe(2);
});

test("a wrong password is asked for once, not again and again", async () => {
  let logins = 0;
  const { url } = await serve((_, response) => {
    logins++;
    response.writeHead(401, "authentication failure").end('{"message":"authentication failure\\n","data":null}');
  });
  const node = client(url, { credential: { kind: "password", user: "root@pam", password: "wrong" } });
  expect(await problem(node.version())).toEqual({ kind: "unauthorized", reason: "authentication failure" });
  expect(logins).toBe(1);
});

test("half a ticket of an account with a second factor is none, and says what to give instead", async () => {
  const half = { username: "a@pve", ticket: "PVE:!tfa!x", CSRFPreventionToken: "x", NeedTFA: 1 };
  const { url } = await serve((_, response) => response.end(JSON.stringify({ data: half })));
  const node = client(url, { credential: { kind: "password", user: "a@pve", password: 'p&=+% ü"{n}#' } });
  expect(await problem(node.version())).toMatchObject({
    kind: "unauthorized",
    reason: expect.stringContaining("second factor; give an API token"),
  });
});

test("no more requests run at the same time than allowed", async () => {
  const held: (() => void)[] = [];
  let most = 0;
  const { url } = await serve((request, response) => {
    held.push(() => version(request, response));
    most = Math.max(most, held.length);
    // Twelve requests come in pairs; a third that came beside a pair would be seen before the pair is let go.
    if (held.length === 2) setImmediate(() => setImmediate(() => held.splice(0).map((answer) => answer())));
  });
  const node = client(url, { concurrency: 2 });
  await Promise.all(Array.from({ length: 12 }, () => node.version()));
  expect(most).toBe(2);
});

test("a caller who gives up gets its own reason", async () => {
  const { url } = await serve(() => {});
  const giveUp = new AbortController();
  const asked = problem(client(url).version({ signal: giveUp.signal }));
  giveUp.abort(new Error("enough"));
  expect(await asked).toEqual(new Error("enough"));
});

test("an answer without end is cut off", async () => {
  const { url } = await serve((_, response) => {
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    const more = () => response.write(chunk, () => !response.destroyed && more());
    more();
  });
  expect(await problem(client(url).version())).toMatchObject({ kind: "malformed" });
});
