/**
 * `npm run bench:start`: how long `npm start` takes until its page answers, on data that are there.
 *
 * The reference, interleaved in the same run, is the start of the pinned Node with an empty program: what the machine
 * costs by itself at that moment.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, round } from "../figures.ts";

const RUNS = 5;
const root = fileURLToPath(new URL("../..", import.meta.url));
const data = mkdtempSync(join(tmpdir(), "quorate-bench-start-"));

/** Start the product, wait for its line, stop it; milliseconds until the line. */
function startOnce(): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, [join(root, "server", "start.mjs")], {
    cwd: root,
    env: { ...process.env, PORT: "0", QUORATE_DATA: data },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let took: number | undefined;
  child.stdout.on("data", (bytes: Buffer) => {
    if (took !== undefined || !bytes.toString("utf8").includes("Quorate is ready")) return;
    took = performance.now() - began;
    child.kill("SIGTERM");
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => (took === undefined ? reject(new Error("it ended before it was ready")) : resolve(took)));
  });
}

function emptyProgram(): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, ["-e", ""]);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve(performance.now() - began));
  });
}

try {
  console.log(`first start on this data: ${round((await startOnce()) / 1000)} s`);
  const starts: number[] = [];
  const references: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    references.push(await emptyProgram());
    starts.push(await startOnce());
  }
  console.log(
    `a further start until the page answers, ${RUNS} runs: median ${round(median(starts) / 1000)} s, worst ${round(Math.max(...starts) / 1000)} s; ` +
      `${round(median(starts) / median(references))} x an empty Node program (${round(median(references))} ms)`,
  );
} finally {
  rmSync(data, { recursive: true, force: true });
}
