import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { askForLines, jsonLines } from "./json-lines.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that answers with this, as the handlers do. */
async function serving(answer: () => Response): Promise<string> {
  const server = createServer((_, response) => {
    const { status, body } = answer();
    response.statusCode = status;
    if (body) {
      Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0])
        .on("error", () => response.destroy())
        .pipe(response);
    } else response.end();
  }).listen(0, "127.0.0.1");
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe("an answer a line at a time", () => {
  it("is heard line by line, whatever stands in them", async () => {
    const lines = [{ at: "one\ntwo" }, { at: "李 <b>" }, { at: "x".repeat(100_000) }];
    const address = await serving(() =>
      jsonLines<{ at: string }>(async (tell) => {
        for (const line of lines) tell(line);
      }),
    );
    const heard: unknown[] = [];
    await askForLines<object>(address, {}, (line) => heard.push(line));
    expect(heard).toEqual(lines);
  });

  it("that fails half-way is no whole answer", async () => {
    const address = await serving(() =>
      jsonLines<{ at: number }>(async (tell) => {
        tell({ at: 1 });
        throw new Error("half-way");
      }),
    );
    await expect(askForLines<object>(address, {}, () => undefined)).rejects.toThrow();
  });

  it("goes on when its reader is gone", async () => {
    let told = 0;
    let finished = () => {};
    const done = new Promise<void>((resolve) => {
      finished = resolve;
    });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const response = jsonLines<{ at: number }>(async (tell) => {
      tell({ at: 1 });
      await held;
      tell({ at: 2 });
      told = 2;
      finished();
    });
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    release();
    await done;
    expect(told).toBe(2);
  });

  it("refused, or not to be had, is told as a sentence", async () => {
    const address = await serving(() => Response.json({ message: "This class is archived." }, { status: 409 }));
    await expect(askForLines<object>(address, {}, () => undefined)).rejects.toThrow("This class is archived.");
    await expect(askForLines<object>("http://127.0.0.1:1/", {}, () => undefined)).rejects.toThrow("cannot be reached");
  });
});
