import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FolderListing, HttpRefusal } from "../protocol.ts";
import { OTHER_LAB, OWN_LAB, startTestGateway, type TestGateway } from "../testing/test-gateway.ts";
import { TestNode } from "../testing/test-node.ts";

const node = new TestNode("pve1");
const bare = new TestNode("pve2");
let gateway: TestGateway;
let root: string;
const home = (name: string) => join(root, "home", name);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "quorate-files-"));
  mkdirSync(home("sub"), { recursive: true });
  node.folder = root;
  await node.start();
  await bare.start();
  gateway = await startTestGateway([node, bare]);
});
afterAll(async () => {
  await gateway.stop();
  await node.stop();
  await bare.stop();
  rmSync(root, { recursive: true, force: true });
});

function ask(what: "file" | "files", query: Record<string, string>, init: RequestInit = {}, person = "ana") {
  const search = new URLSearchParams({ lab: OWN_LAB, node: "pve1", ...query });
  return fetch(`${gateway.url}/gateway/${what}?${search}`, {
    ...init,
    headers: { ...init.headers, "x-person": person },
  });
}

const refusalOf = async (answer: Response) => ((await answer.json()) as HttpRefusal).refusal;

describe("files of a node", () => {
  it("go there and come back byte for byte, larger than what is asked for at once", async () => {
    const content = randomBytes(3_000_001);
    const sent = await ask("file", { path: "disk.raw" }, { method: "PUT", body: content });
    expect([sent.status, await sent.json()]).toEqual([201, { path: "/home/disk.raw", bytes: content.length }]);
    expect(readFileSync(home("disk.raw")).equals(content)).toBe(true);
    const back = await ask("file", { path: "/home/disk.raw" });
    expect(back.headers.get("content-length")).toBe(String(content.length));
    expect(back.headers.get("content-disposition")).toContain("disk.raw");
    expect(Buffer.from(await back.arrayBuffer()).equals(content)).toBe(true);
    expect(gateway.audited.map(({ action }) => action)).toEqual(["file-uploaded", "file-downloaded"]);
  });

  it("are listed, the login's own folder first", async () => {
    writeFileSync(home("größe.txt"), "12345");
    const listing = (await (await ask("files", {})).json()) as FolderListing;
    expect(listing.path).toBe("/home");
    expect(listing.whole).toBe(true);
    const told = new Map(listing.entries.map((entry) => [entry.name, entry]));
    expect(told.get("größe.txt")).toMatchObject({ kind: "file", bytes: 5 });
    expect(told.get("sub")).toMatchObject({ kind: "folder" });
    expect(told.has("..")).toBe(false);
  });

  it("are not replaced unless that is said", async () => {
    writeFileSync(home("kept"), "old");
    const refused = await ask("file", { path: "kept" }, { method: "PUT", body: "new" });
    expect([refused.status, (await refusalOf(refused)).message.id]).toEqual([400, "file-exists"]);
    expect(readFileSync(home("kept"), "utf8")).toBe("old");
    await ask("file", { path: "kept", replace: "yes" }, { method: "PUT", body: "new" });
    expect(readFileSync(home("kept"), "utf8")).toBe("new");
  });

  it("stay as they were when the browser goes away in the middle, and nothing half is left", async () => {
    writeFileSync(home("whole"), "old");
    const search = new URLSearchParams({ lab: OWN_LAB, node: "pve1", path: "whole", replace: "yes" });
    const request = httpRequest(`${gateway.url}/gateway/file?${search}`, {
      method: "PUT",
      headers: { "x-person": "ana", "content-length": 2_000_000 },
    });
    request.on("error", () => undefined);
    request.write(Buffer.alloc(1_000_000));
    const beside = () => readdirSync(join(root, "home")).filter((name) => name.startsWith("whole.upload"));
    await expect.poll(() => beside().length, { timeout: 20_000 }).toBe(1);
    request.destroy();
    await expect.poll(() => beside().length, { timeout: 20_000 }).toBe(0);
    expect(readFileSync(home("whole"), "utf8")).toBe("old");
  });

  it.each([
    ["a file that is not there", "file", { path: "nothing" }, 404, "file-unknown"],
    ["a folder as a file", "file", { path: "sub" }, 400, "file-not-file"],
    ["a node that the lab has not", "files", { node: "pve9" }, 404, "node-unknown"],
    ["a node without SFTP", "files", { node: "pve2" }, 503, "files-unsupported"],
    ["a path with a zero byte", "files", { path: "a\0b" }, 400, "malformed"],
    ["a word it does not know", "files", { nod: "pve1" }, 400, "malformed"],
    ["another's lab", "files", { lab: OTHER_LAB }, 403, "not-allowed"],
  ] as const)("answers for %s in words", async (_what, kind, query, status, id) => {
    const answer = await ask(kind, query);
    expect([answer.status, (await refusalOf(answer)).message.id]).toEqual([status, id]);
  });

  it("are not given to a visitor, nor to a page of another site", async () => {
    expect((await ask("files", {}, {}, "nobody")).status).toBe(403);
    const foreign = await ask("files", {}, { headers: { "sec-fetch-site": "cross-site" } });
    expect((await refusalOf(foreign)).message.id).toBe("origin-refused");
    const posted = await ask("file", { path: "x" }, { method: "PUT", body: "x", headers: { origin: "http://evil" } });
    expect(posted.status).toBe(403);
  });

  it("are refused above the limit before they are sent", async () => {
    const request = httpRequest(`${gateway.url}/gateway/file?lab=${OWN_LAB}&node=pve1&path=big`, {
      method: "PUT",
      headers: { "x-person": "ana", "content-length": 300 * 1024 * 1024 },
    });
    request.on("error", () => undefined);
    const status = await new Promise((resolve) => {
      request.on("response", ({ statusCode }) => resolve(statusCode));
      request.flushHeaders();
    });
    request.destroy();
    expect(status).toBe(429);
  });
});
