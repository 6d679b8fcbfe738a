/** A way to a server that can be cut, as a network is: connections break, and new ones are refused while it is away. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface CutNetwork {
  /** The server's address, through here. */
  url: string;
  set away(away: boolean);
  close(): void;
}

export async function cutNetwork(serverUrl: string): Promise<CutNetwork> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let away = false;
  const server = createServer((near) => {
    if (away) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on("error", () => undefined);
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set away(value: boolean) {
      away = value;
      if (away) cut();
    },
    close() {
      server.close();
      cut();
    },
  };
}
