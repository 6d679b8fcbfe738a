/** A way to the product that can be cut, as Wi-Fi is: what is open breaks off, and nothing new gets through. */
import { connect, createServer, type Socket } from "node:net";

export interface CuttableNetwork {
  /** Instead of the product's own address. */
  readonly url: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** @param target the product's address; the way begins on the same host, so that the page is as insecure as there */
export async function cuttableNetwork(target: string): Promise<CuttableNetwork> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let up = true;
  const server = createServer((near) => {
    if (!up) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, hostname, resolve));
  const address = server.address();
  const end = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://${hostname}:${address !== null && typeof address === "object" ? address.port : 0}`,
    cut() {
      up = false;
      end();
    },
    mend() {
      up = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        end();
      }),
  };
}
