/**
 * A node's API door for tests: a real HTTPS server on loopback that gives recorded answers, or none, or nonsense.
 *
 * It stands in for nodes that no simulator should imitate (hanging in mid-answer, talking garbage), never for a
 * cluster: behaviour is tested on the simulated lab.
 */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import * as x509 from "@peculiar/x509";
import type { LabNode } from "../../labs/lab-description.ts";
import { fingerprintOfPem } from "../../pve/fingerprint.ts";

x509.cryptoProvider.set(webcrypto as Crypto);

export type FakeAnswer =
  | { status: number; reason?: string; body: string }
  /** The request is read and never answered. */
  | "hang"
  /** Half an answer, then a closed connection. */
  | "break";

export interface FakeNode {
  node: LabNode;
  /** Paths asked for, in order, behind `/api2/json`. */
  requests: string[];
  answers: Record<string, FakeAnswer>;
  /** Tickets given so far are refused from now on, with an empty body as Proxmox does. */
  expireTickets(): void;
  /** Another certificate for new connections; the door stays open, as after a join. */
  renewCertificate(): Promise<string>;
  close(): Promise<void>;
}

/** The body of a recording, by its file's name without `.json`. */
export function recorded(name: string): FakeAnswer {
  return { status: 200, body: readFileSync(new URL(`../recordings/${name}.json`, import.meta.url), "utf8") };
}

export const TICKET = "PVE:root@pam:6B038F46::bm90IGEgcmVhbCBvbmU=";

export async function startFakeNode(name: string, answers: Record<string, FakeAnswer>): Promise<FakeNode> {
  const requests: string[] = [];
  let ticket = 0;
  let certificate = await selfSigned(name);
  const server = createServer(certificate, (request, response) => {
    const path = (request.url ?? "").replace(/^\/api2\/json/, "").split("?")[0]!;
    requests.push(path);
    request.resume();
    if (path === "/access/ticket" && !("/access/ticket" in answers)) {
      const data = { ticket: `${TICKET}${ticket}`, CSRFPreventionToken: "6B038F46:x", username: "root@pam", cap: {} };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
      return;
    }
    if (path !== "/access/ticket" && !request.headers.cookie?.endsWith(encodeURIComponent(`${TICKET}${ticket}`))) {
      response.writeHead(401, "Authentication failed!").end();
      return;
    }
    const answer = answers[path] ?? {
      status: 501,
      reason: `Method 'GET ${path}' not implemented`,
      body: '{"data":null}',
    };
    if (answer === "hang") return;
    if (answer === "break") {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"data":[', () => response.destroy());
      return;
    }
    response.writeHead(answer.status, answer.reason ?? "OK", { "content-type": "application/json;charset=UTF-8" });
    response.end(answer.body);
  });
  const port = await listen(server);
  return {
    requests,
    answers,
    expireTickets: () => {
      ticket++;
    },
    node: fakeDescription(name, port, fingerprintOfPem(String(certificate.cert))),
    async renewCertificate() {
      certificate = await selfSigned(name);
      server.setSecureContext(certificate);
      server.closeAllConnections();
      return fingerprintOfPem(String(certificate.cert));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A port that accepts connections and says this, or nothing. */
export async function startGarbage(say: string | undefined): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    if (say !== undefined) socket.end(say);
  });
  const port = await listen(server);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A description of a node behind a loopback port; its SSH door leads nowhere. */
export function fakeDescription(name: string, port: number, certSha256 = `${"00:".repeat(31)}00`): LabNode {
  return {
    name,
    ssh: { host: "127.0.0.1", port: 1, user: "root", password: "sesame-7", hostKeySha256: `SHA256:${"A".repeat(43)}` },
    api: { url: `https://127.0.0.1:${port}`, certSha256, user: "root@pam", password: "sesame-7" },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function selfSigned(name: string): Promise<ServerOptions> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys: keys as CryptoKeyPair,
    name: [{ CN: [name] }],
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { cert: certificate.toString("pem"), key };
}
