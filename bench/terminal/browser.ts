/**
 * In a real Chromium: from a key press to pixels, idle and while another tab of the same browser is flooded; frames while
 * scrolling. Headless, so there is no screen behind it: what is measured ends where the frame is handed on.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "@playwright/test";
import { build } from "esbuild";
import { OWN_LAB } from "../../gateway/testing/test-gateway.ts";
import { newSlot } from "./shells.ts";

/** So much that both tabs have work, and any machine can print it. */
const FLOOD_BYTES_PER_SECOND = 10_000_000;
/** So large that starting the two programs that print it and wait does not count. */
const FLOOD_PIECE_BYTES = 1_000_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export interface BrowserFigures {
  idleMs: number[];
  floodedMs: number[];
  /** What the other tab in fact got, bytes a second. */
  floodBytesPerSecond: number;
  fps: number;
  longestFrameMs: number;
}

/** @throws Error when there is no Chromium */
export async function inChromium(url: string, folder: string, keys: number): Promise<BrowserFigures> {
  const installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
  const browser = await chromium.launch({
    ...(installed && { executablePath: installed }),
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  try {
    return await measured(browser, url, folder, keys);
  } finally {
    await browser.close();
  }
}

async function measured(browser: Browser, url: string, folder: string, keys: number): Promise<BrowserFigures> {
  const script = await bundled();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  // The gateway's own web process here knows no pages; the page still comes from its origin.
  await context.route(/\/bench-page/, (route) =>
    route.fulfill({
      contentType: "text/html; charset=utf-8",
      body: `<!doctype html><meta charset="utf-8"><style>body{margin:0}</style><body><script type="module">${script}</script>`,
    }),
  );
  const open = async () => {
    const page = await context.newPage();
    await page.goto(`${url}/bench-page?lab=${OWN_LAB}&slot=${newSlot()}`);
    await page.waitForFunction(() => window.bench !== undefined);
    await page.evaluate(() => window.bench.shows("$"));
    return page;
  };
  const typing = await open();
  const idleMs = await pressed(typing, keys);

  const flooded = await open();
  const piece = `${folder}/piece`;
  const printed = `seq 1 200000 | head -c ${FLOOD_PIECE_BYTES} > ${piece}; clear\r`;
  await flooded.evaluate((command) => window.bench.type(command), printed);
  await pause(500);
  const flood = `while :; do cat ${piece}; sleep ${FLOOD_PIECE_BYTES / FLOOD_BYTES_PER_SECOND}; done\r`;
  await flooded.evaluate((command) => window.bench.type(command), flood);
  await typing.bringToFront();
  await pause(1_000);
  const before = await flooded.evaluate(() => window.bench.received());
  const began = performance.now();
  const floodedMs = await pressed(typing, keys);
  const seconds = (performance.now() - began) / 1000;
  const floodBytesPerSecond = ((await flooded.evaluate(() => window.bench.received())) - before) / seconds;
  await ended(flooded);

  await typing.evaluate(() => window.bench.type("\u0015seq 1 12000\r"));
  await typing.evaluate(() => window.bench.shows("12000"));
  const { fps, longestMs } = await typing.evaluate(() => window.bench.scroll(3_000));
  await ended(typing);
  await context.close();
  return { idleMs, floodedMs, floodBytesPerSecond, fps, longestFrameMs: longestMs };
}

/** Its shell stays with the gateway when a page is closed, and would go on printing into the figures that follow. */
async function ended(page: Page): Promise<void> {
  await page.evaluate(() => window.bench.end());
  await page.close();
}

async function pressed(page: Page, keys: number): Promise<number[]> {
  await page.evaluate(() => window.bench.keyTimes());
  for (let at = 0; at < keys; at++) {
    await page.keyboard.press("x");
    await pause(60 + Math.random() * 40);
  }
  const times = await page.evaluate(() => window.bench.keyTimes());
  await page.evaluate(() => window.bench.type("\u0015"));
  return times;
}

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./browser-page.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
    loader: { ".css": "empty" },
    logLevel: "silent",
  });
  // A closing tag in a string would end the script.
  return (outputFiles[0]?.text ?? "").replaceAll("</script", "<\\/script");
}
