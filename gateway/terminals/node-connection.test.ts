import { KeyObject } from "node:crypto";
import type ssh2 from "ssh2";
import { expect, it } from "vitest";
import { TestNode } from "../testing/test-node.ts";
import { connectNode } from "./node-connection.ts";

it("packets are read and written with keys made ready once, in the version of ssh2 that is installed", async () => {
  const node = new TestNode("pve1");
  await node.start();
  const { client, destroy } = await connectNode(node.description(), () => undefined, new AbortController().signal);
  const { _decipher, _cipher } = (client as unknown as { _protocol: Record<string, Record<string, unknown>> })
    ._protocol;
  expect(_decipher?._decipherKey).toBeInstanceOf(KeyObject);
  expect(_cipher?._encKey).toBeInstanceOf(KeyObject);
  // And they are the right ones.
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
    client.shell((error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const said = new Promise<string>((resolve) => {
    let text = "";
    channel.on("data", (bytes: Buffer) => {
      text += bytes;
      if (text.includes("you said hello")) resolve(text);
    });
  });
  channel.write("hello\r");
  expect(await said).toContain("you said hello");
  destroy();
  await node.stop();
});
