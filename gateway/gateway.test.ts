import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Connection } from "../app/_terminal/socket.ts";
import { FLOW } from "./terminals/terminal-session.ts";
import { openPage, openTerminal, rawSocket } from "./testing/test-browser.ts";
import { OTHER_LAB, OWN_LAB, startTestGateway, type TestGateway } from "./testing/test-gateway.ts";
import { TestNode } from "./testing/test-node.ts";

const node = new TestNode("pve1");
const second = new TestNode("pve2");
let gateway: TestGateway;
const pages: Connection[] = [];
let slot = 0;

beforeAll(async () => {
  await node.start();
  await second.start();
  gateway = await startTestGateway([node, second], { limits: { sessionsPerPerson: 40, opensPerMinute: 1_000 } });
});

afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

afterAll(async () => {
  await gateway.stop();
  await node.stop();
  await second.stop();
});

function page(): Connection {
  const opened = openPage(gateway.url);
  pages.push(opened);
  return opened;
}

/** A place nobody has used. */
function place(name = "pve1") {
  slot += 1;
  return { labId: OWN_LAB, node: name, slot: `t${slot}` };
}

async function shell(at = place(), size?: { columns: number; rows: number }) {
  const connection = page();
  const terminal = openTerminal(connection, at, size);
  await terminal.until("a prompt", () => terminal.text().includes("$"));
  return { connection, terminal, at };
}

/** The transport breaks, as when a network goes away. */
function drop(connection: Connection) {
  connection.socket.io.engine.close();
}

