/**
 * One Quorate per data folder.
 *
 * The lock file names a process and a loopback port that answers with the file's token. A killed holder answers no
 * more, whatever its process number is reused for, so that a stale file never prevents a start.
 */
import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { StartRefused, systemCode } from "./start-refused.ts";

const lockFile = z.object({ pid: z.int(), port: z.int(), token: z.string(), purpose: z.string() });
type LockFile = z.infer<typeof lockFile>;

const answerMs = 2_000;

export interface Lock {
  release(): void;
}

/**
 * @param purpose what holds it, as a refused second start words it: "is running", "is being restored"
 * @throws StartRefused when another process holds it
 */
export async function lockDataFolder(root: string, purpose: string): Promise<Lock> {
  const path = join(root, "lock");
  const token = randomBytes(16).toString("hex");
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(token);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const mine: LockFile = { pid: process.pid, port, token, purpose };
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(mine), { mode: 0o600 });
  try {
    for (let tries = 0; tries < 5; tries++) {
      if (claim(unfinished, path)) {
        return {
          release: () => {
            server.close();
            if (readLock(path)?.token === token) rmSync(path, { force: true });
          },
        };
      }
      const holder = readLock(path);
      if (holder && (await isHeld(holder))) {
        throw new StartRefused(
          `Another Quorate ${holder.purpose} on the data folder ${root} (process ${holder.pid}). Stop it, or choose another folder with QUORATE_DATA.`,
        );
      }
      removeStale(path, holder);
    }
    throw new StartRefused(
      `Several Quorates try to start on the data folder ${root} at once. Start one of them again.`,
    );
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** Who holds the lock now, if anybody does. */
export async function lockHolder(root: string): Promise<{ pid: number } | undefined> {
  const holder = readLock(join(root, "lock"));
  return holder && (await isHeld(holder)) ? { pid: holder.pid } : undefined;
}

function claim(unfinished: string, path: string): boolean {
  try {
    linkSync(unfinished, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    // A file system without hard links: the exclusive flag is as good, but the file may be seen half-written.
    try {
      writeFileSync(path, readFileSync(unfinished), { flag: "wx", mode: 0o600 });
      return true;
    } catch (second) {
      if (systemCode(second) === "EEXIST") return false;
      throw second;
    }
  }
}

function readLock(path: string): LockFile | undefined {
  try {
    return lockFile.safeParse(JSON.parse(readFileSync(path, "utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Move the judged file away; a fresh one that took its place meanwhile is put back. */
function removeStale(path: string, judged: LockFile | undefined): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    if (readLock(aside)?.token !== judged?.token) linkSync(aside, path);
  } catch {
    // Somebody else was quicker; the next try sees what is there.
  }
  rmSync(aside, { force: true });
}

function isHeld(holder: LockFile): Promise<boolean> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(holder.port, "127.0.0.1");
    const finish = (held: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(held);
    };
    // A holder that is stopped (^Z) or very busy accepts but does not answer: it still holds, as long as it lives.
    const timer = setTimeout(() => finish(isAlive(holder.pid)), answerMs);
    socket.on("data", (bytes) => {
      text += bytes.toString();
    });
    socket.on("end", () => finish(text === holder.token));
    socket.on("error", () => finish(false));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}
