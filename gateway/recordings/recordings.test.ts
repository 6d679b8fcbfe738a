import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Connection } from "../../app/_terminal/socket.ts";
import type { HttpRefusal, RecordingDetails, RecordingListed, RecordingState, Reply } from "../protocol.ts";
import { openPage, openTerminal, type TestTerminal } from "../testing/test-browser.ts";
import { OWN_LAB, startTestGateway, type TestGateway } from "../testing/test-gateway.ts";
import { TestNode } from "../testing/test-node.ts";

const node = new TestNode("pve1");
const rules = { classId: "class-1", className: "Monday", on: true, keptDays: 30 };
let folder: string;
let gateway: TestGateway;
let pages: Connection[] = [];
let slot = 0;

beforeAll(() => node.start());
afterAll(() => node.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "quorate-recordings-"));
  gateway = await startTestGateway([node], { mode: "shared", recordingsFolder: folder });
  gateway.recordings.rules = rules;
});
afterEach(async () => {
  for (const page of pages) page.close();
  pages = [];
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function shell(at = { labId: OWN_LAB, node: "pve1", slot: `r${++slot}` }) {
  const page = openPage(gateway.url);
  pages.push(page);
  const terminal = openTerminal(page, at);
  await terminal.until("a prompt", () => terminal.text().includes("$"));
  return { page, terminal, at };
}

async function say(terminal: TestTerminal, text: string) {
  terminal.link.type(`${text}\r`);
  await terminal.until("the answer", () => terminal.text().includes(`you said ${text}`));
}

const ask = (path: string, init: RequestInit = {}, person = "ana") =>
  fetch(`${gateway.url}/gateway/recordings${path}`, { ...init, headers: { "x-person": person } });
const listed = async (query = `?lab=${OWN_LAB}`, person = "ana") =>
  ((await (await ask(query, {}, person)).json()) as { recordings: RecordingListed[] }).recordings;
const castOf = async (id: string, query = "") => (await ask(`/${id}/cast${query}`)).text();
const outputOf = (cast: string) =>
  cast
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line) as [number, string, string])
    .flatMap(([, kind, data]) => (kind === "o" ? data : []))
    .join("");

/** The one recording there is, once it has ended. */
async function ended(): Promise<RecordingListed> {
  await expect.poll(async () => (await listed())[0]?.endedAtMs).toBeDefined();
  return (await listed())[0] as RecordingListed;
}

