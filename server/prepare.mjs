/**
 * What has to be there before anything of Quorate runs: npm packages, the Node that comes with them, the database
 * client. Plain JavaScript for an old Node, without dependencies: it runs before they are installed.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
/**
 * Where Node keeps what it compiled (`NODE_COMPILE_CACHE`), for every process that comes after: a start costs half as much.
 * Where it cannot be written to, Node compiles as ever.
 */
export const compiledFolder = join(modules, ".cache", "quorate-compiled");
const windows = process.platform === "win32";

/** A problem that the reader can solve; its message is one line. */
export class Unprepared extends Error {}

/**
 * Install and generate what is missing or stale.
 *
 * @param {(line: string) => void} say told what happens now, at least every ten seconds
 * @returns {Promise<string>} path of the Node that runs Quorate
 */
export async function prepare(say) {
  requireNode();
  await installPackages(say);
  process.env.NODE_COMPILE_CACHE ??= compiledFolder;
  const node = quorateNode();
  await generateClient(node, say);
  return node;
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Unprepared(`This is Node ${process.versions.node}; Quorate needs 20.19 or newer (https://nodejs.org).`);
}

async function installPackages(say) {
  const lockText = readFileSync(join(root, "package-lock.json"));
  const hash = createHash("sha256").update(lockText).digest("hex");
  const stamp = join(modules, ".quorate-lock-hash");
  if (read(stamp) === hash && existsSync(nodeBinary())) return;
  const lock = JSON.parse(lockText.toString());
  if (!holdsPackages(lock)) {
    if (isLink(modules)) {
      throw new Unprepared(
        "node_modules is a link to another folder, whose packages differ from this clone's; npm would empty it. Remove the link and start again.",
      );
    }
    const why = existsSync(modules) ? "the list of packages has changed" : "the first start";
    say(`Installing packages (${why}; this takes a minute or two)`);
    const began = Date.now();
    const progress = setInterval(() => {
      say(`  still installing, ${seconds(began)} s: ${countPackages(lock)} packages are there`);
    }, 10_000);
    try {
      await npm(["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]);
    } finally {
      clearInterval(progress);
    }
    say(`Packages installed in ${seconds(began)} s`);
  }
  writeFileSync(stamp, hash);
}

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Whether npm's own record of what it installed has every package of the lock file, in its version. */
function holdsPackages(lock) {
  const record = read(join(modules, ".package-lock.json"));
  if (record === undefined || !existsSync(nodeBinary())) return false;
  const installed = JSON.parse(record).packages;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === "" || wanted.optional || wanted.peer || wanted.link) return true;
    return installed[path] !== undefined && installed[path].version === wanted.version;
  });
}

function npm(words) {
  const script = process.env.npm_execpath;
  // npm names its own script; without it (started by hand) the command is looked up, which on Windows needs a shell.
  const [command, first] = script && /\.[cm]?js$/.test(script) ? [process.execPath, [script]] : ["npm", []];
  return run(command, [...first, ...words], {
    shell: command === "npm" && windows,
    env: withoutDownloads(),
    failed:
      "npm ci failed; what it said is above. With no connection to the npm registry, connect once and start again",
  });
}

/** Prisma fetches a native engine from a host of its own; ours comes from npm as WebAssembly. */
function withoutDownloads() {
  return {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: join(root, "package.json"),
    PRISMA_SKIP_POSTINSTALL_GENERATE: "1",
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
    CHECKPOINT_DISABLE: "1",
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: "1",
    NEXT_TELEMETRY_DISABLED: "1",
  };
}

function nodeBinary() {
  return join(modules, "node", "bin", windows ? "node.exe" : "node");
}

function quorateNode() {
  if (existsSync(nodeBinary())) return nodeBinary();
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  throw new Unprepared(
    "npm did not install Node 24 (node_modules/node/bin is missing), perhaps because install scripts are switched off. Run: npm ci --ignore-scripts=false",
  );
}

async function generateClient(node, say) {
  const generated = join(root, "database", "generated");
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "prisma", "schema.prisma")))
    .update(readFileSync(join(modules, "prisma", "package.json")))
    .digest("hex");
  const stamp = join(generated, ".made-from");
  if (read(stamp) === hash) return;
  say("Generating the database client");
  await run(node, [join(modules, "prisma", "build", "index.js"), "generate", "--no-hints"], {
    quiet: true,
    env: withoutDownloads(),
    failed: "the database client could not be generated",
  });
  mkdirSync(generated, { recursive: true });
  writeFileSync(stamp, hash);
}

/** Run a program to its end in the clone. */
export function run(command, words, { env, failed, quiet = false, shell = false }) {
  return new Promise((resolve, reject) => {
    let said = "";
    const child = spawn(command, words, {
      ...{ cwd: root, env, shell, windowsHide: true },
      stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream)
        stream.on("data", (bytes) => {
          said = (said + bytes).slice(-20_000);
        });
    }
    child.once("error", (error) => reject(new Unprepared(`${failed} (${error.message}).`)));
    child.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Unprepared(`${said}${said ? "\n" : ""}${failed} (${signal ?? `exit ${code}`}).`));
    });
  });
}

/** npm makes the folders first and fills them as packages arrive; those that one system alone needs are not counted. */
function countPackages(lock) {
  const wanted = Object.entries(lock.packages).filter(([path, { optional }]) => path !== "" && !optional);
  const there = wanted.filter(([path]) => existsSync(join(root, path, "package.json")));
  return `${there.length} of ${wanted.length}`;
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const seconds = (began) => Math.round((Date.now() - began) / 1000);

/** What a file system says when the clone cannot be written, in one line; undefined for any other error. */
export function explain(error) {
  if (error instanceof Unprepared) return error.message;
  if (error && ["EACCES", "EPERM", "EROFS"].includes(error.code)) {
    return `The folder ${root} cannot be written by this user (${error.path ?? error.code}). Give it to the user, or clone again as this user.`;
  }
  if (error && error.code === "ENOSPC") return `There is no space left for ${root}. Free some and start again.`;
  return undefined;
}
