import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Connection } from "../app/_terminal/socket.ts";
import type { Reply, TerminalAttached } from "./protocol.ts";
import { INPUT_CHARACTERS_MAX, STREAM_PATH } from "./protocol.ts";
import { openPage, openTerminal, rawSocket } from "./testing/test-browser.ts";
import { OWN_LAB, startTestGateway, type TestGateway } from "./testing/test-gateway.ts";
import { TestNode } from "./testing/test-node.ts";

const node = new TestNode("pve1");
/** Says what a test wants instead of speaking SSH. */
const strange = { name: "strange", description: (): ReturnType<TestNode["description"]> => strangeDescription };
let strangeDescription: ReturnType<TestNode["description"]>;
let strangeServer: Server;
let greet: (socket: Socket) => void = () => undefined;
const strangers = new Set<Socket>();
let gateway: TestGateway;
const pages: Connection[] = [];
let slot = 0;

beforeAll(async () => {
  await node.start();
  strangeServer = createServer((socket) => {
    strangers.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => strangers.delete(socket));
    greet(socket);
  });
  strangeServer.listen(0, "127.0.0.1");
  await once(strangeServer, "listening");
  const { ssh, ...rest } = node.description();
  const { port } = strangeServer.address() as AddressInfo;
  strangeDescription = { ...rest, name: "strange", ssh: { ...ssh, port } };
  gateway = await startTestGateway([node, strange], { limits: { sessionsPerPerson: 30, opensPerMinute: 60 } });
});
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
  for (const socket of strangers) socket.destroy();
});
afterAll(async () => {
  await gateway.stop();
  await node.stop();
  strangeServer.close();
});

async function shell(name = "pve1") {
  const page = openPage(gateway.url);
  pages.push(page);
  slot += 1;
  const terminal = openTerminal(page, { labId: OWN_LAB, node: name, slot: `x${slot}` });
  if (name === "pve1") await terminal.until("a prompt", () => terminal.text().includes("$"));
  return { page, terminal };
}

/** The gateway is as well as before. */
async function stillWell() {
  const { terminal } = await shell();
  terminal.link.type("well\r");
  await terminal.until("an answer", () => terminal.text().includes("you said well"));
  terminal.link.end();
}

describe("what nobody should send", () => {
  it.each([
    [0, 0, 20, 4],
    [100_000, 100_000, 500, 200],
    [-1, -1, 20, 4],
  ])("a size of %i x %i is brought to one that programs can live with", async (columns, rows, wide, high) => {
    const { terminal } = await shell();
    const { last } = node;
    terminal.link.resize(columns, rows);
    await terminal.until("the size", () => last.columns === wide && last.rows === high);
    terminal.link.type("size\r");
    await terminal.until("the shell being well", () => terminal.text().includes(`${wide}x${high}`));
  });

  it("a size that is no number is refused, and the terminal keeps its own", async () => {
    const { page, terminal } = await shell();
    const socket = page.socket as unknown as { emitWithAck(event: string, message: object): Promise<Reply<object>> };
    for (const columns of [Number.NaN, 1e300, "80", null]) {
      expect(await socket.emitWithAck("terminal:resize", { sessionId: "x", columns, rows: 24 })).toMatchObject({
        ok: false,
      });
    }
    terminal.link.type("size\r");
    await terminal.until("its size", () => terminal.text().includes("80x24"));
  });

  it("50 MB pasted at once are refused in words, and the shell takes the next line", async () => {
    const { terminal } = await shell();
    terminal.link.type("x".repeat(50_000_000));
    await terminal.until("being told", () => terminal.notices.some(({ id }) => id === "limit-input"));
    terminal.link.type("\x03");
    terminal.link.type("next\r");
    await terminal.until("the answer", () => terminal.text().includes("you said next"));
    expect(node.last.typed.length).toBeLessThan(2_000_000);
  });

  it("50 MB in one message end that page's connection and nothing else", async () => {
    const { page, terminal } = await shell();
    const sessionId = "x".repeat(16);
    const huge = { sessionId, writer: "w", seq: 1, data: "x".repeat(50_000_000) };
    page.socket.emit("terminal:input", huge, () => undefined);
    await terminal.until("the drop", () => terminal.states.some(({ kind }) => kind === "offline"));
    await terminal.until("being back", () => terminal.states.at(-1)?.kind === "connected");
    const stream = new WebSocket(gateway.url.replace("http", "ws") + STREAM_PATH, { headers: { "x-person": "ana" } });
    await once(stream, "open");
    stream.on("error", () => undefined);
    stream.send(Buffer.alloc(50_000_000));
    const [code] = (await once(stream, "close")) as [number];
    expect([1006, 1009]).toContain(code);
    await stillWell();
  });

  it("a piece of input above the limit is refused as malformed", async () => {
    const { page } = await shell();
    const large = { sessionId: "x", writer: "w", seq: 1, data: "x".repeat(INPUT_CHARACTERS_MAX + 1) };
    const reply = await page.socket.emitWithAck("terminal:input", large);
    expect(reply).toMatchObject({ ok: false, refusal: { code: "malformed" } });
  });

  it("binary garbage from the node is shown to its last byte, and the screen can be had again", async () => {
    const { terminal } = await shell();
    const before = terminal.received;
    const garbage = randomBytes(200_000);
    node.last.print(garbage.toString("latin1"));
    const printed = Buffer.byteLength(garbage.toString("latin1"));
    await terminal.until("all of it", () => terminal.received - before >= printed);
    await stillWell();
  });

  it.each([
    ["bytes that are no frame", () => Buffer.alloc(300, 0xff)],
    ["an empty message", () => Buffer.alloc(0)],
    ["a frame that says it is longer than it is", () => Buffer.from([3, 255, 1])],
    ["text", () => "terminal:input"],
  ])("%s on the stream of keys end the page's connection, which comes back", async (_what, message) => {
    const key = randomBytes(18).toString("base64url");
    const stream = new WebSocket(gateway.url.replace("http", "ws") + STREAM_PATH, { headers: { "x-person": "ana" } });
    await once(stream, "open");
    stream.send(key);
    const page = rawSocket(gateway.url, "ana", { protocol: 1, stream: key });
    await once(stream, "message");
    const gone = new Promise((resolve) => page.once("disconnect", resolve));
    stream.send(message());
    await gone;
    page.close();
    await stillWell();
  });

  it("1,000 opens in a second get as many shells as one person may have, and a refusal each beyond", async () => {
    const socket = rawSocket(gateway.url, "bea");
    const lab = "lab-of-bea";
    const shells = node.shells.length;
    const replies: Reply<TerminalAttached>[] = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) =>
        socket.emitWithAck("terminal:open", { labId: lab, node: "pve1", columns: 80, rows: 24, slot: `o${at}` }),
      ),
    );
    const opened = replies.filter(({ ok }) => ok).length;
    expect(opened).toBe(30);
    const codes = new Set(replies.map((reply) => (reply.ok ? "ok" : reply.refusal.code)));
    expect([...codes].sort()).toEqual(["limit", "ok"]);
    for (const reply of replies) {
      if (reply.ok) socket.emit("terminal:close", { sessionId: reply.sessionId, end: true }, () => undefined);
    }
    await expect
      .poll(() => [...gateway.sessions.values()].filter(({ endReason }) => endReason === undefined).length < 25)
      .toBe(true);
    expect(node.shells.length - shells).toBeLessThanOrEqual(30);
    socket.close();
    await stillWell();
  });
});

