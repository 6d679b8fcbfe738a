/**
 * The pages, built ahead of requests: only when something they are made from has changed.
 *
 * `.next/quorate-build` holds the hash of what the build was made from; it is written last, so that an interrupted
 * build is made again.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { folderRefused } from "./clone-folder.ts";
import { type Lock, lockDataFolder } from "./lock.ts";
import { StartRefused } from "./start-refused.ts";

const project = fileURLToPath(new URL("../", import.meta.url));
/** Whatever a page may import; tests and the simulator are no part of a page. */
const folders = ["app", "content", "classroom", "database", "gateway", "grader", "labs", "models", "public", "server"];
const files = ["package-lock.json", "next.config.mjs", "postcss.config.mjs", "tsconfig.json"];
/** A build takes seconds to a few minutes on a slow machine. */
const othersEndWithinMs = 5 * 60_000;
const stamp = join(project, ".next", "quorate-build");

/** SHA-256 over names and contents. */
function sourcesHash(): string {
  const hash = createHash("sha256");
  const add = (path: string) =>
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(project, path)))
      .update("\0");
  for (const folder of folders) {
    if (!existsSync(join(project, folder))) continue;
    const names = readdirSync(join(project, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(tsx?|mjs|css|svg|ico|png|woff2)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(project.length))
      .filter((name) => !/\.test\.tsx?$/.test(name) && !/[\\/]generated[\\/]/.test(name));
    for (const name of names.sort()) add(name);
  }
  for (const file of files) if (existsSync(join(project, file))) add(file);
  return hash.digest("hex");
}

/**
 * Build the pages if they are stale.
 *
 * @param say told at begin, every ten seconds, and at the end
 * @param signal ends a build that nobody waits for any more
 * @returns whether anything was built
 * @throws StartRefused with what Next said
 */
export async function buildPages(say: (line: string) => void, signal?: AbortSignal): Promise<boolean> {
  const hash = sourcesHash();
  if (isBuilt(hash)) return false;
  const lock = await waitForOthers(say, signal);
  try {
    if (isBuilt(hash)) return false;
    await build(hash, say, signal);
    return true;
  } finally {
    lock.release();
  }
}

function isBuilt(hash: string): boolean {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === hash && existsSync(join(project, ".next", "BUILD_ID"));
}

/** Another start from this clone may be building: its result will do for this one, too. */
async function waitForOthers(say: (line: string) => void, signal: AbortSignal | undefined): Promise<Lock> {
  try {
    mkdirSync(join(project, ".next"), { recursive: true });
    for (let told = false; ; told = true) {
      signal?.throwIfAborted();
      try {
        return await lockDataFolder(join(project, ".next"), "is building");
      } catch (error) {
        if (!(error instanceof StartRefused)) throw error;
        if (!told) say("Waiting for another start that builds the pages of this clone");
        await wait(500, undefined, { signal });
      }
    }
  } catch (error) {
    throw folderRefused(project, error);
  }
}

async function build(hash: string, say: (line: string) => void, signal: AbortSignal | undefined): Promise<void> {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  say("Building the pages (the first start, or they have changed)");
  let doing = "";
  const progress = setInterval(() => say(`  still building, ${seconds()} s${doing && `: ${doing}`}`), 10_000);
  try {
    rmSync(stamp, { force: true });
    const onLine = (line: string) => {
      doing = line;
    };
    // A build whose start was killed goes on alone and holds Next's own lock: wait for its end.
    for (const until = Date.now() + othersEndWithinMs; ; await wait(1_000, undefined, { signal })) {
      const { ok, said } = await runNext(onLine, signal);
      if (ok) break;
      signal?.throwIfAborted();
      if (/Another next build process is already running/.test(said) && Date.now() < until) continue;
      throw new StartRefused(`${said}\nThe pages could not be built; Next said why above.`);
    }
    writeFileSync(stamp, hash);
  } catch (error) {
    throw folderRefused(project, error);
  } finally {
    clearInterval(progress);
  }
  say(`Pages built in ${seconds()} s`);
}

function runNext(
  onLine: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<{ ok: boolean; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(project, "node_modules", "next", "dist", "bin", "next"), "build"], {
      cwd: project,
      env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", CI: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    const end = () => child.kill();
    signal?.addEventListener("abort", end);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-30_000);
        const line = text.trim().split("\n").at(-1)?.trim();
        if (line) onLine(line.slice(0, 100));
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      signal?.removeEventListener("abort", end);
      resolve({ ok: code === 0, said: said.trim() });
    });
  });
}