describe("a terminal in a class that records", () => {
  it("says so, and keeps what was printed, which its owner may replay and delete", async () => {
    const { terminal } = await shell();
    expect(terminal.recorded).toBe(true);
    await say(terminal, "hello");
    terminal.link.end();
    const { id } = await ended();
    expect(outputOf(await castOf(id))).toContain("you said hello");
    const details = (await (await ask(`/${id}`)).json()) as RecordingDetails;
    expect(details).toMatchObject({ node: "pve1", columns: 80, rows: 24 });
    expect(details.bytes).toBeGreaterThan(0);
    expect((await ask(`/${id}`, { method: "DELETE" })).status).toBe(204);
    expect(readdirSync(folder)).toEqual([]);
    expect(await listed()).toEqual([]);
  });

  it("is seen by who teaches the class, which is written down, and by nobody else", async () => {
    const { terminal } = await shell();
    await say(terminal, "mine");
    terminal.link.end();
    const { id } = await ended();
    expect((await listed("?class=class-1", "eva")).map((one) => one.id)).toEqual([id]);
    expect((await ask(`/${id}/cast`, {}, "eva")).status).toBe(200);
    expect(gateway.audited.filter(({ action }) => action === "recording-seen")).toMatchObject([
      { actor: { id: "eva" }, ownerId: "ana", classId: "class-1" },
    ]);
    for (const path of [`/${id}`, `/${id}/cast`, "?class=class-1", "/no-such-one", `?lab=${OWN_LAB}`]) {
      expect((await ask(path, {}, "ben")).status).toBe(403);
    }
    expect((await ask(`/${id}`, { method: "DELETE" }, "ben")).status).toBe(403);
  });

  it("keeps nothing that is typed where there is no echo, and stars secrets given as arguments", async () => {
    const { terminal } = await shell();
    terminal.link.type("secretly\r");
    await terminal.until("the question", () => terminal.text().includes("Password:"));
    terminal.link.type("hunter2\r");
    await terminal.until("the answer", () => terminal.text().includes("thank you"));
    expect(node.last.typed).toContain("hunter2");
    await say(terminal, "x --password geheim");
    terminal.link.end();
    const cast = await castOf((await ended()).id);
    expect(cast).not.toContain("hunter2");
    expect(outputOf(cast)).toContain("thank you");
    expect(cast).not.toContain("geheim");
    expect(outputOf(cast)).toContain("x --password ******");
  });

  it("is on the disk within a second, and goes on in the same file after the gateway starts anew", async () => {
    const { terminal, at } = await shell();
    await say(terminal, "before");
    const id = (await listed())[0]?.id ?? "";
    await expect.poll(async () => outputOf(await castOf(id)), { timeout: 1_500 }).toContain("you said before");
    await gateway.stop();
    const recordings = gateway.recordings;
    gateway = await startTestGateway([node], {
      ...{ mode: "shared", recordingsFolder: folder },
      database: { ...gateway.database, recordings },
    });
    const next = await shell(at);
    await say(next.terminal, "after");
    next.terminal.link.end();
    await expect.poll(() => recordings.rows[0]?.endedAt).toBeInstanceOf(Date);
    expect(recordings.rows.map((row) => row.id)).toEqual([id]);
    const output = outputOf(await castOf(id));
    expect(output.indexOf("you said before")).toBeGreaterThan(-1);
    expect(output.indexOf("you said after")).toBeGreaterThan(output.indexOf("you said before"));
  });

  it("ends at once when its owner switches it off, and begins anew when on", async () => {
    const { page, terminal } = await shell();
    await say(terminal, "seen");
    const flip = (off: boolean) =>
      new Promise<Reply<RecordingState>>((resolve) => {
        page.socket.emit("recording:switch", { labId: OWN_LAB, off }, resolve);
      });
    expect(await flip(true)).toMatchObject({ ok: true, on: true, off: true, className: "Monday", keptDays: 30 });
    await terminal.until("being told", () => !terminal.recorded);
    await say(terminal, "unseen");
    await flip(false);
    await terminal.until("being told", () => terminal.recorded);
    await say(terminal, "again");
    terminal.link.end();
    await expect.poll(() => gateway.recordings.rows.every(({ endedAt }) => endedAt !== null)).toBe(true);
    const casts = await Promise.all(gateway.recordings.rows.map(async ({ id }) => outputOf(await castOf(id))));
    expect(casts.length).toBe(2);
    expect(casts[0]).toContain("you said seen");
    expect(casts.join("")).not.toContain("unseen");
    expect(casts[1]).toContain("you said again");
  });

  it("is declined by whoever has just joined, and by nobody for a class that they are not in", async () => {
    const { page, terminal } = await shell();
    await say(terminal, "seen");
    const decline = (classId: string) => page.socket.emitWithAck("recording:decline", { classId });
    expect(await decline("another class")).toMatchObject({ refusal: { code: "not-allowed" } });
    expect(terminal.recorded).toBe(true);
    expect(await decline("class-1")).toEqual({ ok: true });
    await terminal.until("being told", () => !terminal.recorded);
    const later = await shell();
    expect(later.terminal.recorded).toBe(false);
  });

  it("goes when its time is over, and a file whose person is gone goes too", async () => {
    const { terminal } = await shell();
    terminal.link.end();
    const { id } = await ended();
    writeFileSync(join(folder, "orphan.cast.gz"), "x");
    gateway.recordings.over = [id];
    await gateway.stop();
    gateway = await startTestGateway([node], {
      ...{ mode: "shared", recordingsFolder: folder },
      database: { ...gateway.database, recordings: gateway.recordings },
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("may not be deleted while it goes on, and wrong questions are refused", async () => {
    await shell();
    const [one] = await listed();
    const refused = await ask(`/${one?.id}`, { method: "DELETE" });
    expect(((await refused.json()) as HttpRefusal).refusal.message.id).toBe("recording-goes-on");
    expect((await ask("")).status).toBe(400);
    expect((await ask(`/${one?.id}/cast?from=x`)).status).toBe(400);
  });
});

describe("a terminal elsewhere", () => {
  it.each([
    ["in a class that does not record", { ...rules, on: false }],
    ["outside of classes", undefined],
  ])("is not recorded %s", async (_where, rule) => {
    gateway.recordings.rules = rule;
    const { terminal } = await shell();
    expect(terminal.recorded).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is not recorded in self-paced mode, whatever the database says", async () => {
    await gateway.stop();
    gateway = await startTestGateway([node], { mode: "self-paced", recordingsFolder: folder });
    gateway.recordings.rules = rules;
    const { terminal } = await shell();
    expect(terminal.recorded).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });
});
