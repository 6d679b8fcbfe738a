/**
 * `npm run bench:page [-- --json FILE]`: what each chapter's page sends before a terminal opens, and how it appears.
 *
 * JavaScript is counted as it comes over the wire, compressed, on a narrow screen: there no terminal opens until it is
 * asked for. The first contentful paint and the layout shift are read from Chromium's own trace, each time with an empty
 * cache. Network and server are this machine, so the paint is a figure of our code and not of a classroom's Wi-Fi.
 */
import { existsSync, writeFileSync } from "node:fs";
import { arch, cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { loadCourses } from "../../content/pipeline/load-chapter.ts";
import { startProduct } from "../../e2e/product.ts";
import { type Figure, median, reached, round, tableOf } from "../figures.ts";
import { type Load, loadOnce } from "./page-load.ts";

const RUNS = 3;
const screens = { narrow: { width: 390, height: 844 }, wide: { width: 1440, height: 900 } };

const { values: options } = parseArgs({ options: { json: { type: "string" } } });
const installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const figures: Figure[] = [];
const product = await startProduct();
const browser = await chromium.launch({
  ...(installed && { executablePath: installed }),
  args: ["--no-sandbox", "--disable-background-networking", "--disable-gpu"],
});
try {
  const addresses = (await loadCourses()).flatMap(({ course, chapters }) =>
    chapters.map(({ chapter }) => ({ chapter: chapter.id, url: `${product.url}/learn/${course.id}/${chapter.id}` })),
  );
  for (const { chapter, url } of addresses) {
    // The first visit makes the lab and warms the server.
    await loadOnce(browser, url, screens.wide);
    const narrow: Load[] = [];
    const wide: Load[] = [];
    for (let run = 0; run < RUNS; run++) {
      narrow.push(await loadOnce(browser, url, screens.narrow));
      wide.push(await loadOnce(browser, url, screens.wide));
    }
    const most = (loads: Load[], of: (load: Load) => number) => Math.max(...loads.map(of));
    if (narrow.some(({ terminalOpened }) => terminalOpened)) throw new Error("a terminal opened that nobody asked for");
    const note = (name: string, value: number, unit: string, atMost?: number) =>
      figures.push({ name: `${chapter}: ${name}`, value, unit, ...(atMost !== undefined && { atMost }) });
    note("JavaScript before the terminal", most(narrow, ({ scriptBytes }) => scriptBytes) / 1000, "KB", 250);
    note("the whole page with a terminal", most(wide, ({ allBytes }) => allBytes) / 1000, "KB");
    for (const [name, loads] of [["narrow", narrow] as const, ["wide", wide] as const]) {
      note(`first contentful paint, ${name}`, median(loads.map(({ paintMs }) => paintMs)), "ms");
      // Above 0.1 a page is felt to jump (web.dev, Cumulative Layout Shift).
      note(
        `layout shift, ${name}`,
        most(loads, ({ layoutShift }) => layoutShift),
        "",
        0.1,
      );
    }
    const heaviest = narrow[0]!.scripts.slice(0, 5).map(({ name, bytes }) => `${name} ${round(bytes / 1000)} KB`);
    console.log(`${chapter}: heaviest scripts: ${heaviest.join(", ")}`);
  }
} finally {
  await browser.close();
  await product.close();
}

const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, Linux ${release()} ${arch()}, Node ${process.version}`;
const missed = figures.filter((figure) => reached(figure) === false);
console.log(
  `\n${machine}\n${tableOf(figures)}\n\n${missed.length === 0 ? "Every figure was reached." : `${missed.length} missed.`}`,
);
if (options.json !== undefined) {
  const report = {
    machine,
    at: new Date().toISOString(),
    figures: figures.map((one) => ({ ...one, value: round(one.value), reached: reached(one) })),
  };
  writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
}
