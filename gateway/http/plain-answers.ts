/**
 * What the gateway answers by itself: one clear sentence, or the page shown while the web process starts.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Message } from "../protocol.ts";
import { say } from "../words.ts";

/** Seconds between the tries of the waiting page. */
const RETRY_SECONDS = 2;

export function answerSentence(response: ServerResponse, status: number, message: Message): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    connection: "close",
  });
  response.end(`${say(message)}\n`);
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}

/** The web process is not there: a page that tries again for people, a 503 for programs. */
export function answerWaiting(request: IncomingMessage, response: ServerResponse): void {
  const head = { "cache-control": "no-store", "retry-after": String(RETRY_SECONDS) };
  if (request.method !== "GET" || !request.headers.accept?.includes("text/html")) {
    response.writeHead(503, { ...head, "content-type": "text/plain; charset=utf-8" });
    response.end("The pages are starting. Try again in a moment.\n");
    return;
  }
  response.writeHead(503, { ...head, "content-type": "text/html; charset=utf-8", refresh: String(RETRY_SECONDS) });
  response.end(waitingPage);
}

const waitingPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Quorate is starting</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto 0; padding: 0 1.5rem }
  h1 { font-size: 1.25rem; margin: 0 0 .5rem }
</style>
<h1>The pages are starting</h1>
<p>This page tries again by itself every ${RETRY_SECONDS} seconds. Shells and labs keep running meanwhile.</p>
<p>If it does not come back, look at the output of <code>npm start</code>: it says what it is doing.</p>
</html>
`;