describe("a terminal", () => {
  it("echoes what is typed and runs it once", async () => {
    const { terminal } = await shell();
    terminal.link.type("hello\r");
    await terminal.until("the answer", () => terminal.text().includes("you said hello"));
    expect(terminal.states.at(-1)).toEqual({ kind: "connected" });
    expect(terminal.pending).toBe(0);
    expect(node.last.typed).toBe("hello\r");
  });

  it("has the page's size from the first byte and follows it", async () => {
    const { terminal } = await shell(place(), { columns: 101, rows: 31 });
    expect([node.last.columns, node.last.rows]).toEqual([101, 31]);
    terminal.link.resize(3, 0);
    await terminal.until("a size that programs can live with", () => node.last.columns === 20 && node.last.rows === 4);
  });

  it("delivers what was typed before the shell was there", async () => {
    const terminal = openTerminal(page(), place());
    terminal.link.type("early\r");
    await terminal.until("the answer", () => terminal.text().includes("you said early"));
  });

  it("comes back after a drop to the same shell, without a redraw", async () => {
    const { connection, terminal } = await shell();
    const shells = node.shells.length;
    const redraws = terminal.redraws;
    terminal.link.type("before\r");
    await terminal.until("the answer", () => terminal.text().includes("you said before"));
    drop(connection);
    await terminal.until("being offline", () => terminal.states.at(-1)?.kind === "offline");
    node.last.print("while away\r\n");
    await terminal.until("what was missed", () => terminal.text().includes("while away"));
    expect(node.shells.length).toBe(shells);
    expect(terminal.redraws).toBe(redraws);
  });

  it("delivers input typed around drops once and in order", async () => {
    const { connection, terminal } = await shell();
    let expected = "";
    for (let round = 0; round < 5; round++) {
      for (let at = 0; at < 40; at++) {
        const key = `${round}-${at} `;
        expected += key;
        terminal.link.type(key);
        // In the middle, with some keys on their way and some not.
        if (at === 20) drop(connection);
      }
      const drops = () => terminal.states.filter(({ kind }) => kind === "offline").length;
      await terminal.until("the drop", () => drops() > round);
      await terminal.until("the page being back", () => terminal.states.at(-1)?.kind === "connected");
    }
    await terminal.until("nothing waiting", () => terminal.pending === 0);
    await terminal.until("everything typed", () => node.last.typed.length >= expected.length);
    expect(node.last.typed).toBe(expected);
  });

  it("shows a reloaded page the exact screen, also the alternate one with a hidden cursor", async () => {
    const { terminal, at, connection } = await shell();
    terminal.link.type("first\r");
    terminal.link.type("full\r");
    await terminal.until("the full screen", () => terminal.text().includes("full screen"));
    const shells = node.shells.length;
    connection.close();
    const again = openTerminal(page(), at);
    await again.until("the full screen", () => again.text().includes("full screen"));
    expect(node.shells.length).toBe(shells);
    expect(again.text()).toBe(terminal.text());
    expect(again.screen.buffer.active.type).toBe("alternate");
    expect(again.screen.buffer.active.cursorX).toBe(terminal.screen.buffer.active.cursorX);
    node.last.print("\x1b[?1049l");
    await again.until("the screen below it", () => again.text().includes("you said first"));
  });

  it("gives another device the same shell and its size", async () => {
    const { terminal, at } = await shell();
    const shells = node.shells.length;
    const other = openTerminal(page(), at, { columns: 60, rows: 20 });
    await other.until("the prompt", () => other.text().includes("$"));
    other.link.type("from the other\r");
    await terminal.until("the other's line", () => terminal.text().includes("you said from the other"));
    expect(node.shells.length).toBe(shells);
    expect(terminal.screen.cols).toBe(60);
    expect(node.last.columns).toBe(60);
  });

  it("gives ten tabs of one person one shell, and each hears the others; an eleventh hears it all, too", async () => {
    const { terminal, at } = await shell();
    const shells = node.shells.length;
    const tabs = Array.from({ length: 9 }, () => openTerminal(page(), at));
    for (const tab of tabs) await tab.until("the prompt", () => tab.text().includes("$"));
    tabs[8]?.link.type("from the tenth\r");
    for (const tab of [terminal, ...tabs]) {
      await tab.until("the tenth's line", () => tab.text().includes("you said from the tenth"));
    }
    const late = openTerminal(page(), at);
    await late.until("what was said", () => late.text().includes("you said from the tenth"));
    expect(node.shells.length).toBe(shells);
  });

  it("loses no byte of a flood and is exact after it", async () => {
    const { terminal } = await shell();
    terminal.link.type("flood 4000000\r");
    const start = terminal.received;
    await terminal.until("everything", () => terminal.received - start >= 4_000_000, 30_000);
    await terminal.until("the prompt after it", () => terminal.text().endsWith("pve1$"));
  });

  it("lets the node wait while the page parses nothing, and ends it with ^C", async () => {
    const { terminal } = await shell();
    terminal.stalled = true;
    terminal.link.type("hold\r");
    const shellNow = node.last;
    await terminal.until("the mark", () => terminal.received >= FLOW.unparsedMark);
    // The window of SSH fills up, then nothing moves any more.
    let before = -1;
    await terminal.until("the node standing still", () => {
      const still = shellNow.printed === before;
      before = shellNow.printed;
      return still;
    });
    expect(terminal.received).toBeLessThan(FLOW.unparsedMark + FLOW.unparsedMark / 2);
    expect(shellNow.printed).toBeLessThan(8 * 1024 * 1024);
    terminal.link.type("\x03");
    terminal.stalled = false;
    await terminal.until("the prompt after ^C", () => terminal.text().endsWith("^C\npve1$"));
    expect(terminal.received).toBe(shellNow.printed);
  });

  it("says that it ended when the shell exits, and opens a new one when asked", async () => {
    const { terminal } = await shell();
    terminal.link.type("exit 3\r");
    await terminal.until("the end", () => terminal.states.at(-1)?.kind === "ended");
    expect(terminal.states.at(-1)).toEqual({
      kind: "ended",
      reason: { id: "shell-exited", values: { node: "pve1", status: 3 } },
    });
    const shells = node.shells.length;
    terminal.link.again();
    await terminal.until("a new shell", () => node.shells.length === shells + 1);
    await terminal.until("being connected", () => terminal.states.at(-1)?.kind === "connected");
  });

  it("does not notice that the web process restarts", async () => {
    const { terminal } = await shell();
    gateway.web.stop();
    const waiting = await fetch(gateway.url, { headers: { accept: "text/html" } });
    expect(waiting.status).toBe(503);
    expect(await waiting.text()).toContain("tries again by itself");
    terminal.link.type("still here\r");
    await terminal.until("the answer", () => terminal.text().includes("you said still here"));
    await gateway.web.start();
    expect(await (await fetch(gateway.url)).text()).toBe("page /");
  });
});

