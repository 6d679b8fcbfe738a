/** Byte streams to a node's own API through its SSH connection: one open port is then enough. */
import type { Duplex } from "node:stream";
import type { LabNode } from "./lab-description.ts";
import { connectSsh, forwardedBy, type SshConnection } from "./ssh-client.ts";

const CONNECT_MS = 10_000;

export interface Tunnel {
  /** A stream to an address as the node reaches it; connects again when the connection before has ended. */
  connect(target: { host: string; port: number }): Promise<Duplex>;
  close(): void;
}

export function openTunnel({ name, ssh }: LabNode): Tunnel {
  let current: Promise<SshConnection> | undefined;
  let closed = false;
  const connection = (): Promise<SshConnection> => {
    current ??= connectSsh(name, ssh, CONNECT_MS).then(
      (made) => {
        if (closed) made.end();
        made.client.on("close", forget);
        return made;
      },
      (error) => {
        forget();
        throw error;
      },
    );
    return current;
  };
  const forget = () => {
    current = undefined;
  };
  return {
    async connect({ host, port }) {
      const { client } = await connection();
      return forwardedBy(client, `${name} over SSH`, host, port);
    },
    close() {
      closed = true;
      void current?.then((made) => made.end()).catch(() => {});
    },
  };
}
