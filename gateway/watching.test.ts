import type { Socket } from "socket.io-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Connection } from "../app/_terminal/socket.ts";
import { decodeFrame } from "./frames.ts";
import type { FromBrowser, FromGateway, TerminalAttached, Watcher } from "./protocol.ts";
import { openPage, openTerminal, rawSocket } from "./testing/test-browser.ts";
import { OWN_LAB, startTestGateway, type TestGateway } from "./testing/test-gateway.ts";
import { TestNode } from "./testing/test-node.ts";

type Raw = Socket<FromGateway, FromBrowser>;
const node = new TestNode("pve1");
let gateway: TestGateway;
const open: (Connection | Raw)[] = [];
let slot = 0;

beforeAll(async () => {
  await node.start();
  gateway = await startTestGateway([node]);
});

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

afterAll(async () => {
  await gateway.stop();
  await node.stop();
});

/** The learner's terminal, with what their page is told about watchers. */
async function learner() {
  const page = openPage(gateway.url);
  open.push(page);
  slot += 1;
  const terminal = openTerminal(page, { labId: OWN_LAB, node: "pve1", slot: `w${slot}` });
  await terminal.until("a prompt", () => terminal.text().includes("$"));
  const told: { watchers: Watcher[]; sessionId: string } = { watchers: [], sessionId: "" };
  page.socket.on("terminal:watchers", (event) => Object.assign(told, event));
  const sessionId = [...gateway.sessions.keys()].at(-1) ?? "";
  const consent = (allow: "nothing" | "watch" | "type") =>
    page.socket.emitWithAck("terminal:consent", {
      ...{ sessionId, watchId: told.watchers[0]?.watchId ?? "", allow },
    });
  return { page, terminal, told, consent, sessionId };
}

/** Another person's page, and what it has seen. */
function other(person: string) {
  const socket: Raw = rawSocket(gateway.url, person);
  open.push(socket);
  const seen = { text: "", ended: false };
  socket.on("terminal:output", (packed) => {
    seen.text += new TextDecoder().decode(decodeFrame(new Uint8Array(packed)).bytes);
  });
  socket.on("terminal:watch-ended", () => {
    seen.ended = true;
  });
  return { socket, seen };
}

async function watched() {
  const ana = await learner();
  const eva = other("eva");
  const asked = eva.socket.emitWithAck("terminal:watch", { sessionId: ana.sessionId });
  // Where the test does not wait for it, the answer is that the connection ended.
  asked.catch(() => undefined);
  await ana.terminal.until("the question", () => ana.told.watchers[0]?.state === "asking");
  return { ana, eva, asked };
}

describe("a terminal watched by an instructor", () => {
  it("shows nothing before the learner agrees, and everything after", async () => {
    const { ana, eva, asked } = await watched();
    ana.terminal.link.type("before\r");
    await ana.terminal.until("the answer", () => ana.terminal.text().includes("you said before"));
    expect(eva.seen.text).toBe("");
    expect(ana.told.watchers).toMatchObject([{ name: "eva", state: "asking" }]);
    expect(await ana.consent("watch")).toEqual({ ok: true });
    expect(await asked).toMatchObject({ ok: true, resumed: "screen" });
    ana.terminal.link.type("after\r");
    await ana.terminal.until("the same on both", () => /you said before[\s\S]+you said after/.test(eva.seen.text));
    expect(ana.told.watchers).toMatchObject([{ name: "eva", state: "watching" }]);
  });

  it("takes keys from the instructor only while the learner lets them type, and never a size or the end", async () => {
    const { ana, eva, asked } = await watched();
    await ana.consent("watch");
    const { writer } = (await asked) as TerminalAttached & { ok: true };
    const { sessionId } = ana;
    const type = (seq: number, data: string) =>
      eva.socket.emitWithAck("terminal:input", { sessionId, writer, seq, data });
    expect(await type(1, "refused\r")).toMatchObject({ ok: false, refusal: { message: { id: "typing-not-allowed" } } });
    await ana.consent("type");
    expect(await type(1, "helping\r")).toMatchObject({ ok: true });
    await ana.terminal.until("the help", () => ana.terminal.text().includes("you said helping"));
    await ana.consent("watch");
    expect(await type(2, "refused\r")).toMatchObject({ ok: false });
    await eva.socket.emitWithAck("terminal:resize", { sessionId, columns: 33, rows: 11 });
    expect(node.last.columns).toBe(80);
    expect(await eva.socket.emitWithAck("terminal:close", { sessionId, end: true })).toMatchObject({ ok: false });
    expect(node.last.typed).toBe("helping\r");
    expect(gateway.typed).toContain(`eva ${OWN_LAB} pve1`);
  });

  it("is seen no more once the learner ends it, and every step is in the audit log", async () => {
    const { ana, eva, asked } = await watched();
    await ana.consent("type");
    await asked;
    await ana.consent("nothing");
    await ana.terminal.until("the end on both", () => eva.seen.ended && ana.told.watchers.length === 0);
    const before = eva.seen.text;
    ana.terminal.link.type("private\r");
    await ana.terminal.until("the answer", () => ana.terminal.text().includes("you said private"));
    expect(eva.seen.text).toBe(before);
    const own = gateway.audited.filter(({ subjectId }) => subjectId === ana.sessionId);
    const acts = own.map(({ actor, action }) => `${actor?.id} ${action}`);
    expect(acts).toEqual([
      "ana terminal-opened",
      "eva terminal-watch-asked",
      "ana terminal-watch-started",
      "ana terminal-typing-granted",
      "ana terminal-watch-ended",
    ]);
  });

  it("is told to the learner's link, which can answer", async () => {
    const { ana, eva, asked } = await watched();
    expect(ana.terminal.watchers).toMatchObject([{ name: "eva", state: "asking" }]);
    ana.terminal.link.consent(ana.terminal.watchers[0]?.watchId ?? "", "watch");
    expect(await asked).toMatchObject({ ok: true });
    eva.socket.close();
    await ana.terminal.until("nobody looks", () => ana.terminal.watchers.length === 0);
  });

  it("is not shown when the learner declines", async () => {
    const { ana, eva, asked } = await watched();
    await ana.consent("nothing");
    expect(await asked).toMatchObject({ ok: false, refusal: { message: { id: "watch-declined" } } });
    expect(eva.seen.text).toBe("");
  });

  it("loses the question when the instructor goes away", async () => {
    const { ana, eva } = await watched();
    eva.socket.close();
    await ana.terminal.until("nobody asks", () => ana.told.watchers.length === 0);
  });

  it("is not for another student, and nobody agrees in the learner's place", async () => {
    const { ana, eva } = await watched();
    const ben = other("ben");
    const { sessionId } = ana;
    expect(await ben.socket.emitWithAck("terminal:watch", { sessionId })).toMatchObject({ ok: false });
    const watchId = ana.told.watchers[0]?.watchId ?? "";
    for (const { socket } of [eva, ben]) {
      const answer = await socket.emitWithAck("terminal:consent", { sessionId, watchId, allow: "type" });
      expect(answer).toMatchObject({ ok: false, refusal: { code: "not-allowed" } });
    }
  });
});