describe("a node that goes away", () => {
  it("is connected again by itself when its connections break", async () => {
    const { terminal } = await shell(place("pve2"));
    const shells = second.shells.length;
    terminal.link.type("one\r");
    terminal.link.type("full\r");
    await terminal.until("the full screen", () => terminal.text().includes("full screen"));
    second.cut();
    await terminal.until("the countdown", () => terminal.states.at(-1)?.kind === "reconnecting");
    await terminal.until("a new shell", () => second.shells.length === shells + 1);
    await terminal.until("being connected", () => terminal.states.at(-1)?.kind === "connected");
    await terminal.until("the new prompt", () => terminal.text().endsWith("---\npve2$"));
    expect(terminal.text()).toContain("you said one\npve2$ full\n\n--- new shell on pve2 ---");
    expect(terminal.screen.buffer.active.type).toBe("normal");
    second.cut();
    await terminal.until("another new shell", () => second.shells.length === shells + 2);
    const shown = () => terminal.text().split("--- new shell on pve2 ---\npve2$");
    await terminal.until("both below each other", () => shown().length === 3);
  });

  it("is said to be perhaps powered off, and found again when it is on", async () => {
    const { terminal } = await shell(place("pve2"));
    await second.stop();
    await terminal.until("a clear reason", () => {
      const state = terminal.states.at(-1);
      return state?.kind === "reconnecting" && state.reason.id === "node-refused";
    });
    terminal.link.type("lost");
    await terminal.until("word of the dropped input", () =>
      terminal.notices.some(({ id }) => id === "typed-without-shell"),
    );
    await second.start();
    terminal.link.again();
    await terminal.until("being connected", () => terminal.states.at(-1)?.kind === "connected");
    expect(second.last.typed).toBe("");
  });

  it("is not talked to when its host key is another", async () => {
    gateway.pins.set("pve2", `SHA256:${"A".repeat(43)}`);
    const terminal = openTerminal(page(), place("pve2"));
    await terminal.until("the refusal", () => terminal.states.at(-1)?.kind === "ended");
    gateway.pins.clear();
    expect(terminal.states.at(-1)).toMatchObject({
      reason: { id: "host-key-changed", values: { seen: second.hostKeySha256 } },
    });
  });

  it("whose key has changed is believed again when an instructor names exactly the key that it shows", async () => {
    const known = `SHA256:${"A".repeat(43)}`;
    gateway.pins.set("pve2", known);
    const accept = (person: string, hostKeySha256: string) => {
      const socket = rawSocket(gateway.url, person);
      const request = { labId: OWN_LAB, node: "pve2", hostKeySha256 };
      return socket.emitWithAck("terminal:trust-host-key", request).finally(() => socket.close());
    };
    const asked = async (person: string) => {
      const socket = rawSocket(gateway.url, person);
      const request = { labId: OWN_LAB, node: "pve2" };
      return socket.emitWithAck("terminal:host-key", request).finally(() => socket.close());
    };
    const keys = { known, shown: second.hostKeySha256, teachers: ["Eva"] };
    expect(await asked("ana")).toEqual({ ok: true, ...keys, mayAccept: false });
    expect(await asked("ben")).toMatchObject({ refusal: { code: "not-allowed" } });
    expect(await accept("ana", second.hostKeySha256)).toMatchObject({ refusal: { code: "not-allowed" } });
    expect(await accept("eva", `SHA256:${"B".repeat(43)}`)).toMatchObject({
      refusal: { message: { id: "host-key-other", values: { seen: second.hostKeySha256 } } },
    });
    expect(gateway.pins.get("pve2")).toBe(known);
    expect(await accept("eva", second.hostKeySha256)).toEqual({ ok: true });
    expect(gateway.audited.findLast(({ action }) => action === "host-key-accepted")).toMatchObject({
      actor: { id: "eva" },
      ownerId: "ana",
      details: { node: "pve2", before: known, now: second.hostKeySha256 },
    });
    expect(await asked("ana")).toMatchObject({ known: second.hostKeySha256, shown: second.hostKeySha256 });
    await shell(place("pve2"));
    gateway.pins.clear();
  });

  it("whose login is refused says so, and is not tried for ever", async () => {
    second.password = "changed";
    const terminal = openTerminal(page(), place("pve2"));
    await terminal.until("the refusal", () => terminal.states.at(-1)?.kind === "ended");
    second.password = "secret";
    expect(terminal.states.at(-1)).toMatchObject({ reason: { id: "node-login-refused" } });
  });
});

