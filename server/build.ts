/**
 * The pages, built ahead of requests: only when something they are made from has changed.
 *
 * `.next/quorate-build` holds the hash of what the build was made from; it is written last, so that an interrupted
 * build is made again.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderRefused } from "./clone-folder.ts";
import { StartRefused } from "./start-refused.ts";

const project = fileURLToPath(new URL("../", import.meta.url));
/** Whatever a page may import; tests and the simulator are no part of a page. */
const folders = ["app", "content", "classroom", "database", "gateway", "grader", "labs", "public", "server"];
const files = ["package-lock.json", "next.config.mjs", "postcss.config.mjs", "tsconfig.json"];
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
      .filter((name) => !/\.test\.tsx?$/.test(name) && !/[\\/](recordings|generated)[\\/]/.test(name));
    for (const name of names.sort()) add(name);
  }
  for (const file of files) if (existsSync(join(project, file))) add(file);
  return hash.digest("hex");
}

/**
 * Build the pages if they are stale.
 *
 * @param say told at begin, every ten seconds, and at the end
 * @returns whether anything was built
 * @throws StartRefused with what Next said
 */
export async function buildPages(say: (line: string) => void): Promise<boolean> {
  const hash = sourcesHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash && existsSync(join(project, ".next", "BUILD_ID"))) {
    return false;
  }
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  say("Building the pages (the first start, or they have changed)");
  let doing = "";
  const progress = setInterval(() => say(`  still building, ${seconds()} s${doing && `: ${doing}`}`), 10_000);
  try {
    rmSync(stamp, { force: true });
    await runNext((line) => {
      doing = line;
    });
    writeFileSync(stamp, hash);
  } catch (error) {
    throw folderRefused(project, error);
  } finally {
    clearInterval(progress);
  }
  say(`Pages built in ${seconds()} s`);
  return true;
}

function runNext(onLine: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(project, "node_modules", "next", "dist", "bin", "next"), "build"], {
      cwd: project,
      env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", CI: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-30_000);
        const line = text.trim().split("\n").at(-1)?.trim();
        if (line) onLine(line.slice(0, 100));
      });
    }
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new StartRefused(
            `${said.trim()}\nThe pages could not be built (${signal ?? `exit ${code}`}); Next said why above.`,
          ),
        );
    });
  });
}
