/**
 * Passes pages on to the web process: requests stream through, and so do sockets that are upgraded (Next's own, in
 * development). The web process believes whoever knows the door's secret, so a client's own copy of that header never
 * gets through.
 */
import { Agent, type IncomingMessage, request as openRequest, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { RequestOrigin } from "./client-address.ts";

export const DOOR_HEADER = "x-quorate-door";

export interface WebDoor {
  /** `http://127.0.0.1:PORT` */
  url: string;
  doorSecret: string;
}

/** These belong to one connection, not to the request (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const OURS = new Set([
  DOOR_HEADER,
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
]);

/** Where a response does not say otherwise: no other site frames it or guesses its type. */
const DEFAULT_HEADERS: Record<string, string> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "referrer-policy": "same-origin",
};

export interface WebProxy {
  /** `onAbsent` answers instead when the web process does not. */
  pass(request: IncomingMessage, response: ServerResponse, origin: RequestOrigin, onAbsent: () => void): void;
  passUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, origin: RequestOrigin): void;
}

export function webProxy(web: WebDoor): WebProxy {
  const { hostname, port } = new URL(web.url);
  // A kept connection may close in the moment it is used again, and a POST cannot be sent twice; on loopback a new one
  // costs a tenth of a millisecond.
  const agent = new Agent({ keepAlive: false });
  const target = (request: IncomingMessage, headers: Record<string, string | string[]>) => ({
    ...{ hostname, port, agent, headers },
    method: request.method ?? "GET",
    path: request.url ?? "/",
  });

  return {
    pass(request, response, origin, onAbsent) {
      const headers = onward(request, origin, web.doorSecret);
      if (request.headers["transfer-encoding"]) headers["transfer-encoding"] = "chunked";
      const passed = openRequest(target(request, headers));
      passed.on("response", (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.statusMessage, backward(answer));
        answer.pipe(response);
        answer.on("error", () => response.destroy());
      });
      passed.on("error", () => {
        if (response.headersSent) response.destroy();
        else if (!response.destroyed) onAbsent();
      });
      response.on("close", () => passed.destroy());
      request.on("error", () => passed.destroy());
      // A body that comes later must not hold the request back.
      passed.flushHeaders();
      request.pipe(passed);
    },

    passUpgrade(request, socket, head, origin) {
      const headers = onward(request, origin, web.doorSecret);
      headers.connection = "Upgrade";
      headers.upgrade = request.headers.upgrade ?? "websocket";
      const passed = openRequest(target(request, headers));
      socket.on("error", () => passed.destroy());
      passed.on("error", () => socket.destroy());
      passed.on("response", (answer) => {
        socket.end(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nconnection: close\r\n\r\n`);
        answer.resume();
      });
      passed.on("upgrade", (answer, webSocket, webHead) => {
        socket.write(`HTTP/1.1 101 ${answer.statusMessage}\r\n${rawHeaders(answer)}\r\n`);
        socket.write(webHead);
        webSocket.write(head);
        for (const [one, other] of [
          [socket, webSocket],
          [webSocket, socket],
        ] as const) {
          one.on("error", () => other.destroy());
          one.on("close", () => other.destroy());
          one.pipe(other);
        }
      });
      passed.end();
    },
  };
}

function onward(request: IncomingMessage, origin: RequestOrigin, secret: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const named = new Set(
    String(request.headers.connection ?? "")
      .toLowerCase()
      .split(/\s*,\s*/),
  );
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || OURS.has(name) || named.has(name)) continue;
    headers[name] = value;
  }
  headers[DOOR_HEADER] = secret;
  headers["x-forwarded-for"] = origin.address;
  headers["x-forwarded-host"] = origin.host;
  headers["x-forwarded-proto"] = origin.secure ? "https" : "http";
  return headers;
}

function backward(answer: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { ...DEFAULT_HEADERS };
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name) && name !== DOOR_HEADER) headers[name] = value;
  }
  return headers;
}

function rawHeaders(answer: IncomingMessage): string {
  let text = "";
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    text += `${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}\r\n`;
  }
  return text;
}