describe("a browser that sends what it should not", () => {
  it.each([
    ["terminal:open", { labId: OTHER_LAB, node: "pve1", columns: 80, rows: 24 }],
    ["lab:fault", { labId: OTHER_LAB, fault: { kind: "power", node: "pve1", state: "off" } }],
    ["lab:surroundings", { labId: OTHER_LAB }],
    ["lab:picture", { labId: OTHER_LAB }],
    ["chapter:watch", { labId: OTHER_LAB, chapter: "course/chapter" }],
    ["chapter:check", { labId: OTHER_LAB, chapter: "course/chapter" }],
  ] as const)("gets a refusal for %s of another's lab", async (event, message) => {
    const socket = rawSocket(gateway.url);
    const shells = node.shells.length;
    const reply = await socket.emitWithAck(event, message as never);
    socket.close();
    expect(reply).toEqual({
      ok: false,
      refusal: { code: "not-allowed", message: { id: "not-allowed" }, retry: false },
    });
    expect([node.shells.length, gateway.faults.length]).toEqual([shells, 0]);
  });

  it("neither reads nor types nor ends another's terminal", async () => {
    const { terminal } = await shell();
    const owner = rawSocket(gateway.url);
    const [sessionId] = [...gateway.sessions.keys()].slice(-1);
    const thief = rawSocket(gateway.url, "ben");
    const outputs: unknown[] = [];
    thief.onAny((...seen) => outputs.push(seen));
    const size = { columns: 80, rows: 24 };
    const target = { sessionId: sessionId as string };
    const replies = [
      await thief.emitWithAck("terminal:attach", { ...target, fromOffset: 0, ...size }),
      await thief.emitWithAck("terminal:input", { ...target, writer: "guess", seq: 1, data: "rm -rf /\r" }),
      await thief.emitWithAck("terminal:resize", { ...target, ...size }),
      await thief.emitWithAck("terminal:close", { ...target, end: true }),
    ];
    for (const reply of replies) expect(reply).toMatchObject({ ok: false, refusal: { code: "not-allowed" } });
    terminal.link.type("mine\r");
    await terminal.until("the answer", () => terminal.text().includes("you said mine"));
    expect(node.last.typed).toBe("mine\r");
    expect(outputs).toEqual([]);
    owner.close();
    thief.close();
  });

  it.each([
    ["nothing", undefined],
    ["a number", 7],
    ["an unknown field", { labId: OWN_LAB, node: "pve1", columns: 80, rows: 24, sudo: true }],
    ["a missing field", { labId: OWN_LAB, columns: 80, rows: 24 }],
    ["a size that is no number", { labId: OWN_LAB, node: "pve1", columns: "80", rows: 24 }],
    ["a lab that is an object", { labId: { $ne: 1 }, node: "pve1", columns: 80, rows: 24 }],
  ])("gets told that %s cannot be read", async (_name, message) => {
    const socket = rawSocket(gateway.url);
    const reply = await socket.emitWithAck("terminal:open", message as never);
    socket.close();
    expect(reply).toMatchObject({ ok: false, refusal: { code: "malformed", message: { id: "malformed" } } });
  });

  it("gets no shell on a node that the lab does not have", async () => {
    const terminal = openTerminal(page(), place("pve9"));
    await terminal.until("the end", () => terminal.states.at(-1)?.kind === "ended");
    expect(terminal.states.at(-1)).toMatchObject({ reason: { id: "node-unknown", values: { node: "pve9" } } });
  });

  it.each([
    ["another version", { protocol: 0 }, "ana", "outdated"],
    ["no version", {}, "ana", "outdated"],
    ["nobody signed in", { protocol: 1 }, "nobody", "not-signed-in"],
  ])("is refused a connection with %s", async (_name, auth, person, id) => {
    const socket = rawSocket(gateway.url, person, auth);
    const error = await new Promise<Error & { data?: { message: { id: string } } }>((resolve) => {
      socket.on("connect_error", resolve);
    });
    socket.close();
    expect(error.data?.message.id).toBe(id);
  });

  it("opens no more terminals than one person may have", async () => {
    const small = await startTestGateway([node], { limits: { sessionsPerPerson: 2 } });
    const socket = rawSocket(small.url);
    const open = (name: string) =>
      socket.emitWithAck("terminal:open", { labId: OWN_LAB, node: "pve1", columns: 80, rows: 24, slot: name });
    expect([(await open("a")).ok, (await open("b")).ok, (await open("a")).ok]).toEqual([true, true, true]);
    expect(await open("c")).toMatchObject({ ok: false, refusal: { code: "limit", message: { values: { limit: 2 } } } });
    socket.close();
    await small.stop();
  });
});

