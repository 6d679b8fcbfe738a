/**
 * `npm test`: installs what it needs, a browser included, runs every suite, and ends with `N passed, N failed`.
 *
 * Plain JavaScript for an old Node. A suite that crashes, hangs or finds no test counts as failed.
 * `npm test -- unit e2e` runs only those.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { explain, prepare, root } from "../server/prepare.mjs";

const results = join(root, "test-results");
/** A suite that is silent and endless must not hold a CI machine for a night. */
const suiteWithinMs = 30 * 60_000;
const inModules = (...parts) => join(root, "node_modules", ...parts);

/** @typedef {{ passed: number, failed: number, skipped?: number, note?: string }} Count */

/** Each: its name and a function from the Node to use, and how output is shown, to a count. */
const suites = [
  [
    "typecheck",
    (node, shown) =>
      whole(
        node,
        shown,
        ["types of the tree", ["typescript/bin/tsc", "--noEmit"]],
        ["types of the model", ["typescript/bin/tsc", "--noEmit", "-p", "simulator/cluster"]],
      ),
  ],
  [
    "lint",
    (node, shown) =>
      whole(node, shown, [
        "lint",
        ["@biomejs/biome/bin/biome", "ci", ...(process.stdout.isTTY ? [] : ["--colors=off"]), "."],
      ]),
  ],
  ["build", (node, shown) => whole(node, shown, ["build", [join(root, "tools", "build.ts")]])],
  ["unit", unit],
  ["conformance", conformance],
  ["prove", (node) => lines(node, [join(root, "tools", "prove.ts")])],
  ["e2e", browserTests],
];
/** Read the tree and write nothing: they run side by side, and what they say comes when each is done. */
const together = ["typecheck", "lint"];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !suites.some(([suite]) => suite === name));
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(", ")}; there are ${suites.map(([name]) => name).join(", ")}.`);
  process.exit(2);
}

try {
  const node = await prepare((line) => console.log(line));
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const counts = [];
  const chosen = suites.filter(([name]) => asked.length === 0 || asked.includes(name));
  const [beside, inTurn] = [true, false].map((is) => chosen.filter(([name]) => together.includes(name) === is));
  counts.push(...(await Promise.all(beside.map((suite) => counted(suite, node, { live: false })))));
  for (const suite of inTurn) counts.push(await counted(suite, node, { live: true }));
  console.log("\n=== all suites ===");
  for (const count of counts) console.log(oneLine(count));
  const sum = (of) => counts.reduce((total, count) => total + (count[of] ?? 0), 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  process.exitCode = sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;
} catch (error) {
  console.error(explain(error) ?? error);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}

/** Run a suite and say what came of it; one that throws has failed. @returns its count with its name and seconds */
async function counted([name, runSuite], node, shown) {
  if (shown.live) console.log(`\n=== ${name} ===`);
  const began = Date.now();
  let count;
  try {
    count = await runSuite(node, shown);
  } catch (error) {
    console.error(error);
    count = { passed: 0, failed: 1, note: "the suite could not be run" };
  }
  const told = { name, seconds: Math.round((Date.now() - began) / 1000), ...count };
  console.log(`${shown.live ? "" : `\n=== ${name} ===\n${count.said ?? ""}`}${oneLine(told)}`);
  return told;
}

function oneLine({ name, passed, failed, skipped = 0, note, seconds }) {
  const extra = [skipped > 0 ? `${skipped} skipped` : "", `${seconds} s`, note ?? ""].filter((part) => part !== "");
  return `${name.padEnd(12)} ${passed} passed, ${failed} failed (${extra.join(", ")})`;
}

/** Programs that pass or fail as a whole: one test each. @returns with `said` what they printed, unless it was shown live */
async function whole(node, { live }, ...programs) {
  const count = { passed: 0, failed: 0, said: "" };
  for (const [name, words] of programs) {
    const { code, said } = await start(node, program(words), { hidden: !live });
    if (code === 0) count.passed += 1;
    else count.failed += 1;
    const verdict = `${code === 0 ? "ok    " : "FAILED"} ${name}\n`;
    if (live) process.stdout.write(verdict);
    else count.said += said + verdict;
  }
  return count;
}

async function unit(node) {
  const file = join(results, "unit.json");
  const { code } = await start(node, [
    ...program(["vitest/vitest.mjs", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`]),
  ]);
  if (!existsSync(file)) return { passed: 0, failed: 1, note: "it ended without a report" };
  const report = JSON.parse(readFileSync(file, "utf8"));
  // A file that cannot be loaded has no tests in it to fail.
  const unloadable = report.testResults.filter(
    (result) => result.status === "failed" && !result.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const count = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
  return orCrashed(count, code);
}

