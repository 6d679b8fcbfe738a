/**
 * The bundled PostgreSQL: initialised once, started, stopped; a killed one leaves nothing that prevents the next start.
 *
 * It listens on a loopback TCP port with a password, never on a Unix socket: no path is too long (107 bytes) and no
 * socket file stays behind.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { z } from "zod";
import type { DataFolder } from "../data-folder.ts";
import { rotateLog } from "../logs.ts";
import { StartRefused } from "../start-refused.ts";
import { type DatabaseUser, databaseUser } from "./database-user.ts";
import { findPrograms, type Programs } from "./programs.ts";
import { isPostgres } from "./running-process.ts";

const run = promisify(execFile);

/** All processes together; each opens a share. */
const connectionsMax = 100;
/** Initialising takes a second, recovery after a kill some more on a slow disk. */
const readyWithinMs = 60_000;
const major = "18";

const access = z.object({ password: z.string().min(20), port: z.int().min(1).max(65_535) });
type Access = z.infer<typeof access>;

export interface BundledPostgres {
  /** Of the database `quorate`. */
  url: string;
  pid: number;
  /** Resolves when the server ends, wanted or not. */
  ended: Promise<string>;
  /** End sessions, write everything to disk, stop. */
  stop(): Promise<void>;
}

/** @throws StartRefused when it cannot run here, with the next move */
export async function startBundledPostgres(
  folder: DataFolder,
  onStep: (text: string) => void,
): Promise<BundledPostgres> {
  const user = databaseUser();
  const programs = await findPrograms({ user, copyFolder: folder.postgresPrograms, onStep });
  const accessFile = join(folder.root, "postgres.json");
  let kept = await readAccess(accessFile);
  if (existsSync(folder.postgres) && kept) {
    checkVersion(folder.postgres);
    await stopLeftOver(programs, folder.postgres, user);
  } else if (existsSync(folder.postgres)) {
    throw new StartRefused(
      `${accessFile} with the database's password is missing. Restore it, or move ${folder.postgres} away and restore a backup.`,
    );
  } else {
    onStep("initialising the database");
    kept = { password: randomBytes(24).toString("base64url"), port: await freePort() };
    writeAccess(accessFile, kept);
    await initialise(programs, folder, user, kept.password);
  }
  if (!kept) throw new Error("the database has no password");

  // The port of the last run, so that tools keep working; another when somebody else took it.
  for (let tries = 0; tries < 4; tries++) {
    if (tries > 0 || !(await isFree(kept.port))) {
      kept = { ...kept, port: await freePort() };
      writeAccess(accessFile, kept);
    }
    const started = await tryStart(programs, folder, user, kept, onStep);
    if (started) return started;
  }
  throw new StartRefused(
    `The database did not start; the end of ${join(folder.logs, "postgres.log")} says why: ${lastLine(join(folder.logs, "postgres.log"))}`,
  );
}

/** Address of the bundled database when it runs now, for a tool beside it. */
export async function runningPostgresUrl(folder: DataFolder): Promise<string | undefined> {
  const kept = await readAccess(join(folder.root, "postgres.json"));
  if (!kept) return undefined;
  const url = address(kept, "quorate");
  return (await answers(url)) ? url : undefined;
}