describe("progress", () => {
  const chapter = "course/chapter";
  const verdict = (outcome: "passed" | "not-yet") => ({
    verdict: { key: `${chapter}/create/quorate`, weight: 1, outcome, message: { id: "m" }, evidence: [] },
    contentHash: "h",
    judgedAt: new Date(1_000),
    sinceAt: new Date(500),
  });

  it("is shown on watching and again whenever the grader has found something", async () => {
    gateway.verdicts.splice(0, 1, verdict("not-yet"));
    const socket = rawSocket(gateway.url);
    const first = await socket.emitWithAck("chapter:watch", { labId: OWN_LAB, chapter });
    expect(first).toMatchObject({ ok: true, steps: [{ step: "create", checks: [{ outcome: "not-yet" }] }] });
    expect(gateway.renewed).toContain(`${OWN_LAB} ${chapter}`);
    const next = new Promise((resolve) => socket.once("chapter:progress", resolve));
    gateway.verdicts.splice(0, 1, verdict("passed"));
    gateway.passes.push({
      ...{ stepKey: `${chapter}/create`, labId: OWN_LAB, score: 1, contentHash: "h", waivedFor: null },
      passedAt: new Date(2_000),
    });
    gateway.notify({ topic: "verdict", labId: OWN_LAB, key: `${chapter}/create/quorate` });
    expect(await next).toMatchObject({ steps: [{ passedAtMs: 2_000, checks: [{ outcome: "passed", sinceMs: 500 }] }] });
    socket.close();
  });

  it("says of a press that has to wait for its turn how long, until the look begins", async () => {
    const socket = rawSocket(gateway.url);
    await socket.emitWithAck("chapter:watch", { labId: OWN_LAB, chapter });
    const told = () =>
      new Promise<{ looking: boolean; turnInMs?: number }>((resolve) => {
        socket.once("chapter:progress", resolve);
      });
    const observing = { topic: "observing" as const, labId: OWN_LAB, chapterKey: chapter };
    const waits = told();
    gateway.notify({ ...observing, busy: false, waitMs: 3_600_000 });
    const { turnInMs } = await waits;
    expect(turnInMs).toBeGreaterThan(0);
    expect(turnInMs).toBeLessThanOrEqual(3_600_000);
    const begins = told();
    gateway.notify({ ...observing, busy: true });
    expect(await begins).toMatchObject({ looking: true });
    expect(await begins).not.toHaveProperty("turnInMs");
    socket.close();
  });

  it("is asked for by a pressed Check", async () => {
    const socket = rawSocket(gateway.url);
    expect(await socket.emitWithAck("chapter:check", { labId: OWN_LAB, chapter, step: "create" })).toEqual({
      ok: true,
    });
    expect(gateway.asked).toContain(`${OWN_LAB} ${chapter}`);
    socket.close();
  });
});

