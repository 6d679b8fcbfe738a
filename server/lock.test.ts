import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDataFolder, lockHolder } from "./lock.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "quorate-lock-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("the lock of a data folder", () => {
  it("refuses a second holder and names the first", async () => {
    const lock = await lockDataFolder(root, "is running");
    await expect(lockDataFolder(root, "is running")).rejects.toThrow(
      new RegExp(`Another Quorate is running on the data folder .*process ${process.pid}`),
    );
    expect(await lockHolder(root)).toEqual({ pid: process.pid });
    lock.release();
    expect(await lockHolder(root)).toBeUndefined();
    (await lockDataFolder(root, "is running")).release();
  });

  it("of several that start at once exactly one gets it", async () => {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataFolder(root, "is running")));
    const got = tries.filter((result) => result.status === "fulfilled");
    expect(got).toHaveLength(1);
    for (const result of got) result.value.release();
  });

  it("a file left by a killed holder is taken over, even when its port now belongs to another program", async () => {
    const other = createServer((socket) => socket.end("something else"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    // The process number lives, too: it was reused.
    writeFileSync(join(root, "lock"), JSON.stringify({ pid: process.pid, port, token: "gone", purpose: "is running" }));
    const lock = await lockDataFolder(root, "is running");
    lock.release();
    other.close();
  });

  it("a damaged file is taken over", async () => {
    writeFileSync(join(root, "lock"), '{"pid":');
    const lock = await lockDataFolder(root, "is running");
    expect(JSON.parse(readFileSync(join(root, "lock"), "utf8")).pid).toBe(process.pid);
    lock.release();
  });
});