/** Every table of recordings, replayed. */
function conformance(node) {
  const tables = [];
  const folder = join(root, "simulator", "recordings", "corosync");
  if (existsSync(folder)) {
    for (const name of readdirSync(folder))
      if (/^conformance.*\.(json|md)$/.test(name)) tables.push(join(folder, name));
  }
  if (tables.length === 0) return { passed: 0, failed: 1, note: "there is no table to replay" };
  return lines(node, [join(root, "simulator", "conformance", "conformance-command.ts"), ...tables]);
}

/** A program of ours whose last line has its totals. */
async function lines(node, words) {
  const { code, said } = await start(node, words, { keep: true });
  const last = said.trim().split("\n").at(-1) ?? "";
  const number = (pattern) => {
    const found = pattern.exec(last);
    return found ? Number(found[1]) : undefined;
  };
  const passed = number(/(\d+) (?:passed|ok)\b/);
  if (passed === undefined) return { passed: 0, failed: 1, note: "it ended without totals" };
  const failed = number(/(\d+) (?:failed|different|differ)\b/) ?? 0;
  return orCrashed({ passed, failed, skipped: number(/(\d+) skipped\b/) ?? 0 }, code);
}

async function browserTests(node) {
  const file = join(results, "e2e.json");
  const words = program(["@playwright/test/cli.js", "test", "-c", "e2e/playwright.config.ts"]);
  if (!(await haveBrowser(node))) {
    console.log(
      "No browser can be had: install the package chromium (Debian: apt-get install chromium) and run npm test again.",
    );
    const { said } = await start(node, [...words, "--list", "--reporter=list"], { keep: true });
    const total = /Total: (\d+) test/.exec(said);
    return { passed: 0, failed: total ? Number(total[1]) : 1, note: "no browser" };
  }
  const { code } = await start(node, [...words, "--reporter=list,json"], {
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: file },
  });
  if (!existsSync(file)) return { passed: 0, failed: 1, note: "it ended without a report" };
  const { stats, errors } = JSON.parse(readFileSync(file, "utf8"));
  for (const error of errors ?? []) console.error(error.message);
  return orCrashed({ passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped }, code);
}

/** An installed Chromium, Playwright's own, or one that is fetched now. */
async function haveBrowser(node) {
  const installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  if (installed.some((path) => existsSync(path)) || (await hasOwnBrowser())) return true;
  console.log("Fetching Chromium for the browser tests (playwright install chromium)");
  await start(node, program(["@playwright/test/cli.js", "install", "chromium"]), { withinMs: 10 * 60_000 });
  if (await hasOwnBrowser()) return true;
  if (process.platform === "linux" && process.getuid() === 0 && existsSync("/usr/bin/apt-get")) {
    console.log("Installing Debian's chromium (apt-get install chromium)");
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await start("apt-get", ["update", "-q"], { env });
    await start("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], { env });
    return installed.some((path) => existsSync(path));
  }
  return false;
}

async function hasOwnBrowser() {
  try {
    return existsSync(createRequire(import.meta.url)("playwright-core").chromium.executablePath());
  } catch {
    return false;
  }
}

function orCrashed(count, code) {
  if (count.passed + count.failed === 0) return { ...count, failed: 1, note: "it ran no test" };
  if (code !== 0 && count.failed === 0) return { ...count, failed: 1, note: `it ended with ${code}` };
  return count;
}

/** A program of `node_modules`, or a path. */
function program([name, ...words]) {
  return [existsSync(name) ? name : inModules(...name.split("/")), ...words];
}

/**
 * Run to the end.
 *
 * @param options.keep its output is shown as it comes and kept
 * @param options.hidden it is kept and not shown
 * @returns exit code (or signal), and what it printed if kept
 */
function start(command, words, { keep = false, hidden = false, env = {}, withinMs = suiteWithinMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, words, {
      cwd: root,
      // `node` means Quorate's own in whatever the suites start.
      env: {
        ...process.env,
        NEXT_TELEMETRY_DISABLED: "1",
        ...env,
        PATH: `${dirname(command)}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`,
      },
      stdio: ["ignore", keep || hidden ? "pipe" : "inherit", hidden ? "pipe" : "inherit"],
      windowsHide: true,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        said = (said + text).slice(-1_000_000);
        if (!hidden) process.stdout.write(text);
      });
    }
    const timer = setTimeout(() => {
      console.error(`This took longer than ${withinMs / 60_000} minutes and was ended.`);
      child.kill("SIGKILL");
    }, withinMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      console.error(`${command} could not be started: ${error.message}`);
      resolve({ code: error.message, said });
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? signal, said });
    });
  });
}
