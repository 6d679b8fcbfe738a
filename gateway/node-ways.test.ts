/** The ways to a node: through jump hosts, to an old machine, and past a banner that never ends. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Connection } from "../app/_terminal/socket.ts";
import type { LabNode } from "../labs/lab-description.ts";
import { openPage, openTerminal } from "./testing/test-browser.ts";
import { OWN_LAB, startTestGateway, type TestGateway } from "./testing/test-gateway.ts";
import { TestNode } from "./testing/test-node.ts";

/** What OpenSSH 5 offered, each alone. */
const OLD = {
  algorithms: {
    kex: ["diffie-hellman-group14-sha1" as const],
    serverHostKey: ["ssh-rsa" as const],
    cipher: ["aes128-cbc" as const],
    hmac: ["hmac-sha1" as const],
  },
};
const inner = new TestNode("inner");
const gate = new TestNode("gate");
const second = new TestNode("second");
const old = new TestNode("old", OLD);
const wordy = new TestNode("wordy", { banner: "You are welcome. ".repeat(600_000) });
const machines = [inner, gate, second, old, wordy];
/** How each is reached, where that is not the usual way. */
const ways = new Map<string, LabNode>();
let gateway: TestGateway;
const pages: Connection[] = [];

beforeAll(async () => {
  for (const machine of machines) await machine.start();
  gateway = await startTestGateway(
    machines.map((machine) => ({
      name: machine.name,
      description: () => ways.get(machine.name) ?? machine.description(),
    })),
    { limits: { opensPerMinute: 600 } },
  );
});
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
  for (const machine of machines) machine.forwards = false;
});
afterAll(async () => {
  await gateway.stop();
  for (const machine of machines) await machine.stop();
});

/** A shell on a node that is reached like this. */
function open(node: LabNode, slot: string) {
  ways.set(node.name, node);
  const page = openPage(gateway.url);
  pages.push(page);
  return openTerminal(page, { labId: OWN_LAB, node: node.name, slot });
}

const through = (...hops: TestNode[]): LabNode => {
  const node = inner.description();
  return { ...node, ssh: { ...node.ssh, via: hops.map((hop) => hop.description().ssh) } };
};

describe("a node behind jump hosts", () => {
  it("gives a shell through both, whose size and keys are its own", async () => {
    gate.forwards = true;
    second.forwards = true;
    const terminal = open(through(gate, second), "two");
    await terminal.until("a prompt", () => terminal.text().includes("inner$"));
    terminal.link.type("size\r");
    await terminal.until("the size", () => terminal.text().includes("80x24"));
    expect(gate.passedOn).toEqual([`127.0.0.1:${second.description().ssh.port}`]);
    expect(second.passedOn).toEqual([`127.0.0.1:${inner.description().ssh.port}`]);
    expect([gate.shells.length, second.shells.length]).toEqual([0, 0]);
  });

  it("is come back to when the jump host loses its connections", async () => {
    gate.forwards = true;
    const terminal = open(through(gate), "lost");
    await terminal.until("a prompt", () => terminal.text().includes("inner$"));
    gate.cut();
    await terminal.until("a new shell", () => terminal.text().includes("new shell on inner"));
    terminal.link.type("hello\r");
    await terminal.until("the answer", () => terminal.text().includes("you said hello"));
  });

  it("is not reached past a jump host that passes nothing on, which is said", async () => {
    const terminal = open(through(gate), "refused");
    await terminal.until("being told", () => terminal.states.at(-1)?.kind === "reconnecting");
    expect(terminal.states.at(-1)).toMatchObject({ reason: { id: "jump-refused", values: { node: "inner" } } });
  });

  it("is not reached through a jump host with another key, and neither learns a login", async () => {
    gate.forwards = true;
    const path = through(gate);
    const [hop] = path.ssh.via ?? [];
    if (hop) hop.hostKeySha256 = `SHA256:${"A".repeat(43)}`;
    const before = inner.connections;
    const terminal = open(path, "other-key");
    await terminal.until("the end", () => terminal.states.at(-1)?.kind === "ended");
    expect(terminal.states.at(-1)).toMatchObject({
      reason: { id: "host-key-changed", values: { seen: gate.hostKeySha256 } },
    });
    expect(inner.connections).toBe(before);
  });

  it("with another key of its own is not talked to, though the jump host is as it was", async () => {
    gate.forwards = true;
    const path = through(gate);
    path.ssh.hostKeySha256 = `SHA256:${"A".repeat(43)}`;
    const terminal = open(path, "own-key");
    await terminal.until("the end", () => terminal.states.at(-1)?.kind === "ended");
    expect(terminal.states.at(-1)).toMatchObject({
      reason: { id: "host-key-changed", values: { node: "inner", seen: inner.hostKeySha256 } },
    });
  });
});

describe("an old machine", () => {
  it("is refused with what is missing unless its description says that it is old", async () => {
    const terminal = open(old.description(), "modern");
    await terminal.until("the end", () => terminal.states.at(-1)?.kind === "ended");
    expect(terminal.states.at(-1)).toMatchObject({ reason: { id: "node-algorithms", values: { node: "old" } } });
  });

  it("gives a shell when it says so", async () => {
    const node = old.description();
    const terminal = open({ ...node, ssh: { ...node.ssh, algorithms: "old" } }, "old");
    await terminal.until("a prompt", () => terminal.text().includes("old$"));
    terminal.link.type("hello\r");
    await terminal.until("the answer", () => terminal.text().includes("you said hello"));
  });

  it("and one with modern ways is still spoken to in those", async () => {
    const node = inner.description();
    const terminal = open({ ...node, ssh: { ...node.ssh, algorithms: "old" } }, "both");
    await terminal.until("a prompt", () => terminal.text().includes("inner$"));
  });
});

it("a banner of 10 MB before the login is not read to its end, which is told as no answer", async () => {
  const terminal = open(wordy.description(), "banner");
  await terminal.until("being told", () => terminal.states.at(-1)?.kind === "reconnecting");
  expect(terminal.states.at(-1)).toMatchObject({ reason: { values: { node: "wordy" } } });
  terminal.link.end();
});
