/** One load of a page in a fresh browser context: what came over the wire, and what Chromium's trace says of it. */
import type { Browser } from "@playwright/test";

export interface Load {
  /** As sent, so compressed. */
  scriptBytes: number;
  allBytes: number;
  /** Heaviest first. */
  scripts: { name: string; bytes: number }[];
  /** From the navigation to the first contentful paint. */
  paintMs: number;
  /** Sum of the scores of all shifts that no input caused. */
  layoutShift: number;
  terminalOpened: boolean;
}

interface TraceEvent {
  name: string;
  /** Microseconds. */
  ts: number;
  args: {
    frame?: string;
    data?: { isOutermostMainFrame?: boolean; documentLoaderURL?: string; score?: number; had_recent_input?: boolean };
  };
}

/** Fonts, prefetched pages and a lab's picture come after `load`; nothing moves any more when this has passed. */
const SETTLED_MS = 2_500;

/** @throws Error when the trace has no paint of the page */
export async function loadOnce(
  browser: Browser,
  url: string,
  viewport: { width: number; height: number },
): Promise<Load> {
  const context = await browser.newContext({ viewport });
  try {
    const page = await context.newPage();
    const network = await context.newCDPSession(page);
    const kinds = new Map<string, { kind: string; url: string }>();
    const scripts: Load["scripts"] = [];
    let allBytes = 0;
    network.on("Network.responseReceived", ({ requestId, type, response }) => {
      kinds.set(requestId, { kind: type, url: response.url });
    });
    network.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const sent = kinds.get(requestId);
      allBytes += encodedDataLength;
      // A script that is preloaded by a link is of the kind "Other" in some versions.
      if (sent !== undefined && (sent.kind === "Script" || /\.js(\?|$)/.test(sent.url))) {
        scripts.push({ name: new URL(sent.url).pathname.split("/").at(-1) ?? "", bytes: encodedDataLength });
      }
    });
    await network.send("Network.enable");
    await browser.startTracing(page, { categories: ["loading", "devtools.timeline", "rail", "blink.user_timing"] });
    await page.goto(url, { waitUntil: "load" });
    await page.waitForTimeout(SETTLED_MS);
    const trace = JSON.parse((await browser.stopTracing()).toString("utf8")) as { traceEvents: TraceEvent[] };
    const terminalOpened = (await page.locator(".xterm").count()) > 0;
    scripts.sort((one, other) => other.bytes - one.bytes);
    const scriptBytes = scripts.reduce((sum, { bytes }) => sum + bytes, 0);
    return { scriptBytes, allBytes, scripts, terminalOpened, ...appearance(trace.traceEvents, url) };
  } finally {
    await context.close();
  }
}

function appearance(events: readonly TraceEvent[], url: string): Pick<Load, "paintMs" | "layoutShift"> {
  const began = events.find(({ name, args }) => name === "navigationStart" && args.data?.documentLoaderURL === url);
  const frame = began?.args.frame;
  const paint = events.find(({ name, args }) => name === "firstContentfulPaint" && args.frame === frame);
  if (began === undefined || paint === undefined) throw new Error(`the trace has no first contentful paint of ${url}`);
  const layoutShift = events
    .filter(({ name, args }) => name === "LayoutShift" && args.data?.had_recent_input !== true)
    .reduce((sum, { args }) => sum + (args.data?.score ?? 0), 0);
  return { paintMs: (paint.ts - began.ts) / 1000, layoutShift };
}