describe("a lab's surroundings", () => {
  it("change by a fault that the lab is capable of, and every page of the lab sees it", async () => {
    const socket = rawSocket(gateway.url);
    const other = rawSocket(gateway.url);
    await other.emitWithAck("lab:surroundings", { labId: OWN_LAB });
    const seen = new Promise((resolve) => other.once("lab:surroundings", resolve));
    const fault = { kind: "power", node: "pve2", state: "off" } as const;
    expect(await socket.emitWithAck("lab:fault", { labId: OWN_LAB, fault })).toEqual({ ok: true });
    expect(await seen).toMatchObject({ surroundings: { nodes: [{ power: "on" }, { name: "pve2", power: "off" }] } });
    const cable = { kind: "link", between: ["pve1", "pve2"], up: false } as never;
    expect(await socket.emitWithAck("lab:fault", { labId: OWN_LAB, fault: cable })).toMatchObject({
      refusal: { message: { id: "no-capability" } },
    });
    socket.close();
    other.close();
  });
});

describe("a lab's picture", () => {
  const picture = (takenAtMs: number) => ({ format: 1 as const, takenAtMs, nodes: [], events: [] });

  it("is shown when a page asks, with what the lab can do, and again at every change until the page looks away", async () => {
    const socket = rawSocket(gateway.url);
    const shown: number[] = [];
    socket.on("lab:picture", (event) => void shown.push(event.picture.takenAtMs));
    expect(await socket.emitWithAck("lab:picture", { labId: OWN_LAB })).toEqual({
      ...{ ok: true, controls: ["power"], surroundings: true },
    });
    const next = new Promise((resolve) => socket.once("lab:picture", resolve));
    gateway.pictures.set(OWN_LAB, picture(1));
    gateway.notify({ topic: "picture", labId: OWN_LAB });
    expect(await next).toEqual({ labId: OWN_LAB, picture: picture(1) });
    expect(await socket.emitWithAck("lab:picture", { labId: OWN_LAB })).toMatchObject({ picture: picture(1) });
    await socket.emitWithAck("lab:picture", { labId: OWN_LAB, end: true });
    gateway.notify({ topic: "picture", labId: OWN_LAB });
    await socket.emitWithAck("lab:surroundings", { labId: OWN_LAB });
    expect(shown).toEqual([1]);
    socket.close();
  });

  it("of another's lab is not sent to whoever asked for it and was refused", async () => {
    const socket = rawSocket(gateway.url, "ben");
    const shown: unknown[] = [];
    socket.on("lab:picture", (event) => void shown.push(event));
    expect(await socket.emitWithAck("lab:picture", { labId: OWN_LAB })).toMatchObject({ ok: false });
    gateway.notify({ topic: "picture", labId: OWN_LAB });
    await socket.emitWithAck("lab:surroundings", { labId: OTHER_LAB });
    expect(shown).toEqual([]);
    socket.close();
  });
});
