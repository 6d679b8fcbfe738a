/**
 * The floor: an ssh2 server that does nothing but shake hands, write a prompt, and echo keys. Run as a process of its
 * own (`bare-ssh.ts --serve`), as the simulator's host is one.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import ssh2 from "ssh2";
import type { SshDoorAddress } from "../../simulator/host/testing/node-shell.ts";
import { generateHostKey } from "../../simulator/keys/host-key.ts";

export const PROMPT = "root@pve1:~# ";

export async function startBareSsh(): Promise<{ door: SshDoorAddress; stop(): void }> {
  const child = fork(fileURLToPath(import.meta.url), ["--serve"], { execArgv: [] });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    door: { host: "127.0.0.1", port, user: "root", password: "any", hostKeySha256: "" },
    stop: () => child.kill("SIGKILL"),
  };
}

if (process.argv.includes("--serve")) {
  const server = new ssh2.Server({ hostKeys: [generateHostKey()] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (context) => context.accept());
    client.on("ready", () =>
      client.on("session", (accept) => {
        const session = accept();
        session.on("pty", (acceptPty: (() => void) | undefined) => acceptPty?.());
        session.on("shell", (acceptShell) => {
          const channel = acceptShell();
          channel.write(PROMPT);
          channel.on("data", (bytes: Buffer) => channel.write(bytes));
        });
      }),
    );
  });
  const tcp = createServer({ noDelay: true }, (socket) => server.injectSocket(socket));
  tcp.listen(0, "127.0.0.1", () => process.send?.({ port: (tcp.address() as AddressInfo).port }));
  process.on("disconnect", () => process.exit(0));
}