async function initialise(
  programs: Programs,
  folder: DataFolder,
  user: DatabaseUser | undefined,
  password: string,
): Promise<void> {
  // In a folder of its own and renamed when complete: a kill in the middle leaves no half database.
  const unfinished = `${folder.postgres}.unfinished`;
  const passwordFile = join(folder.root, "postgres.password");
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) {
    chownSync(unfinished, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  try {
    await run(
      programs.initdb,
      [
        ...["--pgdata", unfinished, "--username", "quorate", "--pwfile", passwordFile],
        ...["--auth", "scram-sha-256", "--locale=C", "--encoding=UTF8", "--no-instructions"],
      ],
      { ...asUser(user), env: programEnvironment() },
    );
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    if (/permission denied|could not access|could not change permissions/i.test(said) && user) {
      throw new StartRefused(
        `The database's user ${user.name} cannot reach ${folder.root} (PostgreSQL does not run as root). Choose a data folder outside closed folders such as /root: QUORATE_DATA=/var/lib/quorate npm start`,
        { cause: error },
      );
    }
    throw new StartRefused(`The database could not be initialised: ${said.split("\n").at(-1)}`, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, folder.postgres);
}

async function tryStart(
  programs: Programs,
  folder: DataFolder,
  user: DatabaseUser | undefined,
  kept: Access,
  onStep: (text: string) => void,
): Promise<BundledPostgres | undefined> {
  const logFile = join(folder.logs, "postgres.log");
  rotateLog(logFile);
  const log = openSync(logFile, "a", 0o600);
  const settings: Record<string, string | number> = {
    port: kept.port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: connectionsMax,
    shared_buffers: "64MB",
    log_timezone: "UTC",
    timezone: "UTC",
    log_line_prefix: "%m [%p] ",
    logging_collector: "off",
  };
  const child = spawn(
    programs.postgres,
    ["-D", folder.postgres, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    // A process group of its own: Ctrl-C in the terminal reaches the supervisor, who stops the database last.
    {
      ...asUser(user),
      env: programEnvironment(),
      stdio: ["ignore", log, log],
      detached: process.platform !== "win32",
      windowsHide: true,
    },
  );
  closeSync(log);
  let endedWith: string | undefined;
  const ended = new Promise<string>((resolve) => {
    const end = (text: string) => {
      endedWith = text;
      resolve(text);
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(signal ? `killed by ${signal}` : `exit ${code}`));
  });
  const began = Date.now();
  let told = false;
  while (endedWith === undefined && Date.now() - began < readyWithinMs) {
    if (await answers(address(kept, "postgres"))) {
      await makeDatabase(kept);
      return {
        url: address(kept, "quorate"),
        pid: child.pid!,
        ended,
        stop: () => stop(programs, folder, user, child, ended),
      };
    }
    if (!told && Date.now() - began > 3_000) {
      told = true;
      onStep("the database is recovering what the last run left");
    }
    await Promise.race([wait(50), ended]);
  }
  if (endedWith === undefined) await stop(programs, folder, user, child, ended);
  // Backends of a killed server may hold its shared memory for a moment longer.
  await wait(500);
  return undefined;
}

async function stop(
  programs: Programs,
  folder: DataFolder,
  user: DatabaseUser | undefined,
  child: ChildProcess,
  ended: Promise<string>,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await pgStop(programs, folder.postgres, user);
  await Promise.race([ended, wait(2_000)]);
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await ended;
  }
}

/** A server of an earlier run whose supervisor was killed, or only its pid file. */
async function stopLeftOver(programs: Programs, data: string, user: DatabaseUser | undefined): Promise<void> {
  const file = join(data, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  if (Number.isInteger(pid) && pid > 0 && (await isPostgres(pid, data))) {
    await pgStop(programs, data, user);
    return;
  }
  // The number may belong to some other process of this user by now, and PostgreSQL would take it for a live server.
  rmSync(file, { force: true });
}

async function pgStop(programs: Programs, data: string, user: DatabaseUser | undefined): Promise<void> {
  for (const mode of ["fast", "immediate"]) {
    try {
      await run(programs.pgCtl, ["stop", "-D", data, "-m", mode, "-w", "-t", "20", "-s"], {
        ...asUser(user),
        env: programEnvironment(),
      });
      return;
    } catch {
      if (!existsSync(join(data, "postmaster.pid"))) return;
    }
  }
}

async function makeDatabase(kept: Access): Promise<void> {
  const client = new Client({ connectionString: address(kept, "postgres") });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = 'quorate'");
    if (found.rowCount === 0) await client.query("CREATE DATABASE quorate");
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

const address = (kept: Access, database: string) =>
  `postgresql://quorate:${kept.password}@127.0.0.1:${kept.port}/${database}`;

/** Not the caller's PG* variables, which would change what the programs do; Windows needs its own. */
function programEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...(Object.fromEntries(own) as NodeJS.ProcessEnv), LC_ALL: "C", TZ: "UTC" };
}

function asUser(user: DatabaseUser | undefined): { uid?: number; gid?: number; cwd?: string } {
  return user ? { uid: user.uid, gid: user.gid, cwd: "/" } : {};
}

function checkVersion(data: string): void {
  const found = readFileSync(join(data, "PG_VERSION"), "utf8").trim();
  if (found === major) return;
  throw new StartRefused(
    `The database in ${data} was made by PostgreSQL ${found}, and this version has ${major}. Start the version that made it, npm run backup -- FILE there, move ${data} away, and npm run restore -- FILE here.`,
  );
}

async function readAccess(file: string): Promise<Access | undefined> {
  try {
    return access.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

function writeAccess(file: string, value: Access): void {
  writeFileSync(`${file}.unfinished`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${file}.unfinished`, file);
}

function lastLine(file: string): string {
  try {
    return readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "";
  } catch {
    return "the log is empty";
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" && bound ? bound.port : 0));
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
