/**
 * The reference: nothing but ssh2 and a plain WebSocket, with the least that keeps memory bounded.
 *
 * Binary frames of what the shell printed; the page says how much it has read (`ack N` as text), and the shell waits above
 * 256 KiB. No screen, no session, no permission: what those cost is what the gateway is measured by.
 */
import type { AddressInfo } from "node:net";
import ssh2 from "ssh2";
import { WebSocketServer } from "ws";
import type { BenchNode } from "./sshd.ts";

const MARK = 256 * 1024;
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

process.once("message", (node: BenchNode) => {
  server.on("connection", (socket) => relay(node, socket));
  process.send?.({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once("disconnect", () => process.exit(0));

function relay(node: BenchNode, socket: import("ws").WebSocket): void {
  const client = new ssh2.Client();
  let unread = 0;
  client.on("ready", () => {
    client.setNoDelay(true);
    client.shell({ term: "xterm-256color", cols: 80, rows: 24 }, (error, channel) => {
      if (error) {
        socket.close();
        return;
      }
      channel.on("data", (bytes: Buffer) => {
        socket.send(bytes, { binary: true });
        unread += bytes.length;
        if (unread >= MARK) channel.pause();
      });
      channel.on("close", () => socket.close());
      socket.on("message", (data: Buffer, binary) => {
        if (binary) {
          channel.write(data);
          return;
        }
        unread -= Number(data.toString().slice(4));
        if (unread <= MARK / 2) channel.resume();
      });
    });
  });
  client.on("error", () => socket.close());
  socket.on("close", () => client.end());
  socket.on("error", () => client.end());
  client.connect({ ...connectTo(node) });
}

function connectTo(node: BenchNode) {
  return { host: node.host, port: node.port, username: node.user, privateKey: node.privateKey };
}
