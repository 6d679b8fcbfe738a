/** Waiting until a browser would get the page. */
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import { StartRefused } from "./start-refused.ts";

/** @throws StartRefused when it does not within the time, with what came instead */
export async function pageAnswers(url: string, options: { withinMs: number; signal: AbortSignal }): Promise<void> {
  const until = Date.now() + options.withinMs;
  for (;;) {
    options.signal.throwIfAborted();
    const answer = await statusOf(url);
    // In shared mode a visitor who is not signed in gets a page that says so, with a status that is no error of ours.
    if (typeof answer === "number" && answer < 500) return;
    if (Date.now() > until) {
      throw new StartRefused(`The page at ${url} does not answer (${answer}). The logs of web and gateway say why.`);
    }
    await wait(100);
  }
}

function statusOf(url: string): Promise<number | string> {
  return new Promise((resolve) => {
    // The certificate is the owner's own affair here: it is this very server.
    const open = url.startsWith("https:")
      ? requestHttps(url, { rejectUnauthorized: false, timeout: 10_000 })
      : requestHttp(url, { timeout: 10_000 });
    open.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    open.on("timeout", () => open.destroy(new Error("no answer within 10 s")));
    open.on("error", (error) => resolve(error.message));
    open.end();
  });
}
