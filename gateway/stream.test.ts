import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { PROTOCOL_VERSION, STREAM_PATH } from "./protocol.ts";
import { openPage, openTerminal, rawSocket } from "./testing/test-browser.ts";
import { OWN_LAB, startTestGateway, type TestGateway } from "./testing/test-gateway.ts";
import { TestNode } from "./testing/test-node.ts";

const node = new TestNode("pve1");
let gateway: TestGateway;
const key = "k".repeat(24);

beforeAll(async () => {
  await node.start();
  gateway = await startTestGateway([node]);
});

afterAll(async () => {
  await gateway.stop();
  await node.stop();
});

function stream(headers: Record<string, string> = {}): WebSocket {
  return new WebSocket(gateway.url.replace("http", "ws") + STREAM_PATH, { headers });
}

describe("the stream of terminal bytes", () => {
  it("carries output and keys; Socket.IO carries none of them", async () => {
    const page = openPage(gateway.url);
    const overSocketIo: string[] = [];
    page.socket.onAny((event: string) => overSocketIo.push(event));
    page.socket.onAnyOutgoing((event: string) => overSocketIo.push(event));
    const terminal = openTerminal(page, { labId: OWN_LAB, node: "pve1" });
    terminal.link.type("hello\r");
    await terminal.until("the answer", () => terminal.text().includes("you said hello"));
    await terminal.until("nothing pending", () => terminal.pending === 0);
    expect(overSocketIo).not.toContain("terminal:output");
    expect(overSocketIo).not.toContain("terminal:input");
    page.close();
  });

  it("takes the page with it when it breaks, and both come back to the same shell", async () => {
    const page = openPage(gateway.url);
    const terminal = openTerminal(page, { labId: OWN_LAB, node: "pve1", slot: "both" });
    await terminal.until("a prompt", () => terminal.text().includes("$"));
    const shells = node.shells.length;
    page.dropStream();
    await terminal.until("that it is lost", () => terminal.states.at(-1)?.kind === "offline");
    terminal.link.type("once\r");
    await terminal.until("the answer", () => terminal.text().includes("you said once"));
    expect(node.shells.length).toBe(shells);
    expect(node.last.typed).toBe("once\r");
    page.close();
  });

  it("is begun anew with the page, to the same shell and without a word of being offline", async () => {
    const page = openPage(gateway.url);
    const kinds: string[] = [];
    page.subscribe(() => kinds.push(page.state.kind));
    const terminal = openTerminal(page, { labId: OWN_LAB, node: "pve1", slot: "renewed" });
    await terminal.until("a prompt", () => terminal.text().includes("$"));
    const [shells, first] = [node.shells.length, page.socket.id];
    kinds.length = 0;
    page.renew();
    terminal.link.type("once more\r");
    await terminal.until("the answer", () => terminal.text().includes("you said once more"));
    expect(page.socket.id).not.toBe(first);
    expect(kinds).toEqual(["connecting", "connected"]);
    expect(node.shells.length).toBe(shells);
    expect(node.last.typed).toBe("once more\r");
    page.close();
  });

  it("of somebody who is not signed in is closed", async () => {
    const socket = stream({ "x-person": "nobody" });
    await once(socket, "open");
    socket.send(key);
    expect((await once(socket, "close"))[0]).toBe(4401);
  });

  it("does not join another person's page, though it knows the key", async () => {
    const page = rawSocket(gateway.url, "ana", { protocol: PROTOCOL_VERSION, stream: key });
    await new Promise<void>((resolve) => page.on("connect", resolve));
    const socket = stream({ "x-person": "ben" });
    await once(socket, "open");
    socket.send(key);
    expect((await once(socket, "close"))[0]).toBe(4401);
    page.close();
  });

  it("from a page of another site is refused", async () => {
    const socket = stream({ origin: "https://elsewhere.example" });
    const [error] = (await once(socket, "error")) as [Error];
    expect(error.message).toContain("403");
  });

  it("that says what cannot be read is closed with its page", async () => {
    const page = rawSocket(gateway.url, "ana", { protocol: PROTOCOL_VERSION, stream: `${key}2` });
    await new Promise<void>((resolve) => page.on("connect", resolve));
    const socket = stream();
    await once(socket, "open");
    socket.send(`${key}2`);
    await once(socket, "message");
    const gone = new Promise((resolve) => page.on("disconnect", resolve));
    socket.send(Buffer.from([9, 200, 1]));
    await once(socket, "close");
    await gone;
    page.close();
  });
});
