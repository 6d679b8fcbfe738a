/**
 * A JSON request to the simulator's control address.
 *
 * By `node:http` over a connection that is kept, not `fetch`: on a page's way to its first prompt that is a millisecond.
 */
import { Agent, request } from "node:http";

/** An idle connection is closed before the simulator closes it (after five seconds), so that no request meets its end. */
const IDLE_MS = 4_000;

const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });

/**
 * Ask, and read the whole answer.
 *
 * @param url the address with its secret, and the path
 * @param asked.body anything that JSON can say; absent for none
 * @returns HTTP status, and the body; an empty object where that is no JSON
 * @throws Error when nobody answers, or `asked.signal` gives up waiting
 */
export function controlRequest(
  url: string,
  asked: { method: string; body?: unknown; signal?: AbortSignal },
): Promise<{ status: number; answer: unknown }> {
  const { method, signal } = asked;
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const headers =
    body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body, "utf8") };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers, ...(signal && { signal }) }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (piece: string) => {
        text += piece;
      });
      incoming.on("error", reject);
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, answer: parsed(text) }));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
