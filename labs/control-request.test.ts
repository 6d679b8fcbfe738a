import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { controlRequest } from "./control-request.ts";

async function serverThat(answers: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answers).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret`;
}

it("sends a body and reads the answer, whatever its length", async () => {
  const url = await serverThat(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const { name, times } = JSON.parse(text) as { name: string; times: number };
    response.writeHead(201).end(JSON.stringify({ path: request.url, said: name.repeat(times) }));
  });
  const { status, answer } = await controlRequest(`${url}/labs`, {
    method: "POST",
    body: { name: "größer", times: 50_000 },
  });
  expect(status).toBe(201);
  expect(answer).toEqual({ path: "/secret/labs", said: "größer".repeat(50_000) });
});

it("keeps the connection for the next request", async () => {
  const ports = new Set<number | undefined>();
  const url = await serverThat((request, response) => {
    ports.add(request.socket.remotePort);
    response.end("{}");
  });
  for (let count = 0; count < 3; count++) await controlRequest(url, { method: "GET" });
  expect(ports.size).toBe(1);
});

it("gives the status of an answer that is no JSON", async () => {
  const url = await serverThat((_, response) => response.writeHead(502).end("<html>"));
  expect(await controlRequest(url, { method: "GET" })).toEqual({ status: 502, answer: {} });
});

it("fails where nobody listens, where the connection ends in the middle of an answer, and where waiting ends", async () => {
  await expect(controlRequest("http://127.0.0.1:1/secret", { method: "GET" })).rejects.toThrow(/ECONNREFUSED/);
  const breaksOff = await serverThat((_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("{", () => response.destroy());
  });
  await expect(controlRequest(breaksOff, { method: "GET" })).rejects.toThrow(/aborted|ECONNRESET/);
  const ended = new AbortController();
  const silent = await serverThat(() => ended.abort());
  await expect(controlRequest(silent, { method: "GET", signal: ended.signal })).rejects.toThrow(/abort/i);
});