describe("a node that is none", () => {
  it.each([
    ["10 MB of lines before it says who it is", "noise\r\n".repeat(1_500_000)],
    ["10 MB without a line's end", "x".repeat(10_000_000)],
  ])("is left after %s", async (_what, text) => {
    let sent = 0;
    greet = (socket) => {
      socket.write(text, () => undefined);
      socket.on("close", () => {
        sent = socket.bytesWritten - socket.writableLength;
      });
    };
    const { terminal } = await shell("strange");
    await terminal.until("being told", () => terminal.states.at(-1)?.kind === "reconnecting");
    expect(terminal.states.at(-1)).toMatchObject({ reason: { values: { node: "strange" } } });
    await expect.poll(() => sent).toBeGreaterThan(0);
    terminal.link.end();
    await stillWell();
  });

  it("is not waited for when it never answers: the learner is told, and a neighbour types meanwhile", async () => {
    greet = () => undefined;
    const { terminal } = await shell("strange");
    await stillWell();
    await terminal.until("being told", () => terminal.states.at(-1)?.kind === "reconnecting", 20_000);
    expect(terminal.states.at(-1)).toMatchObject({ reason: { id: "node-silent" } });
    terminal.link.end();
  });

  it("is told from an old one that has no safe way to speak", async () => {
    greet = (socket) => {
      socket.write("SSH-2.0-OpenSSH_4.3\r\n");
      socket.once("data", () => socket.write(keyExchangeOf(["diffie-hellman-group1-sha1"])));
    };
    const { terminal } = await shell("strange");
    await terminal.until("the end", () => terminal.states.at(-1)?.kind === "ended");
    expect(terminal.states.at(-1)).toMatchObject({ reason: { id: "node-algorithms" } });
  });
});

describe("a shell's time", () => {
  it.each([
    ["idleMs", "shell-idle"],
    ["lifetimeMs", "shell-too-old"],
  ] as const)("is over after %s, which is said", async (limit, id) => {
    const short = await startTestGateway([node], { limits: { [limit]: 300 } });
    const page = openPage(short.url);
    const terminal = openTerminal(page, { labId: OWN_LAB, node: "pve1" });
    await terminal.until("the end", () => terminal.states.at(-1)?.kind === "ended");
    expect(terminal.states.at(-1)).toMatchObject({ reason: { id } });
    page.close();
    await short.stop();
  });
});

/** SSH's first packet, with one algorithm for the exchange of keys. @source RFC 4253, 7.1 */
function keyExchangeOf(exchange: string[]): Buffer {
  const lists = [
    exchange,
    ["ssh-rsa"],
    ...Array(2).fill(["3des-cbc"]),
    ...Array(2).fill(["hmac-sha1"]),
    ...Array(2).fill(["none"]),
    [],
    [],
  ];
  const names = lists.map((list) => {
    const text = Buffer.from(list.join(","));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    return Buffer.concat([length, text]);
  });
  const payload = Buffer.concat([Buffer.from([20]), randomBytes(16), ...names, Buffer.alloc(5)]);
  const padding = 8 - ((payload.length + 5) % 8) + 8;
  const packet = Buffer.alloc(5 + payload.length + padding);
  packet.writeUInt32BE(packet.length - 4);
  packet[4] = padding;
  payload.copy(packet, 5);
  return packet;
}
