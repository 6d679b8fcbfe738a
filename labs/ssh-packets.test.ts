import { KeyObject } from "node:crypto";
import { connect, createServer } from "node:net";
import { Writable } from "node:stream";
import ssh2, { type Connection } from "ssh2";
import { expect, it } from "vitest";
import { generateHostKey } from "../simulator/keys/host-key.ts";
import { keepPacketKeysReady, sendPacketsWhole } from "./ssh-packets.ts";

const keysOf = (peer: unknown) => {
  const { _cipher, _decipher } = (peer as { _protocol: Record<string, Record<string, unknown>> })._protocol;
  return [_cipher?._encKey, _decipher?._decipherKey];
};

it("packets are read and written with keys made ready once on both sides, in the version of ssh2 that is installed", async () => {
  const served = Promise.withResolvers<Connection>();
  const server = new ssh2.Server({ hostKeys: [generateHostKey()] }, (connection) => {
    keepPacketKeysReady(connection);
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => context.accept());
    connection.on("ready", () => served.resolve(connection));
  });
  const door = createServer((socket) => {
    sendPacketsWhole(socket);
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  const client = new ssh2.Client();
  keepPacketKeysReady(client);
  try {
    const ready = new Promise<void>((resolve, reject) => {
      client.on("ready", () => resolve());
      client.on("error", reject);
    });
    const { port } = door.address() as { port: number };
    client.connect({ sock: connect(port, "127.0.0.1"), username: "root", password: "any" });
    await ready;
    for (const key of [...keysOf(client), ...keysOf(await served.promise)]) expect(key).toBeInstanceOf(KeyObject);
  } finally {
    client.destroy();
    await new Promise((resolve) => door.close(resolve));
  }
});

it("what is written within one turn goes out as one, in its order, and what follows is not kept", async () => {
  const sent: string[] = [];
  const socket = new Writable({
    write: (chunk, _encoding, done) => {
      sent.push(String(chunk));
      done();
    },
    writev: (chunks, done) => {
      sent.push(chunks.map(({ chunk }) => String(chunk)).join("|"));
      done();
    },
  });
  sendPacketsWhole(socket);
  for (const piece of ["length", "text", "tag"]) socket.write(piece);
  await Promise.resolve();
  socket.write("of a promise");
  expect(sent).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toEqual(["length|text|tag|of a promise"]);
  socket.write("later");
  socket.end("the end");
  await new Promise((resolve) => socket.on("finish", resolve));
  expect(sent.slice(1).join("|")).toBe("later|the end");
});
