import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPage, openTerminal } from "./testing/test-browser.ts";
import { OWN_LAB, startTestGateway } from "./testing/test-gateway.ts";
import { TestNode } from "./testing/test-node.ts";

const node = new TestNode("pve1");
const place = { labId: OWN_LAB, node: "pve1" };
let lastScreensFolder: string;

beforeAll(async () => {
  await node.start();
  lastScreensFolder = await mkdtemp(join(tmpdir(), "quorate-screens-"));
});

afterAll(async () => {
  await node.stop();
  await rm(lastScreensFolder, { recursive: true });
});

/** One run of the gateway with one page. */
async function run<T>(use: (terminal: ReturnType<typeof openTerminal>) => Promise<T>) {
  const gateway = await startTestGateway([node], { lastScreensFolder });
  const page = openPage(gateway.url);
  const terminal = openTerminal(page, place);
  try {
    await terminal.until(
      "a shell",
      () => terminal.states.at(-1)?.kind === "connected" && terminal.text().endsWith("$"),
    );
    return { value: await use(terminal), audited: gateway.audited };
  } finally {
    page.close();
    await gateway.stop();
  }
}

describe("a gateway that starts anew", () => {
  it("shows the old screen above the new shell, says why, and shows it once", async () => {
    await run(async (terminal) => {
      terminal.link.type("remember me\r");
      await terminal.until("the answer", () => terminal.text().includes("you said remember me"));
      node.last.print("\x1b[?1049h\x1b[2;3Hin a program");
      await terminal.until("the program", () => terminal.text().includes("in a program"));
    });
    const { value } = await run(async (terminal) => terminal.text());
    expect(value).toMatch(
      /you said remember me[\s\S]+in a program[\s\S]+Quorate restarted and the shell above ended with it[\s\S]+pve1\$/,
    );
  });

  it("keeps nothing of a shell that ended in order", async () => {
    await run(async (terminal) => {
      terminal.link.type("exit 0\r");
      await terminal.until("the end", () => terminal.states.at(-1)?.kind === "ended");
    });
    const { value } = await run(async (terminal) => terminal.text());
    expect(value).not.toContain("restarted");
  });

  it("writes each open and each end into the audit log, with who and why", async () => {
    const { audited } = await run(async (terminal) => {
      terminal.link.type("exit 3\r");
      await terminal.until("the end", () => terminal.states.at(-1)?.kind === "ended");
    });
    expect(audited).toMatchObject([
      { actor: { id: "ana" }, action: "terminal-opened", ownerId: "ana", details: { labId: OWN_LAB, node: "pve1" } },
      { action: "terminal-closed", ownerId: "ana", details: { reason: "shell-exited" } },
    ]);
    expect(audited[0]?.subjectId).toBe(audited[1]?.subjectId);
    expect(await readdir(lastScreensFolder)).toEqual([]);
  });
});
